//! Who may have key packages of a user: what the users of a provider have granted and revoked, and what others have asked
//! them for (proto §5.7, §8).
//!
//! A provider asks for consent, or takes it for given. What counts is what the target's own provider has: what it tells the
//! requester's is news, and may come late or in another order (RACE-30).

use super::Provider;
use crate::capabilities;
use crate::durable::Durable;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{Mls, Octets};
use crate::mutant::Mutant;
use crate::node::{
    ClientMaterial, Consent, ConsentScope, Exchange, Fact, KeyMaterialAnswer, Request, Response, UserStatus,
};
use crate::plans::Discretion;
use crate::readings::ConsentPrecedence;
use crate::step::Step;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a provider knows of consent.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub(super) struct ConsentBook {
    /// What users of this provider have said last, for each scope.
    given: BTreeMap<ConsentScope, Said>,
    /// What was asked of them and not cancelled.
    asked: BTreeSet<ConsentScope>,
    /// The key packages that came with what users of other providers have granted.
    brought: BTreeMap<ConsentScope, Vec<Octets>>,
    /// The last thing that each client of this provider has said: an older one that comes late counts no more.
    serials: BTreeMap<ClientId, u32>,
}

/// What a user has said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
struct Said {
    granted: bool,
    /// Its place among all that users have said here, where that counts.
    place: u32,
}

impl ConsentBook {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>) -> Durable<Self> {
        Durable::recover(cells, KEY).unwrap_or_default()
    }

    fn say(&mut self, scope: ConsentScope, granted: bool, precedence: ConsentPrecedence) {
        let place = match precedence {
            ConsentPrecedence::RoomFirst => 0,
            ConsentPrecedence::LastWord => {
                self.given.values().map(|said| said.place).max().map_or(0, |last| last + 1)
            }
        };
        self.given.insert(scope, Said { granted, place });
    }

    /// What the target's own provider answers a requester that may not have key packages (PROTO-65). Whether what was said of the
    /// room counts before what was said of any room is a reading (OPEN-11).
    fn refusal(
        &self,
        (requester, room): (UserId, RoomId),
        target: UserId,
        precedence: ConsentPrecedence,
    ) -> Option<UserStatus> {
        let said = |room| self.given.get(&ConsentScope { requester, target, room }).copied();
        let (here, anywhere) = (said(Some(room)), said(None));
        let counts = match precedence {
            ConsentPrecedence::RoomFirst => here.or(anywhere),
            ConsentPrecedence::LastWord => here.into_iter().chain(anywhere).max_by_key(|said| said.place),
        };
        if counts.is_some_and(|said| said.granted) {
            return None;
        }
        let elsewhere = self
            .given
            .iter()
            .any(|(scope, said)| said.granted && (scope.requester, scope.target) == (requester, target));
        Some(if elsewhere { UserStatus::NoConsentForThisRoom } else { UserStatus::NoConsent })
    }
}

const KEY: &[u8] = b"cb";

impl<M: Mls> Provider<M> {
    /// A message about consent: of a client of this provider, with its place among what that has said, or of another provider.
    pub(super) fn consent(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        (consent, scope): (Consent, ConsentScope),
        (serial, key_packages): (Option<u32>, Vec<Octets>),
    ) {
        match (from, serial) {
            (NodeId::Client(client), Some(serial)) if self.own_client(from).is_some() => {
                self.consent_of_client(step, (exchange, client), (consent, scope), serial);
            }
            (NodeId::Provider(peer), None) => {
                let response = self.consent_of_peer(step, peer, (consent, scope), key_packages);
                step.reply(from, exchange, response);
            }
            _ => step.reply(from, exchange, Response::Refused),
        }
        self.consents.store(step, || KEY.to_vec());
    }

    /// A user asks, or answers: each for itself alone.
    fn consent_of_client(
        &mut self,
        step: &mut Step,
        (exchange, client): (Exchange, ClientId),
        (consent, scope): (Consent, ConsentScope),
        serial: u32,
    ) {
        let directory = self.config.directory();
        let user = directory.user_of(client);
        let (speaker, other) = match consent {
            Consent::Request | Consent::Cancel => (scope.requester, scope.target),
            Consent::Grant | Consent::Revoke => (scope.target, scope.requester),
        };
        if speaker != user && !self.config.planted.is(Mutant::AnybodyConsents) {
            return step.reply(client.into(), exchange, Response::Refused);
        }
        if self.consents.serials.get(&client).is_some_and(|last| *last > serial) {
            return step.reply(client.into(), exchange, Response::Created);
        }
        self.consents.serials.insert(client, serial);
        let peer = directory.provider_of(other);
        if matches!(consent, Consent::Grant | Consent::Revoke) {
            self.set_consent(step, scope, consent == Consent::Grant);
        }
        // PROTO-64: whoever is discreet does not tell of a revoke.
        let tells = consent != Consent::Revoke || self.discretion() != Some(Discretion::Discreet);
        if peer == self.id {
            let response = self.consent_of_peer(step, self.id, (consent, scope), Vec::new());
            step.reply(client.into(), exchange, response);
        } else if tells {
            let key_packages = self.goes_along(step, consent, scope);
            step.send(peer, exchange, Request::Consent { consent, scope, serial: None, key_packages });
        } else {
            step.reply(client.into(), exchange, Response::Created);
        }
    }

    fn set_consent(&mut self, step: &mut Step, scope: ConsentScope, granted: bool) {
        if granted || !self.config.planted.is(Mutant::IgnoresRevokes) {
            self.consents.say(scope, granted, self.config.readings().consent_precedence);
        }
        self.consents.asked.remove(&scope);
        step.observe(Fact::ConsentGiven { scope, granted });
    }

    /// What another provider says: of its own users alone, to ours (PROTO-60). That it was received says nothing of whether the
    /// user exists, where this provider is discreet (PROTO-62).
    fn consent_of_peer(
        &mut self,
        step: &mut Step,
        peer: ProviderId,
        (consent, scope): (Consent, ConsentScope),
        key_packages: Vec<Octets>,
    ) -> Response {
        let directory = self.config.directory();
        let homes = (directory.provider_of(scope.requester), directory.provider_of(scope.target));
        let fits = match consent {
            Consent::Request | Consent::Cancel => homes == (peer, self.id),
            Consent::Grant | Consent::Revoke => homes == (self.id, peer),
        };
        if !fits && !self.config.planted.is(Mutant::AnybodyConsents) {
            return Response::Refused;
        }
        let (user, is_discreet) = match consent {
            Consent::Request | Consent::Cancel => {
                (scope.target, self.discretion() == Some(Discretion::Discreet))
            }
            Consent::Grant | Consent::Revoke => (scope.requester, false),
        };
        if !self.key_store.serves(user) {
            let is_discreet = is_discreet && !self.config.planted.is(Mutant::TellsWhoExists);
            return if is_discreet { Response::Created } else { Response::NotFound };
        }
        match consent {
            Consent::Request => _ = self.consents.asked.insert(scope),
            // PROTO-61: one that fits no request is acknowledged and ignored.
            Consent::Cancel if !self.consents.asked.remove(&scope) => return Response::Created,
            Consent::Cancel => {}
            Consent::Grant | Consent::Revoke => {
                self.consents.brought.remove(&scope);
                if !key_packages.is_empty() {
                    self.consents.brought.insert(scope, key_packages);
                }
            }
        }
        step.observe(Fact::ConsentTold { consent, scope });
        Response::Created
    }

    /// The key packages that go with what a user of this provider grants for a room, one of each of its clients (PROTO-63): they
    /// are given away like any others.
    fn goes_along(&mut self, step: &mut Step, consent: Consent, scope: ConsentScope) -> Vec<Octets> {
        let (Consent::Grant, Some(room)) = (consent, scope.room) else { return Vec::new() };
        if !self.config.plans.grants_key_packages.contains(&self.id) {
            return Vec::new();
        }
        let for_whom = ((scope.requester, room), self.discretion().is_some());
        if self.config.planted.is(Mutant::GrantsTheSame) {
            return self.key_store.first_of_each(&self.config, scope.target);
        }
        let required = capabilities::required(self.config.directory(), room);
        let answer = self.key_store.claim::<M>(step, &self.config, scope.target, &required, for_whom);
        let packages = answer.clients.into_iter().filter_map(|(_, material)| match material {
            ClientMaterial::KeyPackage(package) => Some(package),
            ClientMaterial::Exhausted | ClientMaterial::Incompatible(_) => None,
        });
        packages.collect()
    }

    /// The key packages that came with the target's grant, once. The room's hub knows nothing of them, unless it is this provider
    /// (RACE-13).
    pub(super) fn take_brought(
        &mut self,
        step: &mut Step,
        (requester, room): (UserId, RoomId),
        target: UserId,
    ) -> Option<KeyMaterialAnswer> {
        let scope = ConsentScope { requester, target, room: Some(room) };
        let packages = self.consents.brought.remove(&scope)?;
        self.consents.store(step, || KEY.to_vec());
        let owners = packages.iter().map(|package| M::key_package(&self.config.mls, package).map(|it| it.0));
        let clients = owners.zip(&packages);
        let clients = clients
            .filter_map(|(owner, package)| Some((owner.ok()?, ClientMaterial::KeyPackage(package.clone()))));
        Some(KeyMaterialAnswer { status: UserStatus::Success, clients: clients.collect() })
    }

    /// How this provider goes by consent; not at all, where it takes it for given.
    pub(super) fn discretion(&self) -> Option<Discretion> {
        self.config.plans.consent.get(&self.id).copied()
    }

    /// Why a requester may not have key packages of a user of this provider. A discreet provider says the same of everybody whose
    /// key packages it does not hand out (PROTO-26).
    pub(super) fn withheld(&self, requester: UserId, target: UserId, room: RoomId) -> Option<UserStatus> {
        let discretion = self.discretion()?;
        if self.config.planted.is(Mutant::IgnoresConsent) {
            return None;
        }
        let is_discreet = discretion == Discretion::Discreet && !self.config.planted.is(Mutant::TellsOnUsers);
        if !self.key_store.serves(target) {
            return Some(if is_discreet { UserStatus::NoConsent } else { UserStatus::UserDeleted });
        }
        let precedence = self.config.readings().consent_precedence;
        let status = self.consents.refusal((requester, room), target, precedence)?;
        Some(if is_discreet { UserStatus::NoConsent } else { status })
    }
}
