//! The planted bugs: each one breaks a rule on purpose, so that the check of that rule can be seen to fire.

use serde::{Deserialize, Serialize};

/// A bug that a node is built with. Without the `museum` feature none of them is compiled in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutant {
    /// The hub answers before its record is durable, so that a crash lets it accept a second commit for an epoch (RACE-41:
    /// INV-04, and with it INV-03 and INV-25).
    AnswerBeforeDurable,
    /// Clients take users out of the list and leave their devices in the group, and the hub lets them (INV-01, INV-05, and with
    /// them INV-12 and INV-17).
    MembersWithoutEntry,
    /// Clients bring the devices of users of their own provider into the group without entering them in the list, and the
    /// hub lets them (PROTO-05: INV-01, INV-05).
    AddsWithoutEntry,
    /// Clients add users in a role that is not defined, and the hub lets them (INV-02, INV-05, INV-17).
    UndefinedRoles,
    /// A client takes no notice of participant list updates that only change roles (INV-03).
    IgnoresRoleChanges,
    /// The hub does not ask the policy (INV-05).
    NoAuthorisation,
    /// The hub does not look at what the room becomes: the limits of roles and room (POL-05: INV-05, INV-17).
    NoLimits,
    /// The hub accepts messages of users whose removal is pending (INV-06, INV-05).
    BlockedMaySend,
    /// A provider goes on delivering messages to a user that has left (INV-07).
    DeliversAfterRemoval,
    /// The hub fans out to each follower newest first (INV-08).
    ReordersFanOut,
    /// A member takes a commit although a proposal that it refers to has not come to it, and goes on without that (POL-60: INV-09,
    /// and with it INV-03).
    CommitsOutrunProposals,
    /// The symbolic engine decrypts what was encrypted in an epoch that the member has not come to (RACE-17: INV-09, and
    /// with it INV-28).
    ReadsAhead,
    /// A client encrypts a message anew when the answer to its submission is lost (INV-10).
    ReencryptsOnRetry,
    /// The hub forgets its outbox in a crash (INV-11, INV-25).
    ForgetsOutbox,
    /// A follower refuses a notify that it has processed already, so that the hub never gets past one whose 201 was lost
    /// (PROTO-53: INV-11, and in the models that rest stays reachable).
    RefusesRepetitions,
    /// Clients that join leave out what is pending, and the hub takes commits that do (PROTO-10, PROTO-58).
    LetsOmissions,
    /// Clients add one device of a user and leave the others out (ARCH-07).
    AddsOneDevice,
    /// The hub hands the GroupInfo to anybody who asks (PROTO-57).
    HandsToAnybody,
    /// The hub accepts messages of epochs that are over (POL-62).
    TakesOldEpochs,
    /// The hub judges an opening that it has refused anew when a duplicate of it comes (PROTO-04).
    ForgetsRefusals,
    /// A provider hands out key packages of clients that cannot do what the requester says the room requires (PROTO-24).
    IgnoresCapabilities,
    /// A provider forgets in a crash what it owes its own clients (ARCH-03).
    ForgetsInbox,
    /// No client sets out to commit what is pending (INV-12, INV-19).
    NobodyCommits,
    /// The hub lets users without canAddParticipant add others (POL-25: INV-05). Like it, each of those below breaks one rule of
    /// the room policy.
    AnybodyAdds,
    /// The hub lets users without canRemoveParticipant remove others (POL-31: INV-05).
    AnybodyRemoves,
    /// The hub lets users without canAddOwnClient bring devices (POL-26: INV-05).
    AnyDevice,
    /// The hub lets users without canRemoveOwnClient take devices out (POL-32: INV-05).
    AnyDeviceGoes,
    /// The hub lets users without canRemoveSelf leave (POL-33: INV-05).
    AnybodyLeaves,
    /// The hub lets users join who have no way in (POL-27, POL-28, POL-29, ARCH-23: INV-05).
    AnybodyJoins,
    /// The hub lets several users in by a join link that is for one (POL-22, RACE-31: INV-05).
    LinksForEverybody,
    /// The hub lets users in by join links that have expired (POL-22: INV-05).
    LinksNeverExpire,
    /// The hub lets users in by codes that are no join links of the room's (POL-29: INV-05).
    AnyLink,
    /// The hub opens a new group for a room that ended with its old one (POL-19; seen by a test: no invariant speaks of it).
    RoomsComeBack,
    /// The hub lets users without canKick take the clients of others out (POL-34: INV-05).
    AnybodyKicks,
    /// The hub lets users without canChangeUserRole change others' roles (POL-35: INV-05).
    AnybodyPromotes,
    /// The hub lets users without canChangeOwnRole change their own roles (POL-36: INV-05).
    AnybodyPromotesItself,
    /// The hub lets users without canBan ban others (POL-37: INV-05).
    AnybodyBans,
    /// The hub lets users without canUnban unban others (POL-38: INV-05).
    AnybodyUnbans,
    /// The hub lets users without canChangeRoleDefinitions define roles (POL-43: INV-05).
    AnybodyDefinesRoles,
    /// The hub lets users without canChangePreauthorizedUserList change the preauth_list (POL-43: INV-05).
    AnybodyPreauthorises,
    /// The hub lets users change the room's metadata whose capabilities do not cover all that changes (POL-39: INV-05).
    AnybodyRenames,
    /// The hub lets users without the capability for it change other policy (POL-43, POL-44: INV-05).
    AnybodyChangesPolicy,
    /// The hub does not ask for transitions (POL-06: INV-05).
    AnyTransition,
    /// The hub lets canBan and canUnban count in a room without a role named banned (POL-37, POL-38: INV-05).
    BansAnywhere,
    /// The hub takes another preauthorisation than the first match (POL-10, POL-28, POL-36: INV-05).
    AnyPreauthorisation,
    /// The hub lets members add clients of others who are listed already (POL-25, POL-26, OPEN-35: INV-05).
    AddsForeignClients,
    /// The hub lets clients of removed and banned users stay (POL-31, POL-33, POL-37: INV-05).
    ClientsRemain,
    /// The hub lets users come and go where membership is fixed (POL-14: INV-05).
    MembershipNotFixed,
    /// The hub opens a second room with fixed membership for the same users (POL-14, INV-27: INV-05).
    FixedRoomTwice,
    /// The hub takes new roles together with changes of the list (POL-07: INV-05).
    RolesWithList,
    /// The hub takes new preauthorisations together with additions to the list (POL-11: INV-05).
    PreauthWithList,
    /// The hub takes external proposals and commits where there are to be none (POL-63: INV-05).
    OpenToOutsiders,
    /// The hub of a room of minimal metadata lets users in by their names (PROTO-75: INV-05).
    NamesEverywhere,
    /// A node takes a pseudonymous credential whose user is another than that of its client (PROTO-75).
    TakesAnyPseudonym,
    /// A client that goes by a pseudonym says in the clear who it is (PROTO-74: INV-24).
    LinksInTheClear,
    /// The hub lets pseudonyms in everywhere (POL-18: INV-05).
    PseudonymsEverywhere,
    /// The hub takes policies that speak of roles that are not there (POL-23: INV-05).
    PolicyOfNobody,
    /// The hub keeps several join links where one is kept (POL-22: INV-05).
    ManyJoinLinks,
    /// The hub lets others than the parent's participants into a child (POL-15, INV-26: INV-05).
    ChildOutgrowsParent,
    /// The hub does not ask its own envelope (ARCH-26; seen by a test of the hub: nobody else knows the envelope).
    NoEnvelope,
    /// The hub lets users have several devices where one each is allowed (POL-16: INV-05).
    SeveralDevices,
    /// The hub lets rooms outgrow max_clients and max_users (POL-17: INV-05).
    RoomWithoutLimits,
    /// The hub takes roles under which a participant has none (POL-04, POL-08: INV-05).
    OrphansRoles,
    /// The hub does not count who has which role (POL-05: INV-05).
    RolesWithoutBounds,
    /// The hub takes messages of users without canSendMessage (POL-40: INV-05).
    AnybodySends,
    /// The hub takes two updates of the metadata in one commit (PROTO-86: INV-05).
    MetadataTwice,
    /// The hub lets clients act whose users are not in the list (POL-30: INV-05, INV-01).
    OutsidersAct,
    /// The hub does not ask the policy where its own users act (ARCH-25: INV-05).
    FavoursOwnUsers,
    /// The hub takes whoever acts for the first user in the list (ARCH-31: INV-05).
    MistakesTheActor,
    /// The hub takes users into the list together with clients of theirs alone, and the other way round (ARCH-20, ARCH-21,
    /// PROTO-83).
    UsersWithClientsAlone,
    /// A follower accepts messages itself (ARCH-02).
    FollowersDecide,
    /// Clients ask the hub of a room instead of their own provider (ARCH-12).
    AsksTheHub,
    /// A provider opens rooms under the domains of others (ARCH-41).
    OpensForeignRooms,
    /// The hub takes commits and proposals for messages (PROTO-28).
    TakesCommitsAsMessages,
    /// The hub takes commits that come without the Welcome for those whom they add (PROTO-32).
    MissesWelcomes,
    /// The hub names another epoch than its own to who is in the wrong one (PROTO-33).
    MisnamesEpochs,
    /// Clients send messages of any kind (POL-41).
    SendsAnyKind,
    /// Some clients send messages of any kind, and show them, as others do not (POL-41, POL-42: INV-34).
    ShowsAnyKind,
    /// The hub takes proposals that cannot be committed beside what is pending (INV-18).
    AcceptsConflicts,
    /// The hub lets banned users join (INV-31, INV-05, INV-06, INV-17).
    BannedMayJoin,
    /// The hub lets users back in whose removal is pending, if their commit voids it (RACE-07: INV-05, INV-06).
    ResyncsTheRemoved,
    /// The hub goes on handing out the GroupInfo with which the room was opened (INV-32).
    StaleGroupInfo,
    /// The hub does not look at the signature of a GroupInfo of which it gets a part, so that nobody can join by it (MLS-21,
    /// RACE-33: INV-32).
    TakesAnyPartial,
    /// Who joins does not look at the signature of a ratchet tree that it has fetched from the web (MLS-21: INV-32).
    TakesAnyTree,
    /// A client whose own proposals are under way when it should commit what is pending does not come back to that when they are
    /// refused (RACE-29; what the models see).
    ForgetsWhatIsPending,
    /// The engine over OpenMLS stores no proposal that it is given to keep, so that its commits leave them out (PROTO-10; what the
    /// twins of the models see).
    KeepsNoProposals,
    /// A client that has asked something takes the late answer to another question for the answer (proto §5.2, §5.6).
    TakesLateAnswers,
    /// Clients report what nobody has said, and the hub believes all reports (PROTO-69: INV-22).
    BelievesReports,
    /// Followers alter the time of stamped messages, and clients do not look at stamps (PROTO-41: INV-22).
    TakesAnyStamp,
    /// The hub fans out with each stamp what it was made over: who has sent the message, too (PROTO-34, PROTO-42: INV-24).
    FansOutSenders,
    /// Clients ask for stamps on something else than they send (PROTO-43; whoever reads it puts it aside).
    TagsOtherContent,
    /// A follower hands messages in under the name of another of its users (RACE-28; what receivers see by the stamp, if there
    /// is one).
    VouchesForOthers,
    /// The hub accepts proposals and goes on as if nothing had changed (INV-33, INV-05).
    ForgetsPendingState,
    /// The hub delivers the Welcome of a commit that it refuses (INV-15, and with it INV-03).
    LeaksWelcome,
    /// The hub forgets its own orders when an external commit has voided its proposals (PROTO-47, RACE-07: INV-13).
    ForgetsReissue,
    /// The hub sends the proposals that it makes again on their own, behind the commit that voided them, so that a member can
    /// commit in between (PROTO-47).
    NoStaple,
    /// The hub goes by the first group of a room when another has taken its place (ARCH-04).
    KeepsFirstGroup,
    /// With hub-proposes, the hub leaves those who have left a parent room in its children (POL-15: INV-26).
    KeepsOrphans,
    /// Servers stay in external_senders when their last participant has gone (PROTO-81: INV-16).
    KeepsSenders,
    /// With hub-log, the hub takes a state event for a place in its log that another one has (INV-04).
    SamePlaceTwice,
    /// With hub-log, the hub does not look at the signatures of state events (ARCH-36, ARCH-42).
    TakesUnsignedEvents,
    /// With hub-log, followers and clients do not look at the signatures of the state events that the hub hands them (ARCH-36,
    /// and with an altered event INV-03). With `event-authentication = origin`, followers do not look at those of the servers that
    /// events come from (INV-21).
    TrustsTheHub,
    /// With `event-authentication = origin`, the hub says of events that they come from another server (ARCH-36; followers refuse
    /// them).
    ForgesOrigins,
    /// With hub-log, clients add the devices of users without entering these in the list, and the hub takes the commits
    /// (ARCH-19: INV-01, INV-05).
    AddsBesideTheList,
    /// With hub-log, the hub tells those who join of one event less than the state beside it has (RACE-58: INV-03).
    MixedSnapshot,
    /// A provider that asks for consent hands out key packages without it (INV-23).
    IgnoresConsent,
    /// A provider takes no notice of revokes (INV-23).
    IgnoresRevokes,
    /// Users, and servers, speak for others about consent (PROTO-60: INV-23).
    AnybodyConsents,
    /// A discreet provider tells of users who are no more, and of rooms that they have consented to (PROTO-26).
    TellsOnUsers,
    /// A follower takes events from anybody (INV-20).
    NotifiedByAnybody,
    /// A provider takes for the source of a request whom the From header names, whatever the connection says (PROTO-12, PROTO-13).
    BelievesFrom,
    /// Providers and hubs do not look at the signatures of requests for key packages and GroupInfos (PROTO-23, PROTO-55).
    TakesUnsignedRequests,
    /// Whoever asks for a GroupInfo does not look at the hub's signature on it (PROTO-56).
    TakesAnyGroupInfo,
    /// A provider tells of users who do not let themselves be found (PROTO-67).
    FindsTheHidden,
    /// Clients fetch assets from where they lie (PROTO-71).
    DownloadsDirectly,
    /// The hub fetches for its peers whatever they ask for, by its proxy and as a gateway of Oblivious HTTP (PROTO-72, PROTO-73).
    OpenProxy,
    /// Clients let their providers see what they fetch, where the room wants it fetched by Oblivious HTTP (PROTO-73).
    DownloadsInTheClear,
    /// Clients take any key for the gateway's of Oblivious HTTP that their providers hand them (PROTO-73).
    TakesAnyGatewayKey,
    /// A provider goes on handing out key packages of a signature key that its client has replaced (ID-06).
    KeepsOldKeyPackages,
    /// A provider hands out each key package again and again (PROTO-25: INV-14).
    HandsOutTwice,
    /// A provider hands out key packages of last resort while others are left (MLS-15, OPEN-10: INV-14).
    LastResortFirst,
    /// The path of a client's commits cannot be read by one of the members (MLS-19, RACE-38; seen by a story: everybody else agrees).
    ShutsOut,
    /// A provider hands out key packages whose lifetime is over (PROTO-25: INV-14).
    HandsOutExpired,
    /// Clients add others with key packages that are not valid now (MLS-16: INV-14).
    UsesExpired,
    /// Clients add whoever a key package is of, in the place of the user whose they asked for (ID-04).
    TakesAnybodysKeyPackages,
    /// The hub takes commits that the policy forbids, while everybody else goes by it (arch §4.4, OPEN-34: INV-05).
    HubOverlooksPolicy,
    /// Clients join rooms with policy components that they do not know (POL-20; seen by a test: no invariant knows what a client
    /// knows).
    JoinsUnprepared,
    /// Some clients claim to be somebody else in what they send, and all believe it (INV-21).
    BelievesTheClaim,
    /// The symbolic engine decrypts what was encrypted in the same epoch of another history (INV-28).
    ReadsAnyBranch,
    /// A follower processes a notify again that is repeated (PROTO-53: INV-29).
    ProcessesRepetitions,
    /// The hub asks a follower again that is too busy for it, whatever that has said (PROTO-53).
    IgnoresRetryAfter,
    /// The hub's timestamps jump to and fro (INV-30).
    JumpsInTime,
    /// Only the first new version of a message is shown (CONT-07).
    FirstEditStands,
    /// Messages that were taken back, and reactions that were withdrawn, are shown all the same (CONT-18).
    ShowsTheDeleted,
    /// Every message has the same salt (CONT-04).
    SaltsAlike,
    /// Of what a user says of a message the first counts (STAT-02).
    FirstReportCounts,
    /// A client cannot stand its own messages (PROTO-50).
    ChokesOnEchoes,
    /// A query finds whoever fits one of its terms (PROTO-66).
    OneTermIsEnough,
    /// A hub keeps its own proposals to itself (PROTO-46).
    KeepsOwnProposals,
    /// Clients that a commit removes are not told of it (PROTO-51).
    RemovesInSilence,
    /// A Welcome goes to all followers (PROTO-45).
    WelcomesEverywhere,
    /// A discreet provider says that somebody whom it is asked for consent of is none of its users (PROTO-62).
    TellsWhoExists,
    /// The key packages that go with a grant are given away again (PROTO-63: INV-14).
    GrantsTheSame,
    /// A hub does not remember where key packages are from (PROTO-27).
    ForgetsRoutes,
    /// A provider does not remember whose the key packages are that it has given away (PROTO-27).
    ForgetsOwners,
    /// Key packages are asked for without the hub (PROTO-21).
    AsksPastTheHub,
    /// A member does not check the confirmation tag of a commit (MLS-01, ARCH-32).
    IgnoresConfirmations,
    /// Two proposals of a commit may be about one leaf (MLS-03).
    TouchesLeavesTwice,
    /// An external commit may remove anybody (MLS-04).
    JoinersRemoveOthers,
    /// Adds of a commit take effect before its removals (MLS-05).
    AddsBeforeRemoves,
    /// An Update may bring another client's credential (ID-06).
    SwapsCredentials,
    /// The path of a commit may bring another client's credential (ID-06).
    CommitsAsAnother,
    /// A leaf may be that of a client that nobody knows (ID-04).
    TakesUnknownClients,
    /// A member goes on in the epoch that it was removed with (MLS-06, ARCH-17).
    GoesOnRemoved,
    /// A member says something while proposals are pending (MLS-09).
    SpeaksOverProposals,
    /// An external sender may propose to leave (MLS-10).
    ServersLeave,
    /// It does not matter who has signed a handshake message (ARCH-28, ARCH-33).
    TakesAnySender,
    /// The application gets the updates of a commit one by one (MLS-11).
    UpdatesOneByOne,
    /// A message is decrypted as often as it comes (MLS-17).
    DecryptsTwice,
    /// Epochs of one number are alike, whatever commits have led there (MLS-18).
    ForgetsHistory,
    /// A client's delays depend on what else the process has done (determinism itself).
    LeaksProcessState,
}

/// The planted bug of a node, if any: a constant without the `museum` feature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Planted {
    #[cfg(feature = "museum")]
    mutant: Option<Mutant>,
}

impl Planted {
    /// No bug.
    pub const NONE: Self = Self {
        #[cfg(feature = "museum")]
        mutant: None,
    };

    /// Plants `mutant`.
    #[cfg(feature = "museum")]
    pub const fn new(mutant: Mutant) -> Self {
        Self { mutant: Some(mutant) }
    }

    /// What `LeaksProcessState` adds to a delay: how often that was asked in this process. Else nothing.
    pub fn leaked_ms(self) -> u64 {
        #[cfg(feature = "museum")]
        if self.is(Mutant::LeaksProcessState) {
            static ASKED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
            return ASKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        0
    }

    /// Whether `mutant` is the planted bug.
    #[inline]
    pub fn is(self, mutant: Mutant) -> bool {
        #[cfg(feature = "museum")]
        return self.mutant == Some(mutant);
        #[cfg(not(feature = "museum"))]
        {
            let _ = mutant;
            false
        }
    }
}
