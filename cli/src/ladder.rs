//! A ladder diagram in text: lifelines side by side, time downwards, an arrow or a mark for each thing that happens.

use mimic_models::{Ladder, Place, Rung, Sign, Tip};

/// How many columns a diagram has, at most.
const WIDTH: usize = 110;
/// How many columns at the left are for the numbers of steps.
const NUMBERS: usize = 6;
/// Where the first lifeline is: half a head stands before it.
const FIRST: usize = 11;
/// How far apart lifelines are, at most.
const FARTHEST: usize = 18;
/// How far from its node a lost packet ends.
const SHORT: usize = 4;
/// How wide a text beside a lifeline gets, at most.
const TEXT: usize = 66;

/// The diagram.
pub fn text(ladder: &Ladder) -> String {
    let mut drawing = Drawing::new(ladder.columns.len());
    drawing.heads(&ladder.columns);
    let mut last = 0;
    for rung in &ladder.rungs {
        if rung.step != last {
            drawing.bare();
        }
        drawing.rung(rung, (rung.step != last).then_some(rung.step));
        last = rung.step;
    }
    drawing.text
}

/// A diagram while it is drawn, line by line.
struct Drawing {
    /// Where the lifelines are.
    at: Vec<usize>,
    text: String,
}

/// A line of it, a character for each place.
type Line = Vec<char>;

impl Drawing {
    fn new(columns: usize) -> Self {
        let gaps = columns.saturating_sub(1).max(1);
        let gap = FARTHEST.min((WIDTH - FIRST - NUMBERS) / gaps);
        Self { at: (0..columns).map(|n| FIRST + n * gap).collect(), text: String::new() }
    }

    /// The names of the nodes, a word below the other.
    fn heads(&mut self, columns: &[String]) {
        let words: Vec<Vec<&str>> = columns.iter().map(|name| name.split(' ').collect()).collect();
        let most = words.iter().map(Vec::len).max().unwrap_or_default();
        for row in 0..most {
            let mut line = vec![' '; WIDTH];
            for (at, words) in self.at.iter().zip(&words) {
                let word = words.get(row).copied().unwrap_or_default();
                write(&mut line, at.saturating_sub(word.chars().count() / 2), word);
            }
            self.put(&line);
        }
    }

    fn rung(&mut self, rung: &Rung, number: Option<usize>) {
        match &rung.place {
            Place::Arrow { from, by_way_of, to, tip } => {
                let stops = [&[*from], &by_way_of[..], &[*to]].concat();
                let is_labelled = self.arrow(&stops, *tip, &rung.what, number);
                let what = if is_labelled { "" } else { &rung.what };
                for line in self.beside(*to, &told(what, &rung.then)) {
                    self.put(&line);
                }
            }
            Place::Mark { at, sign } => {
                let mut lines = self.beside(*at, &told(&rung.what, &rung.then));
                if let Some(first) = lines.first_mut() {
                    write(first, self.at[*at], mark(*sign));
                    write_number(first, number);
                }
                lines.iter().for_each(|line| self.put(line));
            }
            Place::Remark => self.remark(&rung.what, number),
        }
    }

    /// Draws the arrow, a line for each change of its direction. Whether there was room for its label on it.
    fn arrow(&mut self, stops: &[usize], tip: Tip, label: &str, number: Option<usize>) -> bool {
        let runs = runs(stops);
        let (mut is_labelled, mut number) = (false, number);
        for (n, run) in runs.iter().enumerate() {
            let is_last = n + 1 == runs.len();
            let mut line = self.lifelines();
            let tip = if is_last { tip } else { Tip::Arrives };
            let end = self.shaft(&mut line, run, tip);
            if !is_labelled {
                is_labelled = self.label(&mut line, run, end, label);
            }
            write_number(&mut line, number.take());
            self.put(&line);
        }
        is_labelled
    }

    /// Draws an arrow that goes one way, and says where it ends.
    fn shaft(&self, line: &mut Line, run: &[usize], tip: Tip) -> usize {
        let places: Vec<usize> = run.iter().map(|column| self.at[*column]).collect();
        let (Some(from), Some(to)) = (places.first().copied(), places.last().copied()) else { return 0 };
        let is_rightwards = to > from;
        let end = match tip {
            Tip::Arrives if is_rightwards => to - 1,
            Tip::Arrives => to + 1,
            Tip::Lost if is_rightwards => to - SHORT,
            Tip::Lost => to + SHORT,
        };
        for place in &mut line[from.min(end)..=from.max(end)] {
            *place = if *place == '│' { '┼' } else { '─' };
        }
        line[from] = if is_rightwards { '├' } else { '┤' };
        let between = places.get(1..places.len() - 1).unwrap_or_default();
        between.iter().for_each(|place| line[*place] = 'o');
        line[end] = match tip {
            Tip::Lost => 'x',
            Tip::Arrives if is_rightwards => '>',
            Tip::Arrives => '<',
        };
        end
    }

    /// Writes the label between two stops of the arrow, if there is room.
    fn label(&self, line: &mut Line, run: &[usize], end: usize, label: &str) -> bool {
        let mut places: Vec<usize> = run.iter().map(|column| self.at[*column]).collect();
        if let Some(last) = places.last_mut() {
            *last = end;
        }
        let gaps = places.windows(2).map(|gap| (gap[0].min(gap[1]), gap[0].abs_diff(gap[1])));
        let Some((start, room)) = gaps.max_by_key(|(_, room)| *room) else { return false };
        let label = format!(" {label} ");
        let length = label.chars().count();
        if length + 2 > room {
            return false;
        }
        write(line, start + 1 + (room - length) / 2, &label);
        true
    }

    /// The lifelines with a text beside one of them, on the side that has more room.
    fn beside(&self, column: usize, text: &str) -> Vec<Line> {
        let at = self.at[column];
        let (left, right) = (at - NUMBERS - 2, WIDTH - at - 2);
        let (is_right, room) = (right >= left, right.max(left));
        let rows = rows(text, room.min(TEXT));
        let draw = |row: String| {
            let mut line = self.lifelines();
            let start = if is_right { at + 1 } else { at.saturating_sub(2 + row.chars().count()) };
            write(&mut line, start, &format!(" {row} "));
            line
        };
        rows.into_iter().map(draw).collect()
    }

    fn remark(&mut self, what: &str, number: Option<usize>) {
        for (n, row) in rows(what, WIDTH - NUMBERS).into_iter().enumerate() {
            let mut line = vec![' '; WIDTH];
            write(&mut line, NUMBERS, &row);
            write_number(&mut line, number.filter(|_| n == 0));
            self.put(&line);
        }
    }

    /// A line on which nothing happens.
    fn bare(&mut self) {
        let line = self.lifelines();
        self.put(&line);
    }

    fn lifelines(&self) -> Line {
        let mut line = vec![' '; WIDTH];
        self.at.iter().for_each(|at| line[*at] = '│');
        line
    }

    fn put(&mut self, line: &Line) {
        let line: String = line.iter().collect();
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// The stops, cut where the way turns: each part begins where the last one ends.
fn runs(stops: &[usize]) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for hop in stops.windows(2) {
        let goes_on = |run: &&mut Vec<usize>| (run[0] < run[1]) == (hop[0] < hop[1]);
        match runs.last_mut().filter(goes_on) {
            Some(run) => run.push(hop[1]),
            None => runs.push(hop.to_vec()),
        }
    }
    runs
}

/// The text in rows of at most so many characters, if no word is longer.
fn rows(text: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let has_room = |row: &&mut String| row.chars().count() + 1 + word.chars().count() <= width;
        match rows.last_mut().filter(has_room) {
            Some(row) => {
                row.push(' ');
                row.push_str(word);
            }
            None => rows.push(word.to_owned()),
        }
    }
    rows
}

fn write(line: &mut Line, at: usize, text: &str) {
    let places = line.iter_mut().skip(at);
    places.zip(text.chars()).for_each(|(place, character)| *place = character);
}

fn write_number(line: &mut Line, number: Option<usize>) {
    if let Some(number) = number {
        write(line, 0, &format!("{number:>3}."));
    }
}

/// What happens and what comes of it, as one text.
fn told(what: &str, then: &[String]) -> String {
    let then = then.join(", ");
    let colon = if what.is_empty() || then.is_empty() { "" } else { ": " };
    format!("{what}{colon}{then}")
}

fn mark(sign: Sign) -> &'static str {
    match sign {
        Sign::Wish => "●",
        Sign::Timer => "○",
        Sign::Silence => "?",
        Sign::Crash => "X",
        Sign::Fault | Sign::Deceit => "!",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: [&str; 5] =
        ["hub a.example", "follower b.example", "Alice's phone", "Bob's phone", "Bob's tablet"];

    fn drawn(rungs: &[(usize, Place, &str, &[&str])]) -> String {
        let rung = |(step, place, what, then): &(usize, Place, &str, &[&str])| Rung {
            step: *step,
            place: place.clone(),
            what: (*what).to_owned(),
            then: then.iter().map(|what| (*what).to_owned()).collect(),
        };
        let columns = NODES.iter().map(|name| (*name).to_owned()).collect();
        text(&Ladder { columns, rungs: rungs.iter().map(rung).collect() })
    }

    fn arrow(stops: &[usize], tip: Tip) -> Place {
        let (from, to) = (stops[0], stops[stops.len() - 1]);
        Place::Arrow { from, by_way_of: stops[1..stops.len() - 1].to_vec(), to, tip }
    }

    #[test]
    fn arrows_go_from_node_to_node_and_what_is_lost_ends_on_the_way() {
        insta::assert_snapshot!(drawn(&[
            (1, Place::Mark { at: 4, sign: Sign::Wish }, "Bob tells Bob's tablet to say 1", &["sends it"]),
            (2, arrow(&[4, 1, 0], Tip::Arrives), "message A", &["accepts message A", "answers \"accepted\""]),
            (3, arrow(&[0, 2], Tip::Lost), "message A", &[]),
            (3, Place::Mark { at: 0, sign: Sign::Silence }, "hub a.example gets no answer", &[]),
            (4, arrow(&[2, 0, 1], Tip::Arrives), "a request for Bob's key packages", &[]),
        ]));
    }

    #[test]
    fn what_a_node_does_by_itself_is_a_mark_and_what_is_said_of_all_goes_across() {
        insta::assert_snapshot!(drawn(&[
            (1, Place::Mark { at: 1, sign: Sign::Timer }, "it is time to notify", &[]),
            (2, arrow(&[1, 0], Tip::Arrives), "commit A", &["accepts commit A for epoch 1"]),
            (2, Place::Mark { at: 0, sign: Sign::Crash }, "it crashes, and comes back in epoch 1", &[]),
            (3, Place::Mark { at: 0, sign: Sign::Deceit }, "it is rolled back", &[]),
            (4, Place::Remark, "The room: the hub accepts B for epoch 1, for which it had accepted A", &[]),
        ]));
    }

    #[test]
    fn nothing_goes_beyond_the_right_edge_however_long_the_words_and_however_many_the_nodes() {
        let long = "proposals and commits ".repeat(20);
        for nodes in 1..=9 {
            let columns = (0..nodes).map(|n| format!("follower number-{n}")).collect();
            let rung = |place| Rung { step: 1, place, what: long.clone(), then: vec![long.clone()] };
            let marks = (0..nodes).map(|at| rung(Place::Mark { at, sign: Sign::Wish }));
            let arrows = (1..nodes).map(|to| rung(arrow(&[0, to], Tip::Arrives)));
            let rungs = marks.chain(arrows).chain([rung(Place::Remark)]).collect();
            let text = text(&Ladder { columns, rungs });
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest.is_some_and(|widest| widest <= WIDTH), "{text}");
            assert_eq!(text.matches("proposals").count(), text.matches("commits").count());
            assert_eq!(text.matches("proposals").count(), 40 * nodes + 40 * (nodes - 1) + 20);
        }
    }
}
