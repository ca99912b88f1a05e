//! The components that a room may have beside its participant list, its roles and its base policy.

use super::component::*;
use super::wellformed::{ComponentError, WellFormed};
use crate::mls::Dictionary;
use crate::wire::Wire;
use crate::wire::asset_policy::AssetPolicy;
use crate::wire::franking::FrankingAgentData;
use crate::wire::join_links::{JoinLinkPolicy, JoinLinksData};
use crate::wire::operational_parameters::OperationalParameters;
use crate::wire::policy::{
    BotPolicy, HistoryPolicy, LinkPreviewPolicy, LoggingPolicy, MessageExpiration, StatusNotificationPolicy,
};
use crate::wire::pre_auth::PreAuthData;
use crate::wire::room_metadata::RoomMetaData;
use serde::{Deserialize, Serialize};

macro_rules! components {
    ($($field:ident: $kind:ty = $id:ident, $doc:literal;)*) => {
        /// Those that are there; each is as its update has it, and well-formed.
        #[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
        pub struct Components {
            $(#[doc = $doc] pub $field: Option<$kind>,)*
        }

        impl Components {
            /// Reads those that are in a dictionary.
            pub fn decode(dictionary: &Dictionary) -> Result<Self, ComponentError> {
                Ok(Self {
                    $($field: dictionary.get(&$id).map(|octets| well_formed::<$kind>(octets)).transpose()?,)*
                })
            }

            /// Adds those that are there to a dictionary.
            pub fn encode_into(&self, dictionary: &mut Dictionary) {
                $(if let Some(value) = &self.$field {
                    dictionary.insert($id, value.encode().into());
                })*
            }

            /// A dictionary with nothing but those that are there.
            pub fn dictionary(&self) -> Dictionary {
                let mut dictionary = Dictionary::new();
                self.encode_into(&mut dictionary);
                dictionary
            }

            /// The ids of those in which the two differ.
            pub fn differing(&self, other: &Self) -> Vec<u16> {
                let mut ids = Vec::new();
                $(if self.$field != other.$field {
                    ids.push($id);
                })*
                ids
            }
        }

        /// Whether the octets are a value of the component; none if the component has no rules here.
        pub(super) fn check_value(id: u16, octets: &[u8]) -> Option<Result<(), ComponentError>> {
            match id {
                $($id => Some(well_formed::<$kind>(octets).map(drop)),)*
                _ => None,
            }
        }
    };
}

components! {
    franking_agent: FrankingAgentData = FRANKING_AGENT, "franking_agent (proto §10.2).";
    metadata: RoomMetaData = ROOM_METADATA, "room_metadata (proto §7.6).";
    operational: OperationalParameters = MLS_OPERATIONAL_POLICY, "mls_operational_policy (room-policy §7.1).";
    preauth: PreAuthData = PREAUTH_LIST, "preauth_list (room-policy §4).";
    status_notification: StatusNotificationPolicy = STATUS_NOTIFICATION_POLICY,
        "status_notification_policy (room-policy §6.1).";
    join_link_policy: JoinLinkPolicy = JOIN_LINK_POLICY, "join_link_policy (room-policy §6.2).";
    join_links: JoinLinksData = JOIN_LINKS, "join_links (room-policy §6.2).";
    link_preview: LinkPreviewPolicy = LINK_PREVIEW_POLICY, "link_preview_policy (room-policy §6.3).";
    asset: AssetPolicy = ASSET_POLICY, "asset_policy (room-policy §6.4).";
    logging: LoggingPolicy = LOGGING_POLICY, "logging_policy (room-policy §6.5).";
    history: HistoryPolicy = CHAT_HISTORY_POLICY, "chat_history_policy (room-policy §6.6).";
    bots: BotPolicy = BOT_POLICY, "bot_policy (room-policy §6.7).";
    expiration: MessageExpiration = MESSAGE_EXPIRATION_POLICY, "message_expiration_policy (room-policy §6.8).";
}

fn well_formed<T: Wire + WellFormed>(octets: &[u8]) -> Result<T, ComponentError> {
    let value = T::decode(octets)?;
    value.check()?;
    Ok(value)
}
