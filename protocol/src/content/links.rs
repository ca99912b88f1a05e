//! Links and mentions in the MIMI variant of Markdown (content §5.4, §7.1.1, §9.6).

use crate::directory::Directory;
use crate::ids::UserId;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;

/// A link in a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Link {
    /// What is shown: no more than a hint of the sender's.
    pub text: String,
    /// Where it leads.
    pub target: String,
}

/// Why a receiver is warned before it follows a link (CONT-25).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LinkWarning {
    /// The text is not the target.
    TextDiffers,
    /// The text says https, the target is http.
    Downgraded,
}

/// The links of a text in GitHub Flavored Markdown for MIMI: without bare URIs, and with HTML as plain text.
pub fn links(markdown: &str) -> Vec<Link> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut links = Vec::new();
    let mut open: Option<Link> = None;
    for event in Parser::new_ext(markdown, options) {
        match event {
            // An address of mail in angle brackets names no target that anybody could open.
            Event::Start(Tag::Link { link_type, dest_url, .. }) if link_type != LinkType::Email => {
                open = Some(Link { text: String::new(), target: dest_url.into_string() });
            }
            Event::End(TagEnd::Link) => links.extend(open.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(link) = &mut open {
                    link.text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    links
}

impl Link {
    /// The user whom it mentions: one that has a client among the members (content §9.6).
    pub fn mentioned(&self, directory: &Directory, members: &BTreeSet<UserId>) -> Option<UserId> {
        directory.resolve_user(self.target.as_bytes()).filter(|user| members.contains(user))
    }

    /// Why to warn of it, if it is no mention.
    pub fn warning(&self) -> Option<LinkWarning> {
        let text = canonical(&self.text);
        let target = canonical(&self.target);
        if text == target || format!("https://{text}") == target {
            None
        } else if text
            .strip_prefix("https://")
            .is_some_and(|rest| target.strip_prefix("http://") == Some(rest))
        {
            Some(LinkWarning::Downgraded)
        } else {
            Some(LinkWarning::TextDiffers)
        }
    }
}

/// A URL without what may be left out of it: its default port, and an empty path.
fn canonical(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.trim_end_matches('/').to_owned() };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let scheme = scheme.to_ascii_lowercase();
    let port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    if path.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/{path}") }
}
