//! A client's keys: the key packages that it has its provider hand out, and how it takes another signature key.
//!
//! A fresh signature key is there at once for all that the client makes from then on. In each of its groups the leaf has the earlier
//! one until a commit of the client brings the new one; until that is accepted the earlier one goes on, so that neither a lost race nor
//! a crash leaves the client without a key. That there is still something to bring can be seen from the group at any time.

use super::Client;
use crate::ids::RoomId;
use crate::mls::{Lifetime, Mls, MlsGroup, MlsMember, Sender};
use crate::node::{Call, Fact, Refusal, Request};
use crate::readings::LastResort;
use crate::step::Step;

/// How many key packages a client publishes when it begins.
const KEY_PACKAGES: usize = 12;

impl<M: Mls> Client<M> {
    /// Takes a fresh signature key, and commits in the room with it (RFC 9420 §7.3, ID-06); the other rooms come after that. Where
    /// the room has not seen the newest one yet, that is what is to be brought.
    pub(super) fn change_key(&mut self, step: &mut Step, room: RoomId) -> Result<(), Refusal> {
        if !self.has_old_key(room) {
            self.engine.change_key(step.entropy.of("mimic signature key")).map_err(Refusal::Engine)?;
            step.observe(Fact::KeyChanged { key_changes: self.engine.key_changes() });
            self.unpublished.take();
            self.begin_key_packages(step);
            self.publish(step);
            let others: Vec<RoomId> = self.seats.keys().copied().filter(|other| *other != room).collect();
            others.into_iter().for_each(|other| self.bring_key(step, other));
        }
        self.make_commit(step, room, &[], true)
    }

    /// Whether the own leaf in the room's group has an earlier signature key than the newest.
    pub(super) fn has_old_key(&self, room: RoomId) -> bool {
        if self.engine.key_changes() == 0 {
            return false;
        }
        let key = self.engine.group(room).and_then(|group| group.signature_key(Sender::Member(self.id)));
        key.is_some_and(|key| key != self.engine.own_key())
    }

    /// Sets out to commit, if only that brings the newest signature key into the room's group.
    pub(super) fn bring_key(&mut self, step: &mut Step, room: RoomId) {
        if self.has_old_key(room) {
            self.watch_pending(step, room);
        }
    }

    /// A device that wakes for whatever reason, and has published nothing for half the lifetime of its key packages, publishes
    /// fresh ones: its provider gives out none that has expired (MLS-16, PROTO-25).
    pub(super) fn renew_key_packages(&mut self, step: &mut Step) {
        if *self.renew_s > 0 && step.now_s() >= *self.renew_s && self.unpublished.is_empty() {
            self.begin_key_packages(step);
            self.publish(step);
        }
    }

    /// OPEN-10: one of those that it begins with is of last resort, where such a one may be handed out again.
    pub(super) fn begin_key_packages(&mut self, step: &mut Step) {
        if let Some(lasts_s) = self.config.plans.lifetimes_s.get(&self.user()) {
            self.renew_s.set(step.now_s() + lasts_s / 2);
        }
        match self.config.readings().last_resort {
            LastResort::Forbidden => self.add_key_packages(step, KEY_PACKAGES),
            LastResort::AllowedOnceExhausted => {
                self.add_key_packages(step, KEY_PACKAGES - 1);
                let entropy = step.entropy.of("mimic key package of last resort");
                let lifetime = self.new_lifetime(step);
                self.unpublished.extend(self.engine.last_resort_key_package(lifetime, entropy));
            }
        }
    }

    pub(super) fn add_key_packages(&mut self, step: &Step, count: usize) {
        let lifetime = self.new_lifetime(step);
        for n in 0..count {
            let entropy = step.entropy.of("mimic key package").of(&n.to_string());
            if let Ok(package) = self.engine.fresh_key_package(lifetime, entropy) {
                self.unpublished.push(package);
            }
        }
    }

    /// The lifetime of a key package that is made now (MLS-16).
    fn new_lifetime(&self, step: &Step) -> Lifetime {
        let lasts_s = self.config.plans.lifetimes_s.get(&self.user());
        lasts_s.map_or(Lifetime::ALWAYS, |lasts_s| Lifetime::lasting(*lasts_s, step.now_s()))
    }

    pub(super) fn publish(&self, step: &mut Step) {
        if !self.unpublished.is_empty() {
            let key_packages = self.unpublished.to_vec();
            let key_changes = self.engine.key_changes();
            self.ask(step, Call::Publish, Request::Publish { key_packages, key_changes });
        }
    }
}
