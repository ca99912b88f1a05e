//! A strict reader of CBOR in its core deterministic form (RFC 8949 §4.2.1), which takes nothing else.

use super::ContentError;
use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;

/// How deep arrays, maps and tags of the extensions may be nested, the map of extensions being the first level (content §6.3).
const LEVELS_MAX: usize = 4;
/// The greatest number that a double float holds with all its neighbours (content §6.2).
const EXACT_MAX: u64 = (1 << 53) - 1;

/// What is left to read. All lengths are checked against it before anything is allocated.
pub(super) struct Reader<'b>(Decoder<'b>);

impl<'b> Reader<'b> {
    pub fn new(octets: &'b [u8]) -> Self {
        Self(Decoder::new(octets))
    }

    /// Nothing may be left over.
    pub fn end(self) -> Result<(), ContentError> {
        if self.0.position() == self.0.input().len() { Ok(()) } else { Err(ContentError::TrailingOctets) }
    }

    /// Takes a null, if one stands here.
    pub fn null(&mut self) -> Result<bool, ContentError> {
        let is_null = self.kind()? == Type::Null;
        if is_null {
            self.0.null().map_err(unread)?;
        }
        Ok(is_null)
    }

    pub fn bool(&mut self) -> Result<bool, ContentError> {
        self.0.bool().map_err(unread)
    }

    /// An unsigned integer that is at most `max`.
    pub fn uint(&mut self, max: u64) -> Result<u64, ContentError> {
        let value = self.counted(|decoder| decoder.u64(), |value| (*value, 0))?;
        if value <= max { Ok(value) } else { Err(ContentError::NumberRange) }
    }

    pub fn bytes(&mut self) -> Result<&'b [u8], ContentError> {
        self.counted(|decoder| decoder.bytes(), |bytes| (bytes.len() as u64, bytes.len()))
    }

    pub fn text(&mut self) -> Result<&'b str, ContentError> {
        if self.kind()? != Type::String {
            return Err(ContentError::WrongType);
        }
        let start = self.0.position();
        match self.0.str() {
            Ok(text) if self.0.position() - start == head_octets(text.len() as u64) + text.len() => Ok(text),
            Ok(_) => Err(ContentError::NotShortest),
            Err(error) if error.is_end_of_input() => Err(ContentError::EndOfInput),
            Err(_) => Err(ContentError::NotUtf8),
        }
    }

    /// The number of items of the array that begins here.
    pub fn array(&mut self) -> Result<u64, ContentError> {
        self.kind()?;
        self.counted(|decoder| decoder.array(), |count| (count.unwrap_or_default(), 0))?
            .ok_or(ContentError::IndefiniteLength)
    }

    /// Exactly so many items.
    pub fn array_of(&mut self, count: u64) -> Result<(), ContentError> {
        if self.array()? == count { Ok(()) } else { Err(ContentError::ItemCount) }
    }

    /// The number of entries of the map that begins here.
    pub fn map(&mut self) -> Result<u64, ContentError> {
        self.kind()?;
        self.counted(|decoder| decoder.map(), |count| (count.unwrap_or_default(), 0))?
            .ok_or(ContentError::IndefiniteLength)
    }

    /// The octets of the item that `take` takes.
    pub fn span(
        &mut self,
        take: impl FnOnce(&mut Self) -> Result<(), ContentError>,
    ) -> Result<&'b [u8], ContentError> {
        let start = self.0.position();
        take(self)?;
        Ok(&self.0.input()[start..self.0.position()])
    }

    /// Takes any item that may stand in an extension at this level (content §6.2, §6.3: CONT-02, CONT-03).
    pub fn any(&mut self, level: usize) -> Result<(), ContentError> {
        let deeper = level + 1;
        let nests = |levels: usize| {
            if levels <= LEVELS_MAX { Ok(levels) } else { Err(ContentError::ExtensionsTooDeep) }
        };
        match self.kind()? {
            Type::Bool => self.bool().map(drop),
            Type::Null => self.null().map(drop),
            Type::Undefined => self.0.undefined().map_err(unread),
            Type::Simple => self.simple(),
            Type::F16 | Type::F32 | Type::F64 => self.float(),
            Type::Bytes => self.bytes().map(drop),
            Type::String => self.text().map(drop),
            Type::Array => {
                let level = nests(deeper)?;
                (0..self.array()?).try_for_each(|_| self.any(level))
            }
            Type::Map => {
                let level = nests(deeper)?;
                self.entries(|reader, _| reader.any(level))
            }
            Type::Tag => {
                let level = nests(deeper)?;
                self.tagged(level)
            }
            _ => self.integer().map(drop),
        }
    }

    /// Takes the map that begins here, entry by entry; `value` takes the value of the key whose octets it is given.
    pub fn entries(
        &mut self,
        mut value: impl FnMut(&mut Self, &'b [u8]) -> Result<(), ContentError>,
    ) -> Result<(), ContentError> {
        let mut before: &[u8] = &[];
        for _ in 0..self.map()? {
            let key = self.span(Self::key)?;
            match key.cmp(before) {
                std::cmp::Ordering::Greater => before = key,
                std::cmp::Ordering::Equal => return Err(ContentError::DuplicateKey),
                std::cmp::Ordering::Less => return Err(ContentError::KeysNotSorted),
            }
            value(self, key)?;
        }
        Ok(())
    }

    /// An integer of either sign.
    pub fn integer(&mut self) -> Result<i128, ContentError> {
        let head = |value: &i128| (u64::try_from(*value).unwrap_or((-1 - *value) as u64), 0);
        self.counted(|decoder| decoder.int().map(i128::from), head)
    }

    /// The type of the next item, which has a definite length.
    pub fn kind(&self) -> Result<Type, ContentError> {
        match self.0.datatype().map_err(unread)? {
            Type::BytesIndef | Type::StringIndef | Type::ArrayIndef | Type::MapIndef => {
                Err(ContentError::IndefiniteLength)
            }
            Type::Break | Type::Unknown(_) => Err(ContentError::WrongType),
            kind => Ok(kind),
        }
    }

    fn key(&mut self) -> Result<(), ContentError> {
        match self.kind()? {
            Type::String => self.text().map(drop),
            Type::Bytes => self.bytes().map(drop),
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Int => {
                let key = self.integer()?;
                if key.unsigned_abs() <= u128::from(EXACT_MAX) { Ok(()) } else { Err(ContentError::KeyRange) }
            }
            _ => Err(ContentError::KeyType),
        }
    }

    /// A tag and what it marks; a number that an integer can hold is no bignum (RFC 8949 §3.4.3).
    fn tagged(&mut self, level: usize) -> Result<(), ContentError> {
        let tag = self.counted(|decoder| decoder.tag().map(|tag| tag.as_u64()), |tag| (*tag, 0))?;
        if matches!(tag, 2 | 3) {
            let bignum = self.bytes()?;
            let needed = bignum.len() > 8 && bignum[0] != 0;
            return if needed { Ok(()) } else { Err(ContentError::NotShortest) };
        }
        self.any(level)
    }

    fn simple(&mut self) -> Result<(), ContentError> {
        let start = self.0.position();
        let value = self.0.simple().map_err(unread)?;
        let short = self.0.position() - start == 1;
        // Two octets say 32 and above; what is in between is not well formed (RFC 8949 §3.3).
        if short || value >= 32 { Ok(()) } else { Err(ContentError::NotShortest) }
    }

    /// A float in the shortest form that keeps its value.
    fn float(&mut self) -> Result<(), ContentError> {
        let start = self.0.position();
        let value = self.0.f64().map_err(unread)?;
        let octets = &self.0.input()[start..self.0.position()];
        if value.is_nan() {
            return if octets == [0xf9, 0x7e, 0x00] { Ok(()) } else { Err(ContentError::NotANumber) };
        }
        let half = f64::from(half::f16::from_f64(value)) == value;
        let single = f64::from(value as f32) == value;
        let shortest = if half {
            3
        } else if single {
            5
        } else {
            9
        };
        if octets.len() == shortest { Ok(()) } else { Err(ContentError::NotShortest) }
    }

    /// Takes an item whose head says the number, and behind which so many octets belong to it: in the shortest form.
    fn counted<T>(
        &mut self,
        take: impl FnOnce(&mut Decoder<'b>) -> Result<T, Error>,
        head: impl FnOnce(&T) -> (u64, usize),
    ) -> Result<T, ContentError> {
        let start = self.0.position();
        self.kind()?;
        let value = take(&mut self.0).map_err(unread)?;
        let (number, behind) = head(&value);
        let octets = self.0.position() - start;
        if octets == head_octets(number) + behind { Ok(value) } else { Err(ContentError::NotShortest) }
    }
}

/// How many octets the shortest head with this number has.
fn head_octets(number: u64) -> usize {
    match number {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

fn unread(error: Error) -> ContentError {
    if error.is_end_of_input() { ContentError::EndOfInput } else { ContentError::WrongType }
}
