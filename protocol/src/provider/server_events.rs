//! What a server brings about by state events, with `carrier = hub-log`: the hub gives its own a place at once, a follower
//! hands them in (arch §4.4, §5.1, §5.2: ARCH-25, ARCH-26, ARCH-35).
//!
//! The order is carried out when the event has its place. That the devices of whoever is out go is for the clients to see to,
//! as servers cannot commit (arch §4.3, ARCH-22).

use super::Provider;
use super::enforcer::Wish;
use super::hub::HubRoom;
use crate::config::NodeConfig;
use crate::ids::{ProviderId, RoomId};
use crate::mls::{JoinMaterial, Mls, MlsError, MlsGroup, MlsObserver, Octets, Sender};
use crate::node::{Bundle, Fact, IntentId, Refusal, Rejection, VouchedEvent};
use crate::policy::Surroundings;
use crate::room::{Log, RoomLog, StateEvent, component};
use crate::step::Step;
use crate::vouching::by_server;
use crate::wire::app_data::AppDataUpdate;

impl<M: Mls> HubRoom<M> {
    /// The hub's operator wants something in the room.
    pub(super) fn ordered_by_log(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        intent: IntentId,
        wish: Wish,
    ) {
        let ended = match self.carry_out_by_log(step, others, wish) {
            Ok(()) => Fact::Done { intent },
            Err(reason) => Fact::Refused { intent, reason },
        };
        step.observe(ended);
    }

    fn carry_out_by_log(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        wish: Wish,
    ) -> Result<(), Refusal> {
        let hub = self.config.directory().hub_of(self.room);
        let log = self.log().ok_or(Refusal::Pointless)?;
        let Some((event, vouched)) = event_for::<M>(&self.config, (self.room, hub), &log, wish)? else {
            return Ok(());
        };
        // The policy judges the hub too.
        match self.place(step, others, &event, vouched) {
            Ok(_) => Ok(()),
            Err(Rejection::Mls(error)) => Err(Refusal::Engine(error)),
            Err(_) => Err(Refusal::NotAllowed),
        }
    }
}

impl<M: Mls> Provider<M> {
    /// The event that a follower's order takes on the logs that the hub tells of; none if the list is so already.
    pub(super) fn petition_by_log(
        &self,
        room: RoomId,
        wish: Wish,
        (material, state): (&JoinMaterial, Option<&Octets>),
    ) -> Result<Option<Bundle>, Refusal> {
        let directory = self.config.directory();
        let told = state.and_then(|octets| RoomLog::decode(directory, octets).ok());
        let log = told.ok_or(Refusal::Engine(MlsError::Malformed))?;
        let group = M::Observer::open(&self.config.mls, room, &material.group_info, &material.tree);
        let group = group.map_err(Refusal::Engine)?;
        // ARCH-33: who has no place in external_senders has no key that the room's members know.
        if !group.external_senders().contains(&self.id) {
            return Err(Refusal::NotAuthorized);
        }
        let event = event_for::<M>(&self.config, (room, self.id), &log, wish)?;
        Ok(event.map(|(_, vouched)| Bundle::State(vouched)))
    }
}

/// The event by which `server` brings it about; none if the list is so already.
fn event_for<M: Mls>(
    config: &NodeConfig,
    (room, server): (RoomId, ProviderId),
    log: &RoomLog,
    wish: Wish,
) -> Result<Option<(StateEvent, VouchedEvent)>, Refusal> {
    if wish.is_so(&log.standing) {
        return Ok(None);
    }
    let (_, change) = wish.change();
    let update = log.standing.list_update(config.directory(), change).ok_or(Refusal::Pointless)?;
    let updates = vec![AppDataUpdate::update(component::PARTICIPANT_LIST, &update)];
    let event = log.next(room, Sender::External(server), Log::Participation, updates);
    let vouched = by_server::<M>(config, server, &event).map_err(Refusal::Engine)?;
    Ok(Some((event, vouched)))
}
