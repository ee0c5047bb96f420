//! How large values are, near enough to bound what one execution holds.

use serde_json::{Map, Value};

/// About as many bytes as the value has when it is written down.
pub(crate) fn of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => of_list(items),
        Value::Object(map) => of_map(map),
    }
}

pub(crate) fn of_list(items: &[Value]) -> usize {
    2 + items.iter().map(|item| of(item) + 1).sum::<usize>()
}

pub(crate) fn of_map(map: &Map<String, Value>) -> usize {
    2 + map.iter().map(|(key, value)| key.len() + 4 + of(value)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn a_size_is_about_that_of_the_text() {
        let long = "x".repeat(10_000);
        let value = json!({ "list": [1, true, null, { "text": long }], "more": "words" });
        let text = value.to_string().len();
        assert!(of(&value).abs_diff(text) < 50, "{} {text}", of(&value));
    }
}
