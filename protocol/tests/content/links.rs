//! Links and mentions in Markdown (content §5.4, §9.6: CONT-25).

use crate::given::A;
use mimic_protocol::Directory;
use mimic_protocol::content::{Link, LinkWarning, links};
use std::collections::BTreeSet;

fn link(text: &str, target: &str) -> Link {
    Link { text: text.into(), target: target.into() }
}

#[test]
fn links_are_found_where_markdown_has_them() {
    let text = "Kudos to [@*Alice* `S`](mimi://a.example/u/alice) and <mimi://b.example/u/bob>,\n\n\
                | not | bare |\n|---|---|\n| https://x.example | [x](https://x.example) |\n\n\
                `[code](https://no.example)` <a href=\"https://html.example\">h</a> <mail@x.example>";
    let found = [
        link("@Alice S", A),
        link("mimi://b.example/u/bob", "mimi://b.example/u/bob"),
        link("x", "https://x.example"),
    ];
    assert_eq!(links(text), found);
}

#[test]
fn a_link_to_a_member_is_a_mention() {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    let (alice, guest) = (directory.add_user(provider, "alice"), directory.add_user(provider, "guest"));
    let members = BTreeSet::from([alice]);
    let mentioned = |target| link("whatever", target).mentioned(&directory, &members);
    assert_eq!(mentioned(A), Some(alice));
    assert_eq!(mentioned(directory.user_uri(guest).as_str()), None);
    assert_eq!(mentioned("https://a.example/u/alice"), None);
}

#[test]
fn misleading_links_are_warned_of() {
    let target = "https://example.com/foobar";
    let cases = [
        ("example.com/foobar", target, None),
        ("https://example.com/foobar", target, None),
        ("https://example.com:443/foobar", target, None),
        ("HTTPS://Example.com/foobar", target, None),
        ("https://example.com", "https://example.com/", None),
        (
            "https://example.com/foobar",
            "https://spearphishers.example/foobar",
            Some(LinkWarning::TextDiffers),
        ),
        ("https://example.com/foobar", "http://example.com/foobar", Some(LinkWarning::Downgraded)),
        ("https://example.com/a/", "https://example.com/a", Some(LinkWarning::TextDiffers)),
    ];
    for (text, target, warning) in cases {
        assert_eq!(link(text, target).warning(), warning, "{text} -> {target}");
    }
}
