//! The abstraction function α: what a node looks like from outside.

use crate::view::{ClientView, FollowerView, HubView, NodeView, SeatView};
use mimic_protocol::client::Attempt;
use mimic_protocol::mls::Mls;
use mimic_protocol::provider::{HubRoom, Inbox, Outbox};
use mimic_protocol::{Client, Provider};

/// The view of a provider.
pub fn provider<M: Mls>(provider: &Provider<M>) -> NodeView {
    let owed = |client| provider.inboxes().get(&client).map_or(0, Inbox::owed);
    let followed = provider.followed().iter().map(|(room, followed)| {
        let subscribers = followed.subscribers().map(|client| (client, owed(client))).collect();
        (*room, FollowerView { subscribers })
    });
    let hosted = provider.hosted().iter().map(|(room, hub)| (*room, hub_view(hub)));
    NodeView::Provider { hosted: hosted.collect(), followed: followed.collect() }
}

/// The view of a client.
pub fn client<M: Mls>(client: &Client<M>) -> NodeView {
    let seats = client.seats().iter().map(|(room, seat)| {
        let epoch = seat.epoch();
        let view = SeatView {
            epoch: epoch.map(|view| view.epoch),
            context: epoch.map(|view| short(view.context)),
            standing: seat.standing().cloned(),
            sequences: seat.sequences(),
            leaves: epoch.map(|view| view.leaves.clone()).unwrap_or_default(),
            pending: seat.pending().count(),
            uncertain: *seat.attempt() != Attempt::Idle,
            intents: seat.intents().iter().map(|intent| intent.id).collect(),
        };
        (*room, view)
    });
    NodeView::Client(ClientView { seats: seats.collect() })
}

fn hub_view<M: Mls>(hub: &HubRoom<M>) -> HubView {
    let epoch = hub.epoch();
    let owed = hub.outboxes().iter().map(|(follower, outbox)| (*follower, Outbox::owed(outbox)));
    HubView {
        epoch: epoch.epoch,
        context: short(epoch.context),
        committed: hub.state().committed.clone(),
        effective: hub.state().effective.clone(),
        sequences: hub.sequences(),
        leaves: epoch.leaves.clone(),
        pending: hub.pending().iter().map(|pending| pending.proposals.len()).sum(),
        blocked: hub.blocked().into_iter().collect(),
        position: hub.position(),
        owed: owed.filter(|(_, events)| *events > 0).collect(),
    }
}

fn short(digest: [u8; 32]) -> u64 {
    u64::from_be_bytes(digest[..8].try_into().unwrap_or_default())
}
