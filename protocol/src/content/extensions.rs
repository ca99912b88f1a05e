//! The extensions of a message (content §4.3, §6.2).

use super::ContentError;
use super::reader::Reader;
use minicbor::encode::{Encode, Encoder, Error, Write};
use std::collections::BTreeMap;

/// The key of the sender's user URI (content §8.2.1).
const SENDER_URI: u8 = 1;
/// The key of the room URI (content §8.2.1).
const ROOM_URI: u8 = 2;
/// The longest text that is a key.
const KEY_OCTETS_MAX: usize = 255;

/// A map from keys to values, both kept as the octets of their CBOR items, which order the map too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Extensions(BTreeMap<Box<[u8]>, Box<[u8]>>);

/// The key of an extension: a positive integer is registered, the others are for private use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ExtensionKey<'a> {
    /// An integer within ±(2^53 - 1).
    Integer(i64),
    /// A text of 1 to 255 octets.
    Text(&'a str),
}

impl Extensions {
    /// The claim of a sender to be this user in this room.
    pub fn of(sender_uri: &str, room_uri: &str) -> Self {
        let mut extensions = Self::default();
        for (key, uri) in [(SENDER_URI, sender_uri), (ROOM_URI, room_uri)] {
            extensions.0.insert(Box::new([key]), item(&uri).into());
        }
        extensions
    }

    /// Who sends it, so the sender says: no more than a claim (proto §5.4.1.1).
    pub fn sender_uri(&self) -> Option<&str> {
        self.text(SENDER_URI)
    }

    /// In which room, so the sender says.
    pub fn room_uri(&self) -> Option<&str> {
        self.text(ROOM_URI)
    }

    /// The octets of the item under this key.
    pub fn value(&self, key: ExtensionKey<'_>) -> Option<&[u8]> {
        self.0.get(&*item(&key)).map(|value| &**value)
    }

    /// Puts an item under a key, which replaces what was there. The octets are judged as if they had come in a message.
    pub fn insert(&mut self, key: ExtensionKey<'_>, value: &[u8]) -> Result<(), ContentError> {
        let key = item(&key);
        let entry = [&[0xa1], &*key, value].concat();
        let mut reader = Reader::new(&entry);
        let checked = Self::read(&mut reader)?;
        reader.end()?;
        self.0.extend(checked.0);
        Ok(())
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ContentError> {
        let mut entries = BTreeMap::new();
        reader.entries(|reader, key| {
            check_key(key)?;
            let uri = matches!(key, [SENDER_URI | ROOM_URI]);
            let value = reader.span(|reader| if uri { reader.text().map(drop) } else { reader.any(1) })?;
            entries.insert(key.into(), value.into());
            Ok(())
        })?;
        Ok(Self(entries))
    }

    fn text(&self, key: u8) -> Option<&str> {
        self.0.get(&[key][..]).and_then(|value| minicbor::decode(value).ok())
    }
}

impl<C> Encode<C> for Extensions {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), Error<W::Error>> {
        encoder.map(self.0.len() as u64)?;
        for (key, value) in &self.0 {
            for octets in [key, value] {
                encoder.writer_mut().write_all(octets).map_err(Error::write)?;
            }
        }
        Ok(())
    }
}

impl<C> Encode<C> for ExtensionKey<'_> {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), Error<W::Error>> {
        match self {
            Self::Integer(key) => encoder.i64(*key)?.ok(),
            Self::Text(key) => encoder.str(key)?.ok(),
        }
    }
}

/// Beyond what holds for all keys, those of extensions are integers or short texts (content §6.2, CONT-02).
fn check_key(key: &[u8]) -> Result<(), ContentError> {
    use minicbor::data::Type;
    let mut reader = Reader::new(key);
    match reader.kind()? {
        Type::Bytes => Err(ContentError::KeyType),
        Type::String if !(1..=KEY_OCTETS_MAX).contains(&reader.text()?.len()) => Err(ContentError::KeyLength),
        _ => Ok(()),
    }
}

fn item(value: &impl Encode<()>) -> Vec<u8> {
    minicbor::to_vec(value).expect("a vector takes what is written")
}
