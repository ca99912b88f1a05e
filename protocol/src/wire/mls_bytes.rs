//! MLS objects as octets: they pass through providers unread and are told apart only where the structs need it.

use super::{Malformed, Opaque, WireError};
use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::{ContentType, KeyPackageIn, MlsMessageBodyIn, MlsMessageIn, ProtocolMessage, Welcome};
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use tls_codec::{Deserialize, DeserializeBytes, Error, Serialize, Size, VLByteSlice};

/// The code of the symbolic engine's objects: the wire format of its messages, and the first two octets of its
/// Welcomes, GroupInfos and KeyPackages, where RFC 9420 has a cipher suite or a version. A vector follows.
pub const SYMBOLIC: u16 = 0xf5b0;

/// What an MLS message is, as far as anybody can see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum MessageKind {
    /// A PrivateMessage with application data.
    Application = 1,
    /// A PublicMessage with a proposal.
    Proposal = 2,
    /// A PublicMessage with a commit.
    Commit = 3,
    /// A Welcome.
    Welcome = 4,
    /// A GroupInfo.
    GroupInfo = 5,
    /// A KeyPackage.
    KeyPackage = 6,
}

impl MessageKind {
    /// The kind with this code, which is the first octet of a symbolic message's content.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        let all = [
            Self::Application,
            Self::Proposal,
            Self::Commit,
            Self::Welcome,
            Self::GroupInfo,
            Self::KeyPackage,
        ];
        all.into_iter().find(|kind| *kind as u8 == code)
    }
}

/// An `MLSMessage`. A PrivateMessage with a handshake is none: hubs could not read it (proto §5.3).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MlsBytes {
    kind: MessageKind,
    bytes: Arc<[u8]>,
}

impl MlsBytes {
    /// What the message is.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The whole message, as an engine takes it.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// The content of a symbolic message, if it is one.
    pub fn symbolic_content(&self) -> Option<&[u8]> {
        // the version lies in front of the wire format; the kind is the content's first octet
        symbolic_content(&self.bytes[2..]).map(|content| &content[1..])
    }

    /// The symbolic engine's message of `kind` with this content.
    pub fn symbolic(kind: MessageKind, content: &[u8]) -> Self {
        let mut bytes = vec![0, 1];
        bytes.extend(symbolic(&[&[kind as u8], content].concat()));
        Self { kind, bytes: bytes.into() }
    }
}

impl fmt::Debug for MlsBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} octets)", self.kind, self.bytes.len())
    }
}

impl TryFrom<&[u8]> for MlsBytes {
    type Error = WireError;

    fn try_from(bytes: &[u8]) -> Result<Self, WireError> {
        Ok(Self::tls_deserialize_exact_bytes(bytes)?)
    }
}

impl Size for MlsBytes {
    fn tls_serialized_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Serialize for MlsBytes {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        write_all(&self.bytes, writer)
    }
}

impl DeserializeBytes for MlsBytes {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (kind, rest) = match bytes.strip_prefix(&[0, 1]).and_then(symbolic_vector) {
            Some(vector) => symbolic_kind(vector)?,
            None => engine_kind(bytes)?,
        };
        Ok((Self { kind, bytes: before(bytes, rest).into() }, rest))
    }
}

/// Decodes a message that must be of `kind`.
pub(super) fn message_of(kind: MessageKind, bytes: &[u8]) -> Result<(MlsBytes, &[u8]), Error> {
    let (message, rest) = MlsBytes::tls_deserialize_bytes(bytes)?;
    if message.kind() == kind { Ok((message, rest)) } else { Err(Malformed::WrongMessage.into()) }
}

macro_rules! self_delimiting {
    ($(#[$doc:meta])* $name:ident, $engine_type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<[u8]>);

        impl $name {
            /// The whole object, as an engine takes it.
            pub fn as_slice(&self) -> &[u8] {
                &self.0
            }

            /// The content of a symbolic object, if it is one.
            pub fn symbolic_content(&self) -> Option<&[u8]> {
                symbolic_content(&self.0)
            }

            /// The symbolic engine's object with this content.
            pub fn symbolic(content: &[u8]) -> Self {
                Self(symbolic(content).into())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} octets)"), self.0.len())
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = WireError;

            fn try_from(bytes: &[u8]) -> Result<Self, WireError> {
                Ok(Self::tls_deserialize_exact_bytes(bytes)?)
            }
        }

        impl Size for $name {
            fn tls_serialized_len(&self) -> usize {
                self.0.len()
            }
        }

        impl Serialize for $name {
            fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
                write_all(&self.0, writer)
            }
        }

        impl DeserializeBytes for $name {
            fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
                let rest = match symbolic_vector(bytes) {
                    Some(vector) => Opaque::tls_deserialize_bytes(vector)?.1,
                    None => {
                        let mut rest = bytes;
                        $engine_type::tls_deserialize(&mut rest)?;
                        rest
                    }
                };
                Ok((Self(before(bytes, rest).into()), rest))
            }
        }
    };
}

self_delimiting!(
    /// A `KeyPackage` (RFC 9420 §10), not wrapped in an MLSMessage.
    KeyPackageBytes,
    KeyPackageIn
);
self_delimiting!(
    /// A `GroupInfo` (RFC 9420 §12.4.3), not wrapped in an MLSMessage.
    GroupInfoBytes,
    VerifiableGroupInfo
);
self_delimiting!(
    /// A `Welcome` (RFC 9420 §12.4.3.1), not wrapped in an MLSMessage.
    WelcomeBytes,
    Welcome
);

/// The kind of the engine's message that `bytes` begin with, and what lies behind it.
fn engine_kind(bytes: &[u8]) -> Result<(MessageKind, &[u8]), Error> {
    let mut rest = bytes;
    let message = MlsMessageIn::tls_deserialize(&mut rest)?;
    let kind = match message.extract() {
        MlsMessageBodyIn::PublicMessage(message) => match ProtocolMessage::from(message).content_type() {
            ContentType::Proposal => MessageKind::Proposal,
            ContentType::Commit => MessageKind::Commit,
            // RFC 9420 §6: application data is never public
            ContentType::Application => return Err(Malformed::WrongMessage.into()),
        },
        MlsMessageBodyIn::PrivateMessage(message) => match message.content_type() {
            ContentType::Application => MessageKind::Application,
            _ => return Err(Malformed::WrongMessage.into()),
        },
        MlsMessageBodyIn::Welcome(_) => MessageKind::Welcome,
        MlsMessageBodyIn::GroupInfo(_) => MessageKind::GroupInfo,
        MlsMessageBodyIn::KeyPackage(_) => MessageKind::KeyPackage,
    };
    Ok((kind, rest))
}

/// The same of a symbolic message, from its vector on: the first octet of its content is the kind.
fn symbolic_kind(vector: &[u8]) -> Result<(MessageKind, &[u8]), Error> {
    let (content, rest) = Opaque::tls_deserialize_bytes(vector)?;
    let code = *content.as_slice().first().ok_or(Error::EndOfStream)?;
    let kind = MessageKind::from_code(code).ok_or(Error::UnknownValue(code.into()))?;
    Ok((kind, rest))
}

fn symbolic(content: &[u8]) -> Vec<u8> {
    let mut bytes = SYMBOLIC.to_be_bytes().to_vec();
    VLByteSlice(content).tls_serialize(&mut bytes).expect("a symbolic object stays below 2^30 octets");
    bytes
}

/// What follows the symbolic engine's code, if `bytes` begin with it.
fn symbolic_vector(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(&SYMBOLIC.to_be_bytes())
}

fn symbolic_content(bytes: &[u8]) -> Option<&[u8]> {
    let vector = symbolic_vector(bytes)?;
    let (content, _) = Opaque::tls_deserialize_bytes(vector).ok()?;
    Some(&vector[vector.len() - content.as_slice().len()..])
}

fn before<'a>(bytes: &'a [u8], rest: &[u8]) -> &'a [u8] {
    &bytes[..bytes.len() - rest.len()]
}

fn write_all<W: Write>(bytes: &[u8], writer: &mut W) -> Result<usize, Error> {
    writer.write_all(bytes)?;
    Ok(bytes.len())
}
