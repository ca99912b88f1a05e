//! What users can want in a composed scope: single operations, and the alphabets that have names.

use crate::report::CheckError;
use crate::room::Witness;
use crate::scope::{ALICE, BOB, Second, Wish};
use crate::worlds::Change;
use mimic_protocol::node::{Action, Deed};
use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::{ChangeId, ClientId, UserId};
use std::fmt;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $witness:ident,)*) => {
        /// A kind of wish.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(crate) enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Operation] = &[$(Operation::$name,)*];

            fn word(self) -> &'static str {
                match self {
                    $(Operation::$name => $word,)*
                }
            }

            /// What is seen when somebody wants it.
            pub fn witness(self) -> Witness {
                match self {
                    $(Operation::$name => Witness::$witness,)*
                }
            }
        }
    };
}

operations! {
    /// A member adds a user.
    Add = "add": WantsAdd,
    /// A member removes another.
    Remove = "remove": WantsRemove,
    /// A member leaves.
    Leave = "leave": WantsLeave,
    /// A user joins with a second device.
    Device = "device": WantsDevice,
    /// The admin bans a member.
    Ban = "ban": WantsBan,
    /// The admin lifts a ban.
    Unban = "unban": WantsRole,
    /// The admin takes a member's devices out.
    Kick = "kick": WantsKick,
    /// A user joins the open room by itself.
    Join = "join": WantsJoin,
    /// An admin changes a role.
    Role = "role": WantsRole,
    /// The admin changes what a role may do.
    Define = "define": WantsPolicy,
    /// The admin lets a user in by who it is.
    Preauthorise = "preauthorise": WantsPolicy,
    /// The admin takes from others what lets them add users.
    Narrow = "narrow": WantsPolicy,
    /// A member takes fresh keys.
    Update = "update": WantsKeys,
    /// A member says something.
    Message = "message": WantsSend,
}

use Operation::*;

/// The alphabets with a name.
pub(crate) const ALPHABETS: &[(&str, &[Operation])] = &[
    ("membership", &[Add, Remove, Leave, Device]),
    ("moderation", &[Ban, Unban, Kick, Leave, Join]),
    ("policy", &[Role, Define, Preauthorise, Narrow]),
    ("all", Operation::ALL),
];

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Reads names of alphabets and of operations.
pub(crate) fn read(words: &[String]) -> Result<Vec<Operation>, CheckError> {
    let mut operations = Vec::new();
    for word in words {
        let named = ALPHABETS.iter().find(|(name, _)| name == word).map(|(_, all)| all.to_vec());
        let single = || Operation::ALL.iter().find(|operation| operation.word() == word);
        let found = named.or_else(|| single().map(|operation| vec![*operation]));
        operations.extend(found.ok_or_else(|| CheckError::NoSuchOperation {
            name: word.clone(),
            alphabets: ALPHABETS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            operations: Operation::ALL.iter().map(Operation::to_string).collect(),
        })?);
    }
    operations.sort_unstable();
    operations.dedup();
    Ok(operations)
}

/// Who is there to want something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast<'c> {
    /// The members from the start, Alice first and Bob second.
    pub members: &'c [UserId],
    /// Who is in no room so far.
    pub outsider: Option<UserId>,
    /// The second devices, and whose they are.
    pub seconds: &'c [(UserId, ClientId, Second)],
}

impl Operation {
    /// Who can want it of whom.
    pub fn wishes(self, cast: Cast<'_>) -> Vec<Wish> {
        let phone = |user: UserId| ClientId(user.0);
        let by = |user: UserId, action| (phone(user).into(), action);
        let third = cast.outsider.or(cast.members.get(2).copied());
        let change = |change: Change| {
            let id = Change::ALL.iter().position(|known| *known == change).unwrap_or_default();
            vec![by(ALICE, Action::Do(Deed::ChangePolicy(ChangeId(id as u16))))]
        };
        let others = || cast.members.iter().chain(&cast.outsider).copied().filter(|user| *user != ALICE);
        match self {
            Add => match cast.outsider {
                Some(user) => {
                    [ALICE, BOB].map(|by_whom| by(by_whom, Action::Add(user, ORDINARY_USER))).to_vec()
                }
                None => vec![by(ALICE, Action::Add(BOB, ORDINARY_USER))],
            },
            Remove => {
                let mut wishes = vec![by(ALICE, Action::Remove(BOB))];
                wishes.extend(third.map(|user| by(BOB, Action::Remove(user))));
                wishes
            }
            Leave => others().map(|user| by(user, Action::Leave)).collect(),
            Device => {
                let new = cast.seconds.iter().filter(|(_, _, second)| *second == Second::New);
                new.map(|(_, client, _)| ((*client).into(), Action::JoinOwnDevice)).collect()
            }
            Ban => others().map(|user| by(ALICE, Action::Ban(user))).collect(),
            Unban => vec![by(ALICE, Action::ChangeRole(BOB, ORDINARY_USER))],
            Kick => vec![by(ALICE, Action::Do(Deed::Kick(BOB)))],
            Join => vec![by(cast.outsider.unwrap_or(BOB), Action::Join(ORDINARY_USER, None))],
            Role => vec![
                by(ALICE, Action::ChangeRole(BOB, GROUP_ADMIN)),
                by(BOB, Action::ChangeRole(ALICE, ORDINARY_USER)),
            ],
            Define => change(Change::Define),
            Preauthorise => change(Change::Preauthorise),
            Narrow => change(Change::Narrow),
            Update => cast.members.iter().map(|user| by(*user, Action::UpdateKeys)).collect(),
            Message => {
                // With another device than the one that may leave, if there is one.
                let mut seconds = cast.seconds.iter();
                let bobs = seconds.find(|(user, _, second)| (*user, *second) == (BOB, Second::Member));
                vec![(bobs.map_or(phone(BOB), |(_, client, _)| *client).into(), Action::Send(1))]
            }
        }
    }
}
