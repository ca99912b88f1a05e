//! The convergence plot: what it shows, and that the same figure gives the same bytes.

use mimic_analysis::convergence::HOW_TO_READ;
use mimic_analysis::{ConvergenceFigure, ConvergenceLine, FaultBand, PlotError, render};

#[test]
fn a_small_figure_is_drawn_as_before() {
    insta::assert_snapshot!(render(&small_figure()).unwrap());
}

#[test]
fn two_renders_give_the_same_bytes() {
    let figure = busy_figure();
    let first = render(&figure).unwrap();
    let in_another_thread = std::thread::scope(|scope| scope.spawn(|| render(&figure)).join());
    assert_eq!(first, in_another_thread.unwrap().unwrap());
}

#[test]
fn a_figure_survives_json() {
    let text = serde_json::to_string(&small_figure()).unwrap();
    assert_eq!(serde_json::from_str::<ConvergenceFigure>(&text).unwrap(), small_figure());
}

#[test]
fn every_node_lane_and_mark_is_named_in_the_picture() {
    let svg = render(&small_figure()).unwrap();
    let names =
        ["ServerA", "bob/ClientB1", "crash of hub", "INV-04", "faults healed", "violation (1)", "b.example"];
    for name in names {
        assert!(svg.lines().any(|line| line.trim() == name), "{name} is missing");
    }
}

#[test]
fn more_violations_than_there_is_room_for_keep_their_marks() {
    let mut figure = small_figure();
    let crosses = |svg: &str| svg.matches("stroke=\"#222222\" stroke-width=\"2\"").count();
    let before = crosses(&render(&figure).unwrap());
    figure.violations = (0..9).map(|n| (1_600 + n, format!("INV-{n:02}"))).collect();
    let svg = render(&figure).unwrap();
    assert_eq!(crosses(&svg) - before, 8 * 2);
    assert!(svg.contains("violation (9)"));
    assert!(svg.contains("INV-00") && !svg.contains("INV-08"));
}

#[test]
fn a_figure_that_makes_no_sense_says_why() {
    let mut figure = small_figure();
    figure.lines[1].points.reverse();
    assert_eq!(render(&figure), Err(PlotError::OutOfOrder { label: "bob/ClientB1".into() }));
    figure.head.clear();
    assert_eq!(render(&figure), Err(PlotError::NoHead));
    figure.duration_ms = 0;
    assert_eq!(render(&figure), Err(PlotError::NoDuration));
}

#[test]
fn the_smallest_figures_are_drawn() {
    let mut figure = small_figure();
    figure.lines.clear();
    figure.bands.clear();
    figure.violations.clear();
    figure.heal_ms = None;
    figure.head = vec![(0, 0)];
    figure.duration_ms = 1;
    assert!(render(&figure).unwrap().contains("(c) Faults"));
}

fn small_figure() -> ConvergenceFigure {
    let line = |label: &str, group: &str, is_server, points: &[(u64, u64)]| ConvergenceLine {
        label: label.to_owned(),
        group: group.to_owned(),
        is_server,
        points: points.to_vec(),
        ..ConvergenceLine::default()
    };
    let mut server = line("ServerA", "a.example", true, &[(0, 0), (500, 1), (1_500, 2)]);
    server.gaps = vec![(700, 900)];
    let mut client = line("bob/ClientB1", "b.example", false, &[(520, 1), (1_800, 2)]);
    client.absences = vec![(2_500, 3_000)];
    let band = |label: &str, family: &str, from_ms, to_ms| FaultBand {
        label: label.to_owned(),
        family: family.to_owned(),
        from_ms,
        to_ms,
    };
    ConvergenceFigure {
        title: "Convergence of the room “clubhouse”".to_owned(),
        subtitle: "seed 7 & nothing <else>".to_owned(),
        caption: HOW_TO_READ.to_owned(),
        duration_ms: 3_000,
        head: vec![(0, 0), (500, 1), (1_500, 2)],
        lines: vec![server, client],
        bands: vec![band("ServerA", "crash of hub", 700, 900), band("", "loss", 1_550, 1_550)],
        violations: vec![(1_600, "INV-04".to_owned())],
        heal_ms: Some(2_000),
    }
}

/// Fifteen nodes, sixty epochs, ten bands and two hundred lost messages.
fn busy_figure() -> ConvergenceFigure {
    let mut figure = small_figure();
    figure.duration_ms = 60_000;
    figure.head = (0..60).map(|epoch| (epoch * 997, epoch)).collect();
    let node = |n: u64| ConvergenceLine {
        label: format!("node {n}"),
        group: format!("{}.example", n % 3),
        is_server: n < 3,
        points: figure.head.iter().map(|(ms, epoch)| (ms + n * 31, *epoch)).collect(),
        gaps: vec![(n * 3_000, n * 3_000 + 1_500)],
        absences: Vec::new(),
    };
    figure.lines = (0..15).map(node).collect();
    let band = |n: u64| FaultBand {
        label: format!("fault {n}"),
        family: format!("family {}", n % 4),
        from_ms: n * 2_000,
        to_ms: n * 5_000,
    };
    let loss = |n: u64| FaultBand {
        label: String::new(),
        family: "loss".to_owned(),
        from_ms: n * 199,
        to_ms: n * 199,
    };
    figure.bands = (0..10).map(band).chain((0..200).map(loss)).collect();
    figure
}
