//! The body of a message: parts within parts (content §4.4).

use super::reader::Reader;
use super::{ContentError, Disposition, ExternalPart};
use minicbor::encode::{Encode, Encoder, Error, Write};
use serde::{Deserialize, Serialize};

/// How many levels of parts there may be, the body being the first (content §6.3, CONT-03).
const LEVELS_MAX: usize = 4;
/// How many parts there may be in all (content §9.1, CONT-20).
const PARTS_MAX: usize = 1_024;

/// A part of a message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NestedPart {
    /// What it is meant for.
    pub disposition: Disposition,
    /// Language tags, divided by commas; may be empty.
    pub language: String,
    /// What it consists of.
    pub content: PartContent,
}

/// What a part consists of; its cardinality on the wire.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PartContent {
    /// 0: nothing, where a message or reaction is taken back.
    Null,
    /// 1: content of one media type.
    Single {
        /// The media type with its parameters.
        content_type: String,
        /// The octets.
        content: Vec<u8>,
    },
    /// 2: content that lies elsewhere.
    External(Box<ExternalPart>),
    /// 3: two parts or more.
    Multi {
        /// What the receiver does with them.
        semantics: PartSemantics,
        /// The parts.
        parts: Vec<NestedPart>,
    },
}

/// What a receiver does with the parts of a multipart (CONT-14).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum PartSemantics {
    /// 0: it picks one, by its own policy.
    ChooseOne = 0,
    /// 1: it processes all of them, or none.
    SingleUnit = 1,
    /// 2: it processes as many as it can.
    ProcessAll = 2,
}

impl NestedPart {
    /// A text that is to be shown.
    pub fn text(disposition: Disposition, text: &str) -> Self {
        let (content_type, content) = (super::PLAIN_TEXT.to_owned(), text.as_bytes().to_vec());
        let content = PartContent::Single { content_type, content };
        Self { disposition, language: String::new(), content }
    }

    /// Nothing.
    pub fn null(disposition: Disposition) -> Self {
        Self { disposition, language: String::new(), content: PartContent::Null }
    }

    /// All parts in the order of their part index, which counts from 0 and goes into depth first (CONT-16).
    pub fn indexed(&self) -> Vec<&NestedPart> {
        let mut parts = vec![self];
        if let PartContent::Multi { parts: inner, .. } = &self.content {
            parts.extend(inner.iter().flat_map(Self::indexed));
        }
        parts
    }

    /// The part that a content ID URI in another part of the message means: `cid:<part index>@local.invalid`, of a single or
    /// external part (CONT-16).
    pub fn by_content_id(&self, uri: &str) -> Option<&NestedPart> {
        let index = uri.strip_prefix("cid:")?.strip_suffix("@local.invalid")?;
        let is_plain =
            index.bytes().all(|digit| digit.is_ascii_digit()) && (index == "0" || !index.starts_with('0'));
        let index: usize = index.parse().ok().filter(|_| is_plain)?;
        let part = *self.indexed().get(index)?;
        matches!(part.content, PartContent::Single { .. } | PartContent::External(_)).then_some(part)
    }

    /// The single and external parts that a receiver processes, in order, each once. `choose` picks one of the alternatives of
    /// a chooseOne, `can` says what the receiver can process: a single unit of which it cannot process a part is left out whole
    /// (CONT-14).
    pub fn processed<'a>(
        &'a self,
        choose: &mut impl FnMut(&'a [NestedPart]) -> Option<&'a NestedPart>,
        can: &impl Fn(&NestedPart) -> bool,
    ) -> Vec<&'a NestedPart> {
        match &self.content {
            PartContent::Null => Vec::new(),
            PartContent::Single { .. } | PartContent::External(_) => {
                if can(self) {
                    vec![self]
                } else {
                    Vec::new()
                }
            }
            PartContent::Multi { semantics: PartSemantics::ChooseOne, parts } => {
                choose(parts).map_or_else(Vec::new, |part| part.processed(choose, can))
            }
            PartContent::Multi { semantics, parts } => {
                let each: Vec<_> = parts.iter().map(|part| part.processed(choose, can)).collect();
                let lacks = each.iter().any(Vec::is_empty);
                if lacks && *semantics == PartSemantics::SingleUnit { Vec::new() } else { each.concat() }
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ContentError> {
        Self::read_at(reader, 1, &mut 0)
    }

    fn read_at(reader: &mut Reader<'_>, level: usize, read: &mut usize) -> Result<Self, ContentError> {
        *read += 1;
        if level > LEVELS_MAX {
            return Err(ContentError::PartsTooDeep);
        }
        if *read > PARTS_MAX {
            return Err(ContentError::TooManyParts);
        }
        let items = reader.array()?;
        if items < 3 {
            return Err(ContentError::ItemCount);
        }
        let disposition = Disposition::from_value(reader.uint(u8::MAX.into())? as u8);
        let language = reader.text()?.to_owned();
        let cardinality = reader.uint(u64::MAX)?;
        let expected = match cardinality {
            0 => 3,
            1 | 3 => 5,
            2 => 15,
            _ => return Err(ContentError::UnknownCardinality),
        };
        if items != expected {
            return Err(ContentError::ItemCount);
        }
        let content = match cardinality {
            0 => PartContent::Null,
            1 => {
                let content_type = reader.text()?.to_owned();
                PartContent::Single { content_type, content: reader.bytes()?.to_vec() }
            }
            2 => PartContent::External(Box::new(ExternalPart::read(reader)?)),
            _ => Self::read_multi(reader, level, read)?,
        };
        Ok(Self { disposition, language, content })
    }

    fn read_multi(
        reader: &mut Reader<'_>,
        level: usize,
        read: &mut usize,
    ) -> Result<PartContent, ContentError> {
        let semantics = match reader.uint(u64::MAX)? {
            0 => PartSemantics::ChooseOne,
            1 => PartSemantics::SingleUnit,
            2 => PartSemantics::ProcessAll,
            _ => return Err(ContentError::UnknownPartSemantics),
        };
        let count = reader.array()?;
        if count < 2 {
            return Err(ContentError::TooFewParts);
        }
        let parts = (0..count).map(|_| Self::read_at(reader, level + 1, read)).collect::<Result<_, _>>()?;
        Ok(PartContent::Multi { semantics, parts })
    }
}

impl<C> Encode<C> for NestedPart {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, context: &mut C) -> Result<(), Error<W::Error>> {
        let (items, cardinality) = match &self.content {
            PartContent::Null => (3, 0),
            PartContent::Single { .. } => (5, 1),
            PartContent::External(_) => (15, 2),
            PartContent::Multi { .. } => (5, 3),
        };
        encoder.array(items)?.u8(self.disposition.value())?.str(&self.language)?.u8(cardinality)?;
        match &self.content {
            PartContent::Null => Ok(()),
            PartContent::Single { content_type, content } => encoder.str(content_type)?.bytes(content)?.ok(),
            PartContent::External(part) => part.encode(encoder, context),
            PartContent::Multi { semantics, parts } => {
                encoder.u8(*semantics as u8)?.array(parts.len() as u64)?;
                parts.iter().try_for_each(|part| part.encode(encoder, context))
            }
        }
    }
}
