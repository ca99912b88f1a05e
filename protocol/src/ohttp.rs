//! Oblivious HTTP: what a client asks a gateway by way of a relay, which cannot read it (RFC 9458, proto §5.10.3, PROTO-73).
//!
//! A gateway tells its key configuration to whoever asks for it at its well-known resource (RFC 9458 §3, RFC 9540 §3). The draft
//! names no way in which a client learns it. Here its provider fetches it for the client, so that the gateway does not learn who is
//! about to ask; and since that provider is the relay, which could hand out a key of its own, the client holds it against what is known
//! of the server (`Mls::server_sealing_key`), as of the other keys of servers.

use crate::config::NodeConfig;
use crate::ids::ProviderId;
use crate::mls::{AnswerSecret, Entropy, Mls, MlsError, Octets};
use crate::wire::mls::HpkeCiphertext;

/// The media type of an encapsulated request (RFC 9458 §8.2).
pub const REQUEST_MEDIA: &str = "message/ohttp-req";
/// The media type of an encapsulated answer (RFC 9458 §8.3).
pub const RESPONSE_MEDIA: &str = "message/ohttp-res";

/// The media type of key configurations (RFC 9458 §8.1).
pub const KEYS_MEDIA: &str = "application/ohttp-keys";

/// What an encapsulated request begins with (RFC 9458 §4.3): the key's number, of which each gateway has one, and the suite of MLS
/// 0x0001, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM.
const HEADER: [u8; 7] = [0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x01];
/// How long `enc` is: a key of X25519.
const ENC_LEN: usize = 32;
/// How long the nonce of an answer is: as the longer of the AEAD's key and nonce (RFC 9458 §4.4).
const NONCE_LEN: usize = 16;
/// What a request's `info` begins with; a zero and the header follow.
const REQUEST_LABEL: &[u8] = b"message/bhttp request";
/// The exporter context of an answer's secret.
const RESPONSE_LABEL: &[u8] = b"message/bhttp response";

/// What both ends of one encapsulated request keep in memory until it is answered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Context {
    enc: Octets,
    secret: AnswerSecret,
}

/// The key configuration with this key, as a gateway's well-known resource has it (RFC 9458 §3.1, §3.2).
pub(crate) fn key_configurations(key: &[u8]) -> Vec<u8> {
    let (number_and_kem, suite) = HEADER.split_at(3);
    let one = [number_and_kem, key, &[0, 4], suite].concat();
    // Keys are short.
    let length = u16::try_from(one.len()).unwrap_or_default();
    [&length.to_be_bytes()[..], &one].concat()
}

/// The key in the first of these configurations that has the number and suite that are used here; others are passed over.
pub(crate) fn usable_key(configurations: &[u8]) -> Result<Octets, MlsError> {
    let (mut rest, mut found) = (configurations, None);
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk().ok_or(MlsError::Malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (one, behind) = behind.split_at_checked(length).ok_or(MlsError::Malformed)?;
        found = found.or_else(|| key_in(one));
        rest = behind;
    }
    found.ok_or(MlsError::Malformed)
}

/// How long a key is, its KEM says; the symbolic engine's are shorter. So the list of suites is looked for from the end.
fn key_in(configuration: &[u8]) -> Option<Octets> {
    let (number_and_kem, suite) = HEADER.split_at(3);
    let rest = configuration.strip_prefix(number_and_kem)?;
    let (key, suites) = (4..=rest.len()).step_by(4).find_map(|length| {
        let (before, suites) = rest.split_at(rest.len() - length);
        let key = before.strip_suffix(&u16::try_from(length).ok()?.to_be_bytes())?;
        Some((key, suites))
    })?;
    suites.chunks(suite.len()).any(|other| other == suite).then(|| key.into())
}

/// Seals a request in Binary HTTP for the gateway with this key (RFC 9458 §4.3).
pub(crate) fn encapsulate<M: Mls>(
    key: &[u8],
    request: &[u8],
    entropy: Entropy,
) -> Result<(Octets, Context), MlsError> {
    let (sealed, secret) = M::seal_for_answer(key, (&info(), RESPONSE_LABEL), request, entropy)?;
    let context = Context { enc: sealed.kem_output.as_slice().into(), secret };
    Ok((join(&sealed).into(), context))
}

/// Opens what was sealed for the gateway of this provider (RFC 9458 §4.3).
pub(crate) fn decapsulate<M: Mls>(
    config: &NodeConfig,
    gateway: ProviderId,
    encapsulated: &[u8],
) -> Result<(Vec<u8>, Context), MlsError> {
    let sealed = split(encapsulated)?;
    let (request, secret) = M::unseal_for_answer(&config.mls, gateway, (&info(), RESPONSE_LABEL), &sealed)?;
    Ok((request, Context { enc: sealed.kem_output.as_slice().into(), secret }))
}

impl Context {
    /// Seals the answer to the request (RFC 9458 §4.4).
    pub fn seal<M: Mls>(&self, response: &[u8], entropy: Entropy) -> Result<Octets, MlsError> {
        let nonce = &entropy.0[..NONCE_LEN];
        let sealed = M::seal_answer(self.secret, &self.salt(nonce), response)?;
        Ok([nonce, &sealed].concat().into())
    }

    /// Opens the answer to the request.
    pub fn open<M: Mls>(&self, encapsulated: &[u8]) -> Result<Vec<u8>, MlsError> {
        let (nonce, sealed) = encapsulated.split_at_checked(NONCE_LEN).ok_or(MlsError::Malformed)?;
        M::unseal_answer(self.secret, &self.salt(nonce), sealed)
    }

    fn salt(&self, nonce: &[u8]) -> Vec<u8> {
        [&self.enc, nonce].concat()
    }
}

/// The octets of an encapsulated request: header, enc, ciphertext.
pub(crate) fn join(sealed: &HpkeCiphertext) -> Vec<u8> {
    [&HEADER, sealed.kem_output.as_slice(), sealed.ciphertext.as_slice()].concat()
}

/// What is sealed in an encapsulated request, if it is for the one key that a gateway has.
pub(crate) fn split(encapsulated: &[u8]) -> Result<HpkeCiphertext, MlsError> {
    let rest = encapsulated.strip_prefix(&HEADER).ok_or(MlsError::Malformed)?;
    let (enc, ciphertext) = rest.split_at_checked(ENC_LEN).ok_or(MlsError::Malformed)?;
    Ok(HpkeCiphertext { kem_output: enc.into(), ciphertext: ciphertext.into() })
}

fn info() -> Vec<u8> {
    [REQUEST_LABEL, &[0], &HEADER].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoders::world;
    use crate::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
    use crate::mls::symbolic::Symbolic;

    const GATEWAY: ProviderId = ProviderId(0);
    const OTHER: ProviderId = ProviderId(1);

    /// Runs generic test functions with each engine.
    macro_rules! in_all {
        ($($name:ident)*) => {
            mod real {
                $(#[test] fn $name() { super::$name::<super::OpenMls<super::RealCrypto>>(); })*
            }
            mod fast {
                $(#[test] fn $name() { super::$name::<super::OpenMls<super::InsecureFastCrypto>>(); })*
            }
            mod symbolic {
                $(#[test] fn $name() { super::$name::<super::Symbolic>(); })*
            }
        };
    }

    fn asked<M: Mls>(seed: u8) -> (Octets, Context) {
        let key = M::server_sealing_key(&world().mls, GATEWAY).unwrap();
        encapsulate::<M>(&key, b"a request", Entropy([seed; 32])).unwrap()
    }

    fn flipped(octets: &[u8], at: usize) -> Vec<u8> {
        let mut octets = octets.to_vec();
        octets[at] ^= 1;
        octets
    }

    fn what_is_sealed_comes_back_sealed<M: Mls>() {
        let (sealed, client) = asked::<M>(1);
        let (request, gateway) = decapsulate::<M>(world(), GATEWAY, &sealed).unwrap();
        assert_eq!((&request[..], &gateway), (&b"a request"[..], &client));
        let answer = gateway.seal::<M>(b"an answer", Entropy([2; 32])).unwrap();
        assert_eq!(client.open::<M>(&answer), Ok(b"an answer".to_vec()));
    }

    /// RFC 9458 §4.3: key number, KEM, KDF, AEAD, enc, ciphertext; §4.4: nonce, ciphertext.
    fn the_layout_is_that_of_the_rfc<M: Mls>() {
        let (sealed, context) = asked::<M>(1);
        assert_eq!(sealed[..7], [0, 0, 0x20, 0, 1, 0, 1]);
        assert_eq!(sealed[7..39], *context.enc);
        assert_eq!(info(), [&b"message/bhttp request\0"[..], &sealed[..7]].concat());
        let answer = context.seal::<M>(b"an answer", Entropy([2; 32])).unwrap();
        assert_eq!(answer[..16], [2; 16]);
        for unreadable in [&sealed[1..], &sealed[..38], &flipped(&sealed, 0), &flipped(&sealed, 6), &[]] {
            assert_eq!(decapsulate::<M>(world(), GATEWAY, unreadable).unwrap_err(), MlsError::Malformed);
        }
        assert_eq!(context.open::<M>(&answer[..15]), Err(MlsError::Malformed));
    }

    /// RFC 9458 §3.1, §3.2: length, key number, KEM, key, and the suites that go with it.
    fn keys_are_told_as_the_rfc_has_it<M: Mls>() {
        let key = M::server_sealing_key(&world().mls, GATEWAY).unwrap();
        let told = key_configurations(&key);
        assert_eq!(usize::from(u16::from_be_bytes([told[0], told[1]])), told.len() - 2);
        assert_eq!((&told[2..5], &told[5..5 + key.len()]), (&[0, 0, 0x20][..], &key[..]));
        assert_eq!(told[5 + key.len()..], [0, 4, 0, 1, 0, 1]);
        assert_eq!(usable_key(&told), Ok(key.clone()));
        // A configuration of another KEM before it, and another suite beside the one that is used.
        let other = [0, 9, 1, 0, 0x10, 0, 4, 0, 1, 0, 3];
        let both = [&[0, 0, 0x20][..], &key, &[0, 8, 0, 1, 0, 3, 0, 1, 0, 1]].concat();
        let length = (both.len() as u16).to_be_bytes();
        assert_eq!(usable_key(&[&other[..], &length, &both].concat()), Ok(key));
        for none in [&told[..told.len() - 1], &told[1..], &other, &[0], &[]] {
            assert_eq!(usable_key(none), Err(MlsError::Malformed));
        }
    }

    fn nobody_else_opens_it<M: Mls>() {
        let (sealed, context) = asked::<M>(1);
        assert!(decapsulate::<M>(world(), OTHER, &sealed).is_err());
        let answer = context.seal::<M>(b"an answer", Entropy([2; 32])).unwrap();
        let (again, other) = asked::<M>(3);
        assert_ne!((&again, &other), (&sealed, &context), "each request is sealed with a secret of its own");
        assert_eq!(other.open::<M>(&answer), Err(MlsError::NotAuthentic));
    }

    fn an_altered_octet_is_refused<M: Mls>() {
        let (sealed, context) = asked::<M>(1);
        for at in 0..sealed.len() {
            assert!(decapsulate::<M>(world(), GATEWAY, &flipped(&sealed, at)).is_err(), "{at}");
        }
        let answer = context.seal::<M>(b"an answer", Entropy([2; 32])).unwrap();
        for at in 0..answer.len() {
            assert_eq!(context.open::<M>(&flipped(&answer, at)), Err(MlsError::NotAuthentic), "{at}");
        }
    }

    fn what_is_sealed_cannot_be_read<M: Mls>() {
        let (sealed, context) = asked::<M>(1);
        let answer = context.seal::<M>(b"a request", Entropy([2; 32])).unwrap();
        for octets in [sealed, answer] {
            assert!(!octets.windows(9).any(|window| window == b"a request"));
        }
    }

    in_all!(keys_are_told_as_the_rfc_has_it what_is_sealed_comes_back_sealed the_layout_is_that_of_the_rfc nobody_else_opens_it
        an_altered_octet_is_refused what_is_sealed_cannot_be_read);
}
