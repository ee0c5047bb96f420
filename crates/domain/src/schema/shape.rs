//! A number for the keys and types of a payload: two payloads of one shape have one.

use super::type_of;
use serde_json::Value;

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// The fingerprint of a payload's shape. Values, the order of keys, and how many items a list has do not
/// count. It tells payloads apart that were made without malice, and nothing more is asked of it.
pub fn fingerprint(value: &Value) -> u64 {
    match value {
        Value::Object(map) => {
            // The sum does not mind the order.
            let inner = map.iter().fold(0_u64, |sum, (key, value)| {
                sum.wrapping_add(spread(eat(
                    eat(OFFSET, key.as_bytes()),
                    &fingerprint(value).to_le_bytes(),
                )))
            });
            eat(OFFSET ^ 1, &inner.to_le_bytes())
        }
        Value::Array(items) => {
            let mut kinds: Vec<u64> = items.iter().map(fingerprint).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds.iter().fold(OFFSET ^ 2, |hash, own| eat(hash, &own.to_le_bytes()))
        }
        // A fraction is a number like others: shapes do not change with values.
        Value::Number(_) => eat(OFFSET, b"number"),
        other => eat(OFFSET, type_of(other).as_bytes()),
    }
}

/// FNV-1a.
fn eat(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

/// So that a sum of two says more than both.
fn spread(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::fingerprint;
    use serde_json::json;

    #[test]
    fn keys_and_types_count_and_values_do_not() {
        let one = fingerprint(&json!({ "a": 1, "b": { "c": ["x", "y"], "d": null } }));
        let same = json!({ "b": { "d": null, "c": ["z"] }, "a": 2.5 });
        assert_eq!(fingerprint(&same), one);
        for other in [
            json!({ "a": "1", "b": { "c": ["x"], "d": null } }),
            json!({ "a": 1, "b": { "c": ["x", 1], "d": null } }),
            json!({ "a": 1, "b": { "c": [], "d": null } }),
            json!({ "a": 1, "b": { "c": ["x"] } }),
            json!({ "a": 1, "b": { "c": ["x"], "d": null }, "e": 1 }),
            json!({ "a": { "b": { "c": ["x"], "d": null } } }),
        ] {
            assert_ne!(fingerprint(&other), one, "{other}");
        }
    }
}
