//! The private wire format: one encoding of each value, and no octets that break it.

use super::super::wire::{
    open_group_info, open_key_package, open_message, open_tree, open_welcome, seal_message,
};
use super::*;
use proptest::prelude::*;

/// One object of each kind.
fn samples() -> Vec<Octets> {
    let mut world = World::with_members(2);
    let key_package = world.key_package(C);
    let proposal = world.propose(B, Propose::Add(key_package.clone())).unwrap();
    let message = world.of(A).encrypt(ROOM, &[], &[7; 70], Entropy([0; 32])).unwrap();
    let bundle = world.commit(A, &[], &[Propose::Add(key_package.clone())]).unwrap();
    vec![
        key_package,
        proposal,
        message,
        bundle.commit,
        bundle.welcome.unwrap(),
        bundle.group_info,
        bundle.tree,
    ]
}

/// Which of the readers take the octets.
fn readers(octets: &[u8]) -> [bool; 5] {
    [
        open_key_package(octets).is_ok(),
        open_message(octets).is_ok(),
        open_welcome(octets).is_ok(),
        open_group_info(octets).is_ok(),
        open_tree(octets).is_ok(),
    ]
}

#[test]
fn each_reader_takes_its_own_objects_alone() {
    let taken: Vec<_> = samples().iter().map(|octets| readers(octets)).collect();
    let message = [false, true, false, false, false];
    let expected = [
        [true, false, false, false, false],
        message,
        message,
        message,
        [false, true, true, false, false],
        [false, false, false, true, false],
        [false, false, false, false, true],
    ];
    assert_eq!(taken, expected);
}

#[test]
fn headers_are_as_documented() {
    let samples = samples();
    use crate::wire::MessageKind::*;
    for (message, kind) in samples[1..5].iter().zip([Proposal, Application, Commit, Welcome]) {
        assert_eq!(message[..4], [0, 1, 0xF5, 0xB0]);
        assert_eq!(crate::wire::MlsBytes::try_from(&message[..]).unwrap().kind(), kind);
        assert_eq!(open_message(message).map(|opened| seal_message(&opened)), Ok(message.clone()));
    }
    for object in [&samples[0], &samples[5], &samples[6]] {
        assert_eq!(object[..2], [0xF5, 0xB0]);
    }
    // The length of the content behind them, in minimal form.
    let (short, long) = (&samples[0], &samples[2]);
    assert_eq!(usize::from(short[2]), short.len() - 3);
    assert_eq!(usize::from(u16::from_be_bytes([long[4], long[5]])), 0x4000 + long.len() - 6);
}

#[test]
fn truncated_and_lengthened_octets_are_malformed() {
    for octets in samples() {
        for end in 0..octets.len() {
            assert_eq!(readers(&octets[..end]), [false; 5]);
        }
        assert_eq!(readers(&[&octets[..], &[0]].concat()), [false; 5]);
    }
}

#[test]
fn lengths_are_in_minimal_form() {
    let key_package = &samples()[0];
    let content = &key_package[3..];
    let length = content.len() as u8;
    for prefix in [&[0x40, length][..], &[0x80, 0, 0, length], &[0xC0, 0, 0, 0, 0, 0, 0, length]] {
        let octets = [&key_package[..2], prefix, content].concat();
        assert_eq!(open_key_package(&octets).map(|_| ()), Err(MlsError::Malformed));
    }
    // A promise of a gigabyte that is not there.
    assert!(open_key_package(&[0xF5, 0xB0, 0xBF, 0xFF, 0xFF, 0xFF, 0]).is_err());
}

proptest! {
    #[test]
    fn any_octets_are_judged_without_panic(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let length = (content.len() as u16 | 0x4000).to_be_bytes();
        readers(&content);
        readers(&[&[0xF5, 0xB0][..], &length, &content].concat());
        readers(&[&[0, 1, 0xF5, 0xB0][..], &length, &content].concat());
    }

    #[test]
    fn an_altered_object_is_another_object_or_none(
        sample in 0..7usize,
        place in any::<prop::sample::Index>(),
        flip in 1..=255u8,
    ) {
        let octets = samples()[sample].clone();
        let mut altered = octets.to_vec();
        altered[place.index(octets.len())] ^= flip;
        if let Ok(message) = open_message(&altered) {
            prop_assert_eq!(&*seal_message(&message), &altered[..]);
        }
        let mut world = World::with_members(2);
        let config = world.config.clone();
        let altered = Octets::from(altered);
        let _ = Symbolic::envelope(&config, &altered);
        let _ = Symbolic::key_package(&config, &altered);
        let _ = world.hub.inspect(&altered);
        let _ = world.of(B).process(ROOM, &altered);
        let _ = world.of(C).join(ROOM, &altered, &octets);
    }
}
