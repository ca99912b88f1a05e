//! What a user wants of its client, or an operator of its server: durable, and retried until it is done or refused for good.

use super::message::Consent;
use crate::content::MessageStatus;
use crate::ids::{ClientId, RoomId, UserId};
use crate::plans::{ChangeId, LinkId, QueryId};
use crate::policy::Usage;
use serde::{Deserialize, Serialize};

/// A name of an intent that is unique in a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub u32);

/// One thing that a user, or the operator of a provider, wants to happen in a room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// Where.
    pub room: RoomId,
    /// What.
    pub action: Action,
}

/// What can be wanted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Create the room, with this client alone in it; its user being the first group_admin (PROTO-04).
    Create,
    /// Add a user with all its devices, in a role (PROTO-05).
    Add(UserId, u32),
    /// Remove another user with all its devices (PROTO-09). Of a server: as an external sender (POL-12).
    Remove(UserId),
    /// Ban another user (POL-37). Of a server: as an external sender (POL-12).
    Ban(UserId),
    /// Give another user another role, a banned one included (POL-35, POL-38).
    ChangeRole(UserId, u32),
    /// Leave with all own devices, by proposals (PROTO-10).
    Leave,
    /// Join with this device, its user being a participant (PROTO-11).
    JoinOwnDevice,
    /// Join with this device and enter the list in this role, its user being no participant: the room is open to it, or its
    /// claims let it in, or this join link does (POL-27 to POL-30).
    Join(u32, Option<LinkId>),
    /// Come back into the group, whose state this device has lost, in the place of its own old leaf (RFC 9420 §12.4.3.2).
    Rejoin,
    /// Take fresh keys: an empty commit with a path.
    UpdateKeys,
    /// Take a fresh signature key, here and in all other rooms of the device: by commits whose paths bring it (RFC 9420 §7.3, ID-06).
    ChangeKey,
    /// Send an application message with this number as its text (proto §3.4).
    Send(u32),
    /// Report that the newest messages of others are so (message status §3).
    Report(MessageStatus),
    /// Report the newest stamped messages of a user to the hub as abuse (proto §5.9).
    ReportAbuse(UserId),
    /// Say this about consent to a user, for this room alone or for any (proto §5.7).
    Consent(Consent, UserId, bool),
    /// Ask another provider who somebody is, as the world's plans say (proto §5.8).
    Search(QueryId),
    /// Do this in the room: what others can see is a message of this kind with this number as its text, about
    /// the newest message that it can be about; what leaves no trace
    /// with them is up to the own client (room-policy §8.3 to §8.5).
    Use(Usage, u32),
    /// The user is no user of its provider any more. Of that provider alone: it serves the user no longer, and takes it out of the
    /// room as an external sender (proto §5.2, §5.5: "a deleted user").
    Delete(UserId),
    /// Do it, by a commit of the own.
    Do(Deed),
    /// Propose it, and leave it to others to commit.
    Propose(Deed),
}

/// A change of the room that can be committed at once, or proposed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Deed {
    /// Enter a user in the list in a role, without any client: it is inactive until it joins (ARCH-21).
    Enlist(UserId, u32),
    /// Add all clients of a user who is in the list already (OPEN-35).
    AddClients(UserId),
    /// Remove another user with all its devices (PROTO-09).
    Remove(UserId),
    /// Ban another user (POL-37).
    Ban(UserId),
    /// Give another user another role, a banned one included (POL-35, POL-38).
    ChangeRole(UserId, u32),
    /// Take all clients of another user out, who stays in the list (POL-34).
    Kick(UserId),
    /// Take a client of the own user out, who stays in the list; of itself, a client can only propose it (POL-32).
    RemoveOwnClient(ClientId),
    /// Take the role that the own claims give (POL-36).
    TakeRole(u32),
    /// Change the room's policy, as the world's plans say.
    ChangePolicy(ChangeId),
    /// End the room's group, in favour of that of another room, which goes on where this one stops (RFC 9420 §11.2).
    Reinitialise(RoomId),
}
