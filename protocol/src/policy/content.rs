//! What the policy components say of messages and assets, for whoever makes or gets them (room-policy §6, §7.1).

use super::AssetKind;
use crate::ids::UserId;
use crate::room::Standing;
use crate::wire::Optionality;
use crate::wire::asset_policy::{AssetPolicy, AssetUploadLocation, MediaType};
use crate::wire::policy::{HistoryPolicy, MessageExpiration};

/// Why a message or an asset does not fit a room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
pub enum Unfit {
    /// The media type is forbidden, or not among the permitted ones (room-policy §6.4, POL-24).
    #[error("the room does not have such media")]
    MediaType,
    /// The asset is too large (room-policy §6.4, POL-23).
    #[error("the asset is too large for the room")]
    TooLarge,
    /// The asset is where the sender's assets are not (room-policy §6.4, POL-23).
    #[error("the asset is at none of the domains for its sender")]
    UploadDomain,
    /// Messages expire, and this one does not, or the other way round, or not in time (room-policy §6.8, POL-23).
    #[error("the message does not expire as messages in the room do")]
    Expiration,
    /// History is not shared, not by this user, or not so much of it (room-policy §6.6, POL-23).
    #[error("the history is not shared so")]
    History,
}

/// What says of a message that it has arrived.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Notice {
    /// It has been delivered.
    Delivered,
    /// It has been read.
    Read,
}

/// Whether clients send such notices (room-policy §6.1, POL-21): as each likes, where the room says nothing.
pub fn notices(standing: &Standing, notice: Notice) -> Optionality {
    standing.components.status_notification.map_or(Optionality::Optional, |policy| match notice {
        Notice::Delivered => policy.delivery_notifications,
        Notice::Read => policy.read_receipts,
    })
}

/// An asset that a message refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asset<'a> {
    /// The sender's provider, by its domain.
    pub provider: &'a str,
    /// The domain that the asset is at.
    pub host: &'a str,
    /// Which limit counts.
    pub kind: AssetKind,
    /// `type/subtype`, and parameters.
    pub media_type: &'a MediaType,
    /// How many octets it has.
    pub size: u64,
}

/// Whether the asset fits the room (POL-23, POL-24).
pub fn check_asset(standing: &Standing, asset: &Asset<'_>) -> Result<(), Unfit> {
    let Some(policy) = &standing.components.asset else { return Ok(()) };
    let limit = match asset.kind {
        AssetKind::Image => policy.max_image,
        AssetKind::Audio => policy.max_audio,
        AssetKind::Video => policy.max_video,
        AssetKind::Attachment => policy.max_attachment,
    };
    if asset.size > limit {
        return Err(Unfit::TooLarge);
    }
    let covers = |entries: &[MediaType]| entries.iter().any(|entry| matches(entry, asset.media_type));
    let permitted = policy.permitted_media_types.as_ref().is_none_or(|permitted| covers(permitted));
    if covers(&policy.forbidden_media_types) || !permitted {
        return Err(Unfit::MediaType);
    }
    if hosts(policy, asset) { Ok(()) } else { Err(Unfit::UploadDomain) }
}

/// POL-24: an entry without parameters is for any.
fn matches(entry: &MediaType, media_type: &MediaType) -> bool {
    let same = entry.media_type == media_type.media_type;
    same && (entry.parameters.is_empty() || entry.parameters == media_type.parameters)
}

fn hosts(policy: &AssetPolicy, asset: &Asset<'_>) -> bool {
    let mut domains = policy.upload_domains.iter().filter(|domains| match policy.asset_upload_location {
        AssetUploadLocation::LocalProvider => domains.provider.as_slice() == asset.provider.as_bytes(),
        AssetUploadLocation::Hub | AssetUploadLocation::Unspecified => true,
    });
    let host = asset.host.as_bytes();
    policy.asset_upload_location == AssetUploadLocation::Unspecified
        || domains.any(|domains| domains.asset_upload_destinations.iter().any(|d| d.as_slice() == host))
}

/// Whether a message that expires after so many seconds, or not at all, fits the room.
pub fn check_expiration(standing: &Standing, expires_after_s: Option<u32>) -> Result<(), Unfit> {
    let good = match (&standing.components.expiration, expires_after_s) {
        (None | Some(MessageExpiration::Optional(_) | MessageExpiration::Forbidden), None)
        | (None, Some(_)) => true,
        (Some(MessageExpiration::Required(_)), None) | (Some(MessageExpiration::Forbidden), Some(_)) => false,
        (Some(MessageExpiration::Optional(bounds) | MessageExpiration::Required(bounds)), Some(after_s)) => {
            (bounds.min_expiration_duration..=bounds.max_expiration_duration).contains(&after_s)
        }
    };
    if good { Ok(()) } else { Err(Unfit::Expiration) }
}

/// Whether the user may share messages of that age with new joiners, by itself or because somebody has asked for it. Where
/// the room says nothing, nobody does: it is history that the members did not expect others to see.
pub fn check_history(standing: &Standing, user: UserId, age_s: u32, unasked: bool) -> Result<(), Unfit> {
    let good = match &standing.components.history {
        None | Some(HistoryPolicy::Forbidden) => false,
        Some(HistoryPolicy::Optional(sharing) | HistoryPolicy::Required(sharing)) => {
            let role = standing.role_of(user).filter(|_| standing.may_take_part(user));
            role.is_some_and(|role| sharing.roles_that_can_share.contains(&role))
                && age_s <= sharing.max_time_period
                && (!unasked || bool::from(sharing.automatically_share))
        }
    };
    if good { Ok(()) } else { Err(Unfit::History) }
}

/// Whether a message of `epoch` is still taken in epoch `current` (POL-62): none of an earlier one where nothing is said.
pub fn takes_epoch(standing: &Standing, current: u64, epoch: u64) -> bool {
    let operational = standing.components.operational.as_ref();
    let tolerance = operational.map_or(0, |policy| policy.app_message_policy.epoch_tolerance);
    epoch <= current && current - epoch <= u64::from(tolerance)
}
