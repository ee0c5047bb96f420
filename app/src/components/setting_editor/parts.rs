//! What a question of each type has beside what all have, and how people write it.

use serde_json::{Map, Value, json};

/// How a part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Line,
    Number,
    /// One of the integration's sources.
    Source,
    /// A JSON object.
    Json,
    /// A line each: `value=Label`.
    Options,
    /// A line each: `key=Label`, ` *` behind what is required.
    Labels,
    /// The same for permissions.
    Scopes,
    /// A line each: `what the source asks for=key of another question`.
    Pairs,
    /// A line each.
    Lines,
    /// A tick: `allowed`, or left out.
    Allowed,
}

/// A key of a question, with its words and its form.
pub(super) struct Part {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) form: Form,
}

const fn part(key: &'static str, label: &'static str, form: Form) -> Part {
    Part { key, label, form }
}

pub(super) const PARTS: [Part; 20] = [
    part("min", "Smallest", Form::Number),
    part("max", "Largest", Form::Number),
    part("options", "Choices, a line each: value=Label", Form::Options),
    part("source", "Choices from", Form::Source),
    part("main", "First choice from", Form::Source),
    part("dependent", "Second choice from", Form::Source),
    part("variables", "Fields from", Form::Source),
    part("objects", "Objects from", Form::Source),
    part("object", "Or always this object", Form::Line),
    part("fields", "Fields from", Form::Source),
    part("labels", "Your fields, a line each: key=Label, * behind what is required", Form::Labels),
    part("app_object", "More fields from your app: its name under mapObjectFields", Form::Line),
    part("user_fields", "Users may add fields of their own", Form::Allowed),
    part("inputs", "What the source asks for, as JSON", Form::Json),
    part(
        "depends_on",
        "What the source asks for from other questions, a line each: object=key",
        Form::Pairs,
    ),
    part("dropdown", "Its name under dropdowns in your app", Form::Line),
    part("value", "What they copy; {{ user.id }} is their id", Form::Line),
    part("scopes", "Permissions, a line each: name=Label, * behind what is required", Form::Scopes),
    part("accept", "Kinds of file, a line each: .csv", Form::Lines),
    part("max_bytes", "Largest size in bytes", Form::Number),
];

/// What people read for each type, in the order of the domain's `KINDS`.
pub(super) const TYPES: [&str; 17] = [
    "Text",
    "Long text",
    "Number",
    "E-mail address",
    "Web address",
    "Secret",
    "Switch",
    "Yes or no",
    "One of your choices",
    "One of the account's choices",
    "Two dependent choices",
    "Two dependent choices with fields",
    "Field mapping",
    "Choices from your app",
    "Something to copy",
    "Permissions",
    "File",
];

/// A part as it is edited.
pub(super) fn written(form: Form, value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    let lines = |each: &dyn Fn(&Value) -> String| {
        value.as_array().into_iter().flatten().map(each).collect::<Vec<_>>().join("\n")
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let named = |own: &Value, key: &str| {
        let star = if own["required"] == true { " *" } else { "" };
        format!("{}={}{star}", text(&own[key]), text(&own["label"]))
    };
    match form {
        Form::Line | Form::Number | Form::Source | Form::Allowed => text(value),
        Form::Json => serde_json::to_string(value).unwrap_or_default(),
        Form::Options => lines(&|own| named(own, "value")),
        Form::Labels => lines(&|own| named(own, "key")),
        Form::Scopes => lines(&|own| named(own, "name")),
        Form::Lines => lines(&text),
        Form::Pairs => {
            let pairs = value.as_object().into_iter().flatten();
            pairs.map(|(key, own)| format!("{key}={}", text(own))).collect::<Vec<_>>().join("\n")
        }
    }
}

/// What was edited, as it is kept. Nothing: the part is left out.
pub(super) fn read(form: Form, text: &str) -> Result<Option<Value>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let named = |key: &str| {
        let each = lines().map(|line| {
            let (line, required) = match line.strip_suffix('*') {
                Some(line) if key != "value" => (line.trim_end(), true),
                _ => (line, false),
            };
            let (name, label) = line.split_once('=').unwrap_or((line, line));
            let mut own = json!({ key: name.trim(), "label": label.trim() });
            if required {
                own["required"] = json!(true);
            }
            own
        });
        Some(Value::Array(each.collect()))
    };
    Ok(match form {
        Form::Line | Form::Source | Form::Allowed => Some(json!(text)),
        Form::Number => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) => Some(Value::Number(number)),
            Err(_) => return Err("Write a number.".to_owned()),
        },
        Form::Json => match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(map) => Some(Value::Object(map)),
            Err(error) => return Err(format!("This is no JSON object yet: {error}.")),
        },
        Form::Options => named("value"),
        Form::Labels => named("key"),
        Form::Scopes => named("name"),
        Form::Lines => Some(lines().map(Value::from).collect()),
        Form::Pairs => {
            let pairs = lines().map(|line| line.split_once('='));
            let pairs: Option<Map<String, Value>> = pairs
                .map(|pair| pair.map(|(a, b)| (a.trim().to_owned(), json!(b.trim()))))
                .collect();
            Some(Value::Object(pairs.ok_or("Write object=key, a line each.")?))
        }
    })
}

/// What a new question of a type begins with, so that it can be read: with a source that asks for nothing, and one
/// that asks for one thing.
pub(super) fn fresh(code: &str, (first, dependent): (&str, &str)) -> Map<String, Value> {
    let begun = match code {
        "ENUM" => json!({ "options": [{ "value": "first", "label": "First choice" }] }),
        "DYNAMIC_ENUM" => json!({ "source": first }),
        "COMBO_INPUT" => json!({ "main": first, "dependent": dependent }),
        "DYNAMIC_COMBO_INPUT" => {
            json!({ "main": first, "dependent": dependent, "variables": dependent })
        }
        "FIELD_MAPPER" => json!({
            "objects": first, "fields": dependent,
            "labels": [{ "key": "email", "label": "E-mail" }],
        }),
        "CUSTOM_DROPDOWN" => json!({ "dropdown": "choices" }),
        "COPYABLE_BUTTON_INPUT" => json!({ "value": "{{ user.id }}" }),
        "PERMISSION" => json!({ "scopes": [{ "name": "read", "label": "Read" }] }),
        _ => json!({}),
    };
    match begun {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, PARTS, fresh, read, written};
    use portico_domain::setting::{KINDS, Setting};
    use serde_json::{Value, json};

    #[test]
    fn every_key_of_every_type_can_be_written() {
        for (code, keys) in KINDS {
            for key in keys {
                assert!(PARTS.iter().any(|own| own.key == *key), "{code} has {key}");
            }
            let mut own = json!({ "key": "k", "title": "T", "type": code });
            own.as_object_mut().expect("an object").extend(fresh(code, ("lists", "fields")));
            serde_json::from_value::<Setting>(own.clone()).unwrap_or_else(|e| panic!("{own}: {e}"));
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        for (form, value) in [
            (Form::Line, json!("a")),
            (Form::Number, json!(1.5)),
            (Form::Json, json!({ "object": "Lead" })),
            (Form::Options, json!([{ "value": "a", "label": "A = b" }])),
            (
                Form::Labels,
                json!([{ "key": "a", "label": "A", "required": true }, { "key": "b", "label": "B" }]),
            ),
            (Form::Scopes, json!([{ "name": "read", "label": "Read" }])),
            (Form::Pairs, json!({ "object": "object_setting" })),
            (Form::Lines, json!([".csv", "text/plain"])),
            (Form::Allowed, json!("allowed")),
        ] {
            assert_eq!(
                read(form, &written(form, Some(&value))),
                Ok(Some(value.clone())),
                "{value}"
            );
            assert_eq!(read(form, " "), Ok(None));
        }
        assert!(read(Form::Number, "x").is_err() && read(Form::Json, "[]").is_err());
        assert!(read(Form::Pairs, "object").is_err());
        assert_eq!(written(Form::Line, None), Value::from("").as_str().expect("text"));
    }
}
