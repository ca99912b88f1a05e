//! From the steps of a run to the data of its convergence plot.

use crate::convergence::{ConvergenceFigure, ConvergenceLine, HOW_TO_READ};
use crate::names;
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::{Directory, NodeId, ProviderId, RoomId};
use mimic_record::{Event, Finding, Step};
use std::collections::{BTreeMap, BTreeSet};

/// The figure of one room in a run of `duration_ms`; title, subtitle, fault bands and the time of healing are the caller's
/// to add. A follower holds no group: its line shows the epoch of the last commit that it was notified of.
pub fn convergence(
    directory: &Directory,
    room: RoomId,
    steps: &[Step],
    findings: &[Finding],
    duration_ms: u64,
) -> ConvergenceFigure {
    let mut watch = Watch::new(directory, room);
    steps.iter().for_each(|step| watch.step(step));
    let violations = findings.iter().map(|finding| {
        let step = finding.step.and_then(|n| steps.get(n as usize));
        (step.map_or(duration_ms, |step| step.at_us / 1_000), finding.invariant.clone())
    });
    ConvergenceFigure {
        title: String::new(),
        subtitle: String::new(),
        caption: HOW_TO_READ.to_owned(),
        duration_ms,
        violations: violations.collect(),
        bands: Vec::new(),
        heal_ms: None,
        head: std::mem::take(&mut watch.head),
        lines: watch.lines(duration_ms),
    }
}

/// What is known of each node, step by step.
struct Watch<'a> {
    directory: &'a Directory,
    room: RoomId,
    head: Vec<(u64, u64)>,
    commits: BTreeMap<MessageId, u64>,
    lines: BTreeMap<NodeId, Line>,
    /// The providers with members in the group.
    inside: BTreeSet<ProviderId>,
    /// How many events the hub owes each follower.
    owed: BTreeMap<ProviderId, u64>,
}

#[derive(Default)]
struct Line {
    points: Vec<(u64, u64)>,
    gaps: Vec<(u64, u64)>,
    absences: Vec<(u64, u64)>,
    down_since: Option<u64>,
    absent_since: Option<u64>,
}

impl Line {
    /// The node is in `epoch` now; one without a part in the room is in none.
    fn at(&mut self, ms: u64, epoch: Option<u64>) {
        match epoch {
            Some(epoch) => {
                self.absences.extend(self.absent_since.take().map(|from| (from, ms)));
                if self.points.last().is_none_or(|(_, last)| *last != epoch) {
                    self.points.push((ms, epoch));
                }
            }
            None if !self.points.is_empty() => drop(self.absent_since.get_or_insert(ms)),
            None => {}
        }
    }
}

impl<'a> Watch<'a> {
    fn new(directory: &'a Directory, room: RoomId) -> Self {
        let providers = directory.providers().map(NodeId::Provider);
        let nodes = providers.chain(directory.clients().map(NodeId::Client));
        let lines = nodes.map(|node| (node, Line::default())).collect();
        Self {
            directory,
            room,
            head: Vec::new(),
            commits: BTreeMap::new(),
            lines,
            inside: BTreeSet::new(),
            owed: BTreeMap::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        let ms = step.at_us / 1_000;
        let Some(line) = self.lines.get_mut(&step.node) else { return };
        match step.event {
            Event::Crash => line.down_since = Some(ms),
            Event::Restart => line.gaps.extend(line.down_since.take().map(|from| (from, ms))),
            _ => {}
        }
        for fact in &step.facts {
            match fact {
                Fact::Accepted { room, message, event: Accepted::Commit { epoch, .. }, .. }
                    if *room == self.room =>
                {
                    self.commits.insert(*message, epoch + 1);
                }
                Fact::Notified { room, message } if *room == self.room => {
                    if let Some(epoch) = self.commits.get(message) {
                        line.at(ms, Some(*epoch));
                    }
                }
                _ => {}
            }
        }
        if let Some(change) = step.change.as_deref() {
            if let Some(epoch) = change.hub.get(&self.room).and_then(|hub| hub.epoch) {
                line.at(ms, Some(epoch));
                self.head.push((ms, epoch));
            }
            if let Some(epoch) = change.seat.get(&self.room).and_then(|seat| seat.epoch.as_ref()) {
                line.at(ms, epoch.first().copied());
            }
        }
        self.part(ms, step);
    }

    /// A follower without a member has no part in the room, as soon as it has got what it was owed.
    fn part(&mut self, ms: u64, step: &Step) {
        let directory = self.directory;
        for fact in &step.facts {
            match (fact, step.node) {
                (Fact::FannedOut { room, follower, .. }, _) if *room == self.room => {
                    *self.owed.entry(*follower).or_default() += 1;
                }
                (Fact::Notified { room, .. }, NodeId::Provider(follower)) if *room == self.room => {
                    let owed = self.owed.entry(follower).or_default();
                    *owed = owed.saturating_sub(1);
                }
                _ => {}
            }
        }
        let hub = step.change.as_deref().and_then(|change| change.hub.get(&self.room));
        if let Some(leaves) = hub.and_then(|hub| hub.leaves.as_ref()) {
            self.inside = leaves.iter().map(|(_, client)| directory.provider_of_client(*client)).collect();
        }
        let hub = directory.hub_of(self.room);
        for provider in directory.providers().filter(|provider| *provider != hub) {
            let owed = self.owed.get(&provider).copied().unwrap_or_default();
            if let (false, 0, Some(line)) =
                (self.inside.contains(&provider), owed, self.lines.get_mut(&provider.into()))
            {
                line.at(ms, None);
            }
        }
    }

    /// The lines of all nodes that ever had a part in the room: each provider's server first, then its clients.
    fn lines(self, duration_ms: u64) -> Vec<ConvergenceLine> {
        let directory = self.directory;
        let mut lines: Vec<(NodeId, Line)> =
            self.lines.into_iter().filter(|(_, l)| !l.points.is_empty()).collect();
        lines.sort_by_key(|(node, _)| (provider_of(directory, *node), *node));
        let line = |(node, mut line): (NodeId, Line)| {
            line.gaps.extend(line.down_since.take().map(|from| (from, duration_ms)));
            line.absences.extend(line.absent_since.take().map(|from| (from, duration_ms)));
            ConvergenceLine {
                label: names::node(directory, node),
                group: directory.provider_uri(provider_of(directory, node)).domain().to_owned(),
                is_server: matches!(node, NodeId::Provider(_)),
                points: line.points,
                gaps: line.gaps,
                absences: line.absences,
            }
        };
        lines.into_iter().map(line).collect()
    }
}

fn provider_of(directory: &Directory, node: NodeId) -> mimic_protocol::ProviderId {
    match node {
        NodeId::Provider(provider) => provider,
        NodeId::Client(client) => directory.provider_of_client(client),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::ClientId;
    use mimic_protocol::mls::Sender;
    use mimic_record::{HubChange, SeatChange, ViewChange};

    fn client_step(n: u64, ms: u64, event: Event, epoch: Option<u64>) -> Step {
        let seat = SeatChange { epoch: Some(epoch.into_iter().collect()), ..SeatChange::default() };
        let change = ViewChange { seat: BTreeMap::from([(RoomId(0), seat)]), ..ViewChange::default() };
        let node = NodeId::Client(mimic_protocol::ClientId(0));
        let change = Some(Box::new(change));
        Step {
            n,
            at_us: ms * 1_000,
            written_us: 0,
            node,
            event,
            cause: None,
            facts: Vec::new(),
            change,
            view: None,
        }
    }

    #[test]
    fn a_client_s_epochs_downtime_and_absence_make_its_line() {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        let user = directory.add_user(provider, "alice");
        directory.add_client(user, "phone");
        directory.add_room(provider, "clubhouse");
        let steps = [
            client_step(0, 10, Event::Start, None),
            client_step(1, 20, Event::Start, Some(1)),
            client_step(2, 30, Event::Crash, Some(1)),
            client_step(3, 50, Event::Restart, Some(1)),
            client_step(4, 60, Event::Start, Some(2)),
            client_step(5, 70, Event::Start, None),
            client_step(6, 90, Event::Start, Some(4)),
        ];
        let figure = convergence(&directory, RoomId(0), &steps, &[], 100);
        let [line] = &figure.lines[..] else { panic!("one node has a part in the room") };
        assert_eq!(line.label, "alice/phone");
        assert_eq!(line.points, [(20, 1), (60, 2), (90, 4)]);
        assert_eq!((&line.gaps[..], &line.absences[..]), (&[(30, 50)][..], &[(70, 90)][..]));
    }

    /// A commit that the hub accepts with these leaves after it, fanned out to the follower, and its arrival there.
    fn commit(n: u64, ms: u64, epoch: u64, leaves: &[(u32, ClientId)]) -> [Step; 2] {
        let (room, follower, message) = (RoomId(0), ProviderId(1), MessageId(epoch));
        let event =
            Accepted::Commit { epoch: epoch - 1, sender: Sender::Member(ClientId(0)), proposals: Vec::new() };
        let accepted = Fact::Accepted { room, position: n, accepted_ms: ms, message, event };
        let hub = HubChange { epoch: Some(epoch), leaves: Some(leaves.to_vec()), ..HubChange::default() };
        let change = ViewChange { hub: BTreeMap::from([(room, hub)]), ..ViewChange::default() };
        let step = |n, ms: u64, node, facts, change| Step {
            n,
            at_us: ms * 1_000,
            written_us: 0,
            node,
            event: Event::Start,
            cause: None,
            facts,
            change,
            view: None,
        };
        let facts = vec![accepted, Fact::FannedOut { room, message, follower }];
        [
            step(n, ms, ProviderId(0).into(), facts, Some(Box::new(change))),
            step(n + 1, ms + 5, follower.into(), vec![Fact::Notified { room, message }], None),
        ]
    }

    #[test]
    fn a_follower_without_members_has_no_part_in_the_room_once_it_knows() {
        let mut directory = Directory::default();
        let [hub, follower] = ["a.example", "b.example"].map(|domain| directory.add_provider(domain));
        for (provider, name) in [(hub, "alice"), (follower, "bob")] {
            let user = directory.add_user(provider, name);
            directory.add_client(user, "phone");
        }
        directory.add_room(hub, "clubhouse");
        let (alice, both) = ([(0, ClientId(0))], [(0, ClientId(0)), (1, ClientId(1))]);
        let steps = [commit(0, 10, 1, &both), commit(2, 20, 2, &alice), commit(4, 60, 3, &both)].concat();
        let figure = convergence(&directory, RoomId(0), &steps, &[], 100);
        let line = &figure.lines[1];
        assert_eq!(line.label, "b.example");
        assert_eq!(
            (&line.points[..], &line.absences[..]),
            (&[(15, 1), (25, 2), (65, 3)][..], &[(25, 65)][..])
        );
    }
}
