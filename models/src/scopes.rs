//! The named scopes: the races of the catalogue, and what must be seen in each.

use crate::room::Witness::{self, *};
use crate::scope::{ALICE, BOB, Byzantine, CATHY, Faults, Person, Scope, Second, Unjudging, Wish};
use crate::worlds::{Change, World};
use mimic_protocol::node::{Action, Deed};
use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::readings::Preset;
use mimic_protocol::{ChangeId, ClientId, NodeId, ProviderId, UserId};

const ALICES: NodeId = NodeId::Client(ClientId(0));
const BOBS: NodeId = NodeId::Client(ClientId(1));
const CATHYS: NodeId = NodeId::Client(ClientId(2));
const TABLETS: NodeId = NodeId::Client(ClientId(3));
const HUBS: NodeId = NodeId::Provider(ProviderId(0));

/// The second device, where a scope has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tablet {
    /// Nobody has one.
    None,
    /// The user is a member with it.
    Member(UserId),
    /// The user gets it when the room is there.
    New(UserId),
}

/// A scope with a name: three providers with a user each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// Its name.
    pub name: &'static str,
    /// What it is about, in a line.
    pub about: &'static str,
    preset: Preset,
    world: World,
    /// Bob's role; a member from the start.
    bob: u32,
    /// Cathy's role, if she is a member from the start.
    cathy: Option<u32>,
    tablet: Tablet,
    stories: &'static [&'static [Wish]],
    operations: u8,
    faults: Faults,
    byzantine: Byzantine,
    together: u8,
    unjudged: &'static [(&'static str, &'static str)],
    must_see: &'static [&'static [Witness]],
}

const NO_FAULTS: Faults =
    Faults { budget: 0, lose: false, double: false, late: false, crashes: 0, one_budget: false };

const HONEST: Byzantine =
    Byzantine { budget: 0, fork: false, withhold: false, roll_back: false, replay: false };

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
const ALICE_LEAVES: Wish = (ALICES, Action::Leave);
const TABLET_LEAVES: Wish = (TABLETS, Action::Leave);
const TABLET_PROMOTES_CATHY: Wish = (TABLETS, Action::ChangeRole(CATHY, GROUP_ADMIN));
const TABLET_UNBANS_BOB: Wish = (TABLETS, Action::ChangeRole(BOB, ORDINARY_USER));

/// What is seen where a hub shows two histories, and members commit and speak in them.
const TWO_BRANCHES: &[Witness] = &[
    WantsKeys,
    WantsSend,
    Join,
    Message,
    Joined,
    Read,
    Unprocessable,
    InvalidMls,
    Denied,
    NotAllowed,
    RaceOfCommits,
];

/// What every scope shows.
const EVERYWHERE: &[Witness] =
    &[Request, Response, Commit, FannedOut, Notified, Queued, Applied, Done, WrongEpoch, Overtaking];

/// A scope without faults and crashes, to be written over.
const QUIET: Named = Named {
    name: "",
    about: "",
    preset: Preset::AtAccept,
    world: World::PLAIN,
    bob: ORDINARY_USER,
    cathy: None,
    tablet: Tablet::None,
    stories: &[],
    operations: 2,
    faults: NO_FAULTS,
    byzantine: HONEST,
    together: 2,
    unjudged: &[],
    must_see: &[],
};

/// The scopes of the room, the default one first.
pub(crate) static SCOPES: &[Named] = &[
    Named {
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
        faults: Faults { budget: 1, lose: true, double: true, late: false, crashes: 1, one_budget: false },
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
    Named {
        name: "race",
        about: "members of three providers commit for one epoch",
        cathy: Some(ORDINARY_USER),
        stories: &[&[ALICE_TAKES_KEYS, BOB_TAKES_KEYS, CATHY_TAKES_KEYS]],
        unjudged: &[("INV-06", "nobody is removed")],
        must_see: &[EVERYWHERE, &[WantsKeys, RaceOfCommits]],
        ..QUIET
    },
    Named {
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
    Named {
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
    Named {
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
    Named {
        name: "role-change",
        about: "a member bans another while it is given the role that lets it",
        cathy: Some(ORDINARY_USER),
        stories: &[&[ALICE_PROMOTES_BOB, BOB_BANS_CATHY]],
        unjudged: &[("INV-06", "nothing is accepted after the ban")],
        must_see: &[EVERYWHERE, &[WantsBan, WantsRole, Wake, Left, Denied, NotAllowed, RaceOfCommits]],
        ..QUIET
    },
    Named {
        name: "hub-crash",
        about: "two commits, answers that may be lost or late, and a hub that may crash over them",
        stories: &[&[BOB_TAKES_KEYS, ALICE_TAKES_KEYS]],
        faults: Faults { budget: 1, lose: true, double: false, late: true, crashes: 1, one_budget: false },
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
    Named {
        name: "enforcer",
        about: "the hub takes a member out, while an external join voids its proposals and members commit",
        world: World { is_enforced: true, ..World::PLAIN },
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
    Named {
        name: "open-join",
        about: "a user joins an open room by herself, with two devices at once, or is banned once she is in",
        world: World { is_open: true, ..World::PLAIN },
        tablet: Tablet::New(CATHY),
        stories: &[&[CATHY_JOINS_BY_HERSELF, TABLET_JOINS_BY_ITSELF, ALICE_BANS_CATHY]],
        unjudged: &[("INV-06", "nothing is accepted after the ban")],
        must_see: &[EVERYWHERE, &[WantsJoin, WantsBan, Wake, Join, Joined, Left, Pointless, RaceOfCommits]],
        ..QUIET
    },
    Named {
        name: "hub-log",
        about: "the room's state is in the hub's logs: the policy changes, or a user is banned, while members commit",
        preset: Preset::Independent,
        world: World { changes: &[Change::Narrow], ..World::PLAIN },
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
    Named {
        name: "both-leave",
        about: "both devices of a user leave, which no commit can do twice",
        tablet: Tablet::Member(BOB),
        stories: &[&[BOB_LEAVES, TABLET_LEAVES]],
        must_see: &[
            EVERYWHERE,
            &[
                WantsLeave,
                Wake,
                Proposals,
                Left,
                Blocked,
                NoGroupInfo,
                Pointless,
                NotAuthorized,
                RaceOfLeaveAndCommit,
            ],
        ],
        ..QUIET
    },
    Named {
        name: "index-shift",
        about: "a user is taken out of the list while another, who stands behind it there, is given a role",
        cathy: Some(ORDINARY_USER),
        tablet: Tablet::Member(ALICE),
        stories: &[&[ALICE_REMOVES_BOB, TABLET_PROMOTES_CATHY]],
        must_see: &[EVERYWHERE, &[WantsRemove, WantsRole, Left, RaceOfCommits]],
        ..QUIET
    },
    Named {
        name: "ban-unban",
        about: "one device of an admin bans a user, another lifts the ban, and the user speaks",
        tablet: Tablet::Member(ALICE),
        stories: &[&[ALICE_BANS_BOB, TABLET_UNBANS_BOB, BOB_SPEAKS]],
        operations: 3,
        together: 3,
        must_see: &[&[
            WantsBan, WantsRole, WantsSend, Request, Response, Commit, Message, FannedOut, Notified, Queued,
            Applied, Read, Left, Done, Blocked, Pointless, NotAllowed, Overtaking,
        ]],
        ..QUIET
    },
    Named {
        name: "admins-leave",
        about: "the last two admins leave at once, each of whom could leave alone",
        bob: GROUP_ADMIN,
        stories: &[&[ALICE_LEAVES, BOB_LEAVES]],
        must_see: &[EVERYWHERE, &[WantsLeave, Wake, Proposals, Left, InvalidAfter, NotAllowed]],
        ..QUIET
    },
    Named {
        name: "fan-out-crash",
        about: "the hub crashes between its fan-outs to two followers, one of which may be an epoch ahead",
        cathy: Some(ORDINARY_USER),
        stories: &[&[ALICE_TAKES_KEYS, BOB_TAKES_KEYS]],
        faults: Faults { crashes: 1, ..NO_FAULTS },
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
                CrashBeforeDurable,
                CrashAfterDurable,
                CrashBetweenSteps,
            ],
        ],
        ..QUIET
    },
    Named {
        name: "fork",
        about: "the hub shows one of those that it speaks with another commit for an epoch, and a member speaks on one of the branches",
        stories: &[&[ALICE_TAKES_KEYS, BOB_TAKES_KEYS, BOB_SPEAKS]],
        operations: 3,
        byzantine: Byzantine { budget: 1, fork: true, ..HONEST },
        together: 4,
        must_see: &[EVERYWHERE, TWO_BRANCHES, &[Forked]],
        ..QUIET
    },
    Named {
        name: "withhold",
        about: "a provider withholds an event, or sends it again, while one member commits and another speaks",
        cathy: Some(ORDINARY_USER),
        stories: &[&[ALICE_TAKES_KEYS, BOB_SPEAKS]],
        byzantine: Byzantine { budget: 1, withhold: true, replay: true, ..HONEST },
        together: 3,
        must_see: &[
            EVERYWHERE,
            &[WantsKeys, WantsSend, Wake, Message, Read, Unprocessable, Withheld, Replayed],
        ],
        ..QUIET
    },
    Named {
        name: "roll-back",
        about: "the hub goes back to before a commit that it has told of, and takes another",
        stories: &[&[ALICE_TAKES_KEYS, BOB_TAKES_KEYS, BOB_SPEAKS]],
        byzantine: Byzantine { budget: 1, roll_back: true, ..HONEST },
        together: 3,
        must_see: &[EVERYWHERE, TWO_BRANCHES, &[Wake, RolledBack]],
        ..QUIET
    },
];

impl Named {
    /// The scope.
    pub fn scope(&self) -> Scope {
        let person = |id: UserId, role| {
            let second = match self.tablet {
                Tablet::Member(user) if user == id => Second::Member,
                Tablet::New(user) if user == id => Second::New,
                _ => Second::None,
            };
            Person { provider: ProviderId(id.0), role, second }
        };
        Scope {
            name: self.name.to_owned(),
            about: self.about.to_owned(),
            preset: self.preset,
            world: self.world,
            providers: 3,
            users: vec![person(ALICE, None), person(BOB, Some(self.bob)), person(CATHY, self.cathy)],
            stories: self.stories.iter().map(|story| story.to_vec()).collect(),
            operations: self.operations,
            faults: self.faults,
            byzantine: self.byzantine,
            every_order: true,
            together: self.together,
            unjudged: Unjudging::Named(self.unjudged),
            must_see: self.must_see.concat(),
        }
    }
}
