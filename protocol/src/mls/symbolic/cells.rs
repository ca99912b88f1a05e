//! What a client of the symbolic engine has of its rooms, and the cells in which that is durable.

use super::group::{OwnCommit, SymbolicGroup};
use super::state::GroupState;
use crate::ids::RoomId;
use crate::mls::MlsConfig;
use serde::{Deserialize, Serialize};

/// What a client has of one room: at least one of the two.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub(super) struct Room {
    /// The group that the client is a member of, or was.
    pub group: Option<SymbolicGroup>,
    /// The external join that waits for its answer.
    pub joining: Option<Joining>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Joining {
    pub own: OwnCommit,
    pub leaf: u32,
}

/// A durable cell, in the order of its key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Cell {
    Keys,
    /// There once the signature key has changed.
    Holder,
    Room(RoomId),
}

impl Cell {
    const KEYS: &[u8] = b"keys";
    const HOLDER: &[u8] = b"name";
    const ROOM: &[u8] = b"room";

    pub fn key(self) -> Vec<u8> {
        match self {
            Cell::Keys => Cell::KEYS.to_vec(),
            Cell::Holder => Cell::HOLDER.to_vec(),
            Cell::Room(room) => [Cell::ROOM, &room.0.to_be_bytes()].concat(),
        }
    }

    pub fn parse(key: &[u8]) -> Option<Cell> {
        if key == Cell::KEYS {
            return Some(Cell::Keys);
        }
        if key == Cell::HOLDER {
            return Some(Cell::Holder);
        }
        let room = key.strip_prefix(Cell::ROOM)?.try_into().ok()?;
        Some(Cell::Room(RoomId(u16::from_be_bytes(room))))
    }
}

impl Room {
    /// Whether stored octets could be this.
    pub fn is_sound(&self, config: &MlsConfig, room: RoomId) -> bool {
        let group = self.group.as_ref();
        let is_own = |state: &GroupState, leaf| state.room == room && state.leaves.contains_key(&leaf);
        let sound = |group: &SymbolicGroup| {
            let next = group.own_commit.as_ref().map(|own| &own.next);
            group.public.is_sound(config)
                && is_own(&group.public.state, group.leaf)
                && next.is_none_or(|next| is_own(next, group.leaf))
        };
        group.is_none_or(sound)
            && self.joining.as_ref().is_none_or(|joining| is_own(&joining.own.next, joining.leaf))
            && (group.is_some() || self.joining.is_some())
    }
}
