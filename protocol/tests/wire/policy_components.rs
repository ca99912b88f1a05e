//! Encodings of the policy components, octet for octet, as an encoder apart from this one makes them (pol Appendix B).

use mimic_protocol::wire::asset_policy::{
    AssetPolicy, AssetUploadLocation, DownloadPrivacy, DownloadPrivacyType, MediaType, Parameter,
    ProviderAssetUploadDomains,
};
use mimic_protocol::wire::join_links::{JoinLinkPolicy, JoinLinksData, JoinLinksUpdate};
use mimic_protocol::wire::operational_parameters::{
    AppMessagePolicy, ExtendedCapabilities, MinDefaultMaxTime, OperationalParameters, PendingProposalPolicy,
};
use mimic_protocol::wire::policy::{
    Bot, BotPolicy, ExpirationBounds, HistoryPolicy, HistorySharing, LinkPreviewPolicy, LinkPreviewProxy,
    Logging, LoggingPolicy, MessageExpiration, StatusNotificationPolicy,
};
use mimic_protocol::wire::pre_auth::{Claim, ClaimId, PreAuthData, PreAuthRoleEntry};
use mimic_protocol::wire::room_metadata::{RichDescription, RoomMetaData};
use mimic_protocol::wire::{Flag, IdentifierUri, Opaque, Optionality};

use crate::known_answers::check;

fn text(text: &str) -> Opaque {
    text.as_bytes().into()
}

fn uri(uri: &str) -> IdentifierUri {
    IdentifierUri(text(uri))
}

#[test]
fn status_notification_policy() {
    let policy = StatusNotificationPolicy {
        delivery_notifications: Optionality::Required,
        read_receipts: Optionality::Forbidden,
    };
    check(&policy, "0102");
}

#[test]
fn join_links() {
    let policy = JoinLinkPolicy {
        on_request: Flag::True,
        join_link: uri("mimi://a.example/r/x"),
        multiuser: Flag::False,
        expiration: 3600,
    };
    check(&policy, "01146d696d693a2f2f612e6578616d706c652f722f780000000e10");
    check(&JoinLinksData { links: vec![text("abc"), text("de")] }, "0703616263026465");
    let update = JoinLinksUpdate { removed_indices: vec![1], added_links: vec![text("xyz")] };
    check(&update, "0400000001040378797a");
}

#[test]
fn link_preview_policy() {
    let policy = |proxy_use| LinkPreviewPolicy {
        autodetect_hyperlinks_in_text: Optionality::Optional,
        send_link_previews: Optionality::Required,
        automatic_link_previews: Optionality::Forbidden,
        proxy_use,
    };
    check(
        &policy(LinkPreviewProxy::Required(vec![uri("mimi://p.example")])),
        "0001020111106d696d693a2f2f702e6578616d706c65",
    );
    check(&policy(LinkPreviewProxy::Forbidden), "00010202");
}

#[test]
fn asset_policy() {
    let parameters = vec![Parameter { parameter_name: text("variant"), parameter_value: text("GFM") }];
    let policy = AssetPolicy {
        asset_upload_location: AssetUploadLocation::LocalProvider,
        upload_domains: vec![ProviderAssetUploadDomains {
            provider: text("a.example"),
            asset_upload_destinations: vec![text("cdn.a.example")],
        }],
        download_privacy: DownloadPrivacy {
            allowed_download_types: vec![DownloadPrivacyType::Direct, DownloadPrivacyType::HubProxy],
            forbidden_download_types: vec![DownloadPrivacyType::Ohttp],
            default_download_type: DownloadPrivacyType::HubProxy,
        },
        max_image: 1,
        max_audio: 2,
        max_video: 3,
        max_attachment: 4,
        forbidden_media_types: vec![MediaType { media_type: text("text/markdown"), parameters }],
        permitted_media_types: Some(vec![MediaType { media_type: text("image/png"), parameters: vec![] }]),
    };
    check(
        &policy,
        "011909612e6578616d706c650e0d63646e2e612e6578616d706c65020001010201000000000000000100000000\
         00000002000000000000000300000000000000041b0d746578742f6d61726b646f776e0c0776617269616e7403\
         47464d010b09696d6167652f706e6700",
    );
}

#[test]
fn logging_policy() {
    let logging = Logging {
        logging_clients: vec![uri("mimi://a.example/d/l/1")],
        machine_readable_policy: uri("m"),
        human_readable_policy: uri(""),
    };
    check(&LoggingPolicy::Required(logging), "0117166d696d693a2f2f612e6578616d706c652f642f6c2f31016d00");
    check(&LoggingPolicy::Forbidden, "02");
}

#[test]
fn history_policy() {
    let sharing = HistorySharing {
        roles_that_can_share: vec![3, 4],
        automatically_share: Flag::True,
        max_time_period: 86400,
    };
    check(&HistoryPolicy::Optional(sharing), "000800000003000000040100015180");
    check(&HistoryPolicy::Forbidden, "02");
}

#[test]
fn bot_policy() {
    let bot = Bot {
        name: text("poker"),
        description: text("deals"),
        homepage: uri(""),
        local_client_bot: Flag::False,
        bot_role_index: 6,
        can_target_message_in_group: Flag::True,
        per_user_content: Flag::True,
    };
    check(&BotPolicy { allowed_bots: vec![bot] }, "1405706f6b6572056465616c730000000000060101");
}

#[test]
fn message_expiration() {
    let bounds = ExpirationBounds {
        min_expiration_duration: 60,
        max_expiration_duration: 3600,
        default_expiration_duration: Some(600),
    };
    check(&MessageExpiration::Required(bounds), "010000003c00000e100100000258");
    check(&MessageExpiration::Forbidden, "02");
}

#[test]
fn preauth_list() {
    let claim_id = ClaimId { credential_type: 1, id: text("domain") };
    let claimset = vec![Claim { claim_id, claim_value: text("a.example") }];
    let list = PreAuthData { preauthorized_entries: vec![PreAuthRoleEntry { claimset, target_role: 2 }] };
    check(&list, "1813000106646f6d61696e09612e6578616d706c6500000002");
}

#[test]
fn operational_parameters() {
    let time = |minimum_time, default_time, maximum_time| MinDefaultMaxTime {
        minimum_time,
        default_time,
        maximum_time,
    };
    let parameters = OperationalParameters {
        mandatory_capabilities: ExtendedCapabilities { versions: vec![1], ..Default::default() },
        default_capabilities: ExtendedCapabilities::default(),
        forbidden_capabilities: ExtendedCapabilities::default(),
        handshake_formats: vec![1],
        external_proposal_allowed: Flag::True,
        external_commit_allowed: Flag::False,
        pending_proposal_policy: PendingProposalPolicy::RandomDelay {
            minimum_delay_ms: 200,
            maximum_delay_ms: 1500,
        },
        leaf_node_update_time: time(1, 2, 3),
        app_message_policy: AppMessagePolicy {
            epoch_tolerance: 3,
            pad_to_size: 256,
            max_generations_skipahead: 1000,
        },
        max_kp_lifetime: 10,
        max_credential_lifetime: 20,
        resumption_psk_lifetime: 30,
        sender_nonce_keypair_lifetime: time(4, 5, 6),
        max_keypairs: 7,
        buffer_incoming_message_time: time(7, 8, 9),
        max_buffered_messages: 50,
    };
    check(
        &parameters,
        "020001000000000000000000000000000000000000000000000000000000000002000101000200000000000000\
         c800000000000005dc000000000000000100000000000000020000000000000003030100000003e80000000000\
         00000a0000000000000014000000000000001e0000000000000004000000000000000500000000000000060000\
         000700000000000000070000000000000008000000000000000900000032",
    );
}

#[test]
fn room_metadata() {
    let description =
        RichDescription { media_type: text(""), language_tag: text("en"), description_content: text("hi") };
    let metadata = RoomMetaData {
        room_uri: uri("mimi://a.example/r/x"),
        room_name: text("Club"),
        room_descriptions: vec![description],
        room_avatar: uri(""),
        room_subject: text("tea"),
        room_mood: text(""),
    };
    check(&metadata, "146d696d693a2f2f612e6578616d706c652f722f7804436c7562070002656e026869000374656100");
}
