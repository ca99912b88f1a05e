//! The message container (content §4).

use super::reader::Reader;
use super::{ContentError, Expiration, Extensions, MessageId, NestedPart, SALT_OCTETS};
use crate::uri::MimiUri;
use minicbor::encode::{Encode, Encoder, Error, Write};

/// A topic that is longer makes no sense (content §9.1, CONT-08).
const TOPIC_OCTETS_MAX: usize = 4_096;

/// A message as its sender wrote it, inside of the MLS application message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MimiContent {
    /// Random octets, fresh for each message.
    pub salt: [u8; SALT_OCTETS],
    /// The first version of the message that this one edits or takes back.
    pub replaces: Option<MessageId>,
    /// What it belongs to together with others; empty where there is no such thing.
    pub topic_id: Vec<u8>,
    /// When it is to be forgotten.
    pub expires: Option<Expiration>,
    /// The version of a message that it refers to.
    pub in_reply_to: Option<MessageId>,
    /// Whatever else.
    pub extensions: Extensions,
    /// The body.
    pub body: NestedPart,
}

impl MimiContent {
    /// Its octets: there is one encoding alone (CONT-01).
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes what is written")
    }

    /// The message that all of these octets encode. What decodes also encodes to the same octets.
    pub fn decode(octets: &[u8]) -> Result<Self, ContentError> {
        let mut reader = Reader::new(octets);
        reader.array_of(7)?;
        let salt = reader.bytes()?.try_into().map_err(|_| ContentError::SaltLength)?;
        let replaces = read_id(&mut reader)?;
        let topic_id = reader.bytes()?;
        if topic_id.len() > TOPIC_OCTETS_MAX {
            return Err(ContentError::TopicTooLong);
        }
        let content = Self {
            salt,
            replaces,
            topic_id: topic_id.to_vec(),
            expires: Expiration::read(&mut reader)?,
            in_reply_to: read_id(&mut reader)?,
            extensions: Extensions::read(&mut reader)?,
            body: NestedPart::read(&mut reader)?,
        };
        reader.end()?;
        Ok(content)
    }

    /// Its ID, if this user has sent it to this room in these octets.
    pub fn id(&self, sender: &MimiUri, room: &MimiUri, octets: &[u8]) -> MessageId {
        MessageId::of(sender, room, octets, &self.salt)
    }
}

fn read_id(reader: &mut Reader<'_>) -> Result<Option<MessageId>, ContentError> {
    if reader.null()? { Ok(None) } else { MessageId::parse(reader.bytes()?).map(Some) }
}

impl<C> Encode<C> for MimiContent {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, context: &mut C) -> Result<(), Error<W::Error>> {
        encoder.array(7)?.bytes(&self.salt)?;
        self.replaces.encode(encoder, context)?;
        encoder.bytes(&self.topic_id)?;
        self.expires.encode(encoder, context)?;
        self.in_reply_to.encode(encoder, context)?;
        self.extensions.encode(encoder, context)?;
        self.body.encode(encoder, context)
    }
}

impl<C> Encode<C> for MessageId {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), Error<W::Error>> {
        encoder.bytes(self.octets())?.ok()
    }
}
