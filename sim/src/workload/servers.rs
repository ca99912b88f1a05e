//! What operators want of their servers, which act in a room as external senders (room-policy §4, POL-12).

use super::room::{Choice, Room};
use mimic_protocol::ids::Actor;
use mimic_protocol::node::Action;
use mimic_protocol::policy::authorise;
use mimic_protocol::{ProviderId, UserId};

impl Room<'_> {
    /// Whom servers could take out or ban, and may as the hub has the room.
    pub(super) fn enforcements(&self) -> Vec<Choice> {
        let servers = self.directory.providers();
        let all = servers.flat_map(|server| self.orders(server).map(move |action| (server, action)));
        all.filter(|(server, action)| self.server_may(*server, *action)).map(|o| self.order(o)).collect()
    }

    /// Whom servers could take out or ban, whether they may or not.
    pub(super) fn overreaches(&self) -> Vec<Choice> {
        let servers = self.directory.providers();
        let all = servers.flat_map(|server| self.orders(server).map(move |action| (server, action)));
        all.map(|order| self.order(order)).collect()
    }

    /// Users whom their providers could delete. One who is deleted already is first taken out of the other rooms.
    pub(super) fn deletions(&self) -> Vec<Choice> {
        let goes = |user: &UserId| {
            let (server, action) = (self.directory.provider_of(*user), Action::Delete(*user));
            self.server_may(server, action).then(|| self.order((server, action)))
        };
        let (gone, others): (Vec<UserId>, Vec<UserId>) =
            self.at_stake().partition(|user| self.deleted.contains(user));
        let gone: Vec<Choice> = gone.iter().filter_map(goes).collect();
        if gone.is_empty() { others.iter().filter_map(goes).collect() } else { gone }
    }

    fn order(&self, (server, action): (ProviderId, Action)) -> Choice {
        Choice { node: server.into(), room: self.id, action }
    }

    fn orders(&self, server: ProviderId) -> impl Iterator<Item = Action> + '_ {
        let is_there = self.hub.is_some();
        let users = self.at_stake().filter(move |_| is_there);
        // A server's own users are for others to take out, as far as it can help it.
        let users =
            users.filter(move |user| self.directory.provider_of(*user) != server || self.is_hub(server));
        users.flat_map(|user| [Action::Remove(user), Action::Ban(user)])
    }

    fn is_hub(&self, server: ProviderId) -> bool {
        self.directory.hub_of(self.id) == server
    }

    /// Those who take part, but for the creators of rooms, who stay.
    fn at_stake(&self) -> impl Iterator<Item = UserId> + '_ {
        let creators = |user: &UserId| self.scenario.rooms().any(|room| room.creator == *user);
        let takes_part = |user: &UserId| self.hub.is_some_and(|hub| hub.effective.may_take_part(*user));
        self.directory.users().filter(move |user| !creators(user) && takes_part(user))
    }

    fn server_may(&self, server: ProviderId, action: Action) -> bool {
        let Some(hub) = self.hub else { return false };
        let members: Vec<_> = hub.leaves.values().copied().collect();
        let change = self.change(Actor::Provider(server), action, &members, &hub.effective);
        change.is_some_and(|change| {
            let members = members.iter().copied().collect();
            authorise(self.directory, &hub.effective, &members, &change).is_ok()
        })
    }
}
