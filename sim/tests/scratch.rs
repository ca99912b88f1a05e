use mimic_protocol::mls::symbolic::Symbolic;
use mimic_sim::scenario::Scenario;
use mimic_sim::*;
#[test]
fn scratch() {
    let text = std::fs::read_to_string("../scenarios/clubhouse.toml").unwrap();
    let scenario = Scenario::parse("clubhouse.toml", &text).unwrap();
    let engine = std::env::var("ENGINE").unwrap_or("symbolic".into());
    let from: u64 = std::env::var("FROM").unwrap_or("0".into()).parse().unwrap();
    let to: u64 = std::env::var("TO").unwrap_or("8".into()).parse().unwrap();
    let all = std::sync::Mutex::new(std::collections::BTreeMap::new());
    let t0 = std::time::Instant::now();
    sweep(
        from..to,
        2,
        |seed| match engine.as_str() {
            "real" => run(&scenario, seed, Crypto::Real),
            "fast" => run(&scenario, seed, Crypto::InsecureFast),
            _ => run_over::<Symbolic>(&scenario, seed, "symbolic"),
        },
        |seed, _, r| match &r {
            Ok(r) => {
                if to - from < 40 {
                    println!(
                        "seed {seed} {:?} {} {:?} events {} msgs {} steps {} virt {}s intents {:?} trace {}k",
                        r.ended,
                        r.digest(),
                        r.verdict(),
                        r.events,
                        r.messages,
                        r.steps.len(),
                        r.virtual_us / 1000000,
                        r.intents,
                        r.trace.text().len() / 1000
                    );
                    std::fs::write(format!("/tmp/fabric-scratch/{engine}-{seed}.jsonl"), r.trace.text())
                        .unwrap();
                }
                for f in r.judgement.findings.iter().take(4) {
                    println!("   seed {seed} {f:?}");
                }
                all.lock().unwrap().insert(
                    seed,
                    (r.struck.clone(), r.judgement.clone(), r.intents, r.steps.len(), r.messages),
                );
            }
            Err(e) => println!("seed {seed}: {e}"),
        },
    );
    let all = all.into_inner().unwrap();
    let n = all.len() as f64;
    println!("{engine}: {} seeds in {:?}", all.len(), t0.elapsed());
    for f in faults::Family::ALL {
        print!("{f} {:.0}%  ", 100.0 * all.values().filter(|a| a.0.of(f) > 0).count() as f64 / n);
    }
    println!();
    if let Some(first) = all.values().next() {
        for i in 0..first.1.invariants.len() {
            let c = all.values().filter(|a| a.1.invariants[i].checked > 0).count() as f64 / n * 100.0;
            let v =
                all.values().filter(|a| a.1.invariants[i].verdict == mimic_record::Verdict::Violated).count();
            print!("{} checked {c:.0}% violated {v} | ", first.1.invariants[i].id);
        }
        println!();
    }
    println!(
        "done mean {} refused {} steps {} messages {}",
        all.values().map(|a| a.2.done).sum::<u64>() as f64 / n,
        all.values().map(|a| a.2.refused).sum::<u64>() as f64 / n,
        all.values().map(|a| a.3).sum::<usize>() as f64 / n,
        all.values().map(|a| a.4).sum::<u64>() as f64 / n
    );
}
