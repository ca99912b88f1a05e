//! The text form of HTTP/1.1 messages: a head, and a body whose length it says (RFC 9112).

use super::HttpError;

/// The most header fields that a message may have here.
const MOST_FIELDS: usize = 32;

/// What the head of a request says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, percent-encoded.
    pub path: &'a str,
    /// For whom it is: the Host header without a port (PROTO-12).
    pub host: &'a str,
    /// Who asks: the domain in the From header (PROTO-12).
    pub from: &'a str,
    /// What the body is, where that is said: the Content-Type header.
    pub content_type: Option<&'a str>,
}

/// What the head of an answer says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: u16,
    /// What the body is, where that is said: the Content-Type header.
    pub content_type: Option<&'a str>,
    /// In how many seconds to ask again, where that is said: the Retry-After header, if it is no date (RFC 9110 §10.2.3).
    pub retry_after_s: Option<u32>,
}

/// The octets of a request.
pub fn write_request(head: &RequestHead<'_>, body: &[u8]) -> Vec<u8> {
    let RequestHead { method, path, host, from, content_type } = head;
    let (typed, length) = (content_type_line(*content_type), body.len());
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nFrom: mimi@{from}\r\n{typed}Content-Length: {length}\r\n\r\n"
    );
    [text.as_bytes(), body].concat()
}

/// The octets of an answer.
pub fn write_response(head: &ResponseHead<'_>, body: &[u8]) -> Vec<u8> {
    let ResponseHead { status, content_type, retry_after_s } = head;
    let (typed, length) = (content_type_line(*content_type), body.len());
    let later = retry_after_s.map_or_else(String::new, |seconds| format!("Retry-After: {seconds}\r\n"));
    let text = format!("HTTP/1.1 {status:03} \r\n{typed}{later}Content-Length: {length}\r\n\r\n");
    [text.as_bytes(), body].concat()
}

/// The head and the body of a request.
pub fn read_request(octets: &[u8]) -> Result<(RequestHead<'_>, &[u8]), HttpError> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let Ok(httparse::Status::Complete(length)) = request.parse(octets) else {
        return Err(HttpError::Malformed);
    };
    let body = body(request.headers, &octets[length..])?;
    let (Some(method), Some(path)) = (request.method, request.path) else { return Err(HttpError::Malformed) };
    let host = field(request.headers, "host").ok_or(HttpError::Misdirected)?;
    let from = field(request.headers, "from").and_then(source).ok_or(HttpError::BadFrom)?;
    let content_type = field(request.headers, "content-type");
    Ok((RequestHead { method, path, host: without_port(host), from, content_type }, body))
}

/// The head and the body of an answer.
pub fn read_response(octets: &[u8]) -> Result<(ResponseHead<'_>, &[u8]), HttpError> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(length)) = response.parse(octets) else {
        return Err(HttpError::Malformed);
    };
    let body = body(response.headers, &octets[length..])?;
    let status = response.code.ok_or(HttpError::Malformed)?;
    let content_type = field(response.headers, "content-type");
    let retry_after_s = field(response.headers, "retry-after").and_then(seconds);
    Ok((ResponseHead { status, content_type, retry_after_s }, body))
}

/// A number of seconds: digits alone.
fn seconds(delay: &str) -> Option<u32> {
    let is_number = delay.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| delay.parse().ok()).flatten()
}

fn content_type_line(content_type: Option<&str>) -> String {
    content_type.map_or_else(String::new, |named| format!("Content-Type: {named}\r\n"))
}

/// The rest of the message, if it is as long as the head says.
fn body<'a>(fields: &[httparse::Header<'_>], rest: &'a [u8]) -> Result<&'a [u8], HttpError> {
    let length = field(fields, "content-length").map_or(Some(0), |length| length.parse().ok());
    if length == Some(rest.len()) { Ok(rest) } else { Err(HttpError::Malformed) }
}

/// The value of a field that stands there once.
fn field<'a>(fields: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let mut found = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
    let value = found.next()?.value;
    found.next().is_none().then(|| std::str::from_utf8(value).ok()).flatten()
}

/// The domain in `mimi@domain`: an addr-spec, without a name before it or anything behind (PROTO-12).
fn source(from: &str) -> Option<&str> {
    let domain = from.strip_prefix("mimi@")?;
    let is_domain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (!domain.is_empty() && domain.chars().all(is_domain)).then_some(domain)
}

/// A port after the host is ignored (PROTO-12).
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}
