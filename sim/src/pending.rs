//! What is still pending at the end of a run, in words.

use crate::kernel::Kernel;
use mimic_protocol::{ClientId, Directory, NodeId, RoomId};
use mimic_record::{HubView, NodeView, SeatView, Tally, Views};

/// Counts what had to be settled; each thing that is not is a violation, with the reason in words.
pub(crate) fn pending(kernel: &Kernel, directory: &Directory, views: &Views) -> Tally {
    let mut tally = Tally { checked: kernel.intent_counts.stated, violations: Vec::new() };
    for (intent, (node, what)) in &kernel.unresolved {
        let (client, action, room) = (name(directory, *node), &what.action, what.room);
        tally.violations.push((
            None,
            format!(
                "{client} still wants {action:?} in {room} (intent {}), neither done nor refused",
                intent.0
            ),
        ));
    }
    for (node, view) in views {
        if let NodeView::Provider { hosted, followed } = view {
            for (room, hub) in hosted {
                hub_is_done(*node, *room, hub, directory, &mut tally);
                members_are_at_the_head(*room, hub, directory, views, &mut tally);
            }
            let owed = followed.iter().flat_map(|(room, followed)| {
                followed.subscribers.iter().map(move |(client, owed)| (*room, *client, *owed))
            });
            for (room, client, owed) in owed {
                tally.check(None, owed == 0, || {
                    let (provider, client) = (name(directory, *node), name(directory, client.into()));
                    format!("{provider} still has {owed} events for {client}, who subscribes to {room}")
                });
            }
        }
    }
    tally
}

fn hub_is_done(node: NodeId, room: RoomId, hub: &HubView, directory: &Directory, tally: &mut Tally) {
    tally.check(None, hub.owed.is_empty(), || {
        let owed = hub.owed.iter().map(|(to, events)| format!("{events} to {}", directory.provider_uri(*to)));
        let owed = owed.collect::<Vec<_>>().join(", ");
        format!("{room}: the hub {} still has events to fan out: {owed}", name(directory, node))
    });
    tally.check(None, hub.pending == 0, || {
        format!("{room}: {} accepted proposals still wait for a commit", hub.pending)
    });
}

/// Every device in the group is in the hub's epoch, has nothing of its own under way, and knows of no pending proposal.
fn members_are_at_the_head(
    room: RoomId,
    hub: &HubView,
    directory: &Directory,
    views: &Views,
    tally: &mut Tally,
) {
    for client in hub.leaves.values() {
        let seat = seat(views, *client, room);
        let at = |seat: &SeatView| {
            seat.epoch.map_or("in no epoch".to_owned(), |epoch| format!("in epoch {epoch}"))
        };
        tally.check(None, seat.is_some_and(|seat| seat.epoch == Some(hub.epoch)), || {
            let (client, at) =
                (name(directory, (*client).into()), seat.map_or("not in the room".to_owned(), at));
            format!("{room}: {client} is {at}, and the hub in epoch {}", hub.epoch)
        });
        tally.check(None, seat.is_none_or(|seat| !seat.uncertain), || {
            let client = name(directory, (*client).into());
            format!("{room}: {client} has sent something that is not settled")
        });
    }
}

fn seat(views: &Views, client: ClientId, room: RoomId) -> Option<&SeatView> {
    match views.get(&client.into())? {
        NodeView::Client(view) => view.seats.get(&room),
        NodeView::Provider { .. } => None,
    }
}

fn name(directory: &Directory, node: NodeId) -> String {
    match node {
        NodeId::Provider(id) => directory.provider_uri(id).domain().to_owned(),
        NodeId::Client(id) => directory.client_uri(id).as_str().to_owned(),
    }
}
