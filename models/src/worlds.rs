//! As what the room of a scope is created, and which changes of its policy users have in mind.

use crate::scope::ALICE;
use mimic_protocol::directory::identity_claim;
use mimic_protocol::policy::examples::cooperative::ORDINARY_USER;
use mimic_protocol::policy::examples::{Example, preauthorised};
use mimic_protocol::policy::{Capability, Edit};
use mimic_protocol::room::NOT_LISTED;
use mimic_protocol::{Directory, Plans, PolicyChange, RoomId};

const ROOM: RoomId = RoomId(0);

/// A cooperatively administered room.
pub(crate) fn plain(_: &Directory) -> Plans {
    Plans::default()
}

/// The same, with its hub as its policy enforcer (room-policy §4).
pub(crate) fn enforced(directory: &Directory) -> Plans {
    let claim = identity_claim(directory.provider_uri(directory.hub_of(ROOM)));
    let room =
        preauthorised(Example::Cooperative.room(ALICE), &[claim], Example::Cooperative.enforcer_role());
    Plans { rooms: [(ROOM, room)].into(), ..Plans::default() }
}

/// The same as the first, for everybody to join as an ordinary user (room-policy §8.1.1).
pub(crate) fn open(directory: &Directory) -> Plans {
    let edits = [
        Edit::Grant(NOT_LISTED, Capability::OpenJoin.code()),
        Edit::Moves(NOT_LISTED, NOT_LISTED, vec![ORDINARY_USER]),
    ];
    let mut room = Example::Cooperative.room(ALICE);
    // The room has both roles.
    edits.iter().for_each(|edit| _ = edit.apply(directory, ROOM, &mut room));
    Plans { rooms: [(ROOM, room)].into(), ..Plans::default() }
}

/// The same as the first, whose admins can take from ordinary users what lets them add others.
pub(crate) fn closing(_: &Directory) -> Plans {
    let edits = vec![Edit::Withdraw(ORDINARY_USER, Capability::AddParticipant.code())];
    Plans { changes: vec![PolicyChange { edits, with: Vec::new() }], ..Plans::default() }
}
