//! The components beside list, roles and base policy: what they must be in themselves, and how updates change them.

use mimic_protocol::mls::{Dictionary, Proposed};
use mimic_protocol::policy::examples::cooperative_room;
use mimic_protocol::room::{
    AppDataError, ComponentError, Components, Standing, apply_link_updates, component, standing_after,
    update_component,
};
use mimic_protocol::wire::join_links::{JoinLinksData, JoinLinksUpdate};
use mimic_protocol::wire::policy::{
    Bot, BotPolicy, ExpirationBounds, HistoryPolicy, HistorySharing, LinkPreviewPolicy, LinkPreviewProxy,
    Logging, LoggingPolicy, MessageExpiration, StatusNotificationPolicy,
};
use mimic_protocol::wire::pre_auth::{PreAuthData, PreAuthRoleEntry};
use mimic_protocol::wire::room_metadata::RoomMetaData;
use mimic_protocol::wire::{Flag, IdentifierUri, Opaque, Optionality, Wire, WireError};
use mimic_protocol::{Directory, Readings, UserId};
use std::sync::Arc;

fn uri(text: &str) -> IdentifierUri {
    IdentifierUri(text.as_bytes().into())
}

fn metadata(name: &[u8]) -> RoomMetaData {
    RoomMetaData {
        room_uri: uri("mimi://a.example/r/x"),
        room_name: name.into(),
        room_descriptions: Vec::new(),
        room_avatar: uri(""),
        room_subject: b"".into(),
        room_mood: b"".into(),
    }
}

fn preauth(target_role: u32) -> PreAuthData {
    let entry = PreAuthRoleEntry { claimset: Vec::new(), target_role };
    PreAuthData { preauthorized_entries: vec![entry] }
}

fn previews(autodetect: Optionality, proxy_use: LinkPreviewProxy) -> LinkPreviewPolicy {
    LinkPreviewPolicy {
        autodetect_hyperlinks_in_text: autodetect,
        send_link_previews: Optionality::Optional,
        automatic_link_previews: Optionality::Optional,
        proxy_use,
    }
}

fn sharing(role: u32) -> HistoryPolicy {
    HistoryPolicy::Required(HistorySharing {
        roles_that_can_share: vec![role],
        automatically_share: Flag::True,
        max_time_period: 1,
    })
}

fn bot(local_client_bot: Flag, bot_role_index: u32) -> BotPolicy {
    let bot = Bot {
        name: b"".into(),
        description: b"".into(),
        homepage: uri(""),
        local_client_bot,
        bot_role_index,
        can_target_message_in_group: Flag::False,
        per_user_content: Flag::False,
    };
    BotPolicy { allowed_bots: vec![bot] }
}

fn logging(clients: &[&str]) -> Logging {
    Logging {
        logging_clients: clients.iter().map(|client| uri(client)).collect(),
        machine_readable_policy: uri(""),
        human_readable_policy: uri(""),
    }
}

fn expiring(min: u32, max: u32, default: Option<u32>) -> MessageExpiration {
    MessageExpiration::Optional(ExpirationBounds {
        min_expiration_duration: min,
        max_expiration_duration: max,
        default_expiration_duration: default,
    })
}

#[test]
fn a_dictionary_holds_the_components_that_are_there() {
    let directory = {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        directory.add_user(provider, "alice");
        directory
    };
    let status = StatusNotificationPolicy {
        delivery_notifications: Optionality::Required,
        read_receipts: Optionality::Forbidden,
    };
    let components = Components {
        metadata: Some(metadata(b"Club")),
        preauth: Some(preauth(2)),
        status_notification: Some(status),
        join_links: Some(JoinLinksData { links: vec![b"one".into()] }),
        history: Some(sharing(3)),
        ..Components::default()
    };
    let standing = Standing { components: Arc::new(components), ..cooperative_room(UserId(0)) };
    let dictionary = standing.encode(&directory);
    assert_eq!(dictionary.len(), 8);
    assert_eq!(Standing::decode(&directory, &dictionary), Ok(standing.clone()));
    let bare = cooperative_room(UserId(0));
    assert_eq!(Standing::decode(&directory, &bare.encode(&directory)), Ok(bare.clone()));
    let found = standing.components.differing(&bare.components);
    assert_eq!(found, [0x0023, 0x0026, 0x0028, 0x002a, 0x002e]);
    // What is removed is not there any more.
    let removed = Proposed::AppDataRemove { component: component::PREAUTH_LIST };
    let after = standing_after(&directory, dictionary, [&removed].into_iter(), Readings::default());
    assert_eq!(after.map(|after| after.components.preauth.clone()), Some(None));
    let mut bad: Dictionary = bare.encode(&directory);
    bad.insert(component::BOT_POLICY, [1].as_slice().into());
    assert!(Standing::decode(&directory, &bad).is_err());
}

#[test]
fn values_are_checked() {
    use component::*;
    let proxies = || LinkPreviewProxy::Optional(vec![uri("mimi://p.example")]);
    let cases: [(u16, Vec<u8>, Option<ComponentError>); 21] = [
        (ROOM_METADATA, metadata(b"Club").encode(), None),
        (ROOM_METADATA, metadata(b"\xff").encode(), Some(ComponentError::NotText)),
        (ROOM_METADATA, metadata(b"a\0b").encode(), Some(ComponentError::NotText)),
        (PREAUTH_LIST, preauth(2).encode(), None),
        (PREAUTH_LIST, preauth(0).encode(), Some(ComponentError::PreauthorisesNobody)),
        (LINK_PREVIEW_POLICY, previews(Optionality::Optional, proxies()).encode(), None),
        (
            LINK_PREVIEW_POLICY,
            previews(Optionality::Required, proxies()).encode(),
            Some(ComponentError::AutodetectRequired),
        ),
        (
            LINK_PREVIEW_POLICY,
            previews(Optionality::Optional, LinkPreviewProxy::Required(vec![])).encode(),
            Some(ComponentError::NoPreviewProxy),
        ),
        (LINK_PREVIEW_POLICY, previews(Optionality::Optional, LinkPreviewProxy::Forbidden).encode(), None),
        (LOGGING_POLICY, LoggingPolicy::Required(logging(&["a"])).encode(), None),
        (
            LOGGING_POLICY,
            LoggingPolicy::Required(logging(&[])).encode(),
            Some(ComponentError::NoLoggingClient),
        ),
        (LOGGING_POLICY, LoggingPolicy::Optional(logging(&[])).encode(), None),
        (CHAT_HISTORY_POLICY, sharing(2).encode(), None),
        (CHAT_HISTORY_POLICY, sharing(0).encode(), Some(ComponentError::HistoryRole(0))),
        (CHAT_HISTORY_POLICY, sharing(1).encode(), Some(ComponentError::HistoryRole(1))),
        (BOT_POLICY, bot(Flag::True, 0).encode(), None),
        (BOT_POLICY, bot(Flag::True, 2).encode(), Some(ComponentError::LocalBotRole)),
        (BOT_POLICY, bot(Flag::False, 2).encode(), None),
        (MESSAGE_EXPIRATION_POLICY, expiring(1, 3, Some(2)).encode(), None),
        (MESSAGE_EXPIRATION_POLICY, expiring(3, 1, None).encode(), Some(ComponentError::Bounds)),
        (MESSAGE_EXPIRATION_POLICY, expiring(1, 3, Some(4)).encode(), Some(ComponentError::Bounds)),
    ];
    for (id, update, error) in cases {
        let found = update_component(id, None, &[&update], Readings::default());
        assert_eq!(found, error.map_or(Ok(update), |error| Err(AppDataError::Component(error))), "{id:#06x}");
    }
}

#[test]
fn links_are_patched() {
    let link = |text: &str| Opaque::from(text.as_bytes());
    let data = |links: &[&str]| JoinLinksData { links: links.iter().map(|text| link(text)).collect() };
    let update = |removed: &[u32], added: &[&str]| JoinLinksUpdate {
        removed_indices: removed.to_vec(),
        added_links: added.iter().map(|text| link(text)).collect(),
    };
    let base = data(&["a", "b", "c"]);
    let after = |updates: &[JoinLinksUpdate]| apply_link_updates(&base, updates);
    assert_eq!(after(&[update(&[2, 0], &["d"])]), Ok(data(&["b", "d"])));
    assert_eq!(
        after(&[update(&[0], &["d"]), update(&[1], &[])]),
        Ok(data(&["c", "d"])),
        "positions at the start"
    );
    assert_eq!(after(&[update(&[1], &["b"])]), Ok(data(&["a", "c", "b"])));
    assert_eq!(after(&[update(&[3], &[])]), Err(ComponentError::NoSuchLink(3)));
    assert_eq!(after(&[update(&[1], &[]), update(&[1], &[])]), Err(ComponentError::NoSuchLink(1)));
    assert_eq!(after(&[update(&[], &["a"])]), Err(ComponentError::LinkTwice));
    let found =
        update_component(component::JOIN_LINKS, None, &[&update(&[], &["x"]).encode()], Readings::default());
    assert_eq!(found, Ok(data(&["x"]).encode()));
    let error = update_component(component::JOIN_LINKS, None, &[&[1][..]], Readings::default());
    assert_eq!(error, Err(AppDataError::Wire(WireError::EndOfInput)));
}

/// POL-20.
#[test]
fn a_room_may_list_components_that_are_not_known() {
    let mut base = cooperative_room(UserId(0)).base;
    assert_eq!(base.unknown_component(), None);
    base.component_ids.extend([component::BOT_POLICY, 0x7777]);
    assert_eq!(base.unknown_component(), Some(0x7777));
}
