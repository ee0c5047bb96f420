//! A schema made from an example.

use serde_json::{Map, Value, json};

/// The schema that an example suggests: its keys with their types, all of them required.
pub fn inferred(example: &Value) -> Value {
    match example {
        // Nothing is known of what is not there.
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => {
            let items = items.iter().map(inferred).reduce(|a, b| merged(&a, &b));
            match items {
                Some(items) => json!({ "type": "array", "items": items }),
                None => json!({ "type": "array" }),
            }
        }
        Value::Object(map) => {
            let properties: Map<String, Value> =
                map.iter().map(|(key, value)| (key.clone(), inferred(value))).collect();
            let required: Vec<&String> = map.keys().collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
    }
}

/// What both suggest: required is what both have, and what contradicts is left open.
fn merged(a: &Value, b: &Value) -> Value {
    if a == b {
        return a.clone();
    }
    if a["type"] != b["type"] {
        return json!({});
    }
    match a["type"].as_str() {
        Some("array") => match (a.get("items"), b.get("items")) {
            (Some(a), Some(b)) => json!({ "type": "array", "items": merged(a, b) }),
            (Some(one), None) | (None, Some(one)) => json!({ "type": "array", "items": one }),
            (None, None) => a.clone(),
        },
        Some("object") => {
            let mut properties = a["properties"].as_object().cloned().unwrap_or_default();
            for (key, own) in b["properties"].as_object().into_iter().flatten() {
                let both = properties.get(key).map_or_else(|| own.clone(), |old| merged(old, own));
                properties.insert(key.clone(), both);
            }
            let in_both =
                |key: &&Value| b["required"].as_array().is_some_and(|all| all.contains(key));
            let required: Vec<_> =
                a["required"].as_array().into_iter().flatten().filter(in_both).collect();
            json!({ "type": "object", "properties": properties, "required": required })
        }
        _ => a.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::inferred;
    use serde_json::json;

    #[test]
    fn items_of_a_list_are_one_schema() {
        let schema = inferred(&json!({ "rows": [{ "a": 1, "b": "x" }, { "a": "1" }], "none": [] }));
        assert_eq!(
            schema["properties"]["rows"]["items"],
            json!({
                "type": "object", "required": ["a"],
                "properties": { "a": {}, "b": { "type": "string" } },
            })
        );
        assert_eq!(schema["properties"]["none"], json!({ "type": "array" }));
        assert_eq!(schema["required"], json!(["rows", "none"]));
    }
}
