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
    look(directory, views, &mut tally);
    tally
}

fn look(directory: &Directory, views: &Views, tally: &mut Tally) {
    for (node, view) in views {
        let NodeView::Provider { hosted, followed } = &**view else { continue };
        for (room, hub) in hosted {
            hub_is_done(*node, *room, hub, directory, tally);
            members_are_at_the_head(*room, hub, directory, views, tally);
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
    match &**views.get(&client.into())? {
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

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::policy::examples::cooperative_room;
    use mimic_protocol::{ProviderId, UserId};
    use mimic_record::{ClientView, FollowerView};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    const ROOM: RoomId = RoomId(0);

    fn directory() -> Directory {
        let mut directory = Directory::default();
        let hub = directory.add_provider("a.example");
        directory.add_provider("b.example");
        let alice = directory.add_user(hub, "alice");
        directory.add_client(alice, "phone");
        directory.add_room(hub, "clubhouse");
        directory
    }

    fn hub() -> HubView {
        let standing = Arc::new(cooperative_room(UserId(0)));
        HubView {
            epoch: 7,
            context: 1,
            committed: standing.clone(),
            effective: standing,
            sequences: None,
            leaves: Arc::new([(0, ClientId(0))].into()),
            pending: 0,
            blocked: Vec::new(),
            position: 9,
            owed: Vec::new(),
        }
    }

    fn seat() -> SeatView {
        SeatView {
            epoch: Some(7),
            context: Some(1),
            standing: None,
            sequences: None,
            leaves: Arc::default(),
            pending: 0,
            uncertain: false,
            intents: Vec::new(),
        }
    }

    fn reasons(hub: HubView, owed: usize, seat: Option<SeatView>) -> Vec<String> {
        let followed = BTreeMap::from([(ROOM, FollowerView { subscribers: vec![(ClientId(0), owed)] })]);
        let hosted = BTreeMap::from([(ROOM, hub)]);
        let client = ClientView { seats: seat.into_iter().map(|seat| (ROOM, seat)).collect() };
        let views = Views::from([
            (ProviderId(0).into(), Arc::new(NodeView::Provider { hosted, followed })),
            (ClientId(0).into(), Arc::new(NodeView::Client(client))),
        ]);
        let mut tally = Tally::default();
        look(&directory(), &views, &mut tally);
        assert_eq!(tally.checked, 5);
        tally.violations.into_iter().map(|(_, what)| what).collect()
    }

    #[test]
    fn nothing_is_pending_where_everybody_is_at_the_head() {
        assert_eq!(reasons(hub(), 0, Some(seat())), Vec::<String>::new());
    }

    #[test]
    fn each_thing_that_is_pending_has_its_reason() {
        let late = SeatView { epoch: Some(5), ..seat() };
        let unsure = SeatView { uncertain: true, ..seat() };
        let outside = SeatView { epoch: None, ..seat() };
        let owing = HubView { owed: vec![(ProviderId(1), 3)], ..hub() };
        let waiting = HubView { pending: 2, ..hub() };
        let phone = "mimi://a.example/d/alice/phone";
        let cases = [
            (hub(), 0, Some(late), format!("r0: {phone} is in epoch 5, and the hub in epoch 7")),
            (hub(), 0, Some(unsure), format!("r0: {phone} has sent something that is not settled")),
            (hub(), 0, Some(outside), format!("r0: {phone} is in no epoch, and the hub in epoch 7")),
            (hub(), 0, None, format!("r0: {phone} is not in the room, and the hub in epoch 7")),
            (
                hub(),
                4,
                Some(seat()),
                format!("a.example still has 4 events for {phone}, who subscribes to r0"),
            ),
            (
                owing,
                0,
                Some(seat()),
                "r0: the hub a.example still has events to fan out: 3 to mimi://b.example".to_owned(),
            ),
            (waiting, 0, Some(seat()), "r0: 2 accepted proposals still wait for a commit".to_owned()),
        ];
        for (hub, owed, seat, expected) in cases {
            assert_eq!(reasons(hub, owed, seat), [expected]);
        }
    }
}
