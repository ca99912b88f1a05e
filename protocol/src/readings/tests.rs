//! The names of the readings are what is written and read.

use super::*;

#[test]
fn every_value_of_every_switch_can_be_set_and_is_what_serde_calls_it() {
    for switch in Readings::SWITCHES {
        for (n, (value, about)) in switch.values.iter().enumerate() {
            let mut readings = Readings::default();
            readings.set(switch.key, value).unwrap();
            assert_eq!(readings == Readings::default(), n == 0, "{} = {value}", switch.key);
            let written = serde_json::to_value(readings).unwrap();
            assert_eq!(written[switch.key], *value);
            assert_eq!(serde_json::from_value::<Readings>(written).unwrap(), readings);
            assert!(about.trim_end().ends_with('.'), "{about}");
        }
    }
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let error = "at-once".parse::<Preset>().unwrap_err().to_string();
    assert_eq!(error, "there is no preset \"at-once\"; there is: at-accept, at-commit, independent");
    let error = "echo=maybe".parse::<Reading>().unwrap_err().to_string();
    assert_eq!(error, "echo cannot be read as \"maybe\"; there is: always, never");
    let error = "echoes=never".parse::<Reading>().unwrap_err().to_string();
    assert!(error.starts_with("there is no reading \"echoes\"; there is: effective-at, "), "{error}");
    assert!("echo".parse::<Reading>().is_err());
}

#[test]
fn an_entry_begins_with_its_preset() {
    let read = |text| serde_json::from_str::<ReadingsEntry>(text).map(Readings::from);
    assert_eq!(read("{}").unwrap(), Readings::default());
    let both = read(r#"{"preset": "at-commit", "echo": "never"}"#).unwrap();
    assert_eq!(both, Readings { echo: Echo::Never, ..Preset::AtCommit.readings() });
    assert!(read(r#"{"echo": "sometimes"}"#).is_err() && read(r#"{"echoes": "never"}"#).is_err());
}

#[test]
fn presets_have_their_names_and_differ() {
    for preset in Preset::ALL {
        assert_eq!(preset.name().parse(), Ok(preset));
        assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
    }
    let all: std::collections::BTreeSet<_> = Preset::ALL.into_iter().map(Preset::readings).collect();
    assert_eq!(all.len(), Preset::ALL.len());
    let mixed = Readings { echo: Echo::Never, ..Preset::AtCommit.readings() };
    assert_eq!(mixed.to_string(), "at-commit echo=never");
    assert_eq!(Readings::default().to_string(), "at-accept");
}
