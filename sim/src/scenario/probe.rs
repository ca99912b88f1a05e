//! What serde accepts, asked of serde itself: so that no list of names is written down twice.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, MapDeserializer, StrDeserializer};

/// No key and no value is called this.
const NOTHING: &str = "?";

/// The names of an enum's variants.
pub fn variants<'de, T: Deserialize<'de>>() -> Vec<String> {
    let value: StrDeserializer<'de, Error> = NOTHING.into_deserializer();
    T::deserialize(value).err().map_or_else(Vec::new, |error| listed(&error.to_string()))
}

/// The keys of a struct that knows its keys.
pub fn keys<'de, T: Deserialize<'de>>() -> Vec<String> {
    let table = MapDeserializer::<_, Error>::new([(NOTHING, NOTHING)].into_iter());
    T::deserialize(table).err().map_or_else(Vec::new, |error| listed(&error.to_string()))
}

/// "unknown variant `?`, expected one of `a`, `b`"
fn listed(message: &str) -> Vec<String> {
    message.split('`').skip(1).step_by(2).filter(|name| *name != NOTHING).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Expectation, Phases};
    use mimic_protocol::Readings;

    #[test]
    fn serde_says_what_it_knows() {
        assert_eq!(variants::<Expectation>(), ["held", "violated", "inconclusive"]);
        assert_eq!(keys::<Phases>(), ["safety-ms", "liveness-ms"]);
        assert!(keys::<Readings>().contains(&"list-indices".to_owned()));
    }
}
