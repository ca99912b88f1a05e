//! What a client makes of answers, and of exchanges that failed.

use super::seat::AwaitedTree;
use super::{Attempt, Client, Phase};
use crate::ids::{RoomId, UserId};
use crate::mls::{JoinMaterial, Mls, MlsError, MlsGroup, MlsMember};
use crate::mutant::Mutant;
use crate::node::{
    Call, ClientMaterial, Fact, GroupInfoAnswer, KeyMaterialAnswer, Refusal, Response, SubmitAnswer, Timer,
    UpdateAnswer, UserStatus,
};
use crate::readings::OwnCommit;
use crate::sealing::{self, Told};
use crate::step::Step;
use crate::wire::mls::HpkeCiphertext;

impl<M: Mls> Client<M> {
    /// An answer, or none: the exchange failed, and whether it had an effect is unknown.
    pub(super) fn answer(&mut self, step: &mut Step, call: Call, response: Option<Response>) {
        match call {
            Call::Publish => self.published(step, response),
            Call::Notify(..) | Call::Deliver(_) | Call::Directory(_) => {}
            Call::Open(room)
            | Call::Update(room)
            | Call::Submit(room)
            | Call::GroupInfo(room)
            | Call::ReportAbuse(room)
            | Call::Consent(room, _)
            | Call::Search(room, _)
            | Call::Download(room)
            | Call::Oblivious(room)
            | Call::OhttpKeys(room)
            | Call::Tree(room)
            | Call::KeyMaterial(room, _) => {
                if !self.expects(room, call) {
                    return;
                }
                self.answer_in(step, room, call, response);
                self.advance(step, room);
            }
        }
    }

    /// Whether the client still waits for this answer. The hub's order may have settled the matter before, and the client may
    /// have asked something else since: what it asked then is not answered by this.
    fn expects(&self, room: RoomId, call: Call) -> bool {
        let Some(seat) = self.seats.get(&room) else { return false };
        match seat.phase {
            Phase::Asked(asked) if self.config.planted.is(Mutant::TakesLateAnswers) => {
                asked == call || is_question(asked) && is_question(call)
            }
            Phase::Asked(asked) | Phase::Checking(asked) => asked == call,
            Phase::Ready | Phase::Waiting | Phase::Accepted => false,
        }
    }

    fn answer_in(&mut self, step: &mut Step, room: RoomId, call: Call, response: Option<Response>) {
        match (call, response) {
            (Call::Submit(_), None) if self.config.planted.is(Mutant::ReencryptsOnRetry) => {
                self.abandon(room);
                self.wait(step, room);
            }
            (Call::Oblivious(_), response) => self.oblivious_answered(step, room, response),
            (_, None) => self.wait(step, room),
            (Call::Consent(..), Some(response)) => self.consent_answered(step, room, &response),
            (Call::Search(..), Some(response)) => self.search_answered(step, room, &response),
            (Call::Tree(_), Some(response)) => self.tree_told(step, room, response),
            (Call::OhttpKeys(_), Some(Response::OhttpKeys(told))) => self.keys_told(step, room, &told),
            (Call::Download(_), Some(response)) => self.download_answered(step, room, &response),
            (Call::Open(_), Some(Response::Done)) => self.opened(step, room),
            (Call::KeyMaterial(_, user), Some(Response::KeyMaterial(answer))) => {
                self.key_material(step, room, user, answer);
            }
            (Call::Update(_), Some(Response::Update(answer))) => self.updated(step, room, &answer),
            (Call::Submit(_), Some(Response::Submit(answer))) => self.submitted(step, room, answer),
            (Call::ReportAbuse(_), Some(Response::Done)) => {
                self.abandon(room);
                self.end_intent(step, room, None);
            }
            (Call::GroupInfo(_), Some(Response::GroupInfo(answer))) => self.group_info(step, room, answer),
            // Refused outright, or an answer to another question: the peer cannot serve this.
            _ => {
                self.abandon(room);
                self.end_intent(step, room, Some(Refusal::NotAllowed));
            }
        }
    }

    fn published(&mut self, step: &mut Step, response: Option<Response>) {
        match response {
            Some(_) => {
                self.unpublished.take();
            }
            None => {
                let delay_ms = step.entropy.between("mimic publish", 500, 1_000);
                step.wake(Timer::Publish, delay_ms);
            }
        }
    }

    fn opened(&mut self, step: &mut Step, room: RoomId) {
        self.enter(step, room);
        self.end_intent(step, room, None);
    }

    fn key_material(&mut self, step: &mut Step, room: RoomId, user: UserId, answer: KeyMaterialAnswer) {
        let packages = answer.clients.into_iter().filter_map(|(_, material)| match material {
            ClientMaterial::KeyPackage(package) => Some(package),
            ClientMaterial::Exhausted | ClientMaterial::Incompatible(_) => None,
        });
        let Some(seat) = self.seats.get_mut(&room) else { return };
        seat.phase = Phase::Ready;
        match answer.status {
            // proto §5.2: with partialSuccess some devices are left to join by themselves (RACE-12).
            UserStatus::Success | UserStatus::PartialSuccess => {
                seat.material.set(Some((user, packages.collect())))
            }
            UserStatus::NoConsent | UserStatus::NoConsentForThisRoom => {
                self.end_intent(step, room, Some(Refusal::NoConsent));
            }
            UserStatus::NoCompatibleMaterial | UserStatus::UserUnknown | UserStatus::UserDeleted => {
                self.end_intent(step, room, Some(Refusal::NoKeyMaterial));
            }
        }
    }

    fn updated(&mut self, step: &mut Step, room: RoomId, answer: &UpdateAnswer) {
        match answer {
            // Accepted: the queue will bring it. Or the epoch is over: the queue will bring what ended it, perhaps this.
            UpdateAnswer::Success { .. } if self.takes_on_answer(room) => self.take_own_commit(step, room),
            UpdateAnswer::Success { .. } | UpdateAnswer::WrongEpoch { .. } => {
                // Who is not in the group may be told of nothing that ended an epoch, or came before in a log.
                let outside = self.engine.group(room).is_none();
                let join = match *self.seats[&room].attempt {
                    Attempt::Join { .. } => true,
                    Attempt::State(_) => outside,
                    _ => false,
                };
                let is_accepted = matches!(answer, UpdateAnswer::Success { .. });
                if join && !is_accepted {
                    self.wait(step, room);
                } else if let Some(seat) = self.seats.get_mut(&room) {
                    let joins = matches!(*seat.attempt, Attempt::Join { .. });
                    seat.phase = if joins { Phase::Accepted } else { Phase::Waiting };
                }
            }
            UpdateAnswer::NotAllowed | UpdateAnswer::InvalidProposal(_) => {
                self.ask_group_info(step, room, Phase::Checking);
            }
        }
    }

    /// OPEN-07: whether the answer is enough for a commit.
    fn takes_on_answer(&self, room: RoomId) -> bool {
        let commits = matches!(*self.seats[&room].attempt, Attempt::Commit { .. } | Attempt::Join { .. });
        commits && self.config.readings().own_commit == OwnCommit::OnAccept
    }

    /// Takes the own commit; when it comes back, it is of an epoch that is over.
    fn take_own_commit(&mut self, step: &mut Step, room: RoomId) {
        if let Attempt::Commit { bundle, .. } | Attempt::Join { bundle, .. } = &*self.seats[&room].attempt {
            let commit = bundle.commit.clone();
            self.own_commit_came(step, room, &commit);
        }
    }

    fn submitted(&mut self, step: &mut Step, room: RoomId, answer: SubmitAnswer) {
        match answer {
            SubmitAnswer::Accepted { .. } => self.end_intent(step, room, None),
            // Encrypted anew once the queue has brought the new epoch.
            SubmitAnswer::EpochTooOld { .. } => {
                if let Some(seat) = self.seats.get_mut(&room) {
                    seat.phase = Phase::Waiting;
                }
            }
            SubmitAnswer::NotAllowed => self.end_intent(step, room, Some(Refusal::NotAllowed)),
        }
    }

    fn group_info(&mut self, step: &mut Step, room: RoomId, answer: GroupInfoAnswer) {
        let unseal = |info: &[u8], sealed: &HpkeCiphertext| self.engine.unseal(info, sealed);
        // What is not the hub's, or not for this client, is no answer.
        let Ok(told) = sealing::open::<M>(&self.config, room, answer, unseal) else {
            return self.wait(step, room);
        };
        self.told(step, room, told.of_group::<M>(&self.config, room));
    }

    /// What the hub has told of the group, all of it or all but the tree.
    pub(super) fn told(&mut self, step: &mut Step, room: RoomId, told: Told) {
        let checking = matches!(self.seats[&room].phase, Phase::Checking(_));
        let joining = matches!(*self.seats[&room].attempt, Attempt::Join { .. });
        let outside = self.engine.group(room).is_none();
        match (told, checking) {
            (Told::Group { material, state, elsewhere: Some(place) }, _) => {
                self.fetch_tree(step, room, AwaitedTree { material, state, place });
            }
            (Told::Group { material, state, elsewhere: None }, true) if joining => {
                let logs_agree = self.logs_agree(room, state.as_ref());
                self.adopt(room, state.as_ref(), false);
                self.join_checked(step, room, &material, logs_agree)
            }
            (Told::Group { material, state, elsewhere: None }, true) => {
                let logs_agree = self.logs_agree(room, state.as_ref());
                self.checked(step, room, &material, logs_agree);
            }
            (Told::Group { material, state, elsewhere: None }, false) => {
                self.adopt(room, state.as_ref(), false);
                self.join_with(step, room, &material);
            }
            // Who is outside hears of no event after which it could go on.
            (Told::NotAuthorized | Told::NoSuchRoom, true) if joining || outside => {
                self.abandon(room);
                self.give_up_joining(step, room, Refusal::NotAuthorized);
            }
            (Told::NotAuthorized | Told::NoSuchRoom, true) => {
                let housekeeping = self.is_housekeeping(room);
                self.abandon(room);
                if !housekeeping {
                    self.end_intent(step, room, Some(Refusal::NotAuthorized));
                }
                self.park(room);
            }
            (Told::NotAuthorized | Told::NoSuchRoom, false) => {
                self.give_up_joining(step, room, Refusal::NotAuthorized);
            }
        }
    }

    /// Joins by what the hub has told; with hub-log, who is not in the list enters it first.
    fn join_with(&mut self, step: &mut Step, room: RoomId, material: &JoinMaterial) {
        let begun = if !self.knows_policy(room, Some(material)) {
            Err(Refusal::UnknownComponent)
        } else if let Some(entered) = self.entry_event(room) {
            entered
        } else {
            self.make_join(step, room, material).map_err(Refusal::Engine)
        };
        if let Err(refusal) = begun {
            // What does not verify lets nobody in before another commit has come (RACE-33).
            if let Refusal::Engine(error @ (MlsError::NotAuthentic | MlsError::GroupInfoMismatch)) = refusal {
                step.observe(Fact::GroupInfoUseless { room, error });
            }
            self.give_up_joining(step, room, refusal);
        }
    }

    /// The hub has said no to an external commit. If it saw what the client joined by, that is for good, unless something was
    /// pending, which may be settled soon; else the client joins by what the hub sees now.
    fn join_checked(&mut self, step: &mut Step, room: RoomId, material: &JoinMaterial, logs_agree: bool) {
        let Attempt::Join { epoch, proposals, .. } = (*self.seats[&room].attempt).clone() else { return };
        let hub_epoch = M::group_info_context(&material.group_info).map(|(epoch, _)| epoch);
        let same = hub_epoch == Ok(epoch) && material.proposals == proposals && logs_agree;
        self.abandon(room);
        if same && proposals.is_empty() {
            self.give_up_joining(step, room, Refusal::NotAllowed);
        } else if same {
            self.wait(step, room);
        } else {
            self.join_with(step, room, material);
        }
    }

    /// The hub has said no. If it saw what this client sees, that is for good; else the client's view was old.
    fn checked(&mut self, step: &mut Step, room: RoomId, material: &JoinMaterial, logs_agree: bool) {
        let epoch = self.engine.group(room).map(MlsGroup::epoch);
        let hub_epoch = M::group_info_context(&material.group_info).map(|(epoch, _)| epoch);
        // Who is not in the group can want nothing but to be let into the list.
        let outside = epoch.is_none() && self.by_log();
        let for_good = logs_agree
            && hub_epoch.is_ok_and(|hub| outside || self.seats[&room].agrees_with(epoch, hub, material));
        let housekeeping = self.is_housekeeping(room);
        self.abandon(room);
        match (for_good, housekeeping) {
            (true, false) => self.end_intent(step, room, Some(Refusal::NotAllowed)),
            // What is pending cannot be committed by this client: somebody else, or another epoch, must do it.
            (true, true) => self.park(room),
            (false, _) => self.wait(step, room),
        }
    }

    fn is_housekeeping(&self, room: RoomId) -> bool {
        matches!(*self.seats[&room].attempt, Attempt::Commit { for_intent: false, .. })
    }

    /// Nothing can be done before the room's next event.
    fn park(&mut self, room: RoomId) {
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = Phase::Waiting;
        }
    }

    fn give_up_joining(&mut self, step: &mut Step, room: RoomId, refusal: Refusal) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        if seat.rejoin.take() {
            seat.phase = Phase::Ready;
            step.observe(Fact::Left { room });
        } else {
            self.end_intent(step, room, Some(refusal));
        }
    }
}

/// Whether it asks what an intent needs to know, and changes nothing in the room.
fn is_question(call: Call) -> bool {
    match call {
        Call::KeyMaterial(..) | Call::Consent(..) | Call::Search(..) | Call::GroupInfo(_) | Call::Tree(_) => {
            true
        }
        Call::Download(_) | Call::Oblivious(_) | Call::OhttpKeys(_) => true,
        Call::Publish | Call::Open(_) | Call::Update(_) | Call::Submit(_) | Call::ReportAbuse(_) => false,
        Call::Directory(_) | Call::Notify(..) | Call::Deliver(_) => false,
    }
}
