//! What the users of a scenario do, and for how long.

use crate::keyed::Draw;
use mimic_protocol::UserId;
use mimic_protocol::content::MessageStatus;
use mimic_protocol::node::Action;
use mimic_protocol::policy::{AssetKind, Usage, Whose};
use serde::{Deserialize, Serialize};

/// The users' intents. Which user wants which, and when, is drawn from the seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// How many intents that change the room are to be done; where one is refused, another is stated, as long as time allows.
    pub operations: u32,
    /// How many intents that send a message are to be done, likewise.
    pub messages: u32,
    /// The mean time between two intents of either kind.
    pub mean_gap_ms: u64,
    /// How often each kind of operation is chosen, relative to the others.
    pub weights: Weights,
    /// How often each kind of message is chosen, relative to the others.
    pub contents: Contents,
}

/// Relative frequencies of the operations; zero switches one off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Weights {
    /// Add a user with all its devices (proto §3.2, §3.3).
    pub add: u32,
    /// Remove another user.
    pub remove: u32,
    /// Ban another user.
    pub ban: u32,
    /// Lift a ban.
    pub unban: u32,
    /// Give another user another role.
    pub change_role: u32,
    /// Leave the room (proto §3.5).
    pub leave: u32,
    /// Join with a further device (proto §3.6).
    pub new_device: u32,
    /// Take fresh keys.
    pub update_keys: u32,
    /// Take all devices of another user out, who stays in the list.
    #[serde(skip_serializing_if = "is_zero")]
    pub kick: u32,
    /// Take another device of the own user out.
    #[serde(skip_serializing_if = "is_zero")]
    pub drop_device: u32,
    /// Come into the room without being a participant, where the policy or a join link allows it.
    #[serde(skip_serializing_if = "is_zero")]
    pub join: u32,
    /// Come back after the loss of the group's state.
    #[serde(skip_serializing_if = "is_zero")]
    pub rejoin: u32,
    /// Make one of the scenario's changes of policy.
    #[serde(skip_serializing_if = "is_zero")]
    pub change_policy: u32,
    /// Let a server remove or ban a user as an external sender, where the policy gives it the role for that.
    #[serde(skip_serializing_if = "is_zero")]
    pub enforce: u32,
    /// Let a server do so without asking whether it may: its hub refuses what the policy does not allow.
    #[serde(skip_serializing_if = "is_zero")]
    pub overreach: u32,
    /// Let a provider delete a user of its own, for good, and take it out of one of its rooms as an external sender.
    #[serde(skip_serializing_if = "is_zero")]
    pub delete_user: u32,
    /// Open one of the further rooms.
    #[serde(skip_serializing_if = "is_zero")]
    pub open_room: u32,
    /// End the group of a room that another one continues.
    #[serde(skip_serializing_if = "is_zero")]
    pub reinitialise: u32,
    /// Say something about consent, where a provider goes by it.
    #[serde(skip_serializing_if = "is_zero")]
    pub consent: u32,
    /// Ask a provider who somebody is, by one of the scenario's queries.
    #[serde(skip_serializing_if = "is_zero")]
    pub search: u32,
    /// Take another signature key, in all rooms of the device.
    #[serde(skip_serializing_if = "is_zero")]
    pub change_key: u32,
}

fn is_zero(weight: &u32) -> bool {
    *weight == 0
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            add: 6,
            remove: 1,
            ban: 1,
            unban: 1,
            change_role: 1,
            leave: 1,
            new_device: 2,
            update_keys: 4,
            kick: 0,
            drop_device: 0,
            join: 0,
            rejoin: 0,
            change_policy: 0,
            enforce: 0,
            overreach: 0,
            delete_user: 0,
            open_room: 0,
            reinitialise: 0,
            consent: 0,
            search: 0,
            change_key: 0,
        }
    }
}

impl Weights {
    /// All of them added up.
    pub fn total(&self) -> u64 {
        let Self { add, remove, ban, unban, change_role, leave, new_device, update_keys, .. } = *self;
        let Self { kick, drop_device, join, rejoin, change_policy, .. } = *self;
        let Self {
            enforce,
            overreach,
            delete_user,
            open_room,
            reinitialise,
            consent,
            search,
            change_key,
            ..
        } = *self;
        let first = [add, remove, ban, unban, change_role, leave, new_device, update_keys];
        let further = [kick, drop_device, join, rejoin, change_policy];
        let among_rooms =
            [enforce, overreach, delete_user, open_room, reinitialise, consent, search, change_key];
        first.into_iter().chain(further).chain(among_rooms).map(u64::from).sum()
    }
}

/// Relative frequencies of the kinds of message. What one is about is the newest message that it can be about, as the sender's
/// device has it; where there is none, nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Contents {
    /// A message that is nothing more.
    pub say: u32,
    /// A reply.
    pub reply: u32,
    /// A reaction.
    pub react: u32,
    /// A new version of an own message.
    pub edit: u32,
    /// An own message is taken back.
    pub delete: u32,
    /// An own reaction is taken back.
    pub withdraw: u32,
    /// A report that messages were delivered or read.
    pub report: u32,
    /// A report of somebody's messages as abuse, to the hub.
    #[serde(skip_serializing_if = "is_zero")]
    pub report_abuse: u32,
    /// An image that lies at the asset server of the sender's provider.
    #[serde(skip_serializing_if = "is_zero")]
    pub upload: u32,
    /// The newest image is fetched.
    #[serde(skip_serializing_if = "is_zero")]
    pub download: u32,
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            say: 1,
            reply: 0,
            react: 0,
            edit: 0,
            delete: 0,
            withdraw: 0,
            report: 0,
            report_abuse: 0,
            upload: 0,
            download: 0,
        }
    }
}

impl Contents {
    /// All of them added up.
    pub fn total(&self) -> u64 {
        let messages: u64 = self.kinds().iter().map(|(weight, _)| u64::from(*weight)).sum();
        messages + u64::from(self.report_abuse)
    }

    /// A kind by the weights, as a message with this number, or a report about one of so many users.
    pub(crate) fn draw(&self, draw: &mut Draw, text: u32, users: u64) -> Action {
        let total = self.total();
        // One kind alone takes no draw.
        if total == u64::from(self.say) {
            return Action::Send(text);
        }
        let mut rest = draw.range(0..total);
        for (weight, usage) in self.kinds() {
            if rest < u64::from(weight) {
                return match usage {
                    Some(Usage::Send) => Action::Send(text),
                    Some(usage) => Action::Use(usage, text),
                    None if draw.chance(0.5) => Action::Report(MessageStatus::Read),
                    None => Action::Report(MessageStatus::Delivered),
                };
            }
            rest -= u64::from(weight);
        }
        Action::ReportAbuse(UserId(draw.range(0..users) as u16))
    }

    fn kinds(&self) -> [(u32, Option<Usage>); 9] {
        let Self { say, reply, react, edit, delete, withdraw, report, report_abuse: _, upload, download } =
            *self;
        [
            (say, Some(Usage::Send)),
            (reply, Some(Usage::Reply)),
            (react, Some(Usage::React)),
            (edit, Some(Usage::EditMessage)),
            (delete, Some(Usage::DeleteMessage(Whose::Own))),
            (withdraw, Some(Usage::DeleteReaction(Whose::Own))),
            (report, None),
            (upload, Some(Usage::Upload(AssetKind::Image))),
            (download, Some(Usage::Download(AssetKind::Image))),
        ]
    }
}

/// The two phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Phases {
    /// How long users act and faults strike.
    pub safety_ms: u64,
    /// How long everything that is pending then has to be settled without faults.
    pub liveness_ms: u64,
}

impl Phases {
    /// The longest run, one week: far more than any scenario needs, and far from any overflow.
    pub const TOTAL_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1_000;

    /// The length of the run.
    pub fn total_ms(&self) -> u64 {
        self.safety_ms.saturating_add(self.liveness_ms)
    }
}
