//! Why octets are no MIMI content, or no status report.

/// The rule that the octets break.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    serde::Serialize,
    serde::Deserialize,
    thiserror::Error,
)]
pub enum ContentError {
    /// The octets end before the item does.
    #[error("the octets end before the item does")]
    EndOfInput,
    /// Octets are left over behind the item.
    #[error("octets are left over behind the item")]
    TrailingOctets,
    /// An item of another type stands where the format wants this one.
    #[error("an item has another type than the format says")]
    WrongType,
    /// A length, number, tag or float is not in its shortest form (content §6.1, CONT-01).
    #[error("a head is not in its shortest form")]
    NotShortest,
    /// A text, octet string, array or map without its length in front (content §6.1, CONT-01).
    #[error("an item has no definite length")]
    IndefiniteLength,
    /// A map's keys are not sorted by their encoding (content §6.1, CONT-01).
    #[error("the keys of a map are not sorted by their encoding")]
    KeysNotSorted,
    /// A key stands in a map twice (content §4.3, CONT-12).
    #[error("a key stands in a map twice")]
    DuplicateKey,
    /// A text is not UTF-8 (content §6.2, CONT-02).
    #[error("a text is not UTF-8")]
    NotUtf8,
    /// A map has a key of a type that keys do not have there (content §6.2, CONT-02).
    #[error("a key is of a type that no key has here")]
    KeyType,
    /// A text key of the extensions has no octet, or more than 255 (content §6.2, CONT-02).
    #[error("a text key of the extensions has 1 to 255 octets")]
    KeyLength,
    /// An integer key that a double float cannot hold without loss (content §6.2, CONT-02).
    #[error("an integer key lies within ±(2^53 - 1)")]
    KeyRange,
    /// A NaN other than the half-width quiet one (content §6.2, CONT-02).
    #[error("the only NaN is the half-width quiet one")]
    NotANumber,
    /// Arrays, maps and tags of the extensions are nested in more than four levels (content §6.3, CONT-03).
    #[error("extensions are nested in more than four levels")]
    ExtensionsTooDeep,
    /// An array has another number of items than the format says.
    #[error("an array has another number of items than the format says")]
    ItemCount,
    /// A number is greater than its field holds.
    #[error("a number is greater than its field holds")]
    NumberRange,
    /// The salt has another length than 16 octets (content §4.1, CONT-04).
    #[error("the salt has 16 octets")]
    SaltLength,
    /// A message ID has another length than 32 octets (content §4.1).
    #[error("a message ID has 32 octets")]
    MessageIdLength,
    /// A message ID begins with a hash algorithm that is not known (content §9.1, CONT-20).
    #[error("a message ID begins with an unknown hash algorithm")]
    UnknownHash,
    /// The topic has more than 4096 octets (content §9.1, CONT-08).
    #[error("a topic has at most 4096 octets")]
    TopicTooLong,
    /// Parts are nested in more than four levels (content §6.3, §9.1, CONT-03).
    #[error("parts are nested in more than four levels")]
    PartsTooDeep,
    /// There are more than 1024 parts (content §9.1, CONT-20).
    #[error("there are more than 1024 parts")]
    TooManyParts,
    /// A multipart has fewer than two parts (content §4.4, CONT-13).
    #[error("a multipart has two parts or more")]
    TooFewParts,
    /// A cardinality that the format does not have (content §4.4, CONT-13).
    #[error("a part is null, single, external or multi")]
    UnknownCardinality,
    /// Part semantics that the format does not have (content §9.1, CONT-14).
    #[error("the semantics of a multipart are chooseOne, singleUnit or processAll")]
    UnknownPartSemantics,
}
