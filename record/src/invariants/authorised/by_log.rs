//! INV-05 where the room's state is in the hub's logs (`carrier = hub-log`): events change policy and participation, commits
//! change members, and each is judged by itself (arch §4.3).

use super::deed::takes_part;
use super::{Scene, lists};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::room::Standing;
use mimic_protocol::{ClientId, UserId};
use std::collections::BTreeSet;

impl<'a> Scene<'a> {
    /// Whether the state is in the logs.
    pub fn is_by_log(&self) -> bool {
        self.before.sequences.is_some()
    }

    /// A state event: its author's role must allow it, whoever is in the group meanwhile.
    pub fn state_event(&self, proposals: &'a [ProposalInfo]) -> Result<(), String> {
        let all: Vec<&ProposalInfo> = proposals.iter().collect();
        let (before, after) = (&self.before.effective, &*self.after.effective);
        let changes = lists::changes(self.directory, (&before.participants, &after.participants), &all)?;
        let author = all.first().ok_or("a state event changes nothing")?.sender;
        if all.iter().any(|proposal| proposal.sender != author) {
            return Err("a state event has several authors".to_owned());
        }
        let own = all.iter().zip(&changes).map(|(proposal, changes)| (*proposal, &changes[..])).collect();
        // Who is not in the list can enter it by an event as it else could by an external commit.
        let capacity = match author {
            Sender::Member(client) if before.role_of(self.directory.user_of(client)).is_none() => {
                Sender::Joiner(client)
            }
            author => author,
        };
        self.deed(capacity, false, after, own)?;
        self.together(proposals, &changes, after, &self.aligned(after, self.members_after([])))
    }

    /// Proposals, which are about the group alone: they take clients out of it.
    pub fn group_proposals(&self, batch: &'a [ProposalInfo]) -> Result<(), String> {
        if self.before.effective != self.after.effective {
            return Err("a proposal changes policy or participation".to_owned());
        }
        if batch.iter().any(|p| !matches!(p.body, Proposed::Remove(_) | Proposed::SelfRemove)) {
            return Err("a proposal by reference does more than to take clients out".to_owned());
        }
        let standing = &*self.after.effective;
        for sender in batch.iter().map(|proposal| proposal.sender).collect::<BTreeSet<_>>() {
            let is_out = |p: &ProposalInfo| matches!(p.body, Proposed::Remove(client) if !takes_part(standing, self.directory.user_of(client)));
            let own = batch.iter().filter(|p| p.sender == sender && !is_out(p));
            self.deed(sender, false, standing, own.map(|proposal| (proposal, &[][..])).collect())?;
        }
        let members = self.members_after(self.pending.iter().chain(batch));
        self.together(batch, &vec![Vec::new(); batch.len()], standing, &self.aligned(standing, members))
    }

    /// A commit: it leaves policy and participation as they are, and lets in only clients of participants. Taking out the
    /// clients of users who are out is nobody's privilege: whoever took out the user had the authority.
    pub fn commit_beside_logs(&self, sender: Sender, proposals: &'a [ProposalInfo]) -> Result<(), String> {
        if self.before.effective != self.after.effective {
            return Err("a commit changes policy or participation".to_owned());
        }
        let standing = &*self.after.effective;
        let (Sender::Member(client) | Sender::Joiner(client)) = sender else {
            return Err("a server commits".to_owned());
        };
        let user = self.directory.user_of(client);
        for proposal in proposals.iter().filter(|proposal| proposal.reference.is_some()) {
            if !self.pending.contains(proposal) {
                return Err("a commit refers to a proposal that was not accepted before it".to_owned());
            }
        }
        let own = proposals
            .iter()
            .filter(|proposal| proposal.reference.is_none() && !self.is_alignment(standing, user, proposal));
        let own: Vec<_> = own.map(|proposal| (proposal, &[][..])).collect();
        // Whoever enters the list by itself is let in with the device that asks (room-policy §8.1.1).
        if !(own.is_empty() && self.entering.contains(&(self.room, client))) {
            self.deed(sender, true, standing, own)?;
        }
        let members = self.after.leaves.values().copied().collect();
        let changes = vec![Vec::new(); proposals.len()];
        self.together(proposals, &changes, standing, &self.aligned(standing, members))
    }

    /// Whether the proposal only brings the group in line with the list.
    fn is_alignment(&self, standing: &Standing, committer: UserId, proposal: &ProposalInfo) -> bool {
        let user = |client: ClientId| self.directory.user_of(client);
        match proposal.body {
            Proposed::Add(client, _) => user(client) != committer && takes_part(standing, user(client)),
            Proposed::Remove(client) => !takes_part(standing, user(client)),
            _ => false,
        }
    }

    /// Those of the clients whose users take part, where the others may still be in the group.
    pub(super) fn aligned(&self, standing: &Standing, clients: BTreeSet<ClientId>) -> BTreeSet<ClientId> {
        let counts = |client: &ClientId| takes_part(standing, self.directory.user_of(*client));
        clients.into_iter().filter(|client| !self.is_by_log() || counts(client)).collect()
    }
}
