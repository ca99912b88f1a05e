//! What is no message, and which rule each breaks; and what a receiver puts up with.

use crate::given::*;
use mimic_protocol::content::{
    ContentError::{self, *},
    Disposition, Expiration, ExtensionKey, Extensions, MimiContent, NestedPart, PartSemantics,
};

/// A message around these encoded parts of it.
fn around(topic: &str, expires: &str, reply: &str, extensions: &str, body: &str) -> Vec<u8> {
    octets(&format!("8750{}f6{topic}{expires}{reply}{extensions}{body}", "00".repeat(16)))
}

fn with_extensions(extensions: &str) -> Result<MimiContent, ContentError> {
    MimiContent::decode(&around("40", "f6", "f6", extensions, "83016000"))
}

fn with_body(body: &str) -> Result<MimiContent, ContentError> {
    MimiContent::decode(&around("40", "f6", "f6", "a0", body))
}

#[test]
fn each_violation_has_its_name() {
    let cases = [
        ("", EndOfInput),
        ("8750", EndOfInput),
        ("80", ItemCount),
        ("f6", WrongType),
        ("9f", IndefiniteLength),
        ("9807", NotShortest),
        ("874400000000", SaltLength),
        ("8750000000000000000000000000000000004401020304", MessageIdLength),
        (&format!("8750{}5820{}", "00".repeat(16), "02".repeat(32)), UnknownHash),
    ];
    for (octets, error) in cases {
        assert_eq!(MimiContent::decode(&crate::given::octets(octets)), Err(error), "{octets}");
    }
    let whole = around("40", "f6", "f6", "a0", "83016000");
    assert!(MimiContent::decode(&whole).is_ok());
    assert_eq!(MimiContent::decode(&[&whole[..], &[0]].concat()), Err(TrailingOctets));
    for end in 0..whole.len() {
        assert_eq!(MimiContent::decode(&whole[..end]), Err(EndOfInput), "{end}");
    }
}

#[test]
fn topics_and_expirations_have_bounds() {
    let topic = |octets: usize| {
        let topic = format!("59{octets:04x}{}", "00".repeat(octets));
        MimiContent::decode(&around(&topic, "f6", "f6", "a0", "83016000"))
            .map(|content| content.topic_id.len())
    };
    assert_eq!((topic(4_096), topic(4_097)), (Ok(4_096), Err(TopicTooLong)));
    let expires =
        |expires| MimiContent::decode(&around("40", expires, "f6", "a0", "83016000")).map(|c| c.expires);
    assert_eq!(expires("82f41affffffff"), Ok(Some(Expiration::At { seconds: u32::MAX })));
    assert_eq!(expires("82f41b0000000100000000"), Err(NumberRange));
    assert_eq!(expires("82f4183c"), Ok(Some(Expiration::At { seconds: 60 })));
    assert_eq!(expires("82f420"), Err(WrongType));
    assert_eq!(expires("81f4"), Err(ItemCount));
}

#[test]
fn expirations_make_sense_within_a_year() {
    let now_ms = 1_700_000_000_000;
    let year_s = 366 * 86_400;
    let cases = [
        (Expiration::AfterReading { seconds: year_s }, true),
        (Expiration::AfterReading { seconds: year_s + 1 }, false),
        (Expiration::At { seconds: 1_700_000_000 - year_s }, true),
        (Expiration::At { seconds: 1_700_000_000 - year_s - 1 }, false),
        (Expiration::At { seconds: 1_700_000_000 + year_s + 1 }, false),
    ];
    for (expiration, makes_sense) in cases {
        assert_eq!(expiration.makes_sense(now_ms), makes_sense, "{expiration:?}");
    }
    let read_ms = now_ms;
    let after = Expiration::AfterReading { seconds: 60 };
    assert!(!after.is_over(read_ms, read_ms + 59_999) && after.is_over(read_ms, read_ms + 60_000));
    let at = Expiration::At { seconds: 1_700_000_060 };
    assert!(!at.is_over(0, now_ms + 59_999) && at.is_over(0, now_ms + 60_000));
}

/// content §6.1 to §6.3: CONT-01, CONT-02, CONT-03, CONT-12.
#[test]
fn extensions_keep_to_the_data_model() {
    let long_key = |octets: usize| format!("a178{octets:02x}{}00", "61".repeat(octets));
    let cases = [
        ("a20161", Err(NotUtf8)),
        ("a101616d", Ok(())),
        ("a10100", Err(WrongType)),
        ("a2010000", Err(WrongType)),
        ("a2030003f6", Err(DuplicateKey)),
        ("a2040003f6", Err(KeysNotSorted)),
        // By encoding: 100 stands before -1, which the order by length would turn round.
        ("a21864002000", Ok(())),
        ("a22000186400", Err(KeysNotSorted)),
        ("a1416100", Err(KeyType)),
        ("a1f500", Err(KeyType)),
        ("a16000", Err(KeyLength)),
        (&long_key(255), Ok(())),
        ("a11b001fffffffffffff00", Ok(())),
        ("a11b002000000000000000", Err(KeyRange)),
        ("a13b001ffffffffffffe00", Ok(())),
        ("a13b001fffffffffffff00", Err(KeyRange)),
        ("a103a1416100", Ok(())),
        ("a103a1f500", Err(KeyType)),
        ("a103f97e00", Ok(())),
        ("a103f97e01", Err(NotANumber)),
        ("a103fa7fc00000", Err(NotANumber)),
        ("a103f93c00", Ok(())),
        ("a103fa3f800000", Err(NotShortest)),
        ("a103fa3f800001", Ok(())),
        ("a103fb3ff0000000000000", Err(NotShortest)),
        ("a103fb3ff0000000000001", Ok(())),
        ("a1031801", Err(NotShortest)),
        ("a1033801", Err(NotShortest)),
        ("a103c24101", Err(NotShortest)),
        ("a103c249010000000000000000", Ok(())),
        ("a103f8ff", Ok(())),
        ("a103f818", Err(NotShortest)),
        ("a1035f4100ff", Err(IndefiniteLength)),
        ("a10362c328", Err(NotUtf8)),
        ("bf03f6ff", Err(IndefiniteLength)),
        // The draft's own example: a URI in a tag in an array in an array.
        ("a11901008182421234d82066687474703a2f", Ok(())),
        ("a1038182d820816161f6", Err(ExtensionsTooDeep)),
        ("a10381818100", Ok(())),
        ("a1038181818100", Err(ExtensionsTooDeep)),
    ];
    for (extensions, expected) in cases {
        assert_eq!(with_extensions(extensions).map(drop), expected, "{extensions}");
    }
    let key = "b".repeat(256);
    assert_eq!(Extensions::default().insert(ExtensionKey::Text(&key), &[0]), Err(KeyLength));
}

#[test]
fn bodies_have_bounds() {
    let cases = [
        ("83096000", Ok(())),
        ("8318ff6000", Ok(())),
        ("831901006000", Err(NumberRange)),
        ("83016004", Err(UnknownCardinality)),
        ("8401600000", Err(ItemCount)),
        ("820160", Err(ItemCount)),
        ("850160030080", Err(TooFewParts)),
        ("85016003008183016000", Err(TooFewParts)),
        ("85016003038283016000", Err(UnknownPartSemantics)),
        ("850160030282830160008301600083", Err(TrailingOctets)),
        ("850160030282830160008301", Err(EndOfInput)),
        // A count that no octets stand behind costs nothing.
        ("85016003029bffffffffffffffff", Err(EndOfInput)),
    ];
    for (body, expected) in cases {
        assert_eq!(with_body(body).map(drop), expected, "{body}");
    }
}

/// content §6.3, §9.1: CONT-03, CONT-20.
#[test]
fn parts_nest_four_levels_deep_and_are_1024_at_most() {
    let nested = |levels: usize| {
        let leaf = NestedPart::null(Disposition::Render);
        (1..levels).fold(leaf.clone(), |inner, _| multi(PartSemantics::ProcessAll, vec![inner, leaf.clone()]))
    };
    let decoded = |body| MimiContent::decode(&message(B, 0, body).encode()).map(drop);
    assert_eq!((decoded(nested(4)), decoded(nested(5))), (Ok(()), Err(PartsTooDeep)));
    let wide = |parts| multi(PartSemantics::ProcessAll, vec![NestedPart::null(Disposition::Render); parts]);
    assert_eq!((decoded(wide(1_023)), decoded(wide(1_024))), (Ok(()), Err(TooManyParts)));
}

/// content §9.1: CONT-21.
#[test]
fn what_nobody_knows_is_kept_as_it_came() {
    let mut content = k1();
    content.body.disposition = Disposition::from_value(200);
    content.body.language = "tlh".into();
    content.in_reply_to = Some(id(&format!("01{}", "ee".repeat(31))));
    content.extensions.insert(ExtensionKey::Integer(-7), &octets("82f56161")).unwrap();
    content.extensions.insert(ExtensionKey::Text("x"), &octets("a10203")).unwrap();
    let decoded = MimiContent::decode(&content.encode()).unwrap();
    assert_eq!(decoded, content);
    assert_eq!(decoded.body.disposition, Disposition::Unknown(200));
    assert_eq!(decoded.body.disposition.effective(), Disposition::Render);
    assert_eq!(decoded.extensions.value(ExtensionKey::Integer(-7)), Some(&octets("82f56161")[..]));
    assert_eq!(decoded.extensions.sender_uri(), Some(B));
}
