//! What only the octets decide, and two runs of the same story name differently: digests, and octets that hold keys.

use super::Why;
use super::layers::Layers;
use serde_json::Value;

/// The fields that hold the digest of a message, of its content, or of a GroupContext.
const DIGESTS: [&str; 3] = ["message", "content", "context"];
/// The fields that hold octets in which keys may stand.
const OCTETS: [&str; 1] = ["update"];
/// The fields that hold times, or what depends on them.
const TIMES: [&str; 2] = ["accepted_ms", "lifetime"];
/// How many octets the references of key packages and proposals have.
const REFERENCE: usize = 32;

/// Which name on the one side is which on the other: one to one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    expected: Layers,
    recorded: Layers,
    /// The sum of a digest of each pair.
    sum: u128,
}

/// Equal if they hold the same pairs.
impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.sum == other.sum
    }
}

impl Names {
    /// Whether the two are the same but for names, which are learnt on the way.
    pub fn match_up(&mut self, field: &str, recorded: &Value, expected: &Value) -> Result<(), Why> {
        let key = field.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(field);
        if TIMES.contains(&key) {
            return Ok(());
        }
        let same = match (recorded, expected) {
            (Value::Array(a), Value::Array(b)) if is_name(a) && is_name(b) || OCTETS.contains(&key) => {
                self.is_name_of(recorded, expected) && a.is_empty() == b.is_empty()
            }
            (Value::Number(_), Value::Number(_)) if DIGESTS.contains(&key) => {
                self.is_name_of(recorded, expected)
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                let (a, b) = (in_order(key, a), in_order(key, b));
                let mut pairs = a.into_iter().zip(b).enumerate();
                return pairs.try_for_each(|(n, (a, b))| self.match_up(&format!("{field}.{n}"), a, b));
            }
            (Value::Object(a), Value::Object(b)) => {
                let null = Value::Null;
                let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                return keys.into_iter().try_for_each(|key| {
                    let (a, b) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                    self.match_up(&format!("{field}.{key}"), a, b)
                });
            }
            _ => recorded == expected,
        };
        if same {
            return Ok(());
        }
        Err(Why::Differs {
            field: field.to_owned(),
            recorded: recorded.to_string(),
            expected: expected.to_string(),
        })
    }

    fn is_name_of(&mut self, recorded: &Value, expected: &Value) -> bool {
        let (recorded, expected) = (digest(&recorded.to_string()), digest(&expected.to_string()));
        let (known, is_new) = self.expected.find_or_insert(recorded, expected);
        if is_new {
            self.sum = self.sum.wrapping_add(digest(&format!("{recorded} {expected}")));
        }
        known == expected && self.recorded.find_or_insert(expected, recorded).0 == recorded
    }
}

fn digest(of: &str) -> u128 {
    let word: [u8; 16] = blake3::hash(of.as_bytes()).as_bytes()[..16].try_into().unwrap_or_default();
    u128::from_le_bytes(word)
}

/// A list in the order in which it is compared. In which order a commit lists its proposals is the engine's choice, but for updates of
/// one component; MLS-05 says in which order they are applied.
fn in_order<'a>(key: &str, list: &'a [Value]) -> Vec<&'a Value> {
    let mut list: Vec<&Value> = list.iter().collect();
    if key == "proposals" {
        list.sort_by_key(|proposal| without_names(proposal).to_string());
    }
    list
}

/// The same without what only the octets decide.
fn without_names(of: &Value) -> Value {
    match of {
        Value::Array(list) if is_name(list) => Value::Null,
        Value::Array(list) => list.iter().map(without_names).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone(), without_names(value)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// The octets of a reference.
fn is_name(array: &[Value]) -> bool {
    array.len() == REFERENCE && array.iter().all(|octet| octet.as_u64().is_some_and(|octet| octet < 256))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(pairs: &[(Value, Value)]) -> Vec<Result<(), String>> {
        let mut names = Names::default();
        let match_up = |(recorded, expected): &(Value, Value)| {
            names.match_up("facts", recorded, expected).map_err(|why| why.to_string())
        };
        pairs.iter().map(match_up).collect()
    }

    #[test]
    fn digests_are_names_and_all_else_is_itself() {
        let fact = |message: u64, epoch: u64| json!([{ "Applied": { "message": message, "epoch": epoch } }]);
        let told = told(&[
            (fact(7, 1), fact(70, 1)),
            (fact(7, 2), fact(70, 2)),
            (fact(8, 2), fact(70, 2)),
            (fact(7, 2), fact(80, 2)),
            (fact(9, 2), fact(90, 3)),
        ]);
        let differs = |field: &str, recorded: u64, expected: u64| {
            Err(format!("facts.0.Applied.{field} is {recorded}, and the nodes come to {expected}"))
        };
        let expected =
            [Ok(()), Ok(()), differs("message", 8, 70), differs("message", 7, 80), differs("epoch", 2, 3)];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_proposals_of_a_commit_may_stand_in_any_order() {
        let list = |kinds: [(&str, u64); 3]| {
            let proposals = kinds.map(|(kind, client)| json!({ "sender": 0, "body": { kind: client } }));
            json!([{ "Commit": { "proposals": proposals } }])
        };
        let told = told(&[
            (
                list([("Add", 1), ("Remove", 2), ("Remove", 3)]),
                list([("Remove", 2), ("Remove", 3), ("Add", 1)]),
            ),
            (
                list([("Add", 1), ("Remove", 2), ("Remove", 3)]),
                list([("Remove", 2), ("Remove", 4), ("Add", 1)]),
            ),
        ]);
        assert!(told[0].is_ok() && told[1].is_err(), "{told:?}");
    }

    #[test]
    fn references_are_names_and_short_lists_are_not() {
        let reference = |octet: u8| json!([vec![octet; 32]]);
        let told = told(&[
            (reference(1), reference(2)),
            (reference(1), reference(3)),
            (json!([1, 2]), json!([1, 2])),
            (json!([1, 2]), json!([1])),
            (json!({ "a": 1 }), json!({ "a": 1, "b": 2 })),
        ]);
        let kinds: Vec<bool> = told.iter().map(Result::is_ok).collect();
        assert_eq!(kinds, [true, false, true, false, false]);
        assert_eq!(told[4], Err("facts.b is null, and the nodes come to 2".to_owned()));
    }
}
