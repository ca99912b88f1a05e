//! The symbolic engine beside another one, through the same cases.

use crate::coverage::Coverage;
use crate::op::{self, Expander, Op};
use crate::step::Step;
use crate::world::World;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Mls, MlsError};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::RefCell;

/// The symbolic engine beside another one.
pub struct Pair<'a, M: Mls> {
    symbolic: World<Symbolic>,
    other: World<M>,
    coverage: &'a RefCell<Coverage>,
}

impl<M: Mls> Pair<'_, M> {
    /// Takes a case through both.
    pub fn run(ops: &[Op], coverage: &RefCell<Coverage>) -> Result<(), TestCaseError> {
        let mut pair = Pair::<M> { symbolic: World::new(), other: World::new(), coverage };
        for op in ops {
            let steps = Expander::expand(&pair.symbolic, op);
            let mut accepted = !steps.is_empty();
            for step in steps {
                accepted = pair.take(&step)?;
            }
            for step in Expander::follow_up(&pair.symbolic, op, accepted) {
                pair.take(&step)?;
            }
        }
        Ok(())
    }

    /// Takes a step in both worlds: whether it was accepted.
    fn take(&mut self, step: &Step) -> Result<bool, TestCaseError> {
        let mut coverage = self.coverage.borrow_mut();
        let other = self.other.take(step);
        if other[0].error() == Some(MlsError::Limit) {
            // A limit is of the library: the drafts allow it, and so does the symbolic engine, which then does not do it.
            let allowed = self.symbolic.clone().take(step);
            self.symbolic.skip();
            coverage.count_limit(step);
            agree(step, "is beyond the library", allowed[0].error(), None)?;
        } else {
            let symbolic = self.symbolic.take(step);
            agree(step, "came out differently", &symbolic, &other)?;
            coverage.count(step, self.symbolic.content(step), &symbolic);
        }
        agree(step, "left different views", self.symbolic.view(), self.other.view())?;
        Ok(other.iter().all(|outcome| outcome.error().is_none()))
    }
}

fn agree<T: PartialEq + std::fmt::Debug>(
    step: &Step,
    what: &str,
    symbolic: T,
    other: T,
) -> Result<(), TestCaseError> {
    if symbolic == other {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("{step:?} {what}\nsymbolic: {symbolic:#?}\nother: {other:#?}")))
}

/// Runs as many cases of up to so many operations, or as many as `PROPTEST_CASES` says if that is more; the same ones each time.
pub fn run<M: Mls>(cases: u32, operations: usize) -> Coverage {
    let cases = cases.max(Config::default().cases);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let coverage = RefCell::default();
    let result = runner.run(&op::case(operations), |ops| Pair::<M>::run(&ops, &coverage));
    if let Err(failure) = result {
        panic!("{failure}");
    }
    coverage.into_inner()
}
