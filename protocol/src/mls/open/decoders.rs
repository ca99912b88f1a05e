//! The decoders of this engine, for the tables of all decoders: what it reads that no method of the seam reads by itself.

use super::{RealCrypto, codec, servers};
use crate::decoders::{Decoder, Verdict};
use crate::mls::MlsError;

macro_rules! decoders {
    ($($name:ident = $read:expr;)+) => {
        $(pub(crate) const $name: Decoder = Decoder {
            name: stringify!($name),
            read: |octets| Verdict::on($read(octets), |_| true),
        };)+
    };
}

decoders! {
    PROTOCOL_MESSAGE = codec::protocol_message;
    AUTHENTICATED_DATA = codec::authenticated_data;
    COMMIT_REFERENCES = codec::commit_references;
    PUBLIC_MESSAGE = codec::public_message;
    WELCOME = codec::welcome;
    KEY_PACKAGE = key_package;
    GROUP_INFO = codec::group_info;
    GROUP_INFO_TAIL = codec::group_info_tail;
    PARTIAL_GROUP_INFO = codec::partial_group_info;
    SERVER_PROPOSAL = server_proposal;
}

/// A tree is the only one of these objects that is sent on as the library writes it.
pub(crate) const TREE: Decoder = Decoder {
    name: "TREE",
    read: |octets| {
        Verdict::on(codec::tree(octets), |tree| codec::encode(&tree).is_ok_and(|again| *again == *octets))
    },
};

fn key_package(octets: &[u8]) -> Result<(), MlsError> {
    let crypto = RealCrypto::default();
    codec::key_package_ref(&crypto, &codec::key_package(&crypto, octets)?).map(drop)
}

fn server_proposal(octets: &[u8]) -> Result<(), MlsError> {
    servers::refused_for_its_type(octets, &RealCrypto::default()).map(drop)
}
