//! What a policy component's value must be in itself, whatever else the room is (room-policy §4, §6, §7).

use super::{BANNED, NOT_LISTED};
use crate::wire::asset_policy::{AssetPolicy, AssetUploadLocation};
use crate::wire::franking::FrankingAgentData;
use crate::wire::join_links::{JoinLinkPolicy, JoinLinksData};
use crate::wire::operational_parameters::{MinDefaultMaxTime, OperationalParameters, PendingProposalPolicy};
use crate::wire::policy::{
    BotPolicy, HistoryPolicy, LinkPreviewPolicy, LinkPreviewProxy, LoggingPolicy, MessageExpiration,
    StatusNotificationPolicy,
};
use crate::wire::pre_auth::PreAuthData;
use crate::wire::room_metadata::RoomMetaData;
use crate::wire::{Opaque, Optionality, WireError};

/// Why a component's value is invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ComponentError {
    /// It is not an encoding of the component's struct.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A text is not UTF-8, or has a null in it (proto §7.6).
    #[error("a text is UTF-8 without nulls")]
    NotText,
    /// A preauthorisation for nobody's role (room-policy §4, POL-09).
    #[error("nobody is preauthorised for not being a participant")]
    PreauthorisesNobody,
    /// Finding links in texts is mandatory (room-policy §6.3, POL-23).
    #[error("to find links in texts is not mandatory")]
    AutodetectRequired,
    /// A preview proxy may be used, and none is named (room-policy §6.3, POL-23).
    #[error("a link preview proxy may be used, and none is named")]
    NoPreviewProxy,
    /// All upload to the hub, and not exactly one provider is named (room-policy §6.4, POL-23).
    #[error("whoever uploads to the hub uploads to one provider")]
    UploadDomains,
    /// A way to download is both allowed and forbidden, or the default is forbidden (room-policy §6.4, POL-23).
    #[error("a way to download is both allowed and forbidden")]
    DownloadTypes,
    /// Logging is mandatory, and nobody logs (room-policy §6.5, POL-23).
    #[error("logging is mandatory, and nobody logs")]
    NoLoggingClient,
    /// Users who take no part share history (room-policy §6.6, POL-23).
    #[error("role {0} cannot share history")]
    HistoryRole(u32),
    /// A bot within a user's client has a role of its own (room-policy §6.7, POL-23).
    #[error("a local bot has role 0")]
    LocalBotRole,
    /// A lower bound is above its upper bound, or a default is not between them (room-policy §6.8, §7.1).
    #[error("the bounds exclude each other")]
    Bounds,
    /// A join link is there twice (room-policy §6.2, POL-22).
    #[error("a join link is there twice")]
    LinkTwice,
    /// A position in the join links is behind their end, or named twice (room-policy §6.2, POL-22).
    #[error("there is no join link at index {0}")]
    NoSuchLink(u32),
}

/// A value with rules of its own.
pub(super) trait WellFormed {
    /// What is wrong with it.
    fn check(&self) -> Result<(), ComponentError>;
}

fn require(good: bool, error: ComponentError) -> Result<(), ComponentError> {
    if good { Ok(()) } else { Err(error) }
}

impl WellFormed for RoomMetaData {
    fn check(&self) -> Result<(), ComponentError> {
        let texts = [&self.room_name, &self.room_subject, &self.room_mood];
        let is_text =
            |text: &&Opaque| std::str::from_utf8(text.as_slice()).is_ok_and(|text| !text.contains('\0'));
        require(texts.iter().all(is_text), ComponentError::NotText)
    }
}

impl WellFormed for FrankingAgentData {
    fn check(&self) -> Result<(), ComponentError> {
        Ok(())
    }
}

impl WellFormed for OperationalParameters {
    fn check(&self) -> Result<(), ComponentError> {
        let ordered = |time: &MinDefaultMaxTime| {
            time.minimum_time <= time.default_time && time.default_time <= time.maximum_time
        };
        let times = [
            self.leaf_node_update_time,
            self.sender_nonce_keypair_lifetime,
            self.buffer_incoming_message_time,
        ];
        let delay = match self.pending_proposal_policy {
            PendingProposalPolicy::RandomDelay { minimum_delay_ms, maximum_delay_ms } => {
                minimum_delay_ms <= maximum_delay_ms
            }
            PendingProposalPolicy::Unspecified | PendingProposalPolicy::ImmediateCommit => true,
        };
        require(delay && times.iter().all(ordered), ComponentError::Bounds)
    }
}

impl WellFormed for PreAuthData {
    fn check(&self) -> Result<(), ComponentError> {
        let nobody = |target: u32| target == NOT_LISTED;
        let any = self.preauthorized_entries.iter().any(|entry| nobody(entry.target_role));
        require(!any, ComponentError::PreauthorisesNobody)
    }
}

impl WellFormed for StatusNotificationPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        Ok(())
    }
}

impl WellFormed for JoinLinkPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        Ok(())
    }
}

impl WellFormed for JoinLinksData {
    fn check(&self) -> Result<(), ComponentError> {
        let twice = self.links.iter().enumerate().any(|(at, link)| self.links[..at].contains(link));
        require(!twice, ComponentError::LinkTwice)
    }
}

impl WellFormed for LinkPreviewPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        let detects = self.autodetect_hyperlinks_in_text != Optionality::Required;
        require(detects, ComponentError::AutodetectRequired)?;
        let named = match &self.proxy_use {
            LinkPreviewProxy::Optional(proxies) | LinkPreviewProxy::Required(proxies) => !proxies.is_empty(),
            LinkPreviewProxy::Forbidden => true,
        };
        require(named, ComponentError::NoPreviewProxy)
    }
}

impl WellFormed for AssetPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        let at_hub = self.asset_upload_location == AssetUploadLocation::Hub;
        require(!at_hub || self.upload_domains.len() == 1, ComponentError::UploadDomains)?;
        let privacy = &self.download_privacy;
        let allowed = |way| !privacy.forbidden_download_types.contains(way);
        let ways = privacy.allowed_download_types.iter().chain([&privacy.default_download_type]);
        require(ways.into_iter().all(allowed), ComponentError::DownloadTypes)
    }
}

impl WellFormed for LoggingPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        let logs = match self {
            LoggingPolicy::Required(logging) => !logging.logging_clients.is_empty(),
            LoggingPolicy::Optional(_) | LoggingPolicy::Forbidden => true,
        };
        require(logs, ComponentError::NoLoggingClient)
    }
}

impl WellFormed for HistoryPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        let (HistoryPolicy::Optional(sharing) | HistoryPolicy::Required(sharing)) = self else {
            return Ok(());
        };
        let outside = |role: &&u32| matches!(**role, NOT_LISTED | BANNED);
        match sharing.roles_that_can_share.iter().find(outside) {
            Some(role) => Err(ComponentError::HistoryRole(*role)),
            None => Ok(()),
        }
    }
}

impl WellFormed for BotPolicy {
    fn check(&self) -> Result<(), ComponentError> {
        let good = self
            .allowed_bots
            .iter()
            .all(|bot| !bool::from(bot.local_client_bot) || bot.bot_role_index == NOT_LISTED);
        require(good, ComponentError::LocalBotRole)
    }
}

impl WellFormed for MessageExpiration {
    fn check(&self) -> Result<(), ComponentError> {
        let (MessageExpiration::Optional(bounds) | MessageExpiration::Required(bounds)) = self else {
            return Ok(());
        };
        let (min, max) = (bounds.min_expiration_duration, bounds.max_expiration_duration);
        let default = bounds.default_expiration_duration.is_none_or(|default| (min..=max).contains(&default));
        require(min <= max && default, ComponentError::Bounds)
    }
}
