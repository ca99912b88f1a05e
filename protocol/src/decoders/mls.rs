//! What the engines read: the real one objects of RFC 9420, the symbolic one its own.

use super::{Decoder, Surface, Verdict, world};
use crate::ids::ProviderId;
use crate::mls::Mls;
use crate::mls::open::{OpenMls, RealCrypto, decoders as open};
use crate::mls::symbolic::Symbolic;

/// A blank node of a tree is one octet of the input, and a whole node in the library's memory.
pub(super) const SURFACE: Surface = Surface { name: "mls", decoders: DECODERS, growth: 2_048 };

const DECODERS: &[Decoder] = &[
    Decoder { name: "OpenMls", read: any_object::<OpenMls<RealCrypto>> },
    Decoder { name: "Symbolic", read: any_object::<Symbolic> },
    open::PROTOCOL_MESSAGE,
    open::AUTHENTICATED_DATA,
    open::COMMIT_REFERENCES,
    open::PUBLIC_MESSAGE,
    open::WELCOME,
    open::KEY_PACKAGE,
    open::TREE,
    open::GROUP_INFO,
    open::GROUP_INFO_TAIL,
    open::PARTIAL_GROUP_INFO,
    open::SERVER_PROPOSAL,
];

/// All that an engine tells of octets without a group that they belong to. It may take them for one object only.
fn any_object<M: Mls>(octets: &[u8]) -> Verdict {
    let config = &world().mls;
    let taken = [
        M::envelope(config, octets).is_ok() || M::authenticated_data(octets).is_ok(),
        M::key_package(config, octets).is_ok() || M::is_last_resort(octets),
        M::welcome_refs(octets).is_ok(),
        M::group_info_context(octets).is_ok()
            || M::group_info_dictionary(octets).is_ok()
            || M::group_info_room(config, octets).is_ok(),
        M::verify(&M::server_key(config, ProviderId(0)), b"content", octets).is_ok(),
    ];
    match taken.into_iter().filter(|taken| *taken).count() {
        0 => Verdict::Refused,
        1 => Verdict::Taken,
        _ => Verdict::Altered,
    }
}
