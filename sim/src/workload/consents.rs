//! What users could say about consent, to whom and of whom, and whom they could look for.

use super::room::Room;
use mimic_protocol::node::{Action, Consent};
use mimic_protocol::{ClientId, QueryId, UserId};

/// More is granted than revoked, so that there are people who can be added.
const ANSWERS: [(Consent, bool); 5] = [
    (Consent::Grant, false),
    (Consent::Grant, true),
    (Consent::Grant, true),
    (Consent::Revoke, true),
    (Consent::Revoke, false),
];
const QUESTIONS: [(Consent, bool); 3] =
    [(Consent::Request, false), (Consent::Request, true), (Consent::Cancel, true)];

impl Room<'_> {
    /// Whoever has a device asks those whose providers go by consent, and these answer, asked or not (PROTO-61). Nobody need be in
    /// the room for that.
    pub(super) fn consents(&self) -> Vec<(ClientId, Action)> {
        let there = self.directory.clients().filter(|client| self.views.contains_key(&(*client).into()));
        there.flat_map(|client| self.consents_of(client).map(move |action| (client, action))).collect()
    }

    fn consents_of(&self, client: ClientId) -> impl Iterator<Item = Action> + '_ {
        let own = self.directory.user_of(client);
        let others = self.directory.users().filter(move |user| *user != own);
        others.flat_map(move |other| {
            let answers = ANSWERS.iter().filter(move |_| self.goes_by_consent(own));
            let questions = QUESTIONS.iter().filter(move |_| self.goes_by_consent(other));
            answers.chain(questions).map(move |(consent, here)| Action::Consent(*consent, other, *here))
        })
    }

    /// Whoever has a device asks who somebody is (proto §5.8).
    pub(super) fn searches(&self) -> Vec<(ClientId, Action)> {
        let there = self.directory.clients().filter(|client| self.views.contains_key(&(*client).into()));
        let queries =
            || (0..self.scenario.finding.queries.len()).map(|at| Action::Search(QueryId(at as u16)));
        there.flat_map(|client| queries().map(move |action| (client, action))).collect()
    }

    fn goes_by_consent(&self, user: UserId) -> bool {
        self.scenario.consent.contains_key(&self.directory.provider_of(user))
    }
}
