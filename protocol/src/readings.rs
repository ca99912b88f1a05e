//! Every rule that a draft leaves open, as one switch each: what a run or a model says it was judged under.

mod reading;

pub use reading::{Reading, ReadingError};

use serde::de::IntoDeserializer;
use serde::de::value::Error as Unknown;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Makes an enum of the values of each switch, the struct of all switches, and the table of what they are. The first value is
/// the default.
macro_rules! switches {
    ($(
        $(#[doc = $doc:literal])+
        $field:ident: $name:ident = $key:literal from $source:literal deciding [$($race:literal),*] {
            $(#[doc = $first_doc:literal])+
            $first:ident = $first_key:literal,
            $($(#[doc = $value_doc:literal])+ $value:ident = $value_key:literal,)+
        }
    )*) => {
        /// The readings that a node is built with; the default is the catalogue's, which follows protocol-06.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct Readings {
            $($(#[doc = $doc])+ pub $field: $name,)*
        }

        /// The readings of a scenario: a preset, and what differs from it.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct ReadingsEntry {
            /// Where to begin.
            pub preset: Preset,
            $($(#[doc = $doc])+ pub $field: Option<$name>,)*
        }

        impl From<ReadingsEntry> for Readings {
            fn from(entry: ReadingsEntry) -> Self {
                let preset = entry.preset.readings();
                Self { $($field: entry.$field.unwrap_or(preset.$field),)* }
            }
        }

        impl Readings {
            /// All switches, with what is to be known about them.
            pub const SWITCHES: &[Switch] = &[$(Switch {
                key: $key,
                about: concat!($($doc),+),
                source: $source,
                races: &[$($race),*],
                values: &[
                    ($first_key, concat!($($first_doc),+)),
                    $(($value_key, concat!($($value_doc),+)),)+
                ],
            },)*];

            /// Each switch with its value, by the names that scenario files use, in their order.
            pub fn values(&self) -> Vec<(&'static str, &'static str)> {
                vec![$(($key, self.$field.name()),)*]
            }

            /// Sets one switch by the names that scenario files use.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), ReadingError> {
                match key {
                    $($key => {
                        let read = $name::deserialize(value.into_deserializer());
                        self.$field = read.map_err(|_: Unknown| ReadingError::unknown_value(key, value))?;
                    })*
                    _ => return Err(ReadingError::unknown_key(key)),
                }
                Ok(())
            }
        }

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
            pub enum $name {
                $(#[doc = $first_doc])+
                #[default]
                #[serde(rename = $first_key)]
                $first,
                $($(#[doc = $value_doc])+ #[serde(rename = $value_key)] $value,)+
            }

            impl $name {
                /// Its name in scenario files and on the command line.
                pub fn name(self) -> &'static str {
                    match self {
                        Self::$first => $first_key,
                        $(Self::$value => $value_key,)+
                    }
                }
            }
        )*
    };
}

switches! {
    /// When an accepted change takes effect at the hub.
    effective_at: EffectiveAt = "effective-at" from "proto §7.1, PROTO-77, INV-33" deciding ["01", "06", "16", "45"] {
        /// When the hub accepts the proposal.
        Accept = "accept",
        /// With the commit that carries it.
        Commit = "commit",
    }
    /// What carries the room's state, that is, policy and participation, from the hub to everybody else.
    carrier: Carrier = "carrier" from "arch §4.2 to §4.4, proto §7.2; ARCH-21, ARCH-22, PROTO-78"
        deciding ["01", "02", "03", "04", "07", "16", "24", "25"] {
        /// The GroupContext: one commit changes members, participants and policy together.
        GroupContext = "group-context",
        /// Two logs of state events at the hub, beside the epochs: commits change members alone.
        HubLog = "hub-log",
    }
    /// Whether the hub takes a commit that leaves out a proposal that it has accepted before.
    pending_inclusion: PendingInclusion = "pending-inclusion" from "OPEN-06, proto §3.5, PROTO-10" deciding ["04"] {
        /// It refuses the commit.
        Strict = "strict",
        /// It takes it; what was left out is void with its epoch, and whoever wanted it asks again.
        Lenient = "lenient",
    }
    /// What the hub answers to a commit that leaves out a pending proposal.
    omission_answer: OmissionAnswer = "omission-answer" from "OPEN-06" deciding ["04"] {
        /// `notAllowed`, as no other code fits.
        NotAllowed = "not-allowed",
        /// `invalidProposal`, naming the references that are missing.
        InvalidProposal = "invalid-proposal",
    }
    /// Which list a positional patch refers to when one commit carries several.
    list_indices: ListIndices = "list-indices" from "AMB-05, PROTO-84" deciding ["24"] {
        /// All indices refer to the list at the start of the epoch.
        EpochStart = "epoch-start",
        /// Each update sees the result of the one before it.
        Running = "running",
    }
    /// Whose authority a proposal needs that somebody else commits.
    authority: Authority = "authority" from "AMB-18, room-policy §8" deciding ["02", "45"] {
        /// Its proposer's alone.
        Proposer = "proposer",
        /// Its proposer's and the committer's.
        ProposerAndCommitter = "proposer-and-committer",
    }
    /// Who may commit at all.
    committers: Committers = "committers" from "OPEN-33, proto §5.3, PROTO-31" deciding ["02", "45"] {
        /// Any member that is not blocked.
        NotBlocked = "not-blocked",
        /// Any member, as MLS has it.
        Any = "any",
    }
    /// Which providers the hub tells of a commit.
    fan_out_to: FanOutTo = "fan-out-to" from "AMB-20, PROTO-51" deciding ["22"] {
        /// Those with an active participant after it, and those that lose their last one by it.
        ActiveAndRemoved = "active-and-removed",
        /// Those with an active participant after it.
        Active = "active",
    }
    /// Whether the hub tells the sender's own provider too.
    echo: Echo = "echo" from "AMB-21, proto §5.5" deciding ["20"] {
        /// Always: it has other clients in the room, and its own clients settle by it.
        Always = "always",
        /// Never, as §5.5 allows.
        Never = "never",
    }
    /// What becomes of a leave that an external commit cannot carry as a whole.
    voided_leaves: VoidedLeaves = "voided-leaves" from "OPEN-04, proto §5.5, PROTO-58, MLS-12, MLS-13" deciding ["07"] {
        /// It is never voided: the hub takes no external commit that cannot carry it, so nobody joins before a member commits.
        Never = "never",
        /// The external commit is taken, carries the SelfRemove and voids the rest: the leaver asks again, if it still can.
        LeaverRetries = "leaver-retries",
        /// The same, and the hub proposes the rest again, as the enforcer that it has to be for that.
        HubProposes = "hub-proposes",
        /// Nothing is voided: as draft-mahy-mls-ext-commit-pp has it, an external commit carries all that is pending, by reference.
        /// The symbolic engine alone has that; openmls 0.9.2 takes no such commit, so no run of a scenario can be read so.
        ExtCommitPp = "ext-commit-pp",
    }
    /// Who takes a user out of a room that depends on another one which the user has left.
    parent_leavers: ParentLeavers = "parent-leavers" from "POL-15, room-policy §5, INV-26" deciding ["27"] {
        /// Nobody in particular: whoever may and thinks of it.
        Nobody = "nobody",
        /// The hub, which has both rooms: it proposes the removal, in the role that it has in the dependent one for that.
        HubProposes = "hub-proposes",
    }
    /// Which servers a room has in external_senders.
    external_senders: ExternalSenders = "external-senders" from "proto §7.4, PROTO-81, INV-16" deciding ["22", "23"] {
        /// The hub alone: a follower's key may be left out.
        Hub = "hub",
        /// The hub and every provider with a participant: members' commits see to it.
        Followers = "followers",
    }
    /// When a client takes a commit of its own that the hub has accepted.
    ///
    /// The catalogue's default, from the thread about protocol-06, is the answer. It is not ours: a client that moves on at once
    /// passes over what was accepted before its commit and is still on its way to it, messages of the old epoch among it, so
    /// that not every client applies all events of the hub's order.
    own_commit: OwnCommit = "own-commit" from "OPEN-07, proto §5.3, INV-08" deciding ["18", "20"] {
        /// When the commit comes back in the hub's order.
        OnEcho = "on-echo",
        /// When the hub's answer says so.
        OnAccept = "on-accept",
    }
    /// Whom what is accepted and not committed binds.
    binds: Binds = "binds" from "OPEN-05, proto §7.1, PROTO-77, PROTO-31" deciding ["01", "05"] {
        /// The hub; clients know of it, and do nothing that it would refuse.
        Hub = "hub",
        /// The hub and followers: these pass no more messages of users of their own on whose removal is pending, as far as the
        /// hub has told them, whom they ask for the group's public state.
        Followers = "followers",
        /// Clients too: they take no more notice of messages of users whose removal is pending, as far as they have heard of it.
        All = "all",
    }
    /// Who judges what the hub has accepted by the policy again.
    ///
    /// A member has all that it takes but the join link that a joiner has shown, the hub's other rooms and the routes of key
    /// packages. Whoever objects goes no further: a client leaves the group behind and does not come back by itself; a follower
    /// passes nothing more of the room on. With `carrier = hub-log` the hub alone judges so far.
    verifiers: Verifiers = "verifiers" from "OPEN-34, arch §4.4 against proto §9; ARCH-25" deciding ["01", "45"] {
        /// The hub, and the clients that receive it.
        ClientsAndHub = "clients-and-hub",
        /// Followers too, as far as they can: a follower keeps no group. It asks the hub for the public state of each new epoch, and
        /// judges what comes in that epoch, if it has been told in time.
        ClientsHubAndFollowers = "clients-hub-and-followers",
        /// The hub alone.
        Hub = "hub",
    }
    /// Whether the transitions of a role for others are those for itself.
    self_role_changes: SelfRoleChanges = "self-role-changes" from "OPEN-17, POL-06, room-policy §3" deciding ["29"] {
        /// One table serves both.
        OneTable = "one-table",
        /// The table is for others: who has canRemoveSelf may leave whatever it says.
        SeparateTable = "separate-table",
    }
    /// Whether a member may add clients of a listed user that has none.
    foreign_clients: ForeignClients = "foreign-clients" from "OPEN-35, ARCH-21, ARCH-22, POL-25, POL-26" deciding ["12"] {
        /// No: that user alone may, by an external commit.
        Forbidden = "forbidden",
        /// Whoever could add the user in the role that it has: with canAddParticipant, along the transitions.
        WithAddParticipant = "with-add-participant",
    }
    /// In which room the bounds of roles are counted.
    counts: Counts = "counts" from "AMB-19, POL-05, room-policy §8.1" deciding ["29", "45"] {
        /// In the one that the whole commit leads to.
        AfterTheCommit = "after-the-commit",
        /// In the one before it: a role that gains somebody had room, one that loses somebody had one to spare.
        BeforeTheCommit = "before-the-commit",
    }
    /// Whether a key package that its client has marked as one of last resort is handed out more than once.
    last_resort: LastResort = "last-resort" from "OPEN-10, proto §5.2 against mls-extensions §6.4; PROTO-25, MLS-15, INV-14"
        deciding ["14", "48"] {
        /// No: what was in one answer is in no other. Clients mark none, as it would mean nothing.
        Forbidden = "forbidden",
        /// Yes, once all others of the client are given away. Clients mark one of those that they begin with.
        AllowedOnceExhausted = "allowed-once-exhausted",
    }
    /// Who looks at the lifetimes of the key packages in a commit.
    lifetime_checks: LifetimeChecks = "lifetime-checks" from "RFC 9420 §7.3 and §10; MLS-16" deciding ["15"] {
        /// Whoever makes the commit, as it must.
        Committers = "committers",
        /// The hub and all members too, each by its own clock, as is recommended: a member whose clock says otherwise than the
        /// hub's goes no further with the group.
        Everybody = "everybody",
    }
    /// How much of the GroupInfo goes with a commit.
    group_info_option: GroupInfoOption = "group-info-option" from "proto §5.3, ratchet-tree-options §4; PROTO-32, MLS-21"
        deciding ["33"] {
        /// All of it but the ratchet tree.
        Full = "full",
        /// Its extensions and its signature: the hub rebuilds the rest from the commit.
        Partial = "partial",
    }
    /// How whoever wants to join is told of the ratchet tree.
    tree_option: TreeOption = "tree-option" from "proto §5.6, ratchet-tree-options §3; PROTO-56, MLS-21" deciding ["08", "58"] {
        /// It is in the hub's answer.
        Full = "full",
        /// The answer says where the hub has it on the web, as long as the epoch lasts. Servers are told all of it.
        Https = "https",
    }
    /// What counts of what a user has said about consent: of a room, and of any room.
    consent_precedence: ConsentPrecedence = "consent-precedence" from "OPEN-11, PROTO-61" deciding ["30"] {
        /// What was said of the room, if anything was.
        RoomFirst = "room-first",
        /// Whatever was said last.
        LastWord = "last-word",
    }
    /// How the hub knows a message that comes again.
    duplicates: Duplicates = "duplicates" from "OPEN-22, PROTO-37" deciding ["19"] {
        /// By the hash of its octets.
        ByHash = "by-hash",
        /// Not at all: each submission is a message.
        Unknown = "unknown",
    }
    /// Who says which server an event comes from, but for state events, whose server says it itself.
    event_authentication: EventAuthentication = "event-authentication" from "OPEN-09, arch §5.2, ARCH-36" deciding [] {
        /// Each hop for the one before it: a follower takes the hub's word for all that the hub tells, as in protocol-06.
        HopByHop = "hop-by-hop",
        /// That server, by a signature that goes with the event. Followers so learn which provider each message comes from.
        Origin = "origin",
    }
}

/// A contested rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Switch {
    /// Its name in scenario files and on the command line.
    pub key: &'static str,
    /// What it decides.
    pub about: &'static str,
    /// Where the drafts leave it open, or say it.
    pub source: &'static str,
    /// The numbers of the catalogue's races whose outcome hangs on it.
    pub races: &'static [&'static str],
    /// The readings, the default first: name and meaning.
    pub values: &'static [(&'static str, &'static str)],
}

/// A set of readings that people speak of by one name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The hub's state changes when it accepts a proposal (protocol-06 §7.1).
    #[default]
    AtAccept,
    /// The hub's state changes only with the commit that carries the proposal.
    AtCommit,
    /// Policy, participation and cryptographic state are independent (the architecture draft, taken literally).
    Independent,
}

impl Readings {
    /// Whether the room's state is in the hub's two logs, and not in the GroupContext.
    pub fn by_log(&self) -> bool {
        self.carrier == Carrier::HubLog
    }

    /// Whether events are signed by the server that they come from (OPEN-09).
    pub fn by_origin(&self) -> bool {
        self.event_authentication == EventAuthentication::Origin
    }

    /// Whether external commits carry all pending proposals by reference (ext-commit-pp, MLS-14).
    pub fn joins_carry_all(&self) -> bool {
        self.voided_leaves == VoidedLeaves::ExtCommitPp
    }

    /// Whether followers ask for the group's public state in each epoch, to judge or to be bound by it (OPEN-05, OPEN-34). With
    /// hub-log there is none in the group.
    pub fn followers_watch(&self) -> bool {
        !self.by_log() && (self.binds != Binds::Hub || self.verifiers == Verifiers::ClientsHubAndFollowers)
    }
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AtAccept, Self::AtCommit, Self::Independent];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtAccept => "at-accept",
            Self::AtCommit => "at-commit",
            Self::Independent => "independent",
        }
    }

    /// What it stands for.
    pub fn readings(self) -> Readings {
        match self {
            Self::AtAccept => Readings::default(),
            Self::AtCommit => Readings { effective_at: EffectiveAt::Commit, ..Readings::default() },
            Self::Independent => Readings { carrier: Carrier::HubLog, ..Readings::default() },
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = ReadingError;

    fn from_str(name: &str) -> Result<Self, ReadingError> {
        let known = Self::ALL.into_iter().find(|preset| preset.name() == name);
        known.ok_or_else(|| ReadingError {
            what: format!("there is no preset \"{name}\""),
            known: Self::ALL.iter().map(|preset| preset.name()).collect(),
        })
    }
}

impl fmt::Display for Readings {
    /// The preset that is nearest, and what differs from it: `at-commit echo=never`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differing = |preset: &Preset| {
            let (own, base) = (self.values(), preset.readings().values());
            own.into_iter()
                .zip(base)
                .filter(|(own, base)| own != base)
                .map(|(own, _)| own)
                .collect::<Vec<_>>()
        };
        let nearest =
            Preset::ALL.into_iter().min_by_key(|preset| differing(preset).len()).unwrap_or_default();
        write!(f, "{nearest}")?;
        differing(&nearest).into_iter().try_for_each(|(key, value)| write!(f, " {key}={value}"))
    }
}

#[cfg(test)]
mod tests;
