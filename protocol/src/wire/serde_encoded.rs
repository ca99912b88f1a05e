//! In a record that is serialised otherwise, a wire struct stands as its own encoding.

use super::abuse_report::AbuseReport;
use super::asset_policy::AssetPolicy;
use super::franking::FrankingAgentData;
use super::group_info::{GroupInfoAnswer, GroupInfoRequest, GroupInfoResponse, GroupInfoTree};
use super::join_links::{JoinLinkPolicy, JoinLinksData};
use super::key_material::{KeyMaterialRequest, KeyMaterialResponse};
use super::mls::Capabilities;
use super::notify::{FanoutMessage, NotifyRequest};
use super::operational_parameters::OperationalParameters;
use super::policy::{
    BotPolicy, HistoryPolicy, LinkPreviewPolicy, LoggingPolicy, MessageExpiration, StatusNotificationPolicy,
};
use super::pre_auth::{Claim, PreAuthData};
use super::ratchet_tree::{GroupInfoOption, PartialGroupInfo, RatchetTreeOption};
use super::room_metadata::RoomMetaData;
use super::submit_message::{Frank, SubmitMessageRequest, SubmitMessageResponse};
use super::update::{HandshakeBundle, UpdateRoomResponse};
use super::{GroupInfoBytes, KeyPackageBytes, MlsBytes, WelcomeBytes, Wire};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! serde_encoded {
    ($($name:ty),+ $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&self.encode())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let octets = deserializer.deserialize_byte_buf(Octets)?;
                <$name>::decode(&octets).map_err(D::Error::custom)
            }
        }
    )+};
}

serde_encoded!(
    MlsBytes,
    KeyPackageBytes,
    GroupInfoBytes,
    WelcomeBytes,
    RatchetTreeOption,
    GroupInfoOption,
    PartialGroupInfo,
    Frank,
    Capabilities,
    KeyMaterialRequest,
    KeyMaterialResponse,
    HandshakeBundle,
    UpdateRoomResponse,
    SubmitMessageRequest,
    SubmitMessageResponse,
    FanoutMessage,
    NotifyRequest,
    GroupInfoAnswer,
    GroupInfoRequest,
    GroupInfoResponse,
    GroupInfoTree,
    AbuseReport,
    FrankingAgentData,
    RoomMetaData,
    OperationalParameters,
    PreAuthData,
    Claim,
    StatusNotificationPolicy,
    JoinLinkPolicy,
    JoinLinksData,
    LinkPreviewPolicy,
    AssetPolicy,
    LoggingPolicy,
    HistoryPolicy,
    BotPolicy,
    MessageExpiration,
);

/// Takes octets in every form that a serialisation may have for them.
struct Octets;

impl<'de> Visitor<'de> for Octets {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("octets")
    }

    fn visit_bytes<E: Error>(self, octets: &[u8]) -> Result<Vec<u8>, E> {
        Ok(octets.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, octets: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(octets)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut octets: A) -> Result<Vec<u8>, A::Error> {
        std::iter::from_fn(|| octets.next_element().transpose()).collect()
    }
}
