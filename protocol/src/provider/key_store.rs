//! A provider's key packages: those of its own users, and the routes of those that it has relayed as a hub.

use crate::config::NodeConfig;
use crate::ids::{ClientId, ProviderId, RoomId, UserId};
use crate::mls::{KeyPackageRef, Mls, Octets};
use crate::mutant::Mutant;
use crate::node::{ClientMaterial, Fact, KeyMaterialAnswer, UserStatus};
use crate::readings::LastResort;
use crate::step::{Step, read, under};
use crate::wire::mls::RequiredCapabilities;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Key packages by client (PROTO-16), whose they were (PROTO-27), and where a Welcome for one goes (PROTO-06, PROTO-17).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct KeyStore {
    packages: BTreeMap<ClientId, VecDeque<Octets>>,
    /// The newest key package of last resort of each client that has one, where such ones may be handed out again (OPEN-10).
    last_resort: BTreeMap<ClientId, Octets>,
    /// How often each client has changed its signature key, of those that have.
    key_changes: BTreeMap<ClientId, u32>,
    owners: BTreeMap<KeyPackageRef, ClientId>,
    routes: BTreeMap<KeyPackageRef, ProviderId>,
    /// The users of this provider that are no more.
    deleted: BTreeSet<UserId>,
}

#[derive(Serialize, Deserialize)]
enum Known {
    Owner(ClientId),
    Route(ProviderId),
}

impl KeyStore {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>) -> Self {
        let mut store = Self::default();
        for (key, octets) in under(cells, b"k/") {
            let client = key.try_into().ok().map(|b| ClientId(u16::from_be_bytes(b)));
            let queue: Option<VecDeque<Octets>> = postcard::from_bytes(&octets).ok();
            if let (Some(client), Some(queue)) = (client, queue) {
                store.packages.insert(client, queue);
            }
        }
        for (key, octets) in under(cells, b"kl/") {
            if let Ok(key) = key.try_into() {
                store.last_resort.insert(ClientId(u16::from_be_bytes(key)), octets);
            }
        }
        for (key, octets) in under(cells, b"kn/") {
            if let (Ok(key), Ok(changes)) = (key.try_into(), postcard::from_bytes(&octets)) {
                store.key_changes.insert(ClientId(u16::from_be_bytes(key)), changes);
            }
        }
        for prefix in [b"ko/", b"kr/"] {
            for key in under(cells, prefix).into_keys() {
                let Ok(reference) = key.clone().try_into().map(KeyPackageRef) else { continue };
                match read(cells, &[prefix.as_slice(), &key].concat()) {
                    Some(Known::Owner(client)) => drop(store.owners.insert(reference, client)),
                    Some(Known::Route(provider)) => drop(store.routes.insert(reference, provider)),
                    None => {}
                }
            }
        }
        let deleted = under(cells, b"kd/").into_keys().filter_map(|key| key.try_into().ok());
        store.deleted = deleted.map(|key| UserId(u16::from_be_bytes(key))).collect();
        store
    }

    /// The user is no user of this provider any more: its key packages are gone (proto §5.2, userDeleted).
    pub(super) fn delete_user(&mut self, step: &mut Step, config: &NodeConfig, user: UserId) {
        self.deleted.insert(user);
        step.put([b"kd/", &user.0.to_be_bytes()[..]].concat(), &());
        for client in config.directory().clients_of(user) {
            self.packages.entry(client).and_modify(VecDeque::clear);
            self.store(step, client);
            if self.last_resort.remove(&client).is_some() {
                step.delete(last_resort_key(client));
            }
        }
    }

    /// Whether the user is not deleted.
    pub(super) fn serves(&self, user: UserId) -> bool {
        !self.deleted.contains(&user)
    }

    /// Takes in key packages that a client of this provider publishes; those of another client are left out, and those of a signature
    /// key that it has replaced (ID-06).
    pub(super) fn publish<M: Mls>(
        &mut self,
        step: &mut Step,
        config: &NodeConfig,
        client: ClientId,
        (packages, key_changes): (Vec<Octets>, u32),
    ) {
        let known = self.key_changes.get(&client).copied().unwrap_or_default();
        if key_changes < known {
            return;
        }
        if key_changes > known {
            self.replace_key(step, config, client, key_changes);
        }
        let allowed = config.readings().last_resort == LastResort::AllowedOnceExhausted;
        for package in packages {
            let Ok((owner, reference)) = M::key_package(&config.mls, &package) else { continue };
            // A repeated publication brings the same octets again; a package that was once here is never taken twice.
            if owner != client || self.owners.contains_key(&reference) {
                continue;
            }
            let queue = self.packages.entry(client).or_default();
            if allowed && M::is_last_resort(&package) {
                step.engine(b"", vec![(last_resort_key(client), Some(package.clone()))]);
                self.last_resort.insert(client, package);
            } else {
                queue.push_back(package);
            }
            self.owners.insert(reference, client);
            step.put([b"ko/", &reference.0[..]].concat(), &Known::Owner(client));
        }
        self.store(step, client);
    }

    /// The client's key packages of earlier signature keys are void. A Welcome for one that was handed out still finds its way.
    fn replace_key(&mut self, step: &mut Step, config: &NodeConfig, client: ClientId, key_changes: u32) {
        self.key_changes.insert(client, key_changes);
        step.put([b"kn/", &client.0.to_be_bytes()[..]].concat(), &key_changes);
        if config.planted.is(Mutant::KeepsOldKeyPackages) {
            return;
        }
        self.packages.entry(client).and_modify(VecDeque::clear);
        if self.last_resort.remove(&client).is_some() {
            step.delete(last_resort_key(client));
        }
    }

    /// Hands out one key package for each client of `user` that has ever published any, never to be handed out again, but for
    /// those of last resort (PROTO-25, INV-14, OPEN-10).
    pub(super) fn claim<M: Mls>(
        &mut self,
        step: &mut Step,
        config: &NodeConfig,
        user: UserId,
        required: &RequiredCapabilities,
        (to, by_consent): ((UserId, RoomId), bool),
    ) -> KeyMaterialAnswer {
        let mut clients = Vec::new();
        if !self.serves(user) {
            return KeyMaterialAnswer { status: UserStatus::UserDeleted, clients };
        }
        for client in config.directory().clients_of(user) {
            if !self.packages.contains_key(&client) {
                continue;
            }
            let package = self.take::<M>(step, config, (client, required), (to, by_consent));
            let material = match package {
                Some(package) => ClientMaterial::KeyPackage(package),
                None => self.unfit::<M>(config, client),
            };
            clients.push((client, material));
        }
        let had = clients.iter().filter(|(_, m)| matches!(m, ClientMaterial::KeyPackage(_))).count();
        let status = match had {
            0 => UserStatus::NoCompatibleMaterial,
            n if n == clients.len() => UserStatus::Success,
            _ => UserStatus::PartialSuccess,
        };
        KeyMaterialAnswer { status, clients }
    }

    /// What is said of a client that has nothing to hand out: what it can do, if that is why (PROTO-24).
    fn unfit<M: Mls>(&self, config: &NodeConfig, client: ClientId) -> ClientMaterial {
        let queued = self.packages.get(&client).and_then(VecDeque::front);
        match queued.or(self.last_resort.get(&client)) {
            Some(package) => ClientMaterial::Incompatible(M::capabilities(&config.mls, package).ok()),
            None => ClientMaterial::Exhausted,
        }
    }

    /// What would be handed out next, left where it is: for a planted bug.
    pub(super) fn first_of_each(&self, config: &NodeConfig, user: UserId) -> Vec<Octets> {
        let queues = config.directory().clients_of(user).filter_map(|client| self.packages.get(&client));
        queues.filter_map(|queue| queue.front().cloned()).collect()
    }

    /// The answer where nothing that the user's clients have fits what the requester needs (PROTO-24).
    pub(super) fn incompatible(&self, config: &NodeConfig, user: UserId) -> KeyMaterialAnswer {
        let clients = config.directory().clients_of(user).filter(|client| self.packages.contains_key(client));
        let clients = clients.map(|client| (client, ClientMaterial::Incompatible(None))).collect();
        KeyMaterialAnswer { status: UserStatus::NoCompatibleMaterial, clients }
    }

    /// The next key package of the client that does for what is required (PROTO-16): one that was never handed out, or else the
    /// one of last resort.
    fn take<M: Mls>(
        &mut self,
        step: &mut Step,
        config: &NodeConfig,
        (client, required): (ClientId, &RequiredCapabilities),
        (to, by_consent): ((UserId, RoomId), bool),
    ) -> Option<Octets> {
        let queue = self.packages.entry(client).or_default();
        let last_resort = self.last_resort.get(&client).cloned();
        let is_first = config.planted.is(Mutant::LastResortFirst) && last_resort.is_some();
        // PROTO-25: what has expired is given to nobody.
        let keeps_expired = config.planted.is(Mutant::HandsOutExpired);
        let is_over = |package: &Octets| M::lifetime(package).is_ok_and(|l| l.is_over(step.now_s()));
        let expired = queue.iter().take_while(|package| !keeps_expired && is_over(package)).count();
        drop(queue.drain(..expired));
        let takes_any = config.planted.is(Mutant::IgnoresCapabilities);
        let fits = |package: &Octets| {
            takes_any || M::capabilities(&config.mls, package).is_ok_and(|able| able.meet(required))
        };
        let last_resort = last_resort.filter(|package| (keeps_expired || !is_over(package)) && fits(package));
        let first_fit = queue.iter().position(fits).filter(|_| !is_first);
        let fresh = first_fit.and_then(|place| queue.remove(place));
        let others = queue.len();
        if config.planted.is(Mutant::HandsOutTwice) {
            fresh.iter().for_each(|package| queue.push_front(package.clone()));
        }
        if fresh.is_some() || expired > 0 {
            self.store(step, client);
        }
        let of_last_resort = fresh.is_none();
        let package = fresh.or(last_resort)?;
        let (_, reference) = M::key_package(&config.mls, &package).ok()?;
        let (key_package, lifetime) = (reference, (M::lifetime(&package).ok()?, step.now_s()));
        step.observe(Fact::HandedOut {
            to,
            by_consent,
            client,
            key_package,
            of_last_resort,
            others,
            lifetime,
        });
        Some(package)
    }

    /// Remembers, as a hub, which provider the answer's key packages came from.
    pub(super) fn remember_routes<M: Mls>(
        &mut self,
        step: &mut Step,
        config: &NodeConfig,
        answer: &KeyMaterialAnswer,
    ) {
        if config.planted.is(Mutant::ForgetsRoutes) {
            return;
        }
        for (client, material) in &answer.clients {
            let ClientMaterial::KeyPackage(package) = material else { continue };
            let Ok((owner, reference)) = M::key_package(&config.mls, package) else { continue };
            if owner == *client {
                let provider = config.directory().provider_of_client(owner);
                self.routes.insert(reference, provider);
                step.put([b"kr/", &reference.0[..]].concat(), &Known::Route(provider));
            }
        }
    }

    /// The provider that a key package came from, if it came through here.
    pub(super) fn route(&self, reference: &KeyPackageRef) -> Option<ProviderId> {
        self.routes.get(reference).copied()
    }

    /// The client of this provider whose key package it was.
    pub(super) fn owner(&self, reference: &KeyPackageRef) -> Option<ClientId> {
        self.owners.get(reference).copied()
    }

    /// How many key packages the client has left here.
    pub fn stock(&self, client: ClientId) -> usize {
        self.packages.get(&client).map_or(0, VecDeque::len)
    }

    fn store(&self, step: &mut Step, client: ClientId) {
        if let Some(queue) = self.packages.get(&client) {
            step.put([b"k/", &client.0.to_be_bytes()[..]].concat(), queue);
        }
    }
}

fn last_resort_key(client: ClientId) -> Vec<u8> {
    [b"kl/", &client.0.to_be_bytes()[..]].concat()
}
