//! The director: what a story can make happen, and what is said of one that cannot happen or does not come true.

use mimic_protocol::mls::symbolic::Symbolic;
use mimic_record::Event;
use mimic_sim::scenario::{Problem, Scenario, ScenarioError};
use mimic_sim::{Ended, RunResult, run_over};

const WORLD: &str = r#"[scenario]
name = "story"

[[provider]]
domain = "a.example"

[[provider]]
domain = "b.example"

[[user]]
name = "alice"
provider = "a.example"
devices = ["ClientA1"]

[[user]]
name = "bob"
provider = "b.example"
devices = ["ClientB1"]
new-devices = ["ClientB2"]

[room]
name = "clubhouse"
hub = "a.example"
creator = "alice"
policy = "cooperative"

"#;

const OPENING: &[&str] = &["ClientA1 creates", "settle", "ClientA1 adds bob", "settle"];

fn parse(steps: &[&str], outcome: &[&str]) -> Result<Scenario, ScenarioError> {
    let list = |lines: &[&str]| lines.iter().map(|line| format!("    \"{line}\",\n")).collect::<String>();
    let story = format!("[story]\nsteps = [\n{}]\noutcome = [\n{}]\n", list(steps), list(outcome));
    Scenario::parse("story.toml", &format!("{WORLD}{story}"))
}

/// Plays these lines in a room of Alice and Bob.
fn play(steps: &[&str], outcome: &[&str]) -> RunResult {
    let scenario = parse(&[OPENING, steps].concat(), outcome).unwrap();
    run_over::<Symbolic>(&scenario, 1, "symbolic").unwrap()
}

/// Why the lines did not come true.
fn why(result: &RunResult) -> Vec<(&str, &str)> {
    result.unmet.iter().map(|unmet| (unmet.text.as_str(), unmet.why.as_str())).collect()
}

fn count(result: &RunResult, is_it: fn(&Event) -> bool) -> usize {
    result.steps.iter().filter(|step| is_it(&step.event)).count()
}

#[test]
fn what_is_the_case_is_met_and_what_is_not_is_shown_with_what_is() {
    let result = play(
        &["hello: ClientB1 says 1", "expect hello is done"],
        &[
            "hello is open",
            "ClientA1 never read 1",
            "bob is group_admin",
            "a.example is in epoch 9",
            "rejected nothing",
        ],
    );
    let expected = [
        ("expect hello is done", "hello is open"),
        ("hello is open", "hello is done"),
        ("ClientA1 never read 1", "ClientA1 has read 1"),
        ("bob is group_admin", "bob is in role 2"),
        ("a.example is in epoch 9", "a.example is in epoch 1"),
    ];
    assert_eq!(why(&result), expected);
    assert_eq!(result.ended, Ended::AtRest);
    let before = WORLD.lines().count() + "[story] steps = [".split("] ").count() + OPENING.len() + 1;
    assert_eq!(result.unmet[0].line, before + 1);
}

#[test]
fn a_step_that_cannot_happen_says_what_could_and_the_world_settles() {
    let result = play(
        &["keys: ClientB1 updates keys", "deliver update of ClientA1", "crash b.example"],
        &["keys is done"],
    );
    let [(text, could)] = why(&result)[..] else { panic!("{:?}", result.unmet) };
    assert_eq!(text, "deliver update of ClientA1");
    assert_eq!(could, "what could happen now: deliver update from ClientB1 to b.example");
    assert_eq!((result.ended, count(&result, |event| *event == Event::Crash)), (Ended::AtRest, 0));
}

#[test]
fn each_step_that_has_nothing_to_act_on_breaks_the_story_off() {
    for step in [
        "lose answer to update of ClientB1",
        "duplicate news",
        "fire commit timer",
        "time out submit of ClientB1",
        "restart a.example",
        "release news to ClientB1",
    ] {
        let result = play(&[step, "ClientB1 says 1"], &[]);
        assert_eq!(result.unmet.len(), 1, "{step}");
        assert_eq!((result.unmet[0].text.as_str(), result.intents.stated), (step, 2));
    }
}

#[test]
fn only_what_is_named_happens() {
    let result = play(
        &[
            "ClientB1 updates keys",
            "deliver update of ClientB1 to b.example",
            "expect a.example is in epoch 1",
            "deliver update of ClientB1",
            "expect a.example is in epoch 2",
            "expect ClientB1 is in epoch 1",
            "settle except news to ClientB1",
            "expect ClientA1 is in epoch 2",
            "expect ClientB1 is in epoch 1",
        ],
        &["ClientB1 is in epoch 2"],
    );
    assert_eq!(why(&result), []);
}

#[test]
fn what_is_held_waits_until_it_is_released() {
    let result = play(
        &[
            "hold news to ClientB1",
            "ClientA1 says 1",
            "settle",
            "expect ClientB1 never read 1",
            "release everything",
            "settle",
            "expect ClientB1 read 1",
        ],
        &[],
    );
    assert_eq!(why(&result), []);
}

#[test]
fn lost_and_doubled_messages_are_counted() {
    let result =
        play(&["hello: ClientB1 says 1", "lose submit", "settle", "duplicate news to ClientA1"], &[]);
    assert_eq!(result.unmet.len(), 1, "everything has settled before the copy is asked for");
    let lost =
        play(&["hello: ClientB1 says 1", "duplicate submit", "lose submit copy 1"], &["ClientA1 read 1"]);
    assert_eq!((why(&lost), lost.struck.total()), (Vec::new(), 2));
    assert_eq!(lost.struck.total(), result.struck.total() + 1);
}

#[test]
fn a_crash_takes_what_is_not_durable_and_leaves_what_is() {
    let crash = |when: &str, epoch: u64| {
        let deliver = format!("deliver update of ClientB1 and crash {when} durable");
        let expect = format!("expect a.example is in epoch {epoch}");
        let steps = ["keys: ClientB1 updates keys", &deliver, "restart a.example", &expect];
        let result = play(&steps, &["keys is done", "a.example is in epoch 2"]);
        assert_eq!(why(&result), [], "{when}");
        assert_eq!(count(&result, |event| *event == Event::Restart), 1);
    };
    crash("before", 1);
    crash("after", 2);
    let idle = play(&["crash b.example", "deliver notify", "settle"], &[]);
    assert!(idle.unmet[0].why.starts_with("nothing is on its way"), "{:?}", idle.unmet);
}

#[test]
fn violations_have_to_be_the_ones_that_are_told() {
    let result = play(&[], &["violates INV-06"]);
    assert_eq!(why(&result), [("violates INV-06", "everything held")]);
}

#[test]
fn a_line_can_stand_under_one_reading_alone() {
    let result = play(
        &["when effective-at=commit: ClientB1 says 1"],
        &[
            "when effective-at=commit: a.example is in epoch 7",
            "when effective-at=accept: a.example is in epoch 1",
        ],
    );
    assert_eq!((why(&result), result.intents.stated), (Vec::new(), 2));
}

#[test]
fn a_story_can_follow_a_seeded_part() {
    let seeded =
        "[workload]\noperations = 4\nmessages = 4\n\n[phases]\nsafety-ms = 9_000\nliveness-ms = 60_000\n\n";
    let story = "[story]\nsteps = [\"last: ClientA1 says 999\"]\noutcome = [\"last is done\"]\n";
    let scenario = Scenario::parse("story.toml", &format!("{WORLD}{seeded}{story}")).unwrap();
    let result = run_over::<Symbolic>(&scenario, 3, "symbolic").unwrap();
    assert_eq!((why(&result), result.ended), (Vec::new(), Ended::AtRest));
    assert!(result.stated.len() >= 8 && result.intents.stated == result.stated.len() as u64 + 1);
}

fn misread(line: &str) -> (String, String) {
    let error = parse(&[line], &[]).unwrap_err();
    let text = format!("{WORLD}[story]\nsteps = [\n    \"{line}\",\n");
    let Problem::Unreadable { expected, .. } = error.problem() else { panic!("{error}") };
    (text.get(error.span()).unwrap_or_default().to_owned(), (*expected).to_owned())
}

#[test]
fn a_line_that_makes_no_sense_is_shown_at_its_word() {
    let cases = [
        ("walk ClientA1", "walk", "a step, or a device that wants something"),
        ("ClientA1 bnas bob", "bnas", "what the device is to do"),
        ("ClientA1 bans robert", "robert", "a user"),
        ("ClientA1 makes bob king", "king", "a role"),
        ("deliver update of z.example", "z.example", "a provider or a device"),
        ("deliver updates", "updates", "a kind of message"),
        ("fire update timer", "update", "a kind of timer"),
        ("crash a.example before durable", "before", "the end of the line"),
        ("deliver update and crash now", "now", "before or after"),
        ("expect ban is done", "ban", "a label, a user, a device or a provider"),
        ("expect rejected Boredom", "Boredom", "a reason"),
        ("bob: ClientA1 creates", "bob:", "a label that is no other name"),
        ("pause: settle", "pause:", "a step without a label: only what a user wants has one"),
        (
            "when effective-at=never: settle",
            "effective-at=never:",
            "a reading with a colon, such as `effective-at=commit:`",
        ),
    ];
    for (line, word, expected) in cases {
        assert_eq!(misread(line), (word.to_owned(), expected.to_owned()), "{line}");
    }
}
