//! The smaller policy components, each replaced by an update of the same form (pol §6).

use super::{Flag, IdentifierUri, Opaque, Optionality};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The status_notification_policy component (pol §6.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct StatusNotificationPolicy {
    /// Whether clients say that a message has come.
    pub delivery_notifications: Optionality,
    /// Whether clients say that a message has been read.
    pub read_receipts: Optionality,
}

/// The link_preview_policy component (pol §6.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct LinkPreviewPolicy {
    /// Whether who writes a message looks for links in its text.
    pub autodetect_hyperlinks_in_text: Optionality,
    /// Whether senders add previews.
    pub send_link_previews: Optionality,
    /// Whether receivers make previews.
    pub automatic_link_previews: Optionality,
    /// Whether previews are made through a proxy, and which.
    pub proxy_use: LinkPreviewProxy,
}

/// `link_preview_proxy_use`, with what it selects.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum LinkPreviewProxy {
    /// A proxy may be used.
    #[tls_codec(discriminant = 0)]
    Optional(Vec<IdentifierUri>),
    /// A proxy must be used.
    #[tls_codec(discriminant = 1)]
    Required(Vec<IdentifierUri>),
    /// No proxy may be used.
    #[tls_codec(discriminant = 2)]
    Forbidden,
}

/// The logging_policy component (pol §6.5).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum LoggingPolicy {
    /// There may be logging clients.
    #[tls_codec(discriminant = 0)]
    Optional(Logging),
    /// There must be one.
    #[tls_codec(discriminant = 1)]
    Required(Logging),
    /// There must be none.
    #[tls_codec(discriminant = 2)]
    Forbidden,
}

/// Who logs, and under which policies.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Logging {
    /// The clients that log.
    pub logging_clients: Vec<IdentifierUri>,
    /// The provider's logging policy, for machines; may be empty.
    pub machine_readable_policy: IdentifierUri,
    /// The provider's logging policy, for people; may be empty.
    pub human_readable_policy: IdentifierUri,
}

/// The chat_history_policy component (pol §6.6).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum HistoryPolicy {
    /// Clients may share history with new joiners.
    #[tls_codec(discriminant = 0)]
    Optional(HistorySharing),
    /// They must.
    #[tls_codec(discriminant = 1)]
    Required(HistorySharing),
    /// They must not.
    #[tls_codec(discriminant = 2)]
    Forbidden,
}

/// Who shares how much history.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct HistorySharing {
    /// The roles that may share.
    pub roles_that_can_share: Vec<u32>,
    /// Whether clients may share without being told to.
    pub automatically_share: Flag,
    /// How many seconds back.
    pub max_time_period: u32,
}

/// The bot_policy component (pol §6.7).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct BotPolicy {
    /// The bots that may be here.
    pub allowed_bots: Vec<Bot>,
}

/// A bot.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Bot {
    /// For people.
    pub name: Opaque,
    /// For people.
    pub description: Opaque,
    /// For people.
    pub homepage: IdentifierUri,
    /// It works within a user's own client, and is no participant.
    pub local_client_bot: Flag,
    /// The role that it has; 0 for none.
    pub bot_role_index: u32,
    /// It may write to some of the members only.
    pub can_target_message_in_group: Flag,
    /// It may write different things to different members.
    pub per_user_content: Flag,
}

/// The message_expiration_policy component (pol §6.8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum MessageExpiration {
    /// Messages may expire.
    #[tls_codec(discriminant = 0)]
    Optional(ExpirationBounds),
    /// Messages must expire.
    #[tls_codec(discriminant = 1)]
    Required(ExpirationBounds),
    /// Messages must not expire.
    #[tls_codec(discriminant = 2)]
    Forbidden,
}

/// After how many seconds messages expire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ExpirationBounds {
    /// Not sooner.
    pub min_expiration_duration: u32,
    /// Not later.
    pub max_expiration_duration: u32,
    /// What is preferred.
    pub default_expiration_duration: Option<u32>,
}
