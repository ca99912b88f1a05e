use mimic_protocol::mls::symbolic::Symbolic;
use mimic_sim::scenario::Scenario;
use mimic_sim::*;
#[test]
fn scratch() {
    let text = std::fs::read_to_string("../scenarios/clubhouse.toml").unwrap();
    let scenario = Scenario::parse("clubhouse.toml", &text).unwrap();
    for seed in 0..8 {
        let t = std::time::Instant::now();
        match run_over::<Symbolic>(&scenario, seed, "symbolic") {
            Ok(r) => {
                println!(
                    "seed {seed} {:?} {} {:?} events {} msgs {} steps {} virt {}s intents {:?} wall {:?} trace {}k",
                    r.ended,
                    r.digest(),
                    r.verdict(),
                    r.events,
                    r.messages,
                    r.steps.len(),
                    r.virtual_us / 1000000,
                    r.intents,
                    t.elapsed(),
                    r.trace.text().len() / 1000
                );
                println!("   struck {:?}", r.struck);
                for i in &r.judgement.invariants {
                    print!("{} {:?} {} | ", i.id, i.verdict, i.checked);
                }
                println!();
                for f in r.judgement.findings.iter().take(6) {
                    println!("   {f:?}");
                }
                std::fs::write(format!("/tmp/fabric-scratch/{seed}.jsonl"), r.trace.text()).unwrap();
            }
            Err(e) => println!("seed {seed}: {e}"),
        }
    }
}
