//! Whatever is written is read as it was; whatever is read is written as it was; and octets of any kind do no harm.

use mimic_protocol::content::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn ids() -> impl Strategy<Value = Option<MessageId>> {
    let id = any::<[u8; 31]>().prop_map(|rest| {
        let octets = [&[1][..], &rest].concat();
        MessageId::parse(&octets).unwrap()
    });
    proptest::option::of(id)
}

fn expirations() -> impl Strategy<Value = Option<Expiration>> {
    proptest::option::of((any::<bool>(), any::<u32>()).prop_map(|(relative, seconds)| match relative {
        true => Expiration::AfterReading { seconds },
        false => Expiration::At { seconds },
    }))
}

/// Values that no two encoders could write differently.
const VALUES: [&[u8]; 6] = [b"\x00", b"\x38\x64", b"\x81\xf6", b"\xa1\x01\xf5", b"\xf9\x3c\x00", b"\x43abc"];

fn extensions() -> impl Strategy<Value = Extensions> {
    let integers = vec((3..1i64 << 53, 0..VALUES.len()), 0..4);
    let negatives = vec((-(1i64 << 53) + 1..0, 0..VALUES.len()), 0..4);
    let texts = vec(("[a-zé]{1,20}", 0..VALUES.len()), 0..4);
    (integers, negatives, texts, any::<bool>()).prop_map(|(integers, negatives, texts, named)| {
        let mut all = if named { Extensions::of("mimi://a", "mimi://b") } else { Extensions::default() };
        for (key, value) in integers.into_iter().chain(negatives) {
            all.insert(ExtensionKey::Integer(key), VALUES[value]).unwrap();
        }
        for (key, value) in texts {
            all.insert(ExtensionKey::Text(&key), VALUES[value]).unwrap();
        }
        all
    })
}

fn external_parts() -> impl Strategy<Value = ExternalPart> {
    let numbers = (any::<u32>(), any::<u64>(), any::<u16>(), any::<u8>());
    let octets = (vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..300));
    let texts = (".{0,30}", ".{0,30}", ".{0,30}", ".{0,30}");
    (numbers, octets, texts).prop_map(|(numbers, (key, content_hash, aad), texts)| ExternalPart {
        expires_s: numbers.0,
        size: numbers.1,
        encryption_algorithm: numbers.2,
        hash_algorithm: numbers.3,
        nonce: key.clone(),
        key,
        aad,
        content_hash,
        content_type: texts.0,
        url: texts.1,
        description: texts.2,
        filename: texts.3,
    })
}

fn contents() -> impl Strategy<Value = PartContent> {
    prop_oneof![
        Just(PartContent::Null),
        (".{0,30}", vec(any::<u8>(), 0..300))
            .prop_map(|(content_type, content)| PartContent::Single { content_type, content }),
        external_parts().prop_map(|part| PartContent::External(Box::new(part))),
    ]
}

fn part(content: impl Strategy<Value = PartContent>) -> impl Strategy<Value = NestedPart> {
    (any::<u8>(), "[a-z,]{0,8}", content).prop_map(|(disposition, language, content)| NestedPart {
        disposition: Disposition::from_value(disposition),
        language,
        content,
    })
}

fn bodies() -> impl Strategy<Value = NestedPart> {
    part(contents()).prop_recursive(3, 24, 4, |inner| {
        let semantics = prop_oneof![
            Just(PartSemantics::ChooseOne),
            Just(PartSemantics::SingleUnit),
            Just(PartSemantics::ProcessAll)
        ];
        part(
            (semantics, vec(inner, 2..5))
                .prop_map(|(semantics, parts)| PartContent::Multi { semantics, parts }),
        )
    })
}

fn messages() -> impl Strategy<Value = MimiContent> {
    let ids = (ids(), ids());
    (any::<[u8; 16]>(), ids, vec(any::<u8>(), 0..40), expirations(), extensions(), bodies()).prop_map(
        |(salt, (replaces, in_reply_to), topic_id, expires, extensions, body)| MimiContent {
            salt,
            replaces,
            topic_id,
            expires,
            in_reply_to,
            extensions,
            body,
        },
    )
}

proptest! {
    #[test]
    fn a_message_is_read_as_it_was_written(message in messages()) {
        prop_assert_eq!(MimiContent::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn a_damaged_message_is_refused_or_is_another_one(
        message in messages(),
        at in any::<prop::sample::Index>(),
        by in 1..=255u8,
    ) {
        let mut octets = message.encode();
        let at = at.index(octets.len());
        octets[at] ^= by;
        if let Ok(read) = MimiContent::decode(&octets) {
            prop_assert_ne!(&read, &message);
            prop_assert_eq!(read.encode(), octets);
        }
    }

    #[test]
    fn octets_of_any_kind_do_no_harm(octets in vec(any::<u8>(), 0..200)) {
        if let Ok(read) = MimiContent::decode(&octets) {
            prop_assert_eq!(read.encode(), octets);
        }
    }
}
