//! What can be observed in the steps of a run.

use serde::{Deserialize, Serialize};

macro_rules! sights {
    ($($(#[doc = $text:literal])+ $name:ident,)*) => {
        /// Something that the steps of a run can show. A name in `spec/coverage.toml` is one of these in kebab case.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Sight {
            $($(#[doc = $text])+ $name,)*
        }

        impl Sight {
            /// All of them.
            pub const ALL: &[Sight] = &[$(Sight::$name,)*];
        }
    };
}

sights! {
    /// A hub opens a room.
    RoomOpened,
    /// A hub accepts a member's commit.
    CommitAccepted,
    /// A hub accepts a commit that refers to proposals from before.
    PendingCommitted,
    /// A hub accepts an external commit.
    ExternalCommitAccepted,
    /// A hub accepts an external commit while proposals are pending.
    ExternalCommitOverPending,
    /// A hub accepts a batch of proposals.
    ProposalsAccepted,
    /// A hub accepts several proposals as one batch.
    BatchAccepted,
    /// A hub accepts that a user leaves with its devices.
    LeaveAccepted,
    /// A server proposes as an external sender, and the hub accepts it.
    ServerProposed,
    /// A hub makes proposals anew in the epoch that a commit begins, and staples them to it.
    ProposalsStapled,
    /// A commit changes external_senders.
    ExternalSendersChanged,
    /// With hub-log, a hub accepts a state event.
    StateEventAccepted,
    /// With hub-log, clients of a user who is no participant any more stay behind after a state event.
    LeavesOutlastUser,
    /// With hub-log, a commit takes out the last client of a user who was no participant any more.
    GroupRealigned,
    /// A hub accepts an application message.
    MessageAccepted,
    /// A commit enters a user in the list and its clients in the group.
    UserAddedWithClients,
    /// A commit enters a user in the list, and none of its clients in the group.
    UserAddedWithoutClients,
    /// A commit takes a user out of the list and its clients out of the group.
    UserRemoved,
    /// A commit gives a user role 1, and takes its clients out of the group.
    UserBanned,
    /// A commit takes a user out of role 1.
    UserUnbanned,
    /// A commit gives a user another role, neither from nor to role 1.
    RoleChanged,
    /// A commit brings in a client of a user who is in the list already.
    DeviceAdded,
    /// A commit leaves a user in the list who has no client in the group and is not banned.
    InactiveParticipant,
    /// An external commit enters its sender in the list.
    UserJoined,
    /// A user that joins had shown a join link.
    JoinLinkUsed,
    /// An external commit takes the place of the joiner's own old leaf.
    LeafReplaced,
    /// A commit takes clients of another user out, who stays in the list.
    UserKicked,
    /// A commit takes a client out for its own user, who stays in the list.
    OwnClientRemoved,
    /// A commit replaces the roles.
    RolesUpdated,
    /// A commit replaces the preauthorisations.
    PreauthUpdated,
    /// A commit replaces the base policy.
    BasePolicyUpdated,
    /// A commit replaces the metadata.
    MetadataUpdated,
    /// A commit changes the join links.
    JoinLinksUpdated,
    /// A commit replaces the operational parameters.
    OperationalPolicyUpdated,
    /// A commit replaces or removes another component.
    OtherPolicyUpdated,
    /// A hub's effective state is ahead of the committed one.
    EffectiveAhead,
    /// A member's removal or ban awaits its commit.
    UserBlocked,
    /// A hub puts an event into a follower's outbox.
    FannedOut,
    /// A follower processes a notify.
    Notified,
    /// A follower takes an event on the word of the server that it comes from.
    OriginProven,
    /// A follower is notified of what it has processed already.
    NotifyRepeated,
    /// A follower is too busy for a notify.
    NotifyTurnedAway,
    /// A hub tries again to notify a follower.
    NotifyRetried,
    /// A follower passes a client's request on to the hub.
    RequestRelayed,
    /// A provider hands out a key package that it has never handed out.
    KeyPackageHandedOut,
    /// A provider hands out a key package of last resort.
    LastResortHandedOut,
    /// A client takes another signature key.
    SignatureKeyChanged,
    /// A client gets an answer to its request for key packages.
    KeyPackagesAnswered,
    /// A hub rebuilds a GroupInfo from the part that came with a commit.
    GroupInfoRebuilt,
    /// A client fetches the ratchet tree from the web.
    TreeFetched,
    /// A client gets an answer to its request for the GroupInfo.
    GroupInfoAnswered,
    /// A client joins by a Welcome.
    JoinedByWelcome,
    /// A client joins by its own external commit.
    JoinedByCommit,
    /// A client applies a commit.
    CommitApplied,
    /// A client reads a message.
    MessageRead,
    /// A client puts a message aside whose kind its sender's role does not cover.
    MessageDiscarded,
    /// A client or a follower does not take what the hub has accepted.
    Objected,
    /// A client puts a message aside that makes no sense, or that nobody may send.
    MessagePutAside,
    /// A message changes what a client shows in the place of an earlier one.
    MessageEdited,
    /// A message takes an earlier one back.
    MessageTakenBack,
    /// A client learns what has become of messages of its user.
    StatusReported,
    /// A provider hands out no key packages for want of consent.
    KeyPackageWithheld,
    /// A user grants consent.
    ConsentGranted,
    /// A user revokes consent, or denies it.
    ConsentRevoked,
    /// A provider is asked for consent.
    ConsentRequested,
    /// A request for consent is cancelled.
    ConsentCancelled,
    /// A provider hears from another one that consent was granted or revoked.
    ConsentTold,
    /// A hub finds a report of abuse to be true.
    ReportBelieved,
    /// A hub finds a report of abuse not to be proven.
    ReportRefuted,
    /// A provider finds a user for somebody who asks.
    UserFound,
    /// A provider finds nobody, or does not answer such a query.
    NobodyFound,
    /// A provider learns where the endpoints of another are.
    DirectoryFetched,
    /// A hub or the provider of an asset is asked for it.
    DownloadProxied,
    /// A gateway of Oblivious HTTP or the provider of an asset is asked for it.
    DownloadOblivious,
    /// A gateway of Oblivious HTTP is asked what its key is.
    GatewayKeyFetched,
    /// A client fetches an asset.
    AssetFetched,
    /// A participant sees who is behind a pseudonym.
    PseudonymRecognised,
    /// A client's own event comes back to it.
    OwnEventEchoed,
    /// A client learns of its removal.
    RemovalLearnt,
    /// A client cannot process an event.
    Unprocessable,
    /// The random delay before a commit of what is pending is over.
    CommitDelayOver,
    /// A client takes up again what it could not finish.
    IntentRetried,
    /// An exchange fails: it is unknown whether it had an effect.
    ExchangeFailed,
    /// A message comes a second time.
    DuplicateHandled,
    /// A hub crashes.
    HubCrashed,
    /// A follower crashes.
    FollowerCrashed,
    /// A client crashes.
    ClientCrashed,
    /// Rejected: the room is not there.
    RejectedNoSuchRoom,
    /// Rejected: of another epoch.
    RejectedWrongEpoch,
    /// Rejected: with hub-log, the state event builds on another place in its log.
    RejectedWrongSequence,
    /// Rejected: nobody vouches for the event.
    RejectedBadSignature,
    /// Rejected: not valid MLS.
    RejectedMls,
    /// Rejected: the sender is on its way out, or no participant.
    RejectedBlocked,
    /// Rejected: a pending proposal is left out.
    RejectedOmission,
    /// Rejected: the policy forbids it.
    RejectedDenied,
    /// Rejected: the state after it would not be valid.
    RejectedInvalidAfter,
    /// A hub rejects a commit with a key package that is not valid now.
    RejectedOutOfLifetime,
    /// Rejected: no route for its Welcome.
    RejectedNoRoute,
    /// Rejected: its GroupInfo does not fit.
    RejectedBadGroupInfo,
    /// Rejected: the requester may not have it.
    RejectedNotAuthorized,
    /// Refused: the user has no key package left.
    RefusedNoKeyMaterial,
}

impl Sight {
    /// Its name in the data files.
    pub fn name(self) -> String {
        // A unit variant is written as its name.
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}
