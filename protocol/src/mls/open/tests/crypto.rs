//! Round trips and tampering of the primitives, alike for both kinds of cryptography, and a known answer.

use crate::mls::AnswerSecret;
use crate::mls::open::sealing::open_answer;
use crate::mls::open::{InsecureFastCrypto, RealCrypto, SUITE, SimCrypto};
use openmls_traits::types::{Ciphersuite, CryptoError, HpkeCiphertext};

fn seeded<C: SimCrypto>(seed: u8) -> C {
    let mut crypto = C::default();
    crypto.reseed([seed; 32]);
    crypto
}

fn flip(octets: &[u8], at: usize) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[at] ^= 1;
    octets
}

fn signatures<C: SimCrypto>() {
    let crypto = seeded::<C>(1);
    let alg = SUITE.signature_algorithm();
    let (secret, public) = crypto.signature_key_gen(alg).unwrap();
    let (_, other) = crypto.signature_key_gen(alg).unwrap();
    assert_eq!((secret.len(), public.len()), (32, 32));
    assert_ne!(public, other, "two keys of one step are two keys");

    let signature = crypto.sign(alg, b"said", &secret).unwrap();
    assert_eq!(signature.len(), 64);
    assert_eq!(crypto.verify_signature(alg, b"said", &public, &signature), Ok(()));
    for at in [0, 40, 63] {
        assert!(crypto.verify_signature(alg, b"said", &public, &flip(&signature, at)).is_err());
    }
    assert!(crypto.verify_signature(alg, b"sad", &public, &signature).is_err());
    assert!(crypto.verify_signature(alg, b"said", &other, &signature).is_err());
}

fn hpke<C: SimCrypto>() {
    let crypto = seeded::<C>(2);
    let config = || SUITE.hpke_config();
    let pair = crypto.derive_hpke_keypair(config(), &[3; 32]).unwrap();
    let stranger = crypto.derive_hpke_keypair(config(), &[4; 32]).unwrap();
    let sealed = crypto.hpke_seal(config(), &pair.public, b"info", b"aad", b"secret").unwrap();
    assert_eq!((sealed.kem_output.as_slice().len(), sealed.ciphertext.as_slice().len()), (32, 6 + 16));

    let open = |sealed: &HpkeCiphertext, secret: &[u8], info: &[u8], aad: &[u8]| {
        crypto.hpke_open(config(), sealed, secret, info, aad)
    };
    assert_eq!(open(&sealed, &pair.private, b"info", b"aad"), Ok(b"secret".to_vec()));
    let refused = Err(CryptoError::HpkeDecryptionError);
    assert_eq!(open(&sealed, &stranger.private, b"info", b"aad"), refused);
    assert_eq!(open(&sealed, &pair.private, b"info!", b"aad"), refused);
    assert_eq!(open(&sealed, &pair.private, b"info", b"aad!"), refused);
    let enc = HpkeCiphertext { kem_output: flip(sealed.kem_output.as_slice(), 9).into(), ..sealed.clone() };
    assert_eq!(open(&enc, &pair.private, b"info", b"aad"), refused);
    let text = HpkeCiphertext { ciphertext: flip(sealed.ciphertext.as_slice(), 0).into(), ..sealed.clone() };
    assert_eq!(open(&text, &pair.private, b"info", b"aad"), refused);
    let short = HpkeCiphertext { ciphertext: vec![0; 15].into(), ..sealed };
    assert_eq!(open(&short, &pair.private, b"info", b"aad"), refused);
}

fn export<C: SimCrypto>() {
    let crypto = seeded::<C>(5);
    let config = || SUITE.hpke_config();
    let pair = crypto.derive_hpke_keypair(config(), &[3; 32]).unwrap();
    let send = || crypto.hpke_setup_sender_and_export(config(), &pair.public, b"info", b"ctx", 48).unwrap();
    let (enc, secret) = send();
    let (enc_again, secret_again) = send();
    assert_ne!((&enc, &*secret), (&enc_again, &*secret_again), "each attempt has its own secret");
    let receive = |enc: &[u8], ctx: &[u8]| {
        crypto
            .hpke_setup_receiver_and_export(config(), enc, &pair.private, b"info", ctx, 48)
            .unwrap()
            .to_vec()
    };
    assert_eq!(receive(&enc, b"ctx"), *secret);
    assert_eq!(secret.len(), 48);
    assert_ne!(receive(&enc_again, b"ctx"), *secret);
    assert_ne!(receive(&enc, b"ctx!"), *secret);
}

fn aead<C: SimCrypto>() {
    let crypto = seeded::<C>(6);
    let alg = SUITE.aead_algorithm();
    let (key, nonce) = ([1; 16], [2; 12]);
    let text = [7; 100];
    let sealed = crypto.aead_encrypt(alg, &key, &text, &nonce, b"aad").unwrap();
    assert_eq!(sealed.len(), 116);
    assert_eq!(crypto.aead_decrypt(alg, &key, &sealed, &nonce, b"aad"), Ok(text.to_vec()));
    let refused = Err(CryptoError::AeadDecryptionError);
    for at in [0, 99, 115] {
        assert_eq!(crypto.aead_decrypt(alg, &key, &flip(&sealed, at), &nonce, b"aad"), refused);
    }
    assert_eq!(crypto.aead_decrypt(alg, &[3; 16], &sealed, &nonce, b"aad"), refused);
    assert_eq!(crypto.aead_decrypt(alg, &key, &sealed, &[3; 12], b"aad"), refused);
    assert_eq!(crypto.aead_decrypt(alg, &key, &sealed, &nonce, b"add"), refused);
}

fn steps<C: SimCrypto>() {
    let output = |seed: u8| {
        let crypto = seeded::<C>(seed);
        let pair = crypto.derive_hpke_keypair(SUITE.hpke_config(), &[3; 32]).unwrap();
        let sealed = crypto.hpke_seal(SUITE.hpke_config(), &pair.public, b"", b"", b"x").unwrap();
        let key = crypto.signature_key_gen(SUITE.signature_algorithm()).unwrap();
        let export = crypto.hpke_setup_sender_and_export(SUITE.hpke_config(), &pair.public, b"", b"", 32);
        (sealed.kem_output.as_slice().to_vec(), key, export.unwrap().0)
    };
    let (once, other) = (output(7), output(8));
    assert_eq!(once, output(7));
    assert!(once.0 != other.0 && once.1 != other.1 && once.2 != other.2);
}

fn only_suite_one<C: SimCrypto>() {
    let crypto = C::default();
    assert_eq!(crypto.supported_ciphersuites(), [SUITE]);
    assert!(crypto.supports(SUITE).is_ok());
    let p256 = Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256;
    assert_eq!(crypto.supports(p256), Err(CryptoError::UnsupportedCiphersuite));
    assert_eq!(
        crypto.derive_hpke_keypair(p256.hpke_config(), &[3; 32]).err(),
        Some(CryptoError::UnsupportedCiphersuite)
    );
    let other = crypto.signature_key_gen(p256.signature_algorithm());
    assert_eq!(other, Err(CryptoError::UnsupportedSignatureScheme));
}

super::in_both!(signatures hpke export aead steps only_suite_one);

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// RFC 9458, Appendix A: the request opens, and what its context exports opens the answer.
#[test]
fn the_example_of_oblivious_http_opens() {
    let crypto = RealCrypto::default();
    let secret = octets("3c168975674b2fa8e465970b79c8dcf09f1c741626480bd4c6162fc5b6a98e1a");
    let header = octets("01002000010001");
    let info = [b"message/bhttp request\0", &header[..]].concat();
    let enc = octets("4b28f881333e7c164ffc499ad9796f877f4e1051ee6d31bad19dec96c208b472");
    let ciphertext =
        octets("6374e469135906992e1268c594d2a10c695d858c40a026e7965e7d86b83dd440b2c0185204b4d63525");
    let input = HpkeCiphertext { kem_output: enc.clone().into(), ciphertext: ciphertext.into() };
    let export = (&b"message/bhttp response"[..], 16);
    let (request, exported) = crypto.hpke_open_and_export(&input, &secret, &info, export).unwrap();
    assert_eq!(request, octets("00034745540568747470730b6578616d706c652e636f6d012f"));
    let answer = octets("c789e7151fcba46158ca84b04464910d86f9013e404feea014e7be4a441f234f857fbd");
    let (nonce, sealed) = answer.split_at(16);
    let answer_secret = AnswerSecret(exported.try_into().unwrap());
    let opened = open_answer::<RealCrypto>(answer_secret, &[&enc, nonce].concat(), sealed);
    assert_eq!(opened, Ok(octets("0140c8")));
}
