//! Reports on what has become of messages (draft-mahy-mimi-message-status).

use super::reader::Reader;
use super::{ContentError, MessageId};
use minicbor::encode::{Encode, Encoder, Error, Write};
use serde::{Deserialize, Serialize};

/// What has become of a message with its receiver (status §3, STAT-02). What is not known is kept as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum MessageStatus {
    /// 0: not read yet.
    Unread,
    /// 1: a client of the user's has it.
    Delivered,
    /// 2: the user has read it.
    Read,
    /// 3: it expired.
    Expired,
    /// 4: it was deleted.
    Deleted,
    /// 5: it was hidden.
    Hidden,
    /// 6: something was wrong with it.
    Error,
    /// 7 to 255: not known.
    Unknown(u8),
}

use MessageStatus::*;

const KNOWN: [MessageStatus; 7] = [Unread, Delivered, Read, Expired, Deleted, Hidden, Error];

impl MessageStatus {
    /// The status with this value.
    pub fn from_value(value: u8) -> Self {
        KNOWN.get(usize::from(value)).copied().unwrap_or(Unknown(value))
    }

    /// Its value.
    pub fn value(self) -> u8 {
        match self {
            Unread => 0,
            Delivered => 1,
            Read => 2,
            Expired => 3,
            Deleted => 4,
            Hidden => 5,
            Error => 6,
            Unknown(value) => value,
        }
    }

    /// Whether a message that is so can come to be `next`. The draft leaves that to implementers and names one transition
    /// that makes no sense, deleted to delivered (STAT-02). Here what is gone stays gone, and what has been delivered, read
    /// or hidden is not delivered again.
    pub fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Expired | Deleted, Expired | Deleted) => true,
            (Expired | Deleted, _) => false,
            (Read | Hidden | Unread, Delivered) => false,
            _ => true,
        }
    }
}

/// What one user says of messages of one room (STAT-01).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StatusReport(pub Vec<(MessageId, MessageStatus)>);

impl StatusReport {
    /// Its octets.
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes what is written")
    }

    /// The report that all of these octets encode.
    pub fn decode(octets: &[u8]) -> Result<Self, ContentError> {
        let mut reader = Reader::new(octets);
        let entries = (0..reader.array()?).map(|_| {
            reader.array_of(2)?;
            let id = MessageId::parse(reader.bytes()?)?;
            Ok((id, MessageStatus::from_value(reader.uint(u8::MAX.into())? as u8)))
        });
        let report = Self(entries.collect::<Result<_, _>>()?);
        reader.end()?;
        Ok(report)
    }
}

impl<C> Encode<C> for StatusReport {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, context: &mut C) -> Result<(), Error<W::Error>> {
        encoder.array(self.0.len() as u64)?;
        self.0.iter().try_for_each(|(id, status)| {
            encoder.array(2)?;
            id.encode(encoder, context)?;
            encoder.u8(status.value())?.ok()
        })
    }
}
