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
//! | INV-10 | each message takes effect at most once | proto §5.5 |
//! | INV-11 | accepted means delivered | proto §5.5 |
//! | INV-12 | a leave completes | proto §3.5 |
//! | INV-25 | success means durable | needed for INV-04, INV-11 |

mod authorised;
mod delivered;
mod durable;
mod epoch_agreement;
mod leave_completes;
mod member_is_participant;
mod no_read_after_removal;
mod no_send_after_removal;
mod once;
mod one_commit;
mod one_order;
mod one_role;

pub use authorised::Authorised;
pub use delivered::Delivered;
pub use durable::Durable;
pub use epoch_agreement::EpochAgreement;
pub use leave_completes::LeaveCompletes;
pub use member_is_participant::MemberIsParticipant;
pub use no_read_after_removal::NoReadAfterRemoval;
pub use no_send_after_removal::NoSendAfterRemoval;
pub use once::Once;
pub use one_commit::OneCommit;
pub use one_order::OneOrder;
pub use one_role::OneRole;

use crate::invariant::Invariant;
use crate::view::{HubView, NodeView, SeatView};
use mimic_protocol::RoomId;
use std::collections::BTreeMap;

/// All of them, remembering nothing yet, in the order of their names.
pub fn all() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(MemberIsParticipant),
        Box::new(OneRole),
        Box::<EpochAgreement>::default(),
        Box::<OneCommit>::default(),
        Box::<Authorised>::default(),
        Box::<NoSendAfterRemoval>::default(),
        Box::<NoReadAfterRemoval>::default(),
        Box::<OneOrder>::default(),
        Box::<Once>::default(),
        Box::<Delivered>::default(),
        Box::<LeaveCompletes>::default(),
        Box::<Durable>::default(),
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

/// A client's places in rooms, in its view.
fn seats(view: Option<&NodeView>) -> Option<&BTreeMap<RoomId, SeatView>> {
    match view? {
        NodeView::Client(client) => Some(&client.seats),
        NodeView::Provider { .. } => None,
    }
}
