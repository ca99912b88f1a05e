//! Whom a hub tells of what it has accepted (proto §5.5).

use super::hub::HubRoom;
use crate::ids::{ClientId, ProviderId};
use crate::mls::{Leaves, Mls, Sender};
use crate::mutant::Mutant;
use crate::node::{Event, Fact, FanOut};
use crate::readings::{Echo, FanOutTo};
use crate::step::Step;
use std::collections::BTreeSet;

impl<M: Mls> HubRoom<M> {
    pub(super) fn fan_out(&mut self, step: &mut Step, targets: &BTreeSet<ProviderId>, event: FanOut) {
        let hub = self.config.directory().hub_of(self.room);
        let is_told_abroad = targets.iter().any(|provider| *provider != hub);
        let vouchers = if is_told_abroad { self.vouchers_for(step, &event.event) } else { Vec::new() };
        let second = u8::from(matches!(event.event, Event::Welcome { .. }));
        for provider in targets {
            if *provider == hub {
                self.local.push(event.clone());
                continue;
            }
            let place = (self.position() - 1, second);
            self.outboxes.entry(*provider).or_default().push(
                step,
                self.room,
                *provider,
                place,
                FanOut { vouchers: vouchers.clone(), ..event.clone() },
            );
            self.news.insert(*provider);
            step.observe(Fact::FannedOut { room: self.room, message: event.event.id(), follower: *provider });
        }
    }

    /// The providers that get a commit: those of active participants, and of those whom it removes (AMB-20, PROTO-51).
    pub(super) fn commit_targets(&self, before: &Leaves, after: &Leaves) -> BTreeSet<ProviderId> {
        let tells_removed = self.config.readings().fan_out_to == FanOutTo::ActiveAndRemoved
            && !self.config.planted.is(Mutant::RemovesInSilence);
        let removed = before.values().filter(|_| tells_removed);
        self.providers(removed.chain(after.values()).copied())
    }

    /// The providers that get a Welcome: those whose key packages it is for (PROTO-45).
    pub(super) fn welcomed(&self, targets: BTreeSet<ProviderId>) -> BTreeSet<ProviderId> {
        match self.config.planted.is(Mutant::WelcomesEverywhere) {
            true => self.providers(self.epoch.clients()),
            false => targets,
        }
    }

    /// The providers that get application messages: those with a member that is not blocked (PROTO-31, INV-07). A hub can
    /// withhold only from a whole provider: which of a follower's users gets what is the follower's own affair.
    pub(super) fn message_targets(&self) -> BTreeSet<ProviderId> {
        if self.config.planted.is(Mutant::DeliversAfterRemoval) {
            return self.providers(self.epoch.clients());
        }
        let (directory, in_force) = (self.config.directory(), self.in_force());
        let members = self.epoch.clients();
        self.providers(members.filter(|client| in_force.may_take_part(directory.user_of(*client))))
    }

    /// AMB-21: all of these providers, or all but the author's.
    pub(super) fn but_author(&self, targets: BTreeSet<ProviderId>, author: Sender) -> BTreeSet<ProviderId> {
        match author {
            Sender::Member(client) | Sender::Joiner(client) => {
                self.but_sender(targets, self.config.directory().provider_of_client(client))
            }
            Sender::External(_) => targets,
        }
    }

    pub(super) fn but_sender(
        &self,
        mut targets: BTreeSet<ProviderId>,
        sender: ProviderId,
    ) -> BTreeSet<ProviderId> {
        if self.config.readings().echo == Echo::Never {
            targets.remove(&sender);
        }
        targets
    }

    /// Whether the hub hands application messages to this client of its own.
    pub(super) fn may_receive(&self, client: ClientId) -> bool {
        let member = self.epoch.clients().any(|leaf| leaf == client);
        let user = self.config.directory().user_of(client);
        self.config.planted.is(Mutant::DeliversAfterRemoval) || member && self.in_force().may_take_part(user)
    }

    pub(super) fn providers(&self, clients: impl Iterator<Item = ClientId>) -> BTreeSet<ProviderId> {
        clients.map(|client| self.config.directory().provider_of_client(client)).collect()
    }
}
