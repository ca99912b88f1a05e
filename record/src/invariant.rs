//! What every invariant is: a pure check over steps and views, with a memory that is a value.

use crate::step::Step;
use crate::verdict::Tally;
use crate::view::{NodeView, Views};
use mimic_protocol::Directory;
use std::fmt::Debug;

/// One step, with what an invariant may look at.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The world's names.
    pub directory: &'a Directory,
    /// The step.
    pub step: &'a Step,
    /// The touched node's view before the step; none before its first.
    pub before: Option<&'a NodeView>,
    /// All nodes' views after the step.
    pub views: &'a Views,
}

impl Transition<'_> {
    /// The touched node's view after the step.
    pub fn after(&self) -> Option<&NodeView> {
        self.views.get(&self.step.node).map(|view| &**view)
    }
}

/// An invariant of the catalogue. Two runs of it that remember the same are equal, so that a model can hold it in its state.
pub trait Invariant: Debug + Send {
    /// Its name in the catalogue: `INV-04`.
    fn id(&self) -> &'static str;
    /// What it says, in one sentence.
    fn statement(&self) -> &'static str;
    /// Looks at one step.
    fn step(&mut self, transition: &Transition<'_>, tally: &mut Tally);
    /// Looks at the end of a run that has come to rest: what is owed for ever is owed here.
    fn end(&mut self, _directory: &Directory, _views: &Views, _tally: &mut Tally) {}
}
