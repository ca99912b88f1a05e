//! The director: lets a world go exactly the way that a story says, one named event after the other.
//!
//! A story is a list of lines such as `ClientA1 bans bob`, `deliver update of ClientA1`, `lose answer to update of ClientA1` or
//! `crash a.example`. Under the director nothing happens by itself: every message in flight, every timer and every timeout waits
//! until a line names it, or until `settle` lets all that is not held happen, in an order that depends on no seed: messages in
//! the order in which they were sent, then the timeouts of what was lost, then timers in the order in which they were set.

mod conduct;
mod deed;
mod ledger;
mod line;
mod names;
mod order;
mod replay;
mod statement;
mod step;
mod thing;
mod words;

pub(crate) use conduct::{Director, Move};
pub(crate) use deed::read as read_deed;
pub use line::{Line, Story, Unmet};
pub use names::{Cast, Names};
pub use replay::Replayed;
pub use statement::Statement;
pub use step::{Blow, Step};
pub use thing::{Kind, MessageName, Thing, TimerKind, TimerName};
pub use words::{Misread, Words};
