//! Status reports, as octets and in their order (STAT-01, STAT-02).

use crate::given::*;
use mimic_protocol::content::ContentError::*;
use mimic_protocol::content::MessageStatus::{self, *};
use mimic_protocol::content::StatusReport;
use proptest::prelude::*;

const K2_ID: &str = "01c731069399cd5da33ac354782e9782caa3964e5fbc4f60f104421da16ba145";

#[test]
fn the_report_of_an_independent_encoder() {
    let report = StatusReport(vec![(id(K1_ID), Read), (id(K2_ID), Delivered)]);
    let encoded = "8282582001f34516062578b3d90b65e53921f71ed49e2146ddd2950235f4f1f6c6f547de02\
                   82582001c731069399cd5da33ac354782e9782caa3964e5fbc4f60f104421da16ba14501";
    assert_eq!(hex(&report.encode()), encoded);
    assert_eq!(StatusReport::decode(&octets(encoded)), Ok(report));
}

#[test]
fn each_violation_has_its_name() {
    let entry = |rest: &str| octets(&format!("81{rest}"));
    let id = format!("5820{K1_ID}");
    let cases = [
        ("", EndOfInput),
        ("f6", WrongType),
        ("80", ItemCount),
        (&format!("83{id}0000"), ItemCount),
        (&format!("82{id}190100"), NumberRange),
        (&format!("82{id}1802"), NotShortest),
        (&format!("82{id}0200"), TrailingOctets),
        ("824401020304", MessageIdLength),
        (&format!("825820{}", "02".repeat(32)), UnknownHash),
    ];
    for (octets, error) in cases {
        assert_eq!(StatusReport::decode(&entry(octets)), Err(error), "{octets}");
    }
    assert_eq!(StatusReport::decode(&octets("80")), Ok(StatusReport::default()));
    // A count that no octets stand behind costs nothing.
    assert_eq!(StatusReport::decode(&octets("9bffffffffffffffff")), Err(EndOfInput));
}

#[test]
fn what_makes_no_sense_does_not_follow() {
    let may =
        [(Delivered, Read), (Read, Unread), (Unread, Read), (Read, Hidden), (Hidden, Read), (Read, Expired)];
    let may_not =
        [(Deleted, Delivered), (Deleted, Read), (Expired, Unread), (Read, Delivered), (Hidden, Delivered)];
    for (before, next) in may {
        assert!(before.may_become(next), "{before:?} -> {next:?}");
    }
    for (before, next) in may_not {
        assert!(!before.may_become(next), "{before:?} -> {next:?}");
    }
}

proptest! {
    #[test]
    fn a_report_is_read_as_it_was_written(entries in prop::collection::vec((any::<[u8; 31]>(), any::<u8>()), 0..20)) {
        let entries = entries.into_iter().map(|(rest, status)| {
            (id(&format!("01{}", hex(&rest))), MessageStatus::from_value(status))
        });
        let report = StatusReport(entries.collect());
        prop_assert_eq!(StatusReport::decode(&report.encode()), Ok(report));
    }

    #[test]
    fn octets_of_any_kind_do_no_harm(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(report) = StatusReport::decode(&octets) {
            prop_assert_eq!(report.encode(), octets);
        }
    }
}
