//! The directory document of a provider: where its endpoints are (proto §5.1, PROTO-19).

use super::{Endpoint, HttpError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

/// What a variable's value may hold as it is: the unreserved characters (RFC 3986 §2.3). All else is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where the endpoints of one provider are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirectoryDocument {
    /// In the order of [`Endpoint::LISTED`].
    templates: Vec<Template>,
}

/// A URI template with one variable in its path.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Template {
    origin: String,
    before: String,
    after: String,
}

/// Why a text is no directory document.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DirectoryError {
    /// It is no JSON object.
    #[error("a directory document is a JSON object")]
    NoObject,
    /// An endpoint is missing, or is not named by a text.
    #[error("a directory document gives {0} a URI template")]
    Missing(&'static str),
    /// What is said of an endpoint is no `https` URI template with one variable in its path.
    #[error("the URI template of {0} is https:// with one {{variable}} in its path")]
    BadTemplate(&'static str),
}

impl DirectoryDocument {
    /// The document of a provider whose endpoints are all under this path of its domain.
    pub fn new(domain: &str, base: &str) -> Self {
        let template = |endpoint: Endpoint| Template {
            origin: format!("https://{domain}"),
            before: format!("{base}/{}/", endpoint.name()),
            after: String::new(),
        };
        Self { templates: Endpoint::LISTED.map(template).into() }
    }

    /// Reads a document. What it says besides is ignored.
    pub fn parse(json: &[u8]) -> Result<Self, DirectoryError> {
        let Ok(Value::Object(entries)) = serde_json::from_slice(json) else {
            return Err(DirectoryError::NoObject);
        };
        let template = |endpoint: Endpoint| {
            let name = endpoint.name();
            let text = entries.get(name).and_then(Value::as_str).ok_or(DirectoryError::Missing(name))?;
            Template::parse(text).ok_or(DirectoryError::BadTemplate(name))
        };
        Ok(Self { templates: Endpoint::LISTED.into_iter().map(template).collect::<Result<_, _>>()? })
    }

    /// The document as it is served.
    pub fn to_json(&self) -> String {
        let entries = Endpoint::LISTED.into_iter().zip(&self.templates).map(|(endpoint, template)| {
            let Template { origin, before, after } = template;
            let text = format!("{origin}{before}{{{}}}{after}", endpoint.variable());
            (endpoint.name().to_owned(), Value::String(text))
        });
        Value::Object(entries.collect::<Map<_, _>>()).to_string()
    }

    /// The path of an endpoint for this value of its variable.
    pub fn path(&self, endpoint: Endpoint, value: &str) -> String {
        let at = Endpoint::LISTED.into_iter().zip(&self.templates).find(|(listed, _)| *listed == endpoint);
        at.map_or_else(
            || endpoint.well_known(),
            |(_, Template { before, after, .. })| {
                format!("{before}{}{after}", utf8_percent_encode(value, ENCODED))
            },
        )
    }

    /// The endpoint that a request is for, and the value of its variable.
    pub fn find(&self, method: &str, path: &str) -> Result<(Endpoint, Vec<u8>), HttpError> {
        let here = || Endpoint::FIXED.into_iter().filter(|endpoint| endpoint.well_known() == path);
        let fixed = here().find(|endpoint| endpoint.method() == method).or_else(|| here().next());
        let (endpoint, value) = match fixed {
            Some(endpoint) => (endpoint, Vec::new()),
            None => {
                let mut all = Endpoint::LISTED.into_iter().zip(&self.templates);
                let found = all.find_map(|(endpoint, template)| Some((endpoint, template.value(path)?)));
                found.ok_or(HttpError::NoSuchEndpoint)?
            }
        };
        if method == endpoint.method() { Ok((endpoint, value)) } else { Err(HttpError::WrongMethod) }
    }
}

impl Template {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://")?;
        let (host, path) = rest.split_at(rest.find('/')?);
        let (before, rest) = path.split_once('{')?;
        let (variable, after) = rest.split_once('}')?;
        let is_plain =
            !host.is_empty() && !variable.is_empty() && ![variable, after].concat().contains(['{', '}']);
        let origin = format!("https://{host}");
        is_plain.then(|| Self { origin, before: before.to_owned(), after: after.to_owned() })
    }

    /// What the variable stands for in this path: one segment of it, decoded.
    fn value(&self, path: &str) -> Option<Vec<u8>> {
        let value = path.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        let is_segment = !value.is_empty() && !value.contains(['/', '?', '#']);
        is_segment.then(|| percent_decode_str(value).collect())
    }
}
