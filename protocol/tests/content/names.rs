//! Names: URIs and message IDs, as octets.

use mimic_protocol::content::{ContentError, MessageId};
use mimic_protocol::uri::{MimiUri, UriError, UriKind};
use proptest::collection::vec;
use proptest::prelude::*;

fn named() -> impl Strategy<Value = (MimiUri, UriKind, String)> {
    ("[a-zA-Z0-9.-]{1,12}", "[^/]{1,8}", "[^/]{1,8}", 0..6usize).prop_map(|(domain, name, client, form)| {
        let (uri, kind) = match form {
            0 => (MimiUri::provider(&domain), UriKind::Provider),
            1 => (MimiUri::user(&domain, &name), UriKind::User),
            2 => (MimiUri::pseudonym(&domain, &name), UriKind::Pseudonym),
            3 => (MimiUri::client(&domain, &name, &client), UriKind::Client),
            4 => (MimiUri::room(&domain, &name), UriKind::Room),
            _ => (MimiUri::group(&domain, &name), UriKind::Group),
        };
        (uri, kind, domain)
    })
}

proptest! {
    #[test]
    fn a_uri_is_read_as_it_was_made((uri, kind, domain) in named()) {
        let read = MimiUri::parse(uri.as_str().as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&uri));
        prop_assert_eq!((uri.kind(), uri.domain()), (kind, &*domain));
    }

    #[test]
    fn a_damaged_uri_is_refused_or_is_another_one(
        (uri, ..) in named(),
        at in any::<prop::sample::Index>(),
        by in 1..=255u8,
    ) {
        let mut octets = uri.as_str().as_bytes().to_vec();
        let at = at.index(octets.len());
        octets[at] ^= by;
        match MimiUri::parse(&octets) {
            Ok(read) => {
                prop_assert_ne!(&read, &uri);
                prop_assert_eq!(read.as_str().as_bytes(), octets);
            }
            Err(error) if at < "mimi://".len() => {
                prop_assert!(matches!(error, UriError::NotMimi | UriError::NotUtf8));
            }
            Err(error) => prop_assert_ne!(error, UriError::NotMimi),
        }
    }

    #[test]
    fn a_message_id_is_32_octets_that_name_their_hash(octets in vec(any::<u8>(), 0..40), hash in any::<u8>()) {
        prop_assert_eq!(MessageId::parse(&octets).is_ok(), octets.len() == 32 && octets[0] == 1);
        let id: [u8; 32] = std::array::from_fn(|at| if at == 0 { hash } else { octets.first().copied().unwrap_or(7) });
        match MessageId::parse(&id) {
            Ok(read) => prop_assert_eq!((read.octets(), hash), (&id, 1)),
            Err(error) => prop_assert_eq!((error, hash == 1), (ContentError::UnknownHash, false)),
        }
        if octets.len() != 32 {
            prop_assert_eq!(MessageId::parse(&octets), Err(ContentError::MessageIdLength));
        }
    }
}
