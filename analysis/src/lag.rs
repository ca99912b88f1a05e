//! How far a node is from the hub's head, as spans of virtual time: what the lag rows draw and the metrics count.

use crate::convergence::{ConvergenceLine, epoch_at};

/// Where a node stands relative to the hub's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has no part in the room, or there is no head yet.
    Absent,
    /// It is down.
    Down,
    /// It is in an epoch that the hub does not have, by so many epochs.
    Ahead(u64),
    /// It is so many epochs behind; zero is at the head.
    Behind(u64),
}

/// A stretch of virtual time in which a node's standing did not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagSpan {
    /// Where it begins.
    pub from_ms: u64,
    /// Where it ends; the next span begins here.
    pub to_ms: u64,
    /// The standing.
    pub standing: Standing,
}

/// The node's standing over the whole run, in order and without holes.
pub fn lag_spans(head: &[(u64, u64)], line: &ConvergenceLine, duration_ms: u64) -> Vec<LagSpan> {
    let mut edges: Vec<u64> = head.iter().chain(&line.points).map(|(ms, _)| *ms).collect();
    edges.extend(line.gaps.iter().chain(&line.absences).flat_map(|(from, to)| [*from, *to]));
    edges.push(0);
    edges.retain(|ms| *ms < duration_ms);
    edges.push(duration_ms);
    edges.sort_unstable();
    edges.dedup();
    let mut spans: Vec<LagSpan> = Vec::new();
    for pair in edges.windows(2) {
        let standing = standing_at(head, line, pair[0]);
        match spans.last_mut() {
            Some(last) if last.standing == standing => last.to_ms = pair[1],
            _ => spans.push(LagSpan { from_ms: pair[0], to_ms: pair[1], standing }),
        }
    }
    spans
}

/// The node's standing at one moment.
pub fn standing_at(head: &[(u64, u64)], line: &ConvergenceLine, at_ms: u64) -> Standing {
    let (Some(head), Some(epoch)) = (epoch_at(head, at_ms), epoch_at(&line.points, at_ms)) else {
        return Standing::Absent;
    };
    if covers(&line.absences, at_ms) {
        Standing::Absent
    } else if covers(&line.gaps, at_ms) {
        Standing::Down
    } else if epoch > head {
        Standing::Ahead(epoch - head)
    } else {
        Standing::Behind(head - epoch)
    }
}

fn covers(spans: &[(u64, u64)], at_ms: u64) -> bool {
    spans.iter().any(|(from, to)| (*from..*to).contains(&at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spans_tell_behind_ahead_down_and_absent_apart() {
        let head = [(0, 0), (10, 1), (20, 2)];
        let line = ConvergenceLine {
            points: vec![(5, 0), (25, 2), (60, 3)],
            gaps: vec![(30, 40)],
            absences: vec![(50, 55)],
            ..ConvergenceLine::default()
        };
        let spans = lag_spans(&head, &line, 70);
        let short: Vec<_> = spans.iter().map(|s| (s.from_ms, s.standing)).collect();
        let expected = [
            (0, Standing::Absent),
            (5, Standing::Behind(0)),
            (10, Standing::Behind(1)),
            (20, Standing::Behind(2)),
            (25, Standing::Behind(0)),
            (30, Standing::Down),
            (40, Standing::Behind(0)),
            (50, Standing::Absent),
            (55, Standing::Behind(0)),
            (60, Standing::Ahead(1)),
        ];
        assert_eq!(short, expected);
        assert_eq!(spans.last().map(|s| s.to_ms), Some(70));
    }

    #[test]
    fn what_lies_beyond_the_end_is_clipped() {
        let line =
            ConvergenceLine { points: vec![(0, 0)], gaps: vec![(5, 99)], ..ConvergenceLine::default() };
        let spans = lag_spans(&[(0, 0), (50, 1)], &line, 10);
        assert_eq!(spans.len(), 2);
        assert_eq!(spans[1], LagSpan { from_ms: 5, to_ms: 10, standing: Standing::Down });
    }
}
