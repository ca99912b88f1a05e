//! The invariants of the catalogue, one file each, used by simulator and models alike.
//!
//! | name | says | source |
//! |---|---|---|
//! | INV-01 | a member is a participant | arch §4.2, proto §1 |
//! | INV-02 | one role for each user | proto §7.5, policy §3 |
//! | INV-03 | one state for each epoch | arch §4.4, proto §7.3 |
//! | INV-04 | one commit for each epoch | proto §5.3, RFC 9420 §14 |
//! | INV-05 | only what the policy permits is accepted | arch §4.4, proto §7.1 |
//! | INV-06 | no sending after removal | proto §5.3 |
//! | INV-07 | no reading after removal | proto §5.3, arch §2 |
//! | INV-08 | one order for all | proto §1 |
//! | INV-09 | nothing before what it builds on | proto §4.2, policy §7, RFC 9750 §5.2 |
//! | INV-10 | each message takes effect at most once | proto §5.5 |
//! | INV-11 | accepted means delivered | proto §5.5 |
//! | INV-12 | a leave completes | proto §3.5 |
//! | INV-13 | what a server enforces completes | proto §5.5 |
//! | INV-14 | a key package serves once | proto §5.2, RFC 9420 §10 |
//! | INV-15 | nobody enters by a commit that was not accepted | RFC 9420 §14, RFC 9750 §5.2.3 |
//! | INV-16 | external senders track the room | proto §7.4 |
//! | INV-17 | constraints hold | policy §3, §5, §8 |
//! | INV-18 | what is pending can be committed together | proto §3.5, RFC 9420 §12.2 |
//! | INV-19 | no wedge | RFC 9750 §5.3 |
//! | INV-21 | the shown author of a message is who sent it | arch §5.1, proto §9 |
//! | INV-24 | followers do not learn who sends, nor anybody who is behind a pseudonym | proto §5.3, §5.4.1, §6 |
//! | INV-25 | success means durable | needed for INV-04, INV-11 |
//! | INV-26 | a child room is within its parent | policy §5 |
//! | INV-27 | one fixed room for each set of users | policy §5 |
//! | INV-28 | branches of a history stay apart | RFC 9750 §5.2 |
//! | INV-29 | a follower processes each event once | proto §5.5 |
//! | INV-30 | timestamps follow the order | content §3.4 |
//! | INV-31 | a ban sticks | policy §4, §8 |
//! | INV-32 | GroupInfo is current | proto §5.6 |
//! | INV-33 | effective is committed and pending | proto §7.1 |
//! | INV-34 | a discard is unanimous | arch §4.4 |

mod authorised;
mod ban_sticks;
mod branches_apart;
mod causal_prerequisites;
mod child_in_parent;
mod committable;
mod consent_holds;
mod constraints_hold;
mod delivered;
mod durable;
mod effective_state;
mod enforcement_completes;
mod epoch_agreement;
mod external_senders;
mod follower_ignorance;
mod franking_sound;
mod group_info_current;
mod key_package_once;
mod leave_completes;
mod member_is_participant;
mod no_read_after_removal;
mod no_send_after_removal;
mod no_wedge;
mod notified_by_hub;
mod once;
mod one_commit;
mod one_fixed_room;
mod one_order;
mod one_role;
mod processed_once;
mod same_discards;
mod sender_authentic;
mod times_in_order;
mod welcome_of_winner;

pub use authorised::Authorised;
pub use ban_sticks::BanSticks;
pub use branches_apart::BranchesApart;
pub use causal_prerequisites::CausalPrerequisites;
pub use child_in_parent::ChildInParent;
pub use committable::Committable;
pub use consent_holds::ConsentHolds;
pub use constraints_hold::ConstraintsHold;
pub use delivered::Delivered;
pub use durable::Durable;
pub use effective_state::EffectiveState;
pub use enforcement_completes::EnforcementCompletes;
pub use epoch_agreement::EpochAgreement;
pub use external_senders::ExternalSenders;
pub use follower_ignorance::FollowerIgnorance;
pub use franking_sound::FrankingSound;
pub use group_info_current::GroupInfoCurrent;
pub use key_package_once::KeyPackageOnce;
pub use leave_completes::LeaveCompletes;
pub use member_is_participant::MemberIsParticipant;
pub use no_read_after_removal::NoReadAfterRemoval;
pub use no_send_after_removal::NoSendAfterRemoval;
pub use no_wedge::NoWedge;
pub use notified_by_hub::NotifiedByHub;
pub use once::Once;
pub use one_commit::OneCommit;
pub use one_fixed_room::OneFixedRoom;
pub use one_order::OneOrder;
pub use one_role::OneRole;
pub use processed_once::ProcessedOnce;
pub use same_discards::SameDiscards;
pub use sender_authentic::SenderAuthentic;
pub use times_in_order::TimesInOrder;
pub use welcome_of_winner::WelcomeOfWinner;

use crate::invariant::{Invariant, Transition};
use crate::view::{HubView, NodeView, SeatView};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::{Readings, RoomId};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// All of them, remembering nothing yet, in the order of their names, where the drafts are read like this.
pub fn all(readings: &Readings) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(MemberIsParticipant),
        Box::new(OneRole),
        Box::<EpochAgreement>::default(),
        Box::<OneCommit>::default(),
        Box::new(Authorised::under(readings)),
        Box::<NoSendAfterRemoval>::default(),
        Box::<NoReadAfterRemoval>::default(),
        Box::<OneOrder>::default(),
        Box::<CausalPrerequisites>::default(),
        Box::<Once>::default(),
        Box::<Delivered>::default(),
        Box::<LeaveCompletes>::default(),
        Box::<EnforcementCompletes>::default(),
        Box::<KeyPackageOnce>::default(),
        Box::<WelcomeOfWinner>::default(),
        Box::<ExternalSenders>::default(),
        Box::new(ConstraintsHold),
        Box::<Committable>::default(),
        Box::<NoWedge>::default(),
        Box::new(NotifiedByHub),
        Box::<SenderAuthentic>::default(),
        Box::<FrankingSound>::default(),
        Box::new(ConsentHolds::under(readings)),
        Box::new(FollowerIgnorance),
        Box::<Durable>::default(),
        Box::new(ChildInParent),
        Box::new(OneFixedRoom),
        Box::<BranchesApart>::default(),
        Box::<ProcessedOnce>::default(),
        Box::<TimesInOrder>::default(),
        Box::new(BanSticks),
        Box::new(GroupInfoCurrent),
        Box::<EffectiveState>::default(),
        Box::<SameDiscards>::default(),
    ]
}

/// The rooms that a provider hosts, in its view.
fn hosted(view: Option<&NodeView>) -> Option<&BTreeMap<RoomId, HubView>> {
    match view? {
        NodeView::Provider { hosted, .. } => Some(hosted),
        NodeView::Client(_) => None,
    }
}

/// A hub's view of one room.
fn hub(view: Option<&NodeView>, room: RoomId) -> Option<&HubView> {
    hosted(view)?.get(&room)
}

/// The hub's views before and after one accepted event of a step. A hub that accepts a commit can go on to accept proposals of
/// its own in the new epoch, in the same step (proto §5.5, PROTO-47): between the two, the room stands as committed.
fn around<'a>(
    at: &Transition<'a>,
    room: RoomId,
    event: &Accepted,
) -> Option<(Cow<'a, HubView>, Cow<'a, HubView>)> {
    let (before, after) = (hub(at.before, room)?, at.views.get(&at.step.node)?);
    let after = hub(Some(after), room)?;
    let is_commit = |event: &Accepted| matches!(event, Accepted::Commit { .. });
    let mut accepted = at.step.facts.iter().filter_map(|fact| match fact {
        Fact::Accepted { room: other, event, .. } if *other == room => Some(event),
        _ => None,
    });
    let both = accepted.clone().count() > 1 && accepted.any(is_commit);
    let between = || Cow::Owned(HubView { effective: after.committed.clone(), pending: 0, ..after.clone() });
    Some(match (both, is_commit(event)) {
        (false, _) => (Cow::Borrowed(before), Cow::Borrowed(after)),
        (true, true) => (Cow::Borrowed(before), between()),
        (true, false) => (between(), Cow::Borrowed(after)),
    })
}

/// A client's places in rooms, in its view.
fn seats(view: Option<&NodeView>) -> Option<&BTreeMap<RoomId, SeatView>> {
    match view? {
        NodeView::Client(client) => Some(&client.seats),
        NodeView::Provider { .. } => None,
    }
}
