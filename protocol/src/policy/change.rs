//! What one actor changes at once.

use crate::ids::{Actor, ClientId, UserId};
use crate::mls::Octets;
use crate::readings::Readings;
use crate::room::{BasePolicy, Components, NOT_LISTED, Participant, Role, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that one actor changes at once (AMB-18: each proposal is its proposer's, what is by value the committer's).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Change {
    /// Who.
    pub actor: Actor,
    /// By an external commit, so that the actor's own new client is among the added ones.
    pub external: bool,
    /// The code that the joiner of an external commit has shown (POL-29).
    pub join_code: Option<Octets>,
    /// The participant list after it.
    pub list_after: Vec<Participant>,
    /// The clients that it adds.
    pub added_clients: Vec<ClientId>,
    /// The clients that it removes.
    pub removed_clients: Vec<ClientId>,
    /// The roles after it, if it replaces them.
    pub roles_after: Option<Vec<Role>>,
    /// The base policy after it, if it replaces it.
    pub base_after: Option<BasePolicy>,
    /// Which of the other components it updates.
    pub updated: BTreeSet<u16>,
    /// What they are after it.
    pub components_after: Arc<Components>,
    /// The types of other MLS proposals among it.
    pub other_proposals: BTreeSet<u16>,
    /// How what the drafts leave open is read.
    pub readings: Readings,
}

impl Change {
    /// The change by `actor` that leaves all of `standing` as it is.
    pub fn none(actor: impl Into<Actor>, standing: &Standing) -> Self {
        Self {
            actor: actor.into(),
            external: false,
            join_code: None,
            list_after: standing.participants.clone(),
            added_clients: Vec::new(),
            removed_clients: Vec::new(),
            roles_after: None,
            base_after: None,
            updated: BTreeSet::new(),
            components_after: standing.components.clone(),
            other_proposals: BTreeSet::new(),
            readings: Readings::default(),
        }
    }

    /// The users whose entry it changes. Of a user that is listed twice, the last entry counts.
    pub(super) fn moves(&self, before: &Standing) -> BTreeMap<UserId, RoleMove> {
        let mut moves: BTreeMap<UserId, RoleMove> = BTreeMap::new();
        for entry in &before.participants {
            moves.insert(entry.user, RoleMove { user: entry.user, from: entry.role, to: NOT_LISTED });
        }
        for entry in &self.list_after {
            let new = RoleMove { user: entry.user, from: NOT_LISTED, to: NOT_LISTED };
            moves.entry(entry.user).or_insert(new).to = entry.role;
        }
        moves.retain(|_, moved| moved.from != moved.to);
        moves
    }
}

/// That a user's role is another one after a change; [`NOT_LISTED`] stands for not being in the list.
pub(super) struct RoleMove {
    /// Whose.
    pub user: UserId,
    /// The role before.
    pub from: u32,
    /// The role after.
    pub to: u32,
}
