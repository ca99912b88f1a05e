//! Who somebody is: queries of clients for other providers, and of other providers for the users here (proto §5.8).

use super::Provider;
use crate::ids::{NodeId, ProviderId, UserId};
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::node::{Call, Exchange, Fact, Request, Response, SearchAnswer};
use crate::profile::{Field, Profile, SearchPolicy, Term};
use crate::step::Step;
use crate::wire::identifier_query::IdentifierQueryCode;

impl<M: Mls> Provider<M> {
    /// A query goes from the client's provider to the one that it is for, directly (PROTO-66).
    pub(super) fn search(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        (at, query): (ProviderId, Vec<Term>),
    ) {
        let is_own = self.own_client(from).is_some();
        if at != self.id && is_own {
            // proto §5.1: where it is to go.
            let call = Call::Directory(at);
            step.send(at, Exchange { origin: self.id.into(), call }, Request::Directory);
            return step.send(at, exchange, Request::Search { at, query });
        }
        if at != self.id || !is_own && matches!(from, NodeId::Client(_)) {
            return step.reply(from, exchange, Response::Refused);
        }
        let answer = self.look_up(&query);
        let found = answer.found.iter().map(|(user, _)| *user).collect();
        step.observe(Fact::Searched { from, query, code: answer.code, found });
        step.reply(from, exchange, Response::Search(answer));
    }

    /// Says where its own endpoints are (proto §5.1).
    pub(super) fn tell_endpoints(&self, step: &mut Step, exchange: Exchange, from: NodeId) {
        let document = self.config.directory().document(self.id).to_json();
        step.reply(from, exchange, Response::Directory(document.as_bytes().into()));
    }

    /// Another provider has said where its endpoints are.
    pub(super) fn discovered(&self, step: &mut Step, peer: ProviderId, document: &[u8]) {
        let is_as_known = crate::http::DirectoryDocument::parse(document).as_ref()
            == Ok(self.config.directory().document(peer));
        step.observe(Fact::Discovered { peer, is_as_known });
    }

    /// Whom the query finds among the users of this provider: nothing changes by it (PROTO-66).
    fn look_up(&self, query: &[Term]) -> SearchAnswer {
        let plans = &self.config.plans;
        let any = SearchPolicy::default();
        let policy = plans.search.get(&self.id).unwrap_or(&any);
        let none = |code| SearchAnswer { code, found: Vec::new() };
        if !policy.allows(query) {
            return none(IdentifierQueryCode::Forbidden);
        }
        if !policy.knows(query) {
            return none(IdentifierQueryCode::UnsupportedField);
        }
        let tells_of_all = self.config.planted.is(Mutant::FindsTheHidden);
        let finds_by_one = self.config.planted.is(Mutant::OneTermIsEnough);
        let is_found = |profile: &Profile| {
            profile.is_found_by(query)
                || finds_by_one && query.iter().any(|term| profile.is_found_by(std::slice::from_ref(term)))
                || tells_of_all && query.iter().all(|(field, value)| profile.matches(field, value))
        };
        let of_here = |user: &UserId| self.config.directory().provider_of(*user) == self.id;
        let users = plans.profiles.iter().filter(|(user, _)| of_here(user) && self.key_store.serves(**user));
        let found: Vec<_> = users
            .filter(|(_, profile)| is_found(profile))
            .map(|(user, profile)| (*user, told(profile, query)))
            .collect();
        match found.len() {
            0 => none(IdentifierQueryCode::NotFound),
            n if policy.most.is_some_and(|most| n > most) => none(IdentifierQueryCode::Ambiguous),
            _ => SearchAnswer { code: IdentifierQueryCode::Success, found },
        }
    }
}

/// What is told of somebody who was found: what was asked for, as far as an answer has a place for it.
fn told(profile: &Profile, query: &[Term]) -> Vec<Term> {
    let has_place = |field: &Field| matches!(field, Field::Claim(_) | Field::Vcard(_));
    let asked = query.iter().map(|(field, _)| field).filter(|field| has_place(field));
    asked.flat_map(|field| profile.values(field).map(|value| (field.clone(), value.to_owned()))).collect()
}
