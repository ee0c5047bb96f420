//! Answers of end users: whether one fits its question, in words for the person who gave it.

use crate::mapping::{is_mapped, mapping};
use portico_domain::setting::{PermissionScope, Setting, SettingKind};
use serde_json::{Map, Value, json};

/// The longest line of text, in characters.
const LONGEST_LINE: usize = 1000;
/// The longest text, in characters.
const LONGEST_TEXT: usize = 20_000;
/// The most fields that choices bring along.
const MOST_VARIABLES: usize = 200;

/// An answer in the shape in which it is kept; `null` if it takes the answer back, after which the default
/// holds again. An empty text is kept where there is a default: it says that not even that is wanted.
///
/// # Errors
/// What is wrong with it and what to write instead.
pub fn check_answer(setting: &Setting, given: &Value) -> Result<Value, String> {
    if given.is_null() {
        return Ok(Value::Null);
    }
    if is_empty(given) {
        return match (&setting.default, setting.required) {
            (None, _) => Ok(Value::Null),
            (Some(_), false) => Ok(json!("")),
            (Some(_), true) => Err("This needs an answer: it cannot be left empty.".to_owned()),
        };
    }
    match &setting.kind {
        SettingKind::Text => line(given).map(Value::from),
        SettingKind::TextArea => text(given, LONGEST_TEXT).map(Value::from),
        SettingKind::Password => text(given, LONGEST_LINE).map(Value::from),
        SettingKind::Number { min, max } => number(given, *min, *max),
        SettingKind::Email => email(given),
        SettingKind::Url => address(given),
        SettingKind::Switch | SettingKind::Boolean => boolean(given),
        SettingKind::Enum { options } => {
            let known = |text: &&str| options.iter().any(|option| option.value == **text);
            let chosen = given.as_str().filter(known);
            chosen.map(Value::from).ok_or_else(|| "Choose one of the options.".to_owned())
        }
        SettingKind::DynamicEnum(_) | SettingKind::CustomDropdown { .. } => choice(given),
        SettingKind::Combo(_) => combo(given, &["mainInput", "dependentInput"]).map(Value::Object),
        SettingKind::DynamicCombo { .. } => dynamic_combo(given),
        SettingKind::FieldMapper(mapper) => mapping(mapper, given),
        SettingKind::Copyable { .. } => Err("This is there to be copied.".to_owned()),
        SettingKind::Permission { scopes } => permissions(scopes, given),
        SettingKind::File { max_bytes, .. } => {
            let text = given.as_str().ok_or("Choose a file of text.")?;
            if text.len() > *max_bytes {
                return Err(format!("The file is larger than {}.", kilobytes(*max_bytes)));
            }
            Ok(given.clone())
        }
    }
}

/// The answer until there is one: the default, or the permissions that cannot be left out.
pub fn usual_answer(setting: &Setting) -> Option<Value> {
    match (&setting.default, &setting.kind) {
        (Some(default), _) => Some(default.clone()),
        (None, SettingKind::Permission { scopes }) => {
            let names: Vec<_> =
                scopes.iter().filter(|own| own.required).map(|own| own.name.as_str()).collect();
            (!names.is_empty()).then(|| json!(names.join(" ")))
        }
        _ => None,
    }
}

/// Whether a kept answer says that there is none, and no default either.
pub fn is_empty(kept: &Value) -> bool {
    kept.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Whether a question is answered as far as it must be.
pub fn is_answered(setting: &Setting, answer: Option<&Value>) -> bool {
    let given = |value: Option<&Value>| match value {
        None | Some(Value::Null) => false,
        Some(value) => !is_empty(value),
    };
    let part = |key: &str| given(answer.and_then(|answer| answer.get(key)));
    match &setting.kind {
        // Off is an answer, and nothing is to be entered here.
        SettingKind::Switch | SettingKind::Boolean | SettingKind::Copyable { .. } => true,
        SettingKind::Combo(_) | SettingKind::DynamicCombo { .. } => {
            part("mainInput") && part("dependentInput")
        }
        SettingKind::FieldMapper(mapper) => answer.is_some_and(|own| is_mapped(mapper, own)),
        _ => given(answer),
    }
}

fn text(given: &Value, longest: usize) -> Result<&str, String> {
    let text = given.as_str().ok_or("Write a text.")?;
    if text.chars().count() > longest {
        return Err(format!("Write at most {longest} characters."));
    }
    Ok(text)
}

fn line(given: &Value) -> Result<&str, String> {
    let text = text(given, LONGEST_LINE)?;
    if text.contains(['\n', '\r']) {
        return Err("Write one line.".to_owned());
    }
    Ok(text)
}

fn number(given: &Value, min: Option<f64>, max: Option<f64>) -> Result<Value, String> {
    let number = match given {
        Value::Number(_) => Some(given.clone()),
        Value::String(text) => written(text.trim()),
        _ => None,
    };
    let number = number.filter(Value::is_number).ok_or("Write a number.")?;
    let size = number.as_f64().unwrap_or(f64::NAN);
    match (min, max) {
        (Some(min), _) if size < min => Err(format!("Write a number of at least {min}.")),
        (_, Some(max)) if size > max => Err(format!("Write a number of at most {max}.")),
        _ if !size.is_finite() => Err("Write a number.".to_owned()),
        _ => Ok(number),
    }
}

/// A number as people write it: also `.5`, `+5`, `5.` and `007`, which are none in JSON.
fn written(text: &str) -> Option<Value> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (digits, exponent) = rest.split_at(end);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_none = whole.is_empty() && part.is_empty();
    if is_none || !whole.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if part.is_empty() { "" } else { "." };
    // What else is wrong with it, JSON says.
    serde_json::from_str(&format!("{sign}{whole}{point}{part}{exponent}")).ok()
}

fn email(given: &Value) -> Result<Value, String> {
    let wrong = "Write an e-mail address, like ada@example.com.";
    let text = line(given)?.trim();
    let (name, host) = text.rsplit_once('@').ok_or(wrong)?;
    let labels: Vec<_> = host.split('.').collect();
    let is_host = labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '@');
    if is_host && is_name && text.len() <= 254 { Ok(json!(text)) } else { Err(wrong.to_owned()) }
}

fn address(given: &Value) -> Result<Value, String> {
    let wrong = "Write an address that begins with https://, like https://example.com.";
    let text = line(given)?.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.ok_or(wrong)?.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        && host.chars().all(|c| c.is_alphanumeric() || "-.:[]_".contains(c));
    if is_host && !text.contains(char::is_whitespace) {
        Ok(json!(text))
    } else {
        Err(wrong.to_owned())
    }
}

fn boolean(given: &Value) -> Result<Value, String> {
    match given {
        Value::Bool(_) => Ok(given.clone()),
        Value::String(text) if text == "true" => Ok(json!(true)),
        Value::String(text) if text == "false" => Ok(json!(false)),
        _ => Err("Choose yes or no.".to_owned()),
    }
}

pub(crate) fn choice(given: &Value) -> Result<Value, String> {
    match given {
        Value::Number(_) => Ok(given.clone()),
        Value::String(text) if text.chars().count() <= LONGEST_LINE => Ok(given.clone()),
        _ => Err("Choose one of the list.".to_owned()),
    }
}

/// An object of choices: the second only stands after the first.
fn combo(given: &Value, keys: &[&str]) -> Result<Map<String, Value>, String> {
    let given = given.as_object().ok_or("Choose one of each list.")?;
    if let Some(key) = given.keys().find(|key| !keys.contains(&key.as_str())) {
        return Err(format!("There is nothing to choose for {key:?} here."));
    }
    let mut out = Map::new();
    for key in ["mainInput", "dependentInput"] {
        match given.get(key) {
            None | Some(Value::Null) => break,
            Some(value) => out.insert(key.to_owned(), choice(value)?),
        };
    }
    Ok(out)
}

fn dynamic_combo(given: &Value) -> Result<Value, String> {
    let mut out = combo(given, &["mainInput", "dependentInput", "variableInput"])?;
    let variables = match given.get("variableInput") {
        None | Some(Value::Null) => return Ok(Value::Object(out)),
        Some(Value::Object(variables)) if variables.len() <= MOST_VARIABLES => variables,
        Some(_) => return Err("Fill the fields that the choices bring along.".to_owned()),
    };
    let mut filled = Map::new();
    for (id, value) in variables {
        let value = match value {
            Value::Null => continue,
            Value::String(_) => json!(text(value, LONGEST_TEXT)?),
            Value::Array(items) => {
                let items: Result<Vec<_>, _> =
                    items.iter().map(|item| text(item, LONGEST_TEXT)).collect();
                json!(items?)
            }
            _ => return Err(format!("Write a text into {id:?}.")),
        };
        filled.insert(id.clone(), value);
    }
    if out.contains_key("dependentInput") && !filled.is_empty() {
        out.insert("variableInput".to_owned(), Value::Object(filled));
    }
    Ok(Value::Object(out))
}

fn permissions(scopes: &[PermissionScope], given: &Value) -> Result<Value, String> {
    let words: Option<Vec<&str>> = match given {
        Value::String(text) => Some(text.split_whitespace().collect()),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let words = words.ok_or("Choose permissions.")?;
    if let Some(word) = words.iter().find(|word| !scopes.iter().any(|own| own.name == **word)) {
        return Err(format!("There is no permission {word:?} to choose."));
    }
    let chosen = |scope: &&PermissionScope| words.contains(&scope.name.as_str());
    if let Some(missing) = scopes.iter().filter(|own| own.required).find(|own| !chosen(own)) {
        return Err(format!("{:?} cannot be left out.", missing.label));
    }
    let chosen: Vec<_> = scopes.iter().filter(chosen).map(|own| own.name.as_str()).collect();
    Ok(json!(chosen.join(" ")))
}

fn kilobytes(bytes: usize) -> String {
    if bytes < 1024 { format!("{bytes} bytes") } else { format!("{} kB", bytes / 1024) }
}

#[cfg(test)]
mod tests {
    use super::{check_answer, is_answered, usual_answer};
    use portico_domain::setting::Setting;
    use serde_json::{Value, json};

    fn setting(code: &str, rest: Value) -> Setting {
        let mut written = json!({ "key": "k", "title": "T", "type": code });
        for (key, value) in rest.as_object().expect("an object") {
            written[key] = value.clone();
        }
        serde_json::from_value(written).expect("a setting")
    }

    #[test]
    fn an_answer_is_kept_in_its_shape_or_told_in_words() {
        let abc = json!({ "options": [{ "value": "a", "label": "A" }] });
        let pair = json!({ "main": "m", "dependent": "d" });
        let three = json!({ "main": "m", "dependent": "d", "variables": "v" });
        let map =
            json!({ "objects": "o", "fields": "f", "labels": [{ "key": "e", "label": "E" }] });
        let fixed = json!({ "object": "contacts", "fields": "f", "labels": [{ "key": "e", "label": "E" }] });
        let scopes = json!({ "scopes": [
            { "name": "read", "label": "Read", "required": true },
            { "name": "write", "label": "Write" },
        ]});
        let both = json!({ "mainInput": "x", "dependentInput": 7 });
        let mapped = json!({ "objectMapping": "Lead", "fieldMappings": { "e": "Email" } });
        let fits: &[(&str, &Value, Value, Value)] = &[
            ("TEXT_NO_VARS", &json!({}), json!("Ada"), json!("Ada")),
            ("TEXT_NO_VARS", &json!({}), json!("  "), Value::Null),
            ("TEXTAREA_NO_VARS", &json!({}), json!("a\nb"), json!("a\nb")),
            ("NUMBER", &json!({ "min": 1, "max": 9 }), json!("7"), json!(7)),
            ("NUMBER", &json!({}), json!(1.5), json!(1.5)),
            ("NUMBER", &json!({}), json!(" .5 "), json!(0.5)),
            ("NUMBER", &json!({}), json!("+5"), json!(5)),
            ("NUMBER", &json!({}), json!("-007"), json!(-7)),
            ("NUMBER", &json!({}), json!("5."), json!(5)),
            ("NUMBER", &json!({}), json!("00"), json!(0)),
            ("NUMBER", &json!({}), json!("1e3"), json!(1e3)),
            ("EMAIL", &json!({}), json!(" ada@example.com "), json!("ada@example.com")),
            (
                "URL",
                &json!({}),
                json!("https://example.com/a?b=c"),
                json!("https://example.com/a?b=c"),
            ),
            ("PASSWORD", &json!({}), json!("s3cret"), json!("s3cret")),
            ("SWITCH", &json!({}), json!(true), json!(true)),
            ("BOOLEAN_INPUT", &json!({}), json!("false"), json!(false)),
            ("ENUM", &abc, json!("a"), json!("a")),
            ("DYNAMIC_ENUM", &json!({ "source": "s" }), json!(1001), json!(1001)),
            ("COMBO_INPUT", &pair, both.clone(), both.clone()),
            (
                "COMBO_INPUT",
                &pair,
                json!({ "mainInput": "x", "dependentInput": null }),
                json!({ "mainInput": "x" }),
            ),
            (
                "DYNAMIC_COMBO_INPUT",
                &three,
                json!({ "mainInput": "x", "dependentInput": "y", "variableInput": { "a": "b", "c": ["d"], "e": null } }),
                json!({ "mainInput": "x", "dependentInput": "y", "variableInput": { "a": "b", "c": ["d"] } }),
            ),
            ("FIELD_MAPPER", &map, mapped.clone(), mapped.clone()),
            (
                "FIELD_MAPPER",
                &map,
                json!({ "mainInput": "Lead", "dependentInput": "x", "fieldMappings": { "e": "Email" } }),
                mapped,
            ),
            (
                "FIELD_MAPPER",
                &fixed,
                json!({ "fieldMappings": { "e": null } }),
                json!({ "objectMapping": "contacts", "fieldMappings": {} }),
            ),
            ("CUSTOM_DROPDOWN", &json!({ "dropdown": "d" }), json!("x"), json!("x")),
            ("PERMISSION", &scopes, json!("write read"), json!("read write")),
            ("FILE", &json!({ "max_bytes": 4 }), json!("a,b"), json!("a,b")),
        ];
        for (code, rest, given, kept) in fits {
            let kept = Ok(kept.clone());
            assert_eq!(
                check_answer(&setting(code, (*rest).clone()), given),
                kept,
                "{code} {given}"
            );
        }
        let wrong: &[(&str, &Value, Value, &str)] = &[
            ("TEXT_NO_VARS", &json!({}), json!("a\nb"), "one line"),
            ("TEXT_NO_VARS", &json!({}), json!(7), "text"),
            ("TEXTAREA_NO_VARS", &json!({}), json!("x".repeat(20_001)), "20000 characters"),
            ("NUMBER", &json!({}), json!("seven"), "a number"),
            ("NUMBER", &json!({}), json!("+-5"), "a number"),
            ("NUMBER", &json!({}), json!("."), "a number"),
            ("NUMBER", &json!({}), json!("0x10"), "a number"),
            ("NUMBER", &json!({}), json!("1.2.3"), "a number"),
            ("NUMBER", &json!({ "min": 1 }), json!(0), "at least 1"),
            ("NUMBER", &json!({ "max": 9.5 }), json!(10), "at most 9.5"),
            ("EMAIL", &json!({}), json!("ada@example"), "e-mail"),
            ("EMAIL", &json!({}), json!("ada b@example.com"), "e-mail"),
            ("URL", &json!({}), json!("javascript:alert(1)"), "https://"),
            ("URL", &json!({}), json!("https://exa mple.com"), "https://"),
            ("PASSWORD", &json!({}), json!(["a"]), "text"),
            ("SWITCH", &json!({}), json!("perhaps"), "yes or no"),
            ("BOOLEAN_INPUT", &json!({}), json!(1), "yes or no"),
            ("ENUM", &abc, json!("b"), "one of the options"),
            ("DYNAMIC_ENUM", &json!({ "source": "s" }), json!({}), "one of the list"),
            ("COMBO_INPUT", &pair, json!("x"), "each list"),
            ("COMBO_INPUT", &pair, json!({ "third": 1 }), "third"),
            (
                "DYNAMIC_COMBO_INPUT",
                &three,
                json!({ "mainInput": "x", "dependentInput": "y", "variableInput": { "a": 7 } }),
                "\"a\"",
            ),
            (
                "FIELD_MAPPER",
                &map,
                json!({ "objectMapping": "Lead", "fieldMappings": { "z": "Email" } }),
                "\"z\"",
            ),
            ("FIELD_MAPPER", &map, json!("Lead"), "object"),
            ("CUSTOM_DROPDOWN", &json!({ "dropdown": "d" }), json!(true), "one of the list"),
            ("COPYABLE_BUTTON_INPUT", &json!({ "value": "x" }), json!("y"), "copied"),
            ("PERMISSION", &scopes, json!("write"), "\"Read\" cannot be left out"),
            ("PERMISSION", &scopes, json!("read admin"), "\"admin\""),
            ("FILE", &json!({ "max_bytes": 4 }), json!("a,b,c"), "larger than 4 bytes"),
        ];
        for (code, rest, given, words) in wrong {
            let refused = check_answer(&setting(code, (*rest).clone()), given).expect_err(code);
            assert!(refused.contains(words), "{code} {given}: {refused}");
        }
    }

    #[test]
    fn a_default_can_be_left_out_where_an_answer_can() {
        let optional = setting("TEXT_NO_VARS", json!({ "default": "Acme", "required": false }));
        for (given, kept) in [(json!(" "), json!("")), (json!(null), Value::Null)] {
            assert_eq!(check_answer(&optional, &given), Ok(kept), "{given}");
        }
        let required = setting("TEXT_NO_VARS", json!({ "default": "Acme" }));
        let refused = check_answer(&required, &json!("")).expect_err("it is needed");
        assert!(refused.contains("cannot be left empty"), "{refused}");
        assert_eq!(check_answer(&required, &json!(null)), Ok(Value::Null));
    }

    #[test]
    fn half_an_answer_is_none() {
        let pair = setting("COMBO_INPUT", json!({ "main": "m", "dependent": "d" }));
        assert!(!is_answered(&pair, Some(&json!({ "mainInput": "x" }))));
        assert!(is_answered(&pair, Some(&json!({ "mainInput": "x", "dependentInput": "y" }))));
        let map = setting(
            "FIELD_MAPPER",
            json!({ "objects": "o", "fields": "f", "labels": [{ "key": "e", "label": "E", "required": true }, { "key": "n", "label": "N" }] }),
        );
        let answer = |fields: Value| json!({ "objectMapping": "Lead", "fieldMappings": fields });
        assert!(!is_answered(&map, Some(&answer(json!({ "n": "Name" })))));
        assert!(is_answered(&map, Some(&answer(json!({ "e": "Email" })))));
        assert!(is_answered(&setting("SWITCH", json!({})), None), "off is an answer");
        let scopes = json!({ "scopes": [{ "name": "read", "label": "Read", "required": true }] });
        assert_eq!(usual_answer(&setting("PERMISSION", scopes)), Some(json!("read")));
        assert!(!is_answered(&setting("TEXT_NO_VARS", json!({})), Some(&json!(" "))));
    }
}
