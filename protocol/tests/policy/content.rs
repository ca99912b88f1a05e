//! What is for clients to enforce: kinds of message, and what messages and assets must be like (room-policy §6, §8.3 to §8.5).

use crate::world::operational;
use mimic_protocol::UserId;
use mimic_protocol::policy::examples::{Example, cooperative_room};
use mimic_protocol::policy::{
    Asset, AssetKind, Capability, Denied, Notice, Unfit, Usage, check_asset, check_expiration, check_history,
    may_use, notices, takes_epoch,
};
use mimic_protocol::room::{BANNED, Components, Participant, Standing};
use mimic_protocol::wire::asset_policy::{
    AssetPolicy, AssetUploadLocation, DownloadPrivacy, DownloadPrivacyType, MediaType, Parameter,
    ProviderAssetUploadDomains,
};
use mimic_protocol::wire::policy::{
    ExpirationBounds, HistoryPolicy, HistorySharing, MessageExpiration, StatusNotificationPolicy,
};
use mimic_protocol::wire::{Opaque, Optionality};
use std::collections::BTreeSet;
use std::sync::Arc;

const ALICE: UserId = UserId(0);

fn room(components: Components) -> Standing {
    Standing { components: Arc::new(components), ..cooperative_room(ALICE) }
}

#[test]
fn each_kind_takes_a_capability_of_its_own() {
    let taken: BTreeSet<Capability> = Usage::ALL.iter().map(|usage| usage.capability()).collect();
    assert_eq!(taken.len(), Usage::ALL.len());
    // All of §8.3 to §8.5 but the two that are reserved.
    let defined = Capability::ALL
        .iter()
        .filter(|capability| matches!(capability.code(), 0x0100..0x0110 | 0x0200..0x020c | 0x0400..0x0408));
    assert_eq!(taken, defined.copied().collect());
}

#[test]
fn who_takes_no_part_uses_nothing() {
    let mut standing = Example::Moderated.room(ALICE);
    assert_eq!(may_use(&standing, ALICE, Usage::Send), Ok(()));
    assert_eq!(may_use(&standing, ALICE, Usage::StartCall), Err(Denied::Lacks(Capability::StartCall)));
    assert_eq!(may_use(&standing, UserId(1), Usage::Receive), Err(Denied::NotParticipant));
    for role in &mut standing.roles {
        role.capabilities = Capability::ALL.iter().map(|capability| capability.code()).collect();
    }
    standing.participants = vec![Participant { user: ALICE, role: BANNED }];
    assert_eq!(may_use(&standing, ALICE, Usage::Receive), Err(Denied::NotParticipant));
}

#[test]
fn notices_are_the_rooms_affair() {
    let policy = StatusNotificationPolicy {
        delivery_notifications: Optionality::Required,
        read_receipts: Optionality::Forbidden,
    };
    let said = room(Components { status_notification: Some(policy), ..Default::default() });
    assert_eq!(notices(&said, Notice::Delivered), Optionality::Required);
    assert_eq!(notices(&said, Notice::Read), Optionality::Forbidden);
    assert_eq!(notices(&room(Components::default()), Notice::Read), Optionality::Optional);
}

fn media(name: &str, parameters: &[(&str, &str)]) -> MediaType {
    let text = |text: &str| Opaque::from(text.as_bytes());
    let parameters = parameters
        .iter()
        .map(|(name, value)| Parameter { parameter_name: text(name), parameter_value: text(value) });
    MediaType { media_type: text(name), parameters: parameters.collect() }
}

fn assets(location: AssetUploadLocation, permitted: Option<Vec<MediaType>>) -> Standing {
    let domains = |provider: &str, domain: &str| ProviderAssetUploadDomains {
        provider: provider.as_bytes().into(),
        asset_upload_destinations: vec![domain.as_bytes().into()],
    };
    let policy = AssetPolicy {
        asset_upload_location: location,
        upload_domains: vec![domains("a.example", "cdn.a.example"), domains("b.example", "cdn.b.example")],
        download_privacy: DownloadPrivacy {
            allowed_download_types: vec![],
            forbidden_download_types: vec![],
            default_download_type: DownloadPrivacyType::Direct,
        },
        max_image: 10,
        max_audio: 20,
        max_video: 30,
        max_attachment: 40,
        forbidden_media_types: vec![media("text/html", &[]), media("text/plain", &[("charset", "latin1")])],
        permitted_media_types: permitted,
    };
    room(Components { asset: Some(policy), ..Default::default() })
}

#[test]
fn media_types() {
    let anywhere = AssetUploadLocation::Unspecified;
    let judge = |standing: &Standing, media_type: &MediaType| {
        let asset = Asset {
            provider: "a.example",
            host: "x.example",
            kind: AssetKind::Attachment,
            media_type,
            size: 1,
        };
        check_asset(standing, &asset)
    };
    let open = assets(anywhere, None);
    // An entry without parameters is for any; one with parameters for exactly those (POL-24).
    assert_eq!(judge(&open, &media("text/html", &[("charset", "utf8")])), Err(Unfit::MediaType));
    assert_eq!(judge(&open, &media("text/plain", &[("charset", "latin1")])), Err(Unfit::MediaType));
    assert_eq!(judge(&open, &media("text/plain", &[])), Ok(()));
    let listed = assets(anywhere, Some(vec![media("text/plain", &[]), media("text/html", &[])]));
    assert_eq!(judge(&listed, &media("text/plain", &[("charset", "utf8")])), Ok(()));
    assert_eq!(judge(&listed, &media("text/html", &[])), Err(Unfit::MediaType), "permitted and forbidden");
    assert_eq!(judge(&listed, &media("image/png", &[])), Err(Unfit::MediaType), "not permitted");
    assert_eq!(judge(&room(Components::default()), &media("text/html", &[])), Ok(()));
}

#[test]
fn sizes_and_places_of_assets() {
    let png = media("image/png", &[]);
    let asset = |host, kind, size| Asset { provider: "a.example", host, kind, media_type: &png, size };
    let local = assets(AssetUploadLocation::LocalProvider, None);
    use AssetKind::{Attachment, Audio, Image, Video};
    for (kind, limit) in [(Image, 10), (Audio, 20), (Video, 30), (Attachment, 40)] {
        assert_eq!(check_asset(&local, &asset("cdn.a.example", kind, limit)), Ok(()));
        assert_eq!(check_asset(&local, &asset("cdn.a.example", kind, limit + 1)), Err(Unfit::TooLarge));
    }
    let elsewhere = asset("cdn.b.example", Image, 1);
    assert_eq!(check_asset(&local, &elsewhere), Err(Unfit::UploadDomain), "another provider's");
    assert_eq!(check_asset(&assets(AssetUploadLocation::Hub, None), &elsewhere), Ok(()));
    let nowhere = asset("x.example", Image, 1);
    assert_eq!(check_asset(&assets(AssetUploadLocation::Hub, None), &nowhere), Err(Unfit::UploadDomain));
    assert_eq!(check_asset(&assets(AssetUploadLocation::Unspecified, None), &nowhere), Ok(()));
}

#[test]
fn messages_expire_as_the_room_has_it() {
    let bounds = ExpirationBounds {
        min_expiration_duration: 10,
        max_expiration_duration: 20,
        default_expiration_duration: None,
    };
    let cases = [
        (None, [true, true, true]),
        (Some(MessageExpiration::Optional(bounds)), [true, true, false]),
        (Some(MessageExpiration::Required(bounds)), [false, true, false]),
        (Some(MessageExpiration::Forbidden), [true, false, false]),
    ];
    for (expiration, expected) in cases {
        let standing = room(Components { expiration, ..Default::default() });
        let found = [None, Some(10), Some(21)].map(|after_s| check_expiration(&standing, after_s).is_ok());
        assert_eq!(found, expected, "{expiration:?}");
    }
}

#[test]
fn history_is_shared_by_roles() {
    let sharing = |automatically| HistorySharing {
        roles_that_can_share: vec![3],
        automatically_share: bool::into(automatically),
        max_time_period: 100,
    };
    let with = |history| room(Components { history: Some(history), ..Default::default() });
    let asked = with(HistoryPolicy::Optional(sharing(false)));
    assert_eq!(check_history(&asked, ALICE, 100, false), Ok(()));
    assert_eq!(check_history(&asked, ALICE, 101, false), Err(Unfit::History));
    assert_eq!(check_history(&asked, ALICE, 100, true), Err(Unfit::History));
    assert_eq!(check_history(&asked, UserId(1), 1, false), Err(Unfit::History));
    assert_eq!(check_history(&with(HistoryPolicy::Required(sharing(true))), ALICE, 100, true), Ok(()));
    assert_eq!(check_history(&with(HistoryPolicy::Forbidden), ALICE, 1, false), Err(Unfit::History));
    assert_eq!(check_history(&room(Components::default()), ALICE, 1, false), Err(Unfit::History));
}

#[test]
fn late_messages_are_taken_within_the_tolerance() {
    let tolerant = room(Components { operational: Some(operational("")), ..Default::default() });
    let strict = room(Components::default());
    let taken = |standing| [5, 4, 3, 2, 6].map(|epoch| takes_epoch(standing, 5, epoch));
    assert_eq!(taken(&tolerant), [true, true, true, false, false]);
    assert_eq!(taken(&strict), [true, false, false, false, false]);
}
