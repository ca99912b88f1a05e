//! From the steps of a run to the data of its convergence plot.

use crate::convergence::{ConvergenceFigure, ConvergenceLine, HOW_TO_READ};
use crate::names;
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::{Directory, NodeId, RoomId};
use mimic_record::{Event, Finding, Step};
use std::collections::BTreeMap;

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
        Self { directory, room, head: Vec::new(), commits: BTreeMap::new(), lines }
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
        let Some(change) = step.change.as_deref() else { return };
        if let Some(epoch) = change.hub.get(&self.room).and_then(|hub| hub.epoch) {
            line.at(ms, Some(epoch));
            self.head.push((ms, epoch));
        }
        if let Some(epoch) = change.seat.get(&self.room).and_then(|seat| seat.epoch.as_ref()) {
            line.at(ms, epoch.first().copied());
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
    use mimic_record::{SeatChange, ViewChange};

    fn client_step(n: u64, ms: u64, event: Event, epoch: Option<u64>) -> Step {
        let seat = SeatChange { epoch: Some(epoch.into_iter().collect()), ..SeatChange::default() };
        let change = ViewChange { seat: BTreeMap::from([(RoomId(0), seat)]), ..ViewChange::default() };
        let node = NodeId::Client(mimic_protocol::ClientId(0));
        let change = Some(Box::new(change));
        Step { n, at_us: ms * 1_000, node, event, cause: None, facts: Vec::new(), change, view: None }
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
}
