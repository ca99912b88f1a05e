//! When a message is to be forgotten (content §4.1).

use super::ContentError;
use super::reader::Reader;
use minicbor::encode::{Encode, Encoder, Error, Write};
use serde::{Deserialize, Serialize};

/// A year, in seconds: what lies farther away makes no sense (content §9.1, CONT-09).
const YEAR_S: u64 = 366 * 24 * 60 * 60;

/// A sender's wish that the message be deleted locally; no network is needed for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Expiration {
    /// So many seconds after it was read.
    AfterReading {
        /// Seconds.
        seconds: u32,
    },
    /// At this time.
    At {
        /// Seconds since 1970.
        seconds: u32,
    },
}

impl Expiration {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, ContentError> {
        if reader.null()? {
            return Ok(None);
        }
        reader.array_of(2)?;
        let relative = reader.bool()?;
        let seconds = reader.uint(u32::MAX.into())? as u32;
        Ok(Some(if relative { Self::AfterReading { seconds } } else { Self::At { seconds } }))
    }

    /// Whether it lies within a year of the time at which the message was accepted (content §9.1, CONT-09).
    pub fn makes_sense(self, accepted_ms: u64) -> bool {
        match self {
            Self::AfterReading { seconds } => u64::from(seconds) <= YEAR_S,
            Self::At { seconds } => u64::from(seconds).abs_diff(accepted_ms / 1_000) <= YEAR_S,
        }
    }

    /// Whether a message is to be gone at that time, having been read when it came.
    pub fn is_over(self, read_ms: u64, now_ms: u64) -> bool {
        match self {
            Self::AfterReading { seconds } => now_ms >= read_ms + u64::from(seconds) * 1_000,
            Self::At { seconds } => now_ms >= u64::from(seconds) * 1_000,
        }
    }
}

impl<C> Encode<C> for Expiration {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), Error<W::Error>> {
        let (relative, seconds) = match *self {
            Self::AfterReading { seconds } => (true, seconds),
            Self::At { seconds } => (false, seconds),
        };
        encoder.array(2)?.bool(relative)?.u32(seconds)?.ok()
    }
}
