//! Assets: where users upload to, and what lies at a URL (proto §5.10, room-policy §6.4).
//!
//! How assets are uploaded is nobody's business but the provider's. Here each URL of an asset server leads to octets that follow from the
//! URL, so that nothing has to be stored: the sender knows them without having uploaded anything.

use crate::directory::Directory;
use crate::ids::ProviderId;
use crate::mls::Octets;
use crate::room::Standing;

/// Where the users of `provider` upload to in such a room: what the room says, else the provider's own server.
pub fn host(directory: &Directory, standing: &Standing, provider: ProviderId) -> String {
    let domain = directory.provider_uri(provider).domain();
    let policy = standing.components.asset.as_ref();
    let said = policy.and_then(|policy| {
        let all = &policy.upload_domains;
        let of_provider = all.iter().find(|entry| entry.provider.as_slice() == domain.as_bytes())?;
        let first = of_provider.asset_upload_destinations.first()?;
        String::from_utf8(first.as_slice().to_vec()).ok()
    });
    said.unwrap_or_else(|| format!("assets.{domain}"))
}

/// The URL of the asset of this number there.
pub(crate) fn url(host: &str, number: u32) -> String {
    format!("https://{host}/{number}")
}

/// The host in an `https` URL and its path, if nothing else stands there: no port, no user, no escape.
pub(crate) fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    (!host.is_empty() && host.chars().all(is_plain)).then_some((host, path))
}

/// The provider that a host belongs to.
pub(crate) fn owner(directory: &Directory, url: &str) -> Option<ProviderId> {
    let (host, _) = parts(url)?;
    let is_of = |provider: &ProviderId| {
        let domain = directory.provider_uri(*provider).domain();
        host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    directory.providers().find(is_of)
}

/// What lies there.
pub fn content(url: &str) -> Octets {
    blake3::derive_key("mimic asset", url.as_bytes()).as_slice().into()
}
