//! The endpoints of a provider (proto §5).

/// One endpoint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Endpoint {
    /// Where the others are (proto §5.1): its place is fixed.
    Directory,
    /// Key packages of a user (proto §5.2).
    KeyMaterial,
    /// A change of a room (proto §5.3).
    Update,
    /// What has happened in a room (proto §5.5).
    Notify,
    /// An application message (proto §5.4).
    SubmitMessage,
    /// A group's public state (proto §5.6).
    GroupInfo,
    /// Consent is asked for (proto §5.7).
    RequestConsent,
    /// Consent is given (proto §5.7).
    UpdateConsent,
    /// Who somebody is (proto §5.8).
    IdentifierQuery,
    /// Messages are reported (proto §5.9).
    ReportAbuse,
    /// An asset, through the hub (proto §5.10.2).
    ProxyDownload,
    /// An asset, by Oblivious HTTP (proto §5.10.3): its place is fixed by RFC 9540 §2, and no directory document speaks of it.
    OhttpGateway,
    /// The gateway's key configuration (RFC 9540 §3), in the same place.
    OhttpKeys,
}

impl Endpoint {
    /// Those that a directory document gives the places of, in the order of proto §5.1.
    pub const LISTED: [Endpoint; 10] = [
        Endpoint::KeyMaterial,
        Endpoint::Update,
        Endpoint::Notify,
        Endpoint::SubmitMessage,
        Endpoint::GroupInfo,
        Endpoint::RequestConsent,
        Endpoint::UpdateConsent,
        Endpoint::IdentifierQuery,
        Endpoint::ReportAbuse,
        Endpoint::ProxyDownload,
    ];

    /// The endpoints that no directory document lists.
    pub(super) const FIXED: [Endpoint; 3] =
        [Endpoint::Directory, Endpoint::OhttpGateway, Endpoint::OhttpKeys];

    /// Its name in a directory document, or in its fixed place.
    pub fn name(self) -> &'static str {
        match self {
            Endpoint::Directory => "mimi-protocol-directory",
            Endpoint::KeyMaterial => "keyMaterial",
            Endpoint::Update => "update",
            Endpoint::Notify => "notify",
            Endpoint::SubmitMessage => "submitMessage",
            Endpoint::GroupInfo => "groupInfo",
            Endpoint::RequestConsent => "requestConsent",
            Endpoint::UpdateConsent => "updateConsent",
            Endpoint::IdentifierQuery => "identifierQuery",
            Endpoint::ReportAbuse => "reportAbuse",
            Endpoint::ProxyDownload => "proxyDownload",
            Endpoint::OhttpGateway | Endpoint::OhttpKeys => "ohttp-gateway",
        }
    }

    /// The variable in its URI template: a URI, or a domain.
    pub(super) fn variable(self) -> &'static str {
        match self {
            Endpoint::Directory | Endpoint::OhttpGateway | Endpoint::OhttpKeys => "",
            Endpoint::KeyMaterial => "targetUser",
            Endpoint::Update
            | Endpoint::Notify
            | Endpoint::SubmitMessage
            | Endpoint::GroupInfo
            | Endpoint::ReportAbuse => "roomId",
            Endpoint::RequestConsent => "targetDomain",
            Endpoint::UpdateConsent => "requesterDomain",
            Endpoint::IdentifierQuery => "domain",
            Endpoint::ProxyDownload => "downloadUrl",
        }
    }

    /// The path of one whose place is fixed.
    pub(super) fn well_known(self) -> String {
        format!("/.well-known/{}", self.name())
    }

    /// What its requests say that their body is, where they say it.
    pub fn request_media(self) -> Option<&'static str> {
        (self == Endpoint::OhttpGateway).then_some(crate::ohttp::REQUEST_MEDIA)
    }

    /// The method that it takes.
    pub fn method(self) -> &'static str {
        match self {
            Endpoint::Directory | Endpoint::ProxyDownload | Endpoint::OhttpKeys => "GET",
            _ => "POST",
        }
    }
}
