//! MIMI content, status reports and franks, as octets.

mod franking;
mod given;
mod known_answers;
mod limits;
mod links;
mod names;
mod parts;
mod round_trips;
mod status;
mod upstream;
