//! Parts by their index, and what a receiver processes of them.

use crate::given::{multi, text};
use mimic_protocol::content::{
    Disposition, ExternalPart, Fetched, NestedPart, PartContent, PartSemantics::*,
};

fn external() -> NestedPart {
    let content = PartContent::External(Box::default());
    NestedPart { disposition: Disposition::Inline, language: String::new(), content }
}

/// content §4.4: CONT-16.
#[test]
fn part_indices_go_into_depth_first() {
    let body = multi(
        ProcessAll,
        vec![text("1"), multi(ChooseOne, vec![text("3"), NestedPart::null(Disposition::Render)]), external()],
    );
    let indexed = body.indexed();
    assert_eq!(indexed.len(), 6);
    assert_eq!((indexed[1], indexed[3], indexed[5]), (&text("1"), &text("3"), &external()));
    let by_id = |index: &str| body.by_content_id(&format!("cid:{index}@local.invalid"));
    assert_eq!(by_id("3"), Some(&text("3")));
    assert_eq!(by_id("5"), Some(&external()));
    for none in ["0", "2", "4", "6", "03", "+3", "", "x", "99999999999999999999"] {
        assert_eq!(by_id(none), None, "{none}");
    }
    assert_eq!(body.by_content_id("cid:3@example.com"), None);
}

/// content §4.4: CONT-14.
#[test]
fn semantics_say_what_is_processed() {
    let parts = || vec![text("one"), external(), text("two")];
    let texts = |part: &NestedPart| matches!(part.content, PartContent::Single { .. });
    let processed = |body: &NestedPart| -> Vec<NestedPart> {
        body.processed(&mut |parts| parts.last(), &texts).into_iter().cloned().collect()
    };
    assert_eq!(processed(&multi(ProcessAll, parts())), [text("one"), text("two")]);
    assert_eq!(processed(&multi(SingleUnit, parts())), []);
    assert_eq!(processed(&multi(SingleUnit, vec![text("one"), text("two")])).len(), 2);
    assert_eq!(processed(&multi(ChooseOne, parts())), [text("two")]);
    assert_eq!(processed(&NestedPart::null(Disposition::Render)), []);
}

/// content §4.5: CONT-17.
#[test]
fn fetched_content_is_judged_by_its_hash() {
    let hash = crate::given::octets("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    let part = ExternalPart { hash_algorithm: 1, content_hash: hash, ..ExternalPart::default() };
    assert_eq!(part.judge(b"hello"), Fetched::Genuine);
    assert_eq!(part.judge(b"hullo"), Fetched::Mismatch);
    assert_eq!(ExternalPart { hash_algorithm: 9, ..part.clone() }.judge(b"hello"), Fetched::Unchecked);
    assert_eq!(ExternalPart { content_hash: Vec::new(), ..part }.judge(b"hello"), Fetched::Mismatch);
}
