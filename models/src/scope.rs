//! The scopes: how large a world is explored, and what must be seen in it.

use crate::room::Witness::{self, *};
use crate::worlds;
use mimic_protocol::node::{Action, Deed};
use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::readings::Preset;
use mimic_protocol::{ChangeId, ClientId, Directory, NodeId, Plans, ProviderId, UserId};

/// Alice, whose provider is the hub, and who has created the room.
pub(crate) const ALICE: UserId = UserId(0);
/// Bob, at the first follower.
pub(crate) const BOB: UserId = UserId(1);
/// Cathy, at the second follower.
pub(crate) const CATHY: UserId = UserId(2);
/// The first device of each user, in this order.
pub(crate) const PHONES: [ClientId; 3] = [ClientId(0), ClientId(1), ClientId(2)];
/// The second device, where a scope has one.
pub(crate) const TABLET: ClientId = ClientId(3);

const ALICES: NodeId = NodeId::Client(PHONES[0]);
const BOBS: NodeId = NodeId::Client(PHONES[1]);
const CATHYS: NodeId = NodeId::Client(PHONES[2]);
const TABLETS: NodeId = NodeId::Client(TABLET);
const HUBS: NodeId = NodeId::Provider(ProviderId(0));

/// A second device of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tablet {
    /// Nobody has one.
    None,
    /// The user is a member with it.
    Member(UserId),
    /// The user gets it when the room is there.
    New(UserId),
}

/// What can go wrong with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Faults {
    /// How often, all kinds together.
    pub budget: u8,
    /// It is lost, and its exchange fails.
    pub lose: bool,
    /// It comes twice.
    pub double: bool,
    /// Its exchange fails before it comes.
    pub late: bool,
}

/// A bounded world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// Its name.
    pub name: &'static str,
    /// What it is about, in a line.
    pub about: &'static str,
    /// How the drafts are read, unless somebody says otherwise.
    pub preset: Preset,
    /// What users have in mind: as what the room is created, and which changes of policy there are.
    pub plans: fn(&Directory) -> Plans,
    /// Bob's role; a member from the start.
    pub bob: u32,
    /// Cathy's role, if she is a member from the start.
    pub cathy: Option<u32>,
    /// Who has a second device.
    pub tablet: Tablet,
    /// The stories: two wishes can come in one run if they stand in one story, and each comes at most once.
    pub stories: &'static [&'static [Wish]],
    /// How many wishes may be stated.
    pub operations: u8,
    /// What can go wrong with packets.
    pub faults: Faults,
    /// How often the hub may crash.
    pub crashes: u8,
    /// How many of all these things, wishes, packet faults and crashes, may come together in one run.
    pub together: u8,
    /// The invariants that have nothing to look at, and why.
    pub unjudged: &'static [(&'static str, &'static str)],
    /// What must be seen.
    pub must_see: &'static [&'static [Witness]],
}

/// A wish: the device that a user tells, or the server that its operator tells, and what it is told.
pub(crate) type Wish = (NodeId, Action);

const NO_FAULTS: Faults = Faults { budget: 0, lose: false, double: false, late: false };

const ALICE_TAKES_KEYS: Wish = (ALICES, Action::UpdateKeys);
const ALICE_BANS_BOB: Wish = (ALICES, Action::Ban(BOB));
const ALICE_PROMOTES_BOB: Wish = (ALICES, Action::ChangeRole(BOB, GROUP_ADMIN));
const ALICE_REMOVES_BOB: Wish = (ALICES, Action::Remove(BOB));
const BOB_TAKES_KEYS: Wish = (BOBS, Action::UpdateKeys);
const BOB_ADDS_CATHY: Wish = (BOBS, Action::Add(CATHY, ORDINARY_USER));
const BOB_BANS_CATHY: Wish = (BOBS, Action::Ban(CATHY));
const BOB_LEAVES: Wish = (BOBS, Action::Leave);
const CATHY_TAKES_KEYS: Wish = (CATHYS, Action::UpdateKeys);
const TABLET_JOINS: Wish = (TABLETS, Action::JoinOwnDevice);
const TABLET_SPEAKS: Wish = (TABLETS, Action::Send(1));
const TABLET_JOINS_BY_ITSELF: Wish = (TABLETS, Action::Join(ORDINARY_USER, None));
const CATHY_JOINS_BY_HERSELF: Wish = (CATHYS, Action::Join(ORDINARY_USER, None));
const ALICE_BANS_CATHY: Wish = (ALICES, Action::Ban(CATHY));
const ALICE_CLOSES_THE_ROOM: Wish = (ALICES, Action::Do(Deed::ChangePolicy(ChangeId(0))));
const HUB_REMOVES_BOB: Wish = (HUBS, Action::Remove(BOB));
const BOB_SPEAKS: Wish = (BOBS, Action::Send(1));

/// What every scope shows.
const EVERYWHERE: &[Witness] =
    &[Request, Response, Commit, FannedOut, Notified, Queued, Applied, Done, WrongEpoch, Overtaking];

/// A scope without faults and crashes, to be written over.
const QUIET: Scope = Scope {
    name: "",
    about: "",
    preset: Preset::AtAccept,
    plans: worlds::plain,
    bob: ORDINARY_USER,
    cathy: None,
    tablet: Tablet::None,
    stories: &[],
    operations: 2,
    faults: NO_FAULTS,
    crashes: 0,
    together: 2,
    unjudged: &[],
    must_see: &[],
};

/// The scopes of the room, the default one first.
pub(crate) static SCOPES: &[Scope] = &[
    Scope {
        name: "default",
        about: "all of these races, with at most one packet lost or doubled and one crash of the hub",
        tablet: Tablet::New(BOB),
        stories: &[
            &[ALICE_TAKES_KEYS, BOB_TAKES_KEYS],
            &[ALICE_REMOVES_BOB, BOB_ADDS_CATHY],
            &[ALICE_TAKES_KEYS, BOB_LEAVES],
            &[ALICE_BANS_BOB, TABLET_JOINS],
            &[ALICE_TAKES_KEYS, TABLET_JOINS],
        ],
        faults: Faults { budget: 1, lose: true, double: true, late: false },
        crashes: 1,
        together: 3,
        must_see: &[
            EVERYWHERE,
            &[
                WantsAdd,
                WantsRemove,
                WantsBan,
                WantsLeave,
                WantsDevice,
                WantsKeys,
                Failed,
                Wake,
                Restart,
                Join,
                Proposals,
                Joined,
                Left,
                Omission,
                NoGroupInfo,
                Pointless,
                NotAuthorized,
                RaceOfCommits,
                RaceOfAddAndRemove,
                RaceOfLeaveAndCommit,
                RaceOfDeviceAndBan,
                LostRequest,
                LostResponse,
                Doubled,
                CrashBeforeDurable,
                CrashAfterDurable,
                CrashBetweenSteps,
            ],
        ],
        ..QUIET
    },
    Scope {
        name: "race",
        about: "members of three providers commit for one epoch",
        cathy: Some(ORDINARY_USER),
        stories: &[&[ALICE_TAKES_KEYS, BOB_TAKES_KEYS, CATHY_TAKES_KEYS]],
        unjudged: &[("INV-06", "nobody is removed")],
        must_see: &[EVERYWHERE, &[WantsKeys, RaceOfCommits]],
        ..QUIET
    },
    Scope {
        name: "add-remove",
        about: "a member adds a user while another removes that member",
        stories: &[&[ALICE_REMOVES_BOB, BOB_ADDS_CATHY]],
        unjudged: &[("INV-06", "nothing is accepted after the removal")],
        must_see: &[
            EVERYWHERE,
            &[WantsAdd, WantsRemove, Joined, Left, Pointless, RaceOfCommits, RaceOfAddAndRemove],
        ],
        ..QUIET
    },
    Scope {
        name: "leave-commit",
        about: "a leave and a commit cross, or a leave and what the leaver's other device says",
        tablet: Tablet::Member(BOB),
        stories: &[&[BOB_LEAVES, ALICE_TAKES_KEYS, TABLET_SPEAKS]],
        must_see: &[
            EVERYWHERE,
            &[
                WantsLeave,
                WantsKeys,
                WantsSend,
                Wake,
                Proposals,
                Message,
                Read,
                Left,
                Blocked,
                Omission,
                Pointless,
                NotAllowed,
                RaceOfLeaveAndCommit,
            ],
        ],
        ..QUIET
    },
    Scope {
        name: "device-ban",
        about: "a new device joins while its user is banned",
        tablet: Tablet::New(BOB),
        stories: &[&[ALICE_BANS_BOB, TABLET_JOINS]],
        unjudged: &[("INV-06", "nothing is accepted after the ban")],
        must_see: &[
            EVERYWHERE,
            &[
                WantsBan,
                WantsDevice,
                Wake,
                Join,
                Joined,
                Left,
                NoGroupInfo,
                NotAuthorized,
                RaceOfCommits,
                RaceOfDeviceAndBan,
            ],
        ],
        ..QUIET
    },
    Scope {
        name: "role-change",
        about: "a member bans another while it is given the role that lets it",
        cathy: Some(ORDINARY_USER),
        stories: &[&[ALICE_PROMOTES_BOB, BOB_BANS_CATHY]],
        unjudged: &[("INV-06", "nothing is accepted after the ban")],
        must_see: &[EVERYWHERE, &[WantsBan, WantsRole, Wake, Left, Denied, NotAllowed, RaceOfCommits]],
        ..QUIET
    },
    Scope {
        name: "hub-crash",
        about: "two commits, answers that may be lost or late, and a hub that may crash over them",
        stories: &[&[BOB_TAKES_KEYS, ALICE_TAKES_KEYS]],
        faults: Faults { budget: 1, lose: true, double: false, late: true },
        crashes: 1,
        together: 3,
        unjudged: &[("INV-06", "nobody is removed")],
        must_see: &[
            EVERYWHERE,
            &[
                WantsKeys,
                Failed,
                Wake,
                Restart,
                RaceOfCommits,
                LostRequest,
                LostResponse,
                Late,
                CrashBeforeDurable,
                CrashAfterDurable,
                CrashBetweenSteps,
            ],
        ],
        ..QUIET
    },
    Scope {
        name: "enforcer",
        about: "the hub takes a member out, while an external join voids its proposals and members commit",
        plans: worlds::enforced,
        tablet: Tablet::New(ALICE),
        stories: &[&[HUB_REMOVES_BOB, TABLET_JOINS, ALICE_TAKES_KEYS], &[HUB_REMOVES_BOB, BOB_SPEAKS]],
        must_see: &[
            EVERYWHERE,
            &[
                WantsEnforcement,
                WantsDevice,
                WantsKeys,
                WantsSend,
                Wake,
                Join,
                ServersProposals,
                Reissued,
                Message,
                Joined,
                Read,
                Left,
                Blocked,
                Omission,
                Pointless,
                NotAllowed,
                RaceOfCommits,
            ],
        ],
        ..QUIET
    },
    Scope {
        name: "open-join",
        about: "a user joins an open room by herself, with two devices at once, or is banned once she is in",
        plans: worlds::open,
        tablet: Tablet::New(CATHY),
        stories: &[&[CATHY_JOINS_BY_HERSELF, TABLET_JOINS_BY_ITSELF, ALICE_BANS_CATHY]],
        unjudged: &[("INV-06", "nothing is accepted after the ban")],
        must_see: &[EVERYWHERE, &[WantsJoin, WantsBan, Wake, Join, Joined, Left, Pointless, RaceOfCommits]],
        ..QUIET
    },
    Scope {
        name: "hub-log",
        about: "the room's state is in the hub's logs: the policy changes, or a user is banned, while members commit",
        preset: Preset::Independent,
        plans: worlds::closing,
        stories: &[
            &[ALICE_CLOSES_THE_ROOM, BOB_ADDS_CATHY],
            &[ALICE_CLOSES_THE_ROOM, BOB_TAKES_KEYS],
            &[ALICE_BANS_BOB, BOB_TAKES_KEYS],
        ],
        must_see: &[
            EVERYWHERE,
            &[
                WantsPolicy,
                WantsAdd,
                WantsBan,
                WantsKeys,
                Wake,
                StateEvent,
                Joined,
                Left,
                Blocked,
                Denied,
                NoGroupInfo,
                Pointless,
                NotAllowed,
                NotAuthorized,
                RaceOfCommits,
                RaceOfStateAndCommit,
            ],
        ],
        ..QUIET
    },
];

impl Scope {
    /// What users may want in some story, each once.
    pub fn wishes(&self) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = Vec::new();
        for wish in self.stories.iter().copied().flatten() {
            if !wishes.contains(wish) {
                wishes.push(*wish);
            }
        }
        wishes
    }

    /// Whether both wishes can come in one run.
    pub fn belong_together(&self, one: Wish, other: Wish) -> bool {
        self.stories.iter().any(|story| story.contains(&one) && story.contains(&other))
    }
}
