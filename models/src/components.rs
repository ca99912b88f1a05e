//! Strongly connected components: Tarjan's algorithm, with a stack of its own, since paths are as long as there are states.

use std::ops::Range;

/// The components in which one can go round: of more than one state, or of one with a step to itself. The steps of a state lead to
/// the targets from where those of the state before it end to where its own do.
pub(crate) fn components(ends: &[u32], targets: &[u32]) -> Vec<Vec<u32>> {
    let (index, low) = (vec![UNVISITED; ends.len()], vec![0; ends.len()]);
    let (next, open, path, found) = (UNVISITED, Vec::new(), Vec::new(), Vec::new());
    let mut search = Search { ends, targets, index, low, next, open, path, found };
    (0..ends.len() as u32).for_each(|root| search.visit(root));
    search.found
}

const UNVISITED: u32 = 0;
/// The component is known.
const CLOSED: u32 = u32::MAX;

struct Search<'g> {
    ends: &'g [u32],
    targets: &'g [u32],
    /// When each state was entered, counted from 1.
    index: Vec<u32>,
    /// The lowest such number of an open state that is known to be reached from it.
    low: Vec<u32>,
    next: u32,
    /// The states whose component is not known, in the order in which they were entered.
    open: Vec<u32>,
    /// The path: each state on it, and the next of its steps.
    path: Vec<(u32, u32)>,
    found: Vec<Vec<u32>>,
}

impl Search<'_> {
    fn visit(&mut self, root: u32) {
        if self.index[root as usize] != UNVISITED {
            return;
        }
        self.enter(root);
        while let Some((state, step)) = self.path.pop() {
            let at = state as usize;
            if step < self.steps(state).end {
                self.path.push((state, step + 1));
                let next = self.targets[step as usize];
                match self.index[next as usize] {
                    UNVISITED => self.enter(next),
                    CLOSED => {}
                    index => self.low[at] = self.low[at].min(index),
                }
                continue;
            }
            if let Some((parent, _)) = self.path.last() {
                let above = *parent as usize;
                self.low[above] = self.low[above].min(self.low[at]);
            }
            if self.low[at] == self.index[at] {
                self.close(state);
            }
        }
    }

    fn enter(&mut self, state: u32) {
        self.next += 1;
        (self.index[state as usize], self.low[state as usize]) = (self.next, self.next);
        self.open.push(state);
        self.path.push((state, self.steps(state).start));
    }

    /// The state is the first of its component that was entered: all that are open from it on belong to that.
    fn close(&mut self, state: u32) {
        let begin = self.open.iter().rposition(|open| *open == state).unwrap_or_default();
        let component = self.open.split_off(begin);
        component.iter().for_each(|member| self.index[*member as usize] = CLOSED);
        let steps = self.steps(state);
        let goes_round = || self.targets[steps.start as usize..steps.end as usize].contains(&state);
        if component.len() > 1 || goes_round() {
            self.found.push(component);
        }
    }

    fn steps(&self, state: u32) -> Range<u32> {
        let begin = state.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        begin..self.ends[state as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(steps: &[&[u32]]) -> Vec<Vec<u32>> {
        let mut ends = Vec::new();
        let targets = steps.concat();
        steps.iter().fold(0, |end, steps| {
            ends.push(end + steps.len() as u32);
            end + steps.len() as u32
        });
        let mut found = components(&ends, &targets);
        found.iter_mut().for_each(|states| states.sort_unstable());
        found.sort();
        found
    }

    #[test]
    fn only_where_one_can_go_round_there_is_a_component() {
        assert_eq!(found(&[&[1], &[2], &[]]), Vec::<Vec<u32>>::new());
        assert_eq!(found(&[&[0], &[1, 2], &[]]), [vec![0], vec![1]]);
        assert_eq!(found(&[&[1], &[2], &[0, 3], &[4], &[3]]), [vec![0, 1, 2], vec![3, 4]]);
    }

    #[test]
    fn two_rounds_that_share_a_state_are_one_component_and_a_way_between_two_makes_none() {
        assert_eq!(found(&[&[1, 2], &[0], &[0]]), [vec![0, 1, 2]]);
        assert_eq!(found(&[&[1], &[0, 2], &[3], &[2, 1]]), [vec![0, 1, 2, 3]]);
        assert_eq!(found(&[&[1], &[0, 2], &[3], &[2]]), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn a_path_of_a_million_states_is_no_deep_stack() {
        let last = 1_000_000;
        let targets: Vec<u32> = (1..last).chain([0]).collect();
        let ends: Vec<u32> = (1..=last).collect();
        let found = components(&ends, &targets);
        assert_eq!((found.len(), found[0].len()), (1, last as usize));
    }
}
