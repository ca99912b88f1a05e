//! Values of the policy components, whatever their fields.

use crate::samples::{opaque, uri};
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
use mimic_protocol::wire::{Flag, Optionality};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn list<T: std::fmt::Debug>(element: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(element, 0..3)
}

fn flag() -> impl Strategy<Value = Flag> {
    any::<bool>().prop_map(Flag::from)
}

fn optionality() -> impl Strategy<Value = Optionality> {
    prop_oneof![Just(Optionality::Optional), Just(Optionality::Required), Just(Optionality::Forbidden)]
}

pub fn status_notification_policy() -> impl Strategy<Value = StatusNotificationPolicy> {
    (optionality(), optionality()).prop_map(|(delivery_notifications, read_receipts)| {
        StatusNotificationPolicy { delivery_notifications, read_receipts }
    })
}

pub fn join_link_policy() -> impl Strategy<Value = JoinLinkPolicy> {
    (flag(), uri(), flag(), any::<u32>()).prop_map(|(on_request, join_link, multiuser, expiration)| {
        JoinLinkPolicy { on_request, join_link, multiuser, expiration }
    })
}

pub fn join_links() -> impl Strategy<Value = JoinLinksData> {
    list(opaque()).prop_map(|links| JoinLinksData { links })
}

pub fn join_links_update() -> impl Strategy<Value = JoinLinksUpdate> {
    (list(any::<u32>()), list(opaque()))
        .prop_map(|(removed_indices, added_links)| JoinLinksUpdate { removed_indices, added_links })
}

pub fn link_preview_policy() -> impl Strategy<Value = LinkPreviewPolicy> {
    let proxy = prop_oneof![
        list(uri()).prop_map(LinkPreviewProxy::Optional),
        list(uri()).prop_map(LinkPreviewProxy::Required),
        Just(LinkPreviewProxy::Forbidden),
    ];
    (optionality(), optionality(), optionality(), proxy).prop_map(
        |(autodetect_hyperlinks_in_text, send_link_previews, automatic_link_previews, proxy_use)| {
            LinkPreviewPolicy {
                autodetect_hyperlinks_in_text,
                send_link_previews,
                automatic_link_previews,
                proxy_use,
            }
        },
    )
}

fn media_type() -> impl Strategy<Value = MediaType> {
    let parameter = (opaque(), opaque())
        .prop_map(|(parameter_name, parameter_value)| Parameter { parameter_name, parameter_value });
    (opaque(), list(parameter)).prop_map(|(media_type, parameters)| MediaType { media_type, parameters })
}

fn download() -> impl Strategy<Value = DownloadPrivacyType> {
    use DownloadPrivacyType::{Direct, HubProxy, Ohttp};
    prop_oneof![Just(Direct), Just(HubProxy), Just(Ohttp)]
}

pub fn asset_policy() -> impl Strategy<Value = AssetPolicy> {
    use AssetUploadLocation::{Hub, LocalProvider, Unspecified};
    let domains = (opaque(), list(opaque())).prop_map(|(provider, asset_upload_destinations)| {
        ProviderAssetUploadDomains { provider, asset_upload_destinations }
    });
    let privacy = (list(download()), list(download()), download()).prop_map(
        |(allowed_download_types, forbidden_download_types, default_download_type)| DownloadPrivacy {
            allowed_download_types,
            forbidden_download_types,
            default_download_type,
        },
    );
    let location = prop_oneof![Just(Unspecified), Just(LocalProvider), Just(Hub)];
    let limits = any::<[u64; 4]>();
    let media = (list(media_type()), option::of(list(media_type())));
    (location, list(domains), privacy, limits, media).prop_map(
        |(asset_upload_location, upload_domains, download_privacy, limits, media)| AssetPolicy {
            asset_upload_location,
            upload_domains,
            download_privacy,
            max_image: limits[0],
            max_audio: limits[1],
            max_video: limits[2],
            max_attachment: limits[3],
            forbidden_media_types: media.0,
            permitted_media_types: media.1,
        },
    )
}

pub fn logging_policy() -> impl Strategy<Value = LoggingPolicy> {
    let logging = || {
        (list(uri()), uri(), uri()).prop_map(
            |(logging_clients, machine_readable_policy, human_readable_policy)| Logging {
                logging_clients,
                machine_readable_policy,
                human_readable_policy,
            },
        )
    };
    prop_oneof![
        logging().prop_map(LoggingPolicy::Optional),
        logging().prop_map(LoggingPolicy::Required),
        Just(LoggingPolicy::Forbidden),
    ]
}

pub fn history_policy() -> impl Strategy<Value = HistoryPolicy> {
    let sharing = || {
        (list(any::<u32>()), flag(), any::<u32>()).prop_map(
            |(roles_that_can_share, automatically_share, max_time_period)| HistorySharing {
                roles_that_can_share,
                automatically_share,
                max_time_period,
            },
        )
    };
    prop_oneof![
        sharing().prop_map(HistoryPolicy::Optional),
        sharing().prop_map(HistoryPolicy::Required),
        Just(HistoryPolicy::Forbidden),
    ]
}

pub fn bot_policy() -> impl Strategy<Value = BotPolicy> {
    let flags = (flag(), flag(), flag());
    let bot = (opaque(), opaque(), uri(), any::<u32>(), flags).prop_map(
        |(name, description, homepage, bot_role_index, flags)| Bot {
            name,
            description,
            homepage,
            local_client_bot: flags.0,
            bot_role_index,
            can_target_message_in_group: flags.1,
            per_user_content: flags.2,
        },
    );
    list(bot).prop_map(|allowed_bots| BotPolicy { allowed_bots })
}

pub fn message_expiration() -> impl Strategy<Value = MessageExpiration> {
    let bounds = || {
        any::<(u32, u32, Option<u32>)>().prop_map(|(min, max, default)| ExpirationBounds {
            min_expiration_duration: min,
            max_expiration_duration: max,
            default_expiration_duration: default,
        })
    };
    prop_oneof![
        bounds().prop_map(MessageExpiration::Optional),
        bounds().prop_map(MessageExpiration::Required),
        Just(MessageExpiration::Forbidden),
    ]
}

pub fn preauth_list() -> impl Strategy<Value = PreAuthData> {
    let claim = (any::<u16>(), opaque(), opaque()).prop_map(|(credential_type, id, claim_value)| Claim {
        claim_id: ClaimId { credential_type, id },
        claim_value,
    });
    let entry = (list(claim), any::<u32>())
        .prop_map(|(claimset, target_role)| PreAuthRoleEntry { claimset, target_role });
    list(entry).prop_map(|preauthorized_entries| PreAuthData { preauthorized_entries })
}

fn capabilities() -> impl Strategy<Value = ExtendedCapabilities> {
    let codes = || list(any::<u16>());
    let media = (list(media_type()), list(any::<u8>()));
    ((codes(), codes(), codes(), codes()), (codes(), codes(), codes(), codes()), media).prop_map(
        |(first, second, media)| ExtendedCapabilities {
            versions: first.0,
            cipher_suites: first.1,
            extensions: first.2,
            proposals: first.3,
            credentials: second.0,
            wire_formats: second.1,
            component_ids: second.2,
            safe_aad_types: second.3,
            media_types: media.0,
            content_types: media.1,
        },
    )
}

fn time() -> impl Strategy<Value = MinDefaultMaxTime> {
    any::<[u64; 3]>().prop_map(|times| MinDefaultMaxTime {
        minimum_time: times[0],
        default_time: times[1],
        maximum_time: times[2],
    })
}

pub fn operational_parameters() -> impl Strategy<Value = OperationalParameters> {
    let pending = prop_oneof![
        Just(PendingProposalPolicy::Unspecified),
        Just(PendingProposalPolicy::ImmediateCommit),
        any::<(u64, u64)>().prop_map(|(minimum_delay_ms, maximum_delay_ms)| {
            PendingProposalPolicy::RandomDelay { minimum_delay_ms, maximum_delay_ms }
        }),
    ];
    let messages = any::<(u8, u16, u32)>().prop_map(|(epoch_tolerance, pad_to_size, skip)| {
        AppMessagePolicy { epoch_tolerance, pad_to_size, max_generations_skipahead: skip }
    });
    let formats = (list(any::<u16>()), flag(), flag());
    let numbers = any::<([u64; 3], [u32; 2])>();
    let times = (time(), time(), time());
    ((capabilities(), capabilities(), capabilities()), formats, pending, messages, numbers, times).prop_map(
        |(capabilities, formats, pending_proposal_policy, app_message_policy, numbers, times)| {
            OperationalParameters {
                mandatory_capabilities: capabilities.0,
                default_capabilities: capabilities.1,
                forbidden_capabilities: capabilities.2,
                handshake_formats: formats.0,
                external_proposal_allowed: formats.1,
                external_commit_allowed: formats.2,
                pending_proposal_policy,
                leaf_node_update_time: times.0,
                app_message_policy,
                max_kp_lifetime: numbers.0[0],
                max_credential_lifetime: numbers.0[1],
                resumption_psk_lifetime: numbers.0[2],
                sender_nonce_keypair_lifetime: times.1,
                max_keypairs: numbers.1[0],
                buffer_incoming_message_time: times.2,
                max_buffered_messages: numbers.1[1],
            }
        },
    )
}

pub fn room_metadata() -> impl Strategy<Value = RoomMetaData> {
    let description =
        (opaque(), opaque(), opaque()).prop_map(|(media_type, language_tag, description_content)| {
            RichDescription { media_type, language_tag, description_content }
        });
    (uri(), opaque(), list(description), uri(), opaque(), opaque()).prop_map(
        |(room_uri, room_name, room_descriptions, room_avatar, room_subject, room_mood)| RoomMetaData {
            room_uri,
            room_name,
            room_descriptions,
            room_avatar,
            room_subject,
            room_mood,
        },
    )
}
