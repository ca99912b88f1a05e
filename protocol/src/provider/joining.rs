//! What a hub gives to those who want to join by themselves, and by which link they may (proto §5.6).

use super::hub::HubRoom;
use super::hub::provider_behind;
use crate::ids::{ClientId, NodeId, UserId};
use crate::mls::{GroupInfoForm, JoinMaterial, Mls, MlsError, MlsGroup, MlsObserver, Octets, Sender};
use crate::mutant::Mutant;
use crate::node::{Fact, GroupInfoAnswer, MessageId, Rejection};
use crate::policy;
use crate::sealing;
use crate::signing::check_group_info;
use crate::step::Step;
use crate::trees::Place;
use crate::wire::group_info::GroupInfoRequest;
use crate::wire::ratchet_tree::{PartialGroupInfo, RatchetTreePresence};

impl<M: Mls> HubRoom<M> {
    /// `POST /groupInfo/{roomId}` (proto §5.6): all of one epoch (INV-32), to those who could join now or are members.
    pub(super) fn group_info(
        &mut self,
        step: &mut Step,
        from: NodeId,
        (requester, signed): (NodeId, &GroupInfoRequest),
    ) -> GroupInfoAnswer {
        let directory = self.config.directory();
        let code: Option<Octets> = signed.tbs.joining_code.as_ref().map(|code| code.as_slice().into());
        let is_signed = check_group_info::<M>(&self.config, requester, signed).is_ok()
            || self.config.planted.is(Mutant::TakesUnsignedRequests);
        let may = is_signed
            && match requester {
                NodeId::Client(client) => {
                    let user = directory.user_of(client);
                    let vouched = provider_behind(&self.config, from) == directory.provider_of(user);
                    vouched && self.may_come(step.now_ms, (client, user), code.as_deref())
                }
                // The draft says only of clients what they need; a server needs the epoch and the list that it is to propose for.
                NodeId::Provider(server) => {
                    // Nor what a follower may know that watches the group for its users (OPEN-05, OPEN-34).
                    let watches = || {
                        self.config.readings().followers_watch()
                            && self.providers(self.epoch.clients()).contains(&server)
                    };
                    from == requester && (self.group().external_senders().contains(&server) || watches())
                }
            };
        // POL-19: a room is not there for anybody once its group has ended.
        if self.successor.is_some() {
            return GroupInfoAnswer::NoSuchRoom;
        }
        if !may && !self.config.planted.is(Mutant::HandsToAnybody) {
            let reason = Rejection::NotAuthorized;
            let message = MessageId::of(&self.core.group_info);
            step.observe(Fact::Rejected { room: self.room, message, reason });
            return GroupInfoAnswer::NotAuthorized;
        }
        if let NodeId::Client(client) = requester {
            self.codes.show(step, self.room, client, code);
        }
        let pending =
            self.core.pending.iter().flat_map(|p| p.messages.iter().map(|m| (m.clone(), p.accepted_ms)));
        let (proposals, accepted_ms): (Vec<Octets>, Vec<u64>) = pending.unzip();
        let group_info = self.core.group_info.clone();
        let material = JoinMaterial { group_info, tree: self.observer.tree(), proposals };
        let key = signed.tbs.group_info_public_key.as_slice();
        let entropy = step.entropy.of("mimic group info");
        let option = sealing::tree_option::<M>(&self.config, (self.room, requester), &material.tree);
        let sealed = option.and_then(|option| {
            sealing::seal::<M>(&self.config, self.room, key, (&material, &accepted_ms, option), entropy)
        });
        match sealed {
            Ok((answer, signature)) => {
                self.observe_given(step, &material.group_info);
                GroupInfoAnswer::Success { answer, signature, state: self.snapshot() }
            }
            // Nothing can be sealed for what is no key.
            Err(_) => GroupInfoAnswer::NotAuthorized,
        }
    }

    /// The ratchet tree of the current epoch, if this is where it is.
    pub(super) fn tree_at(&self, url: &str) -> Option<Octets> {
        let tree = self.observer.tree();
        let place = Place::of::<M>(&self.config, self.room, &tree).ok()?;
        (place.url == url).then_some(tree)
    }

    fn may_come(&self, now_ms: u64, (client, user): (ClientId, UserId), code: Option<&[u8]>) -> bool {
        let (directory, in_force) = (self.config.directory(), self.in_force());
        let is_member = || in_force.may_take_part(user) && self.epoch.clients().any(|leaf| leaf == client);
        let code = code.filter(|code| self.is_good_for(code, user, now_ms));
        self.config.planted.is(Mutant::BannedMayJoin)
            || policy::may_add_own_client(in_force, user)
            || !policy::joinable_roles(directory, in_force, user, code).is_empty()
            || is_member()
            || self.core.entering.contains(&client)
            || code.is_some() && self.config.planted.is(Mutant::AnyLink)
    }

    /// Whether the user may still use the link: one that is for a single user is used up by the first, and one that is for a time
    /// expires (POL-22, RACE-31).
    fn is_good_for(&self, link: &[u8], user: UserId, now_ms: u64) -> bool {
        if self.codes.has_expired(link, now_ms) && !self.config.planted.is(Mutant::LinksNeverExpire) {
            return false;
        }
        let policy = self.in_force().components.join_link_policy.as_ref();
        let for_many = policy.is_none_or(|policy| bool::from(policy.multiuser));
        for_many
            || self.config.planted.is(Mutant::LinksForEverybody)
            || self.codes.user_of(link).is_none_or(|first| first == user)
    }

    /// The link that whoever joins has shown (POL-29).
    pub(super) fn code_of(&self, sender: Sender, now_ms: u64) -> Result<Option<Octets>, Rejection> {
        let Sender::Joiner(client) = sender else { return Ok(None) };
        let user = self.config.directory().user_of(client);
        match self.codes.shown_by(client) {
            Some(link)
                if self.in_force().role_of(user).is_none() && !self.is_good_for(link, user, now_ms) =>
            {
                Err(Rejection::Denied)
            }
            link => Ok(link.cloned()),
        }
    }

    /// Somebody has joined: a link that it has shown is told, and is used.
    pub(super) fn codes_used(&mut self, step: &mut Step, sender: Sender) {
        let Sender::Joiner(client) = sender else { return };
        let user = self.config.directory().user_of(client);
        if let Some(link) = self.codes.use_up(step, self.room, (client, user)) {
            step.observe(Fact::LinkShown { room: self.room, client, link });
        }
    }

    /// The room's state has changed, or has begun: new links are good from now on.
    pub(super) fn keep_links(&mut self, step: &mut Step, now_ms: u64) {
        let components = self.in_force().components.clone();
        self.codes.keep(step, self.room, &components, now_ms);
    }

    /// Goes on with a commit if its GroupInfo, which came whole or in part, lets others join; gives it whole (proto §5.3, RACE-33).
    pub(super) fn merge(
        &mut self,
        step: &mut Step,
        staged: <M::Observer as MlsObserver>::Staged,
        form: &GroupInfoForm,
    ) -> Result<Octets, Rejection> {
        let merged = match form {
            GroupInfoForm::Full(whole) => self.observer.merge(staged, whole).map(|()| whole.clone()),
            // No GroupInfo here has a ratchet tree in it, nor had the one before: it cannot be there, come or go.
            GroupInfoForm::Partial(PartialGroupInfo {
                ratchet_tree_presence:
                    RatchetTreePresence::Present | RatchetTreePresence::Removed | RatchetTreePresence::Added,
                ..
            }) => Err(MlsError::GroupInfoMismatch),
            GroupInfoForm::Partial(
                partial @ PartialGroupInfo {
                    ratchet_tree_presence: RatchetTreePresence::NoRatchetTree, ..
                },
            ) => self.observer.merge_partial(staged, partial),
        };
        let group_info = merged.map_err(|error| match error {
            MlsError::GroupInfoMismatch => Rejection::BadGroupInfo,
            error => Rejection::Mls(error),
        })?;
        if matches!(form, GroupInfoForm::Partial(_)) {
            step.observe(Fact::GroupInfoRebuilt { room: self.room, epoch: self.observer.epoch() });
        }
        Ok(group_info)
    }

    /// What the octets that are handed out are of, and not what they should be of (INV-32).
    fn observe_given(&self, step: &mut Step, group_info: &[u8]) {
        if let Ok((epoch, context)) = M::group_info_context(group_info) {
            let context = u64::from_be_bytes(context[..8].try_into().unwrap_or_default());
            let pending = self.core.pending.iter().map(|pending| pending.proposals.len()).sum();
            step.observe(Fact::GroupInfoGiven { room: self.room, epoch, context, pending });
        }
    }
}
