//! The replay of a model's path: what its story can say beside others, and the three ways in which it can end.

use mimic_protocol::mls::symbolic::Symbolic;
use mimic_record::Event;
use mimic_sim::director::Replayed;
use mimic_sim::scenario::Scenario;
use mimic_sim::{RunResult, run_over};

const WORLD: &str = r#"
[[provider]]
domain = "a.example"

[[provider]]
domain = "b.example"

[[user]]
name = "alice"
provider = "a.example"
devices = ["phone"]

[[user]]
name = "bob"
provider = "b.example"
devices = ["phone"]
new-devices = ["tablet"]

[room]
name = "clubhouse"
hub = "a.example"
creator = "alice"
policy = "cooperative"

"#;

const OPENING: &[&str] = &["alice/phone creates", "settle", "alice/phone adds bob", "settle"];

fn play(replays: &str, steps: &[&str]) -> RunResult {
    play_expecting("held", replays, steps)
}

fn play_expecting(expect: &str, replays: &str, steps: &[&str]) -> RunResult {
    let head = format!("[scenario]\nname = \"replay\"\nexpect = \"{expect}\"\n");
    let lines: String = OPENING.iter().chain(steps).map(|line| format!("    \"{line}\",\n")).collect();
    let story = format!("[story]\nreplays = \"{replays}\"\nsteps = [\n{lines}]\n");
    let scenario = Scenario::parse("replay.toml", &format!("{head}{WORLD}{story}")).unwrap();
    run_over::<Symbolic>(&scenario, 1, "symbolic").unwrap()
}

fn replayed(replays: &str, steps: &[&str]) -> String {
    play(replays, steps).replayed.expect("a replay").to_string()
}

#[test]
fn a_path_that_could_be_gone_is_reproduced() {
    let steps =
        ["step 1", "bob/phone updates keys", "step 2", "deliver awaited update of bob/phone to a.example"];
    assert_eq!(replayed("a commit is accepted", &steps), "reproduced");
    let looks =
        [&steps[..], &["expect a.example is in epoch 2", "expect alice/phone is in epoch 1"]].concat();
    assert_eq!(replayed("a commit is accepted", &looks), "reproduced");
}

#[test]
fn what_looks_otherwise_has_diverged_at_its_step() {
    let steps = [
        "step 1",
        "bob/phone updates keys",
        "expect bob/phone is in epoch 1",
        "step 2",
        "deliver awaited update of bob/phone to a.example",
        "expect a.example is in epoch 3",
    ];
    let says = "diverged at step 2: expect a.example is in epoch 3: a.example is in epoch 2";
    assert_eq!(replayed("a commit is accepted", &steps), says);
    let early = [&["expect bob/phone is outside"][..], &steps[..1]].concat();
    let says = "diverged at step 0: expect bob/phone is outside: bob/phone is in epoch 1";
    assert_eq!(replayed("a commit is accepted", &early), says);
}

#[test]
fn a_violation_that_does_not_come_is_a_divergence_at_the_last_step() {
    let steps = ["step 1", "bob/phone updates keys", "step 2", "settle"];
    let says = |replays| play_expecting("violated", replays, &steps).replayed.unwrap().to_string();
    assert_eq!(says("INV-04"), "diverged at step 2: INV-04 is not violated");
    assert_eq!(says("rest is agreement"), "diverged at step 2: no invariant is violated");
    assert_eq!(replayed("rest is agreement", &steps), "reproduced");
}

#[test]
fn what_cannot_happen_is_not_enabled_at_its_step() {
    let steps =
        ["step 1", "bob/phone updates keys", "step 2", "deliver late update of bob/phone to a.example"];
    let Some(Replayed::NotEnabled { step, why }) = play("INV-04", &steps).replayed else {
        panic!("it can happen")
    };
    assert_eq!(step, 2);
    assert!(why.contains("what could happen now: deliver update from bob/phone"), "{why}");
}

#[test]
fn who_has_given_up_awaits_nothing_and_what_is_under_way_is_late() {
    let given_up = ["bob/phone updates keys", "time out update of bob/phone"];
    let late =
        [&given_up[..], &["deliver late update of bob/phone to a.example", "expect a.example is in epoch 2"]];
    assert_eq!(replayed("lateness", &late.concat()), "reproduced");
    let awaited = [&given_up[..], &["deliver awaited update of bob/phone to a.example"]].concat();
    assert!(replayed("lateness", &awaited).starts_with("not enabled at step 0"));
}

#[test]
fn one_of_several_followers_answers_can_be_given_up() {
    let steps = [
        "alice/phone updates keys",
        "deliver awaited update of alice/phone to a.example",
        "time out notify of a.example to b.example",
        "deliver late notify of a.example to b.example",
    ];
    assert_eq!(replayed("lateness", &steps), "reproduced");
}

#[test]
fn a_new_device_begins_before_it_wants_anything_and_only_once() {
    let result = play("a start", &["start bob/tablet", "settle", "step 1", "bob/tablet joins", "settle"]);
    assert_eq!(result.replayed, Some(Replayed::Reproduced));
    let begins = result.steps.iter().filter(|step| matches!(step.event, Event::Start)).count();
    assert_eq!(begins, 5);
    let says = replayed("a start", &["start bob/phone"]);
    assert!(says.starts_with("not enabled at step 0") && says.ends_with(" is there already"), "{says}");
}

#[test]
fn a_node_can_crash_over_what_a_timer_makes_it_write() {
    let steps = [
        "bob/phone leaves",
        "settle except commit timer",
        "step 1",
        "fire commit timer of alice/phone and crash before durable",
        "expect alice/phone is in epoch 1",
        "restart alice/phone",
        "settle",
        "expect alice/phone is in epoch 2",
    ];
    let result = play("a crash", &steps);
    assert_eq!(result.replayed, Some(Replayed::Reproduced));
    assert_eq!(result.steps.iter().filter(|step| matches!(step.event, Event::Crash)).count(), 1);
}
