//! The asset_policy component; its update has the same form (pol §6.4).

use super::Opaque;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The component's value.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct AssetPolicy {
    /// Where assets go.
    pub asset_upload_location: AssetUploadLocation,
    /// The domains that they may go to, by provider.
    pub upload_domains: Vec<ProviderAssetUploadDomains>,
    /// How they are fetched.
    pub download_privacy: DownloadPrivacy,
    /// The most octets of an image.
    pub max_image: u64,
    /// The most octets of an audio file.
    pub max_audio: u64,
    /// The most octets of a video.
    pub max_video: u64,
    /// The most octets of any other file.
    pub max_attachment: u64,
    /// What may not be here at all.
    pub forbidden_media_types: Vec<MediaType>,
    /// What alone may be here, if that is said (AMB-15).
    pub permitted_media_types: Option<Vec<MediaType>>,
}

/// Where assets go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum AssetUploadLocation {
    /// Anywhere.
    Unspecified = 0,
    /// To the sender's provider.
    LocalProvider = 1,
    /// To the hub.
    Hub = 2,
}

/// The domains that the users of a provider upload to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ProviderAssetUploadDomains {
    /// The provider's domain.
    pub provider: Opaque,
    /// The domains.
    pub asset_upload_destinations: Vec<Opaque>,
}

/// How assets are fetched.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct DownloadPrivacy {
    /// The ways that are allowed.
    pub allowed_download_types: Vec<DownloadPrivacyType>,
    /// The ways that are not.
    pub forbidden_download_types: Vec<DownloadPrivacyType>,
    /// The way that is suggested.
    pub default_download_type: DownloadPrivacyType,
}

/// A way to fetch an asset (proto §5.10).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum DownloadPrivacyType {
    /// By the client itself.
    Direct = 0,
    /// Through the hub.
    HubProxy = 1,
    /// Through the hub, by Oblivious HTTP.
    Ohttp = 2,
}

/// `MediaType` (mls-extensions §6.2.2).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct MediaType {
    /// `type/subtype`
    pub media_type: Opaque,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a media type.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Parameter {
    /// Its name.
    pub parameter_name: Opaque,
    /// Its value, without quotation marks.
    pub parameter_value: Opaque,
}
