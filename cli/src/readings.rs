//! `mimic readings`: the contested rules of the drafts, and how each can be read.

use mimic_protocol::Readings;
use mimic_protocol::readings::{Preset, Switch};

/// The presets and the switches, as a text.
pub fn readings() -> String {
    let mut text = "presets\n".to_owned();
    for preset in Preset::ALL {
        let base = Readings::default().values();
        let own = preset.readings().values().into_iter().zip(base).filter(|(own, base)| own != base);
        let set: Vec<String> = own.map(|((key, value), _)| format!("{key}={value}")).collect();
        let set = if set.is_empty() { "every rule read by its default".to_owned() } else { set.join(" ") };
        text.push_str(&format!("  {:<14} {set}\n", preset.name()));
    }
    for switch in Readings::SWITCHES {
        text.push_str(&about(switch));
    }
    text
}

fn about(switch: &Switch) -> String {
    let races: Vec<String> = switch.races.iter().map(|race| format!("RACE-{race}")).collect();
    let decides = if races.is_empty() { String::new() } else { format!("; decides {}", races.join(", ")) };
    let mut text = format!("\n{}\n {}\n  {}{decides}\n", switch.key, switch.about.trim_end(), switch.source);
    for (n, (value, meaning)) in switch.values.iter().enumerate() {
        let default = if n == 0 { " (default)" } else { "" };
        text.push_str(&format!("    {value}{default}:{}\n", meaning.trim_end()));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_says_what_there_is_to_choose() {
        insta::assert_snapshot!(super::readings());
    }
}
