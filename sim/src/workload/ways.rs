//! The rarer ways in and out, and changes of policy: what could make sense of them, and to whom it is allowed.

use super::room::{Kind, Room};
use mimic_protocol::node::{Action, Deed};
use mimic_protocol::policy::{Change, authorise, joinable_roles};
use mimic_protocol::room::Standing;
use mimic_protocol::{ChangeId, ClientId, LinkId, PolicyChange};
use mimic_record::SeatView;

impl Room<'_> {
    /// Devices that could come in, of users who are no participants: as the hub sees the room, which is asked.
    pub(super) fn joins(&self) -> Vec<(ClientId, Action)> {
        let Some(hub) = self.hub else { return Vec::new() };
        let links = self.scenario.links.iter().enumerate();
        let links = links.map(|(at, link)| (Some(LinkId(at as u16)), Some(link.as_bytes())));
        let ways: Vec<(Option<LinkId>, Option<&[u8]>)> = std::iter::once((None, None)).chain(links).collect();
        let of = |client: ClientId| {
            let user = self.directory.user_of(client);
            let roles = |code| joinable_roles(self.directory, &hub.effective, user, code);
            let joins = ways.iter().flat_map(|(link, code)| {
                roles(*code).into_iter().map(|role| (client, Action::Join(role, *link)))
            });
            joins.collect::<Vec<_>>()
        };
        let idle = self.directory.clients().filter(|client| self.is_idle(*client));
        idle.flat_map(of).collect()
    }

    /// What devices that are in the room could do of a kind, and may, as they see it.
    pub(super) fn deeds(&self, kind: Kind) -> Vec<(ClientId, Action)> {
        let of = |client: ClientId| {
            let seat = self.seat(client)?;
            let standing = seat.standing.as_deref()?;
            Some(self.deeds_of(kind, client, (seat, standing)))
        };
        self.askable.iter().filter_map(|client| of(*client)).flatten().collect()
    }

    fn deeds_of(
        &self,
        kind: Kind,
        client: ClientId,
        (seat, standing): (&SeatView, &Standing),
    ) -> Vec<(ClientId, Action)> {
        let actor = self.directory.user_of(client);
        let leaves = || seat.leaves.values().copied().filter(|leaf| *leaf != client);
        let allowed = |change: Change| {
            let members = seat.leaves.values().copied().collect();
            authorise(self.directory, standing, &members, &change).is_ok()
        };
        let none = || Change::none(actor, standing);
        let mut actions: Vec<Action> = match kind {
            Kind::Rejoin => vec![Action::Rejoin],
            Kind::Kick => {
                let others = leaves().filter(|leaf| self.directory.user_of(*leaf) != actor);
                let kicks = others.filter(|leaf| {
                    let user = self.directory.user_of(*leaf);
                    let removed_clients = leaves().filter(|leaf| self.directory.user_of(*leaf) == user);
                    user != self.creator()
                        && allowed(Change { removed_clients: removed_clients.collect(), ..none() })
                });
                kicks.map(|leaf| Action::Do(Deed::Kick(self.directory.user_of(leaf)))).collect()
            }
            Kind::DropDevice => {
                let own = leaves().filter(|leaf| self.directory.user_of(*leaf) == actor);
                let own = own.filter(|leaf| allowed(Change { removed_clients: vec![*leaf], ..none() }));
                own.map(|leaf| Action::Do(Deed::RemoveOwnClient(leaf))).collect()
            }
            Kind::ChangePolicy => {
                let here = self.scenario.changes.iter().enumerate();
                let here = here.filter(|(_, change)| change.room == self.id);
                let made = here.filter(|(_, change)| {
                    self.policy_change(&change.change, standing)
                        .is_some_and(|change| allowed(Change { actor: actor.into(), ..change }))
                });
                made.map(|(at, _)| Action::Do(Deed::ChangePolicy(ChangeId(at as u16)))).collect()
            }
            _ => Vec::new(),
        };
        actions.dedup();
        actions.into_iter().map(|action| (client, action)).collect()
    }

    /// What a change of policy alone makes of the room; none if it makes no difference, or does more than that.
    fn policy_change(&self, change: &PolicyChange, before: &Standing) -> Option<Change> {
        let after = change.of(self.directory, self.id, before)?;
        if &after == before || !change.with.is_empty() {
            return None;
        }
        Some(Change {
            roles_after: (after.roles != before.roles).then(|| after.roles.clone()),
            base_after: (after.base != before.base).then(|| after.base.clone()),
            updated: before.components.differing(&after.components).into_iter().collect(),
            components_after: after.components.clone(),
            ..Change::none(self.creator(), before)
        })
    }
}
