//! Why octets are not the encoding of a struct.

use tls_codec::Error;

/// Why octets are not the encoding of a struct.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WireError {
    /// The octets end before the struct does.
    #[error("the octets end before the struct does")]
    EndOfInput,
    /// Octets are left over behind the struct.
    #[error("octets are left over behind the struct")]
    TrailingOctets,
    /// The length of a vector is not in its minimal form, or its prefix is 11 (RFC 9420 §2.1.2).
    #[error("the length of a vector is not in its minimal form")]
    VectorLength,
    /// A value that its enum does not have.
    #[error("{0} is no value of its enum")]
    UnknownValue(u64),
    /// An optional value's flag is neither 0 nor 1, a vector is longer than what is left or is overrun by its elements, a
    /// text is not UTF-8, or an MLS object contradicts itself.
    #[error("the octets contradict themselves")]
    Inconsistent,
    /// A rule of the struct itself is broken.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// A rule that a struct breaks although all its parts can be told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// The entries of a dictionary are not in ascending order, or one occurs twice (mls-extensions §4.6).
    #[error("a dictionary's entries are sorted and unique")]
    NotSorted,
    /// A message of this kind or with this protection has no place here (proto §5.3, §5.4, §5.5).
    #[error("a message of this kind has no place here")]
    WrongMessage,
    /// A notify request without a message (proto §5.5).
    #[error("a notify request holds a message")]
    NoMessage,
}

impl Malformed {
    const ALL: [Self; 3] = [Self::NotSorted, Self::WrongMessage, Self::NoMessage];
}

// The codec's own error has only a text for what it does not know: the rule travels through it as its text.
impl From<Malformed> for Error {
    fn from(rule: Malformed) -> Self {
        Error::DecodingError(rule.to_string())
    }
}

impl From<Error> for WireError {
    fn from(error: Error) -> Self {
        match error {
            Error::EndOfStream => Self::EndOfInput,
            Error::TrailingData => Self::TrailingOctets,
            Error::InvalidVectorLength => Self::VectorLength,
            Error::UnknownValue(value) => Self::UnknownValue(value),
            Error::DecodingError(text) => {
                let rule = Malformed::ALL.into_iter().find(|rule| rule.to_string() == text);
                rule.map_or(Self::Inconsistent, Self::Malformed)
            }
            _ => Self::Inconsistent,
        }
    }
}
