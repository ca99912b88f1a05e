//! What providers do that no honest one does, as steps of their own within a budget.
//!
//! * *Fork.* The hub has accepted an event, and a commit for the epoch that it was in before is on its way to it: it begins to show a
//!   second face to one of those that it speaks with ([`faces`](super::faces)).
//! * *Roll back.* It goes back to its backup, from before the last event that it accepted.
//! * *Withhold.* An event is not delivered, by the hub or by a follower, and goes out of the queue as if it had been: the same as a
//!   delivery that nobody but its sender knows of.
//! * *Replay.* An event is sent once more, and comes at any time: a packet can be under way for as long as a sender could have kept it,
//!   so that the copy is made when the event is sent. Answers are not replayed.
//!
//! Each provider can be the one that does these, several in one run if the budget lets them. What must hold all the same is what the
//! members see to themselves: [`unasked`] says what is not asked.

use super::faces::Return;
use super::packet::{Header, Part, Update};
use super::state::{Budget, Draft, Item, Kind, Outside, State};
use super::tables::index;
use super::witness::{Witness, Witnesses};
use super::{AGREEMENT, Cut, Effect, HUB, ROOM, Room, Turn};
use crate::check::{ENDS, REACHABLE};
use mimic_protocol::ClientId;
use mimic_record::{HubView, NodeView};
use std::collections::BTreeSet;

/// Why nothing is asked of the property where a provider may be Byzantine, or where none may. Of INV-03 that is asked which can be
/// asked within a branch; INV-01 is what each node finds by its own verification.
pub(crate) fn unasked(property: &str, is_byzantine: bool) -> Option<&'static str> {
    match property {
        "INV-28" => (!is_byzantine).then_some("no provider is Byzantine here"),
        "INV-04" | "INV-06" | AGREEMENT | REACHABLE | ENDS => {
            is_byzantine.then_some("it takes honest providers, and these may be Byzantine")
        }
        _ => None,
    }
}

impl Room {
    /// Whether providers may do what no honest one does.
    pub(crate) fn is_byzantine(&self) -> bool {
        self.scope.byzantine.budget > 0
    }

    /// Whether the hub may still become what it was, by a crash or by its own will.
    pub(super) fn may_go_back(&self, budget: Budget) -> bool {
        budget.crashes > 0 || budget.byzantine > 0 && self.scope.byzantine.goes_back()
    }

    /// What a provider can do here that no honest one does.
    pub(super) fn deceits(&self, state: State, turns: &mut Vec<Turn>) {
        let (items, allowed) = (self.parts.items(state), self.scope.byzantine);
        let mut last = None;
        for item in items.iter().filter(|item| self.is_event_under_way(**item)) {
            if last.replace(item) == Some(item) {
                continue;
            }
            turns.extend(allowed.withhold.then_some(Turn::Withhold(*item)));
            turns.extend(allowed.replay.then_some(Turn::Replay(*item)));
        }
        let Some(backup) = self.tables.backup(self.local(state, HUB)) else { return };
        turns.extend(allowed.roll_back.then_some(Turn::RollBack));
        if allowed.fork && items.iter().any(|item| self.is_commit_for(*item, backup)) {
            turns.extend(self.seers(backup).into_iter().map(Turn::Fork));
        }
    }

    /// An event on its way from a provider's queue, for which the queue waits.
    fn is_event_under_way(&self, item: Item) -> bool {
        let Kind::Live(packet) = item.kind() else { return false };
        matches!(self.tables.packets.derived(packet).part, Part::Notify | Part::Delivery)
    }

    /// Whether the item is a commit for the epoch that the hub was in as it was then.
    fn is_commit_for(&self, item: Item, backup: u32) -> bool {
        let (Kind::Live(packet) | Kind::Stale(packet)) = item.kind() else { return false };
        let Header { to, update, .. } = *self.tables.packets.derived(packet);
        let epoch = self.room_of(backup).map(|hub| hub.epoch);
        matches!(update, Some(Update { epoch: of, is_commit: true }) if to == HUB && Some(of) == epoch)
    }

    /// Whom the hub tells of events as it was then: followers with a member, and its own members' devices.
    fn seers(&self, backup: u32) -> BTreeSet<usize> {
        let directory = self.config().directory();
        let members = self.room_of(backup).into_iter().flat_map(|hub| hub.leaves.values());
        let seer = |client: &ClientId| match index(directory.provider_of_client(*client).into()) {
            HUB => index((*client).into()),
            follower => follower,
        };
        members.map(seer).collect()
    }

    /// The room, as this state of the hub has it.
    fn room_of(&self, hub: u32) -> Option<&HubView> {
        match &**self.tables.view(hub) {
            NodeView::Provider { hosted, .. } => hosted.get(&ROOM),
            NodeView::Client(_) => None,
        }
    }

    /// Lets a provider do it.
    pub(super) fn deceive(&self, draft: &mut Draft, turn: Turn) {
        draft.budget.spend(Outside::Deceit, self.scope.faults);
        let witness = match turn {
            Turn::Fork(_) => Witness::Forked,
            Turn::RollBack => Witness::RolledBack,
            Turn::Withhold(item) => {
                draft.remove(item);
                Witness::Withheld
            }
            Turn::Replay(item) => {
                draft.items.push(item);
                Witness::Replayed
            }
            other => unreachable!("{other:?} is no deceit"),
        };
        self.note(Witnesses::default().with(witness));
        if let Turn::Withhold(item) = turn {
            self.step(draft, self.acknowledged(item), Cut::None, false);
        } else if let Some((node, effect)) = self.effect_of_deceit(draft.locals[HUB], turn) {
            self.take(draft, node, effect, None);
        }
    }

    /// What a deceit does to a node, and to which, where the hub is in this state; none if it is done to a packet alone.
    pub(super) fn effect_of_deceit(&self, hub: u32, turn: Turn) -> Option<(usize, &Effect)> {
        let how = match turn {
            Turn::Fork(seer) => Return::Fork(seer),
            Turn::RollBack => Return::RollBack,
            _ => return None,
        };
        Some((HUB, self.tables.go_back(hub, how)?))
    }

    /// The acknowledgement of an event that has not been delivered.
    pub(super) fn acknowledged(&self, item: Item) -> Item {
        let (Kind::Live(packet) | Kind::Stale(packet)) = item.kind() else {
            unreachable!("{item:?} is no packet")
        };
        let answer = self.tables.packets.value(packet).acknowledgement();
        answer.map_or(item, |answer| Item::new(Kind::Live(self.tables.number_of(answer))))
    }

    /// Forgets what the hub will not go back to any more. `before` is the budget before the step.
    pub(super) fn forget_return(&self, draft: &mut Draft, before: Budget) {
        let keeps_disk = self.may_go_back(draft.budget);
        let loses_disk = !keeps_disk && self.may_go_back(before);
        if loses_disk || draft.budget.byzantine == 0 && before.byzantine > 0 {
            draft.locals[HUB] = self.tables.without_return(draft.locals[HUB], keeps_disk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;
    use crate::room::Reductions;
    use crate::scope::Wish;
    use crate::scopes::SCOPES;
    use mimic_protocol::Planted;
    use mimic_protocol::node::Action;
    use mimic_record::SeatView;

    fn explored(name: &str, wishes: impl Fn(&Wish) -> bool) -> (Room, Graph<State>) {
        let named = SCOPES.iter().find(|scope| scope.name == name).unwrap();
        let mut scope = named.scope();
        scope.stories.iter_mut().for_each(|story| story.retain(&wishes));
        let (readings, reductions) = (scope.preset.readings(), Reductions::of(&scope));
        let room = Room::new(scope, readings, reductions, Planted::NONE).unwrap();
        let graph = Graph::explore(&room, &mut |_| None);
        (room, graph)
    }

    /// Whether two members are in one epoch with different GroupContexts.
    fn is_forked(room: &Room, state: State) -> bool {
        let views = room.nodes.iter().map(|node| room.tables.view(room.local(state, *node)));
        let seats = views.filter_map(|view| match &**view {
            NodeView::Client(client) => client.seats.get(&ROOM),
            NodeView::Provider { .. } => None,
        });
        let places: Vec<_> =
            seats.filter_map(|SeatView { epoch, context, .. }| epoch.zip(*context)).collect();
        places.iter().any(|(epoch, context)| places.iter().any(|(e, c)| e == epoch && c != context))
    }

    fn forks(room: &Room, graph: &Graph<State>) -> bool {
        (0..graph.len() as u32).filter_map(|n| graph.state(n)).any(|state| is_forked(room, state))
    }

    /// RACE-43: who compares epoch authenticators learns of it, and nobody else.
    #[test]
    fn as_long_as_nobody_speaks_no_member_notices_that_the_hub_has_forked() {
        let (room, graph) = explored("fork", |(_, action)| !matches!(action, Action::Send(_)));
        assert!(forks(&room, &graph) && room.seen().has(Witness::Forked));
        assert!(!room.seen().has(Witness::Unprocessable));
    }

    #[test]
    fn a_hub_that_is_rolled_back_forks_as_well_and_one_that_withholds_does_not() {
        let all = |_: &Wish| true;
        let [back, withheld] = ["roll-back", "withhold"].map(|name| explored(name, all));
        assert!(forks(&back.0, &back.1));
        assert!(!forks(&withheld.0, &withheld.1));
    }

    /// RACE-52: what nothing builds on is not missed.
    #[test]
    fn nobody_notices_that_a_message_is_withheld() {
        let (room, _) = explored("withhold", |(_, action)| matches!(action, Action::Send(_)));
        assert!(room.seen().has(Witness::Withheld) && room.seen().has(Witness::Read));
        assert!(!room.seen().has(Witness::Unprocessable));
    }
}
