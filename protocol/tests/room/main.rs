//! The state of a room: what updates make of it, and how it goes into a dictionary and out again.

mod app_data;
mod components;
mod hub_log;
mod log;
mod participant_list;
mod standing;

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|c| c.to_digit(16).expect("a hexadecimal digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
