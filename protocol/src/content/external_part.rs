//! Content that lies outside of the message (content §4.5).

use super::ContentError;
use super::reader::Reader;
use minicbor::encode::{Encode, Encoder, Error, Write};
use sha2::{Digest, Sha256};

/// The number of SHA-256 in the registry of named information hash algorithms.
const SHA_256: u8 = 1;

/// Where content lies, how to decrypt it, and what it must be (CONT-17).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ExternalPart {
    /// The media type.
    pub content_type: String,
    /// Where it can be fetched.
    pub url: String,
    /// When it will be gone, in seconds since 1970; 0 means never.
    pub expires_s: u32,
    /// How many octets it has; 0 where that is not said.
    pub size: u64,
    /// The IANA number of the AEAD algorithm by which it is encrypted; 0 where it is not.
    pub encryption_algorithm: u16,
    /// The key.
    pub key: Vec<u8>,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// The additional authenticated data.
    pub aad: Vec<u8>,
    /// The IANA number of the hash algorithm; 0 where there is no hash.
    pub hash_algorithm: u8,
    /// The hash of what lies at the URL.
    pub content_hash: Vec<u8>,
    /// A description; may be empty.
    pub description: String,
    /// A file name that the sender suggests; may be empty.
    pub filename: String,
}

/// What a fetched content proves to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fetched {
    /// What the sender meant.
    Genuine,
    /// Something else: it is not to be used.
    Mismatch,
    /// The sender gave no hash, or one of an algorithm that is not known here.
    Unchecked,
}

impl ExternalPart {
    /// One whose hash is that of these octets, and that says nothing else.
    pub fn hashing(octets: &[u8]) -> Self {
        let content_hash = Sha256::digest(octets).to_vec();
        Self { hash_algorithm: SHA_256, content_hash, ..Self::default() }
    }

    /// Judges what was found at the URL by the hash in the part (CONT-17).
    pub fn judge(&self, fetched: &[u8]) -> Fetched {
        match self.hash_algorithm {
            SHA_256 if Sha256::digest(fetched)[..] == *self.content_hash => Fetched::Genuine,
            SHA_256 => Fetched::Mismatch,
            _ => Fetched::Unchecked,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ContentError> {
        Ok(Self {
            content_type: reader.text()?.to_owned(),
            url: reader.text()?.to_owned(),
            expires_s: reader.uint(u32::MAX.into())? as u32,
            size: reader.uint(u64::MAX)?,
            encryption_algorithm: reader.uint(u16::MAX.into())? as u16,
            key: reader.bytes()?.to_vec(),
            nonce: reader.bytes()?.to_vec(),
            aad: reader.bytes()?.to_vec(),
            hash_algorithm: reader.uint(u8::MAX.into())? as u8,
            content_hash: reader.bytes()?.to_vec(),
            description: reader.text()?.to_owned(),
            filename: reader.text()?.to_owned(),
        })
    }
}

impl<C> Encode<C> for ExternalPart {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), Error<W::Error>> {
        encoder.str(&self.content_type)?.str(&self.url)?.u32(self.expires_s)?.u64(self.size)?;
        encoder.u16(self.encryption_algorithm)?.bytes(&self.key)?.bytes(&self.nonce)?.bytes(&self.aad)?;
        encoder.u8(self.hash_algorithm)?.bytes(&self.content_hash)?;
        encoder.str(&self.description)?.str(&self.filename)?.ok()
    }
}
