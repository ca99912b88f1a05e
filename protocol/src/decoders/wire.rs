//! The structs of the wire.

use super::{Decoder, Surface, Verdict};
use crate::wire::Wire;
use crate::wire::abuse_report::*;
use crate::wire::app_data::*;
use crate::wire::asset_policy::*;
use crate::wire::base_room_policy::*;
use crate::wire::consent::*;
use crate::wire::franking::*;
use crate::wire::group_info::*;
use crate::wire::identifier_query::*;
use crate::wire::join_links::*;
use crate::wire::key_material::*;
use crate::wire::mls::*;
use crate::wire::mls_bytes::*;
use crate::wire::notify::*;
use crate::wire::operational_parameters::*;
use crate::wire::participant_list::*;
use crate::wire::policy::*;
use crate::wire::pre_auth::*;
use crate::wire::pseudonym::*;
use crate::wire::ratchet_tree::*;
use crate::wire::role_data::*;
use crate::wire::room_metadata::*;
use crate::wire::state_log::*;
use crate::wire::submit_message::*;
use crate::wire::update::*;
use crate::wire::voucher::*;
use crate::wire::{Flag, IdentifierUri, Opaque, Optionality, Protocol};

macro_rules! structs {
    ($($name:ty),+ $(,)?) => {
        &[$(Decoder { name: stringify!($name), read: canonical::<$name> }),+]
    };
}

/// The largest value for its octets is a tree's: each of its blank nodes is one octet.
pub(super) const SURFACE: Surface = Surface { name: "wire", decoders: STRUCTS, growth: 256 };

const STRUCTS: &[Decoder] = structs![
    AbuseReport,
    AbusiveMessage,
    AppDataDictionary,
    AppDataOperation,
    AppDataUpdate,
    AppMessagePolicy,
    AssetPolicy,
    AssetUploadLocation,
    BaseRoomPolicy,
    Bot,
    BotPolicy,
    Capabilities,
    Claim,
    ClaimId,
    ClientKeyMaterial,
    ComponentData,
    ComponentOctets,
    ConsentEntry,
    Credential,
    DownloadPrivacy,
    DownloadPrivacyType,
    ExpirationBounds,
    ExtendedCapabilities,
    Extension,
    ExternalSender,
    FanoutMessage,
    FieldSource,
    Flag,
    Frank,
    FrankAad,
    FrankingAgentData,
    FrankingIntegrityTbs,
    GroupInfoAnswer,
    GroupInfoBytes,
    GroupInfoOption,
    GroupInfoOutcome,
    GroupInfoRequest,
    GroupInfoRequestTbs,
    GroupInfoResponse,
    GroupInfoTree,
    HandshakeBundle,
    HistoryPolicy,
    HistorySharing,
    HpkeCiphertext,
    IdentifierQueryCode,
    IdentifierRequest,
    IdentifierResponse,
    IdentifierUri,
    IdentityLinkTbe,
    JoinLinkPolicy,
    JoinLinksData,
    JoinLinksUpdate,
    KeyMaterialRequest,
    KeyMaterialRequestTbs,
    KeyMaterialResponse,
    KeyMaterialUserCode,
    KeyPackageBytes,
    LinkPreviewPolicy,
    LinkPreviewProxy,
    LogKind,
    LogSnapshot,
    Logging,
    LoggingPolicy,
    MediaType,
    MessageExpiration,
    MinDefaultMaxTime,
    MlsBytes,
    NotifyRequest,
    Opaque,
    OperationalParameters,
    Optionality,
    Parameter,
    PartialGroupInfo,
    ParticipantListData,
    ParticipantListUpdate,
    PendingProposal,
    PendingProposalPolicy,
    PreAuthData,
    PreAuthRoleEntry,
    ProfileField,
    ProposalList,
    Protocol,
    ProviderAssetUploadDomains,
    PseudonymousCredential,
    PseudonymousCredentialTbs,
    QueryElement,
    RatchetTreeOption,
    RatchetTreePresence,
    RequiredCapabilities,
    RichDescription,
    RoleData,
    RoleEntry,
    RoomMetaData,
    SearchIdentifierType,
    ServerFrankingContext,
    SignContent,
    SingleSourceRoleChangeTargets,
    StateEvent,
    StateEventContent,
    StatusNotificationPolicy,
    SubmitMessageRequest,
    SubmitMessageResponse,
    SubmitOutcome,
    UpdateRoomResponse,
    UserIndexRolePair,
    UserProfile,
    UserRolePair,
    VouchedEvent,
    Voucher,
    VoucherTbs,
    WelcomeBytes,
];

fn canonical<T: Wire>(octets: &[u8]) -> Verdict {
    Verdict::on(T::decode(octets), |value| value.encode() == octets)
}
