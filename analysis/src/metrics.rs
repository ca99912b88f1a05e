//! The convergence figures of a run: numbers from the same data that the plot draws.

use crate::convergence::{ConvergenceFigure, ConvergenceLine};
use crate::lag::{LagSpan, Standing, lag_spans, standing_at};
use serde::{Deserialize, Serialize};

/// How closely, and how soon, the nodes followed the hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvergenceFigures {
    /// The last epoch that the hub accepted.
    pub head_epoch: u64,
    /// The most epochs that any node was behind while it was up and in the room.
    pub lag_epochs_max: u64,
    /// How many pairs of a head change and a node in the room at that moment were counted.
    pub reach_samples: u64,
    /// How many of these nodes never reached that epoch, although they stayed in the room.
    pub never_reached: u64,
    /// The median time from a head change to a node's reaching it, downtime included.
    pub reach_ms_p50: Option<u64>,
    /// The 95th percentile of the same.
    pub reach_ms_p95: Option<u64>,
    /// The longest of the same.
    pub reach_ms_max: Option<u64>,
    /// From the healing of the faults until every node in the room was at the head for good; none if that never came.
    pub converged_after_heal_ms: Option<u64>,
}

impl ConvergenceFigures {
    /// Computes the figures.
    pub fn measure(figure: &ConvergenceFigure) -> Self {
        let spans: Vec<_> =
            figure.lines.iter().map(|line| lag_spans(&figure.head, line, figure.duration_ms)).collect();
        let reaches: Vec<_> = figure.lines.iter().flat_map(|line| reaches(figure, line)).collect();
        let mut reached: Vec<u64> = reaches.iter().copied().flatten().collect();
        reached.sort_unstable();
        Self {
            head_epoch: figure.head.last().map_or(0, |(_, epoch)| *epoch),
            lag_epochs_max: spans.iter().flatten().map(behind).max().unwrap_or(0),
            reach_samples: reaches.len() as u64,
            never_reached: (reaches.len() - reached.len()) as u64,
            reach_ms_p50: percentile(&reached, 50),
            reach_ms_p95: percentile(&reached, 95),
            reach_ms_max: reached.last().copied(),
            converged_after_heal_ms: figure.heal_ms.and_then(|heal_ms| converged_after(&spans, heal_ms)),
        }
    }
}

/// For each head change that found the node in the room: the time until the node reached it, or none if it never did.
/// A node that left before it reached the epoch is not counted, for it no longer had to.
fn reaches(figure: &ConvergenceFigure, line: &ConvergenceLine) -> Vec<Option<u64>> {
    let present = |(ms, _): &&(u64, u64)| {
        *ms <= figure.duration_ms && standing_at(&figure.head, line, *ms) != Standing::Absent
    };
    figure.head.iter().filter(present).filter_map(|(ms, epoch)| reach(line, *ms, *epoch)).collect()
}

fn reach(line: &ConvergenceLine, at_ms: u64, epoch: u64) -> Option<Option<u64>> {
    let begun = line.points.partition_point(|(ms, _)| *ms <= at_ms);
    let current = begun.saturating_sub(1);
    let reached = line.points[current..].iter().find(|(_, e)| *e >= epoch).map(|(ms, _)| (*ms).max(at_ms));
    let left = line.absences.iter().map(|(from, _)| *from).filter(|from| *from >= at_ms).min();
    match (reached, left) {
        (Some(reached), Some(left)) if left < reached => None,
        (None, Some(_)) => None,
        (Some(reached), _) => Some(Some(reached - at_ms)),
        (None, None) => Some(None),
    }
}

fn behind(span: &LagSpan) -> u64 {
    match span.standing {
        Standing::Behind(epochs) => epochs,
        Standing::Absent | Standing::Down | Standing::Ahead(_) => 0,
    }
}

/// The value that at least `percent` of the sorted values do not exceed (nearest rank).
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The time from `heal_ms` to the end of the last span in which a node was not at the head. A node that is down at the
/// end of the run was given up by the scenario: it is not part of the healed core.
fn converged_after(spans: &[Vec<LagSpan>], heal_ms: u64) -> Option<u64> {
    let mut last_ms = heal_ms;
    for row in spans {
        let Some(end) = row.last() else { continue };
        if end.standing == Standing::Down {
            continue;
        }
        let settled = |span: &&LagSpan| matches!(span.standing, Standing::Behind(0) | Standing::Absent);
        if !settled(&end) {
            return None;
        }
        let unsettled = row.iter().filter(|span| !settled(span)).map(|span| span.to_ms).max();
        last_ms = last_ms.max(unsettled.unwrap_or(0));
    }
    Some(last_ms - heal_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(u64, u64)]) -> ConvergenceLine {
        ConvergenceLine { points: points.to_vec(), ..ConvergenceLine::default() }
    }

    fn figure(head: &[(u64, u64)], lines: Vec<ConvergenceLine>) -> ConvergenceFigure {
        ConvergenceFigure {
            title: String::new(),
            subtitle: String::new(),
            caption: String::new(),
            duration_ms: 100,
            head: head.to_vec(),
            lines,
            bands: Vec::new(),
            violations: Vec::new(),
            heal_ms: Some(50),
        }
    }

    #[test]
    fn lag_reach_and_convergence_are_measured_from_the_head() {
        let head = [(0, 0), (10, 1), (20, 2), (60, 3)];
        let quick = line(&[(0, 0), (11, 1), (22, 2), (63, 3)]);
        let slow = line(&[(0, 0), (40, 2), (70, 3)]);
        let figures = ConvergenceFigures::measure(&figure(&head, vec![quick, slow]));
        let expected = ConvergenceFigures {
            head_epoch: 3,
            lag_epochs_max: 2,
            reach_samples: 8,
            never_reached: 0,
            reach_ms_p50: Some(2),
            reach_ms_p95: Some(30),
            reach_ms_max: Some(30),
            converged_after_heal_ms: Some(20),
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn a_node_that_stays_behind_has_not_converged() {
        let head = [(0, 0), (60, 1)];
        let figures = ConvergenceFigures::measure(&figure(&head, vec![line(&[(0, 0)])]));
        assert_eq!((figures.never_reached, figures.converged_after_heal_ms), (1, None));
    }

    #[test]
    fn a_node_ahead_of_the_hub_has_not_converged() {
        let figures = ConvergenceFigures::measure(&figure(&[(0, 0)], vec![line(&[(0, 0), (30, 1)])]));
        assert_eq!((figures.lag_epochs_max, figures.converged_after_heal_ms), (0, None));
    }

    #[test]
    fn leavers_late_joiners_and_nodes_given_up_are_not_held_against_the_run() {
        let head = [(0, 0), (10, 1), (60, 2)];
        let mut leaver = line(&[(0, 0), (12, 1)]);
        leaver.absences = vec![(40, 100)];
        let joiner = line(&[(30, 1), (61, 2)]);
        let mut given_up = line(&[(0, 0)]);
        given_up.gaps = vec![(5, 100)];
        let figures = ConvergenceFigures::measure(&figure(&head, vec![leaver, joiner, given_up]));
        // Leaver: epochs 0 and 1. Joiner: epoch 2. Given up: epoch 0, and never 1 and 2.
        assert_eq!((figures.reach_samples, figures.never_reached), (6, 2));
        assert_eq!(figures.lag_epochs_max, 1);
        assert_eq!(figures.converged_after_heal_ms, Some(11));
    }

    #[test]
    fn without_healing_there_is_no_time_after_it() {
        let mut unhealed = figure(&[(0, 0)], vec![line(&[(0, 0)])]);
        unhealed.heal_ms = None;
        assert_eq!(ConvergenceFigures::measure(&unhealed).converged_after_heal_ms, None);
    }

    #[test]
    fn an_empty_run_has_no_percentiles() {
        let figures = ConvergenceFigures::measure(&figure(&[], Vec::new()));
        assert_eq!(figures, ConvergenceFigures { converged_after_heal_ms: Some(0), ..Default::default() });
    }
}
