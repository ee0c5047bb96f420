//! Answers that map an app's fields onto a provider's, in Paragon's shapes.

use crate::answer::choice;
use portico_domain::setting::{Mapper, UserFields};
use serde_json::{Map, Value, json};

/// The most fields beside those of the setting.
const MOST_FIELDS: usize = 200;
/// The longest name of a field that an end user adds, in characters.
const LONGEST_NAME: usize = 100;

const OBJECT: &str = "objectMapping";
const FIELDS: &str = "fieldMappings";
/// The fields that the host app says, and those that the end user added.
pub(crate) const DYNAMIC: &str = "dynamicMappings";
const CREATED: &str = "userCreatedFields";
/// Of one of them: the app's field, and the provider's.
pub(crate) const APPLICATION: &str = "applicationField";
pub(crate) const INTEGRATION: &str = "integrationField";

/// Paragon's several shapes, kept as one.
pub(crate) fn mapping(mapper: &Mapper, given: &Value) -> Result<Value, String> {
    let given = given.as_object().ok_or("Choose an object and its fields.")?;
    let object = match &mapper.object {
        Some(fixed) => json!(fixed),
        None => match given.get(OBJECT).or_else(|| given.get("mainInput")) {
            None | Some(Value::Null) => return Ok(Value::Null),
            Some(object) => choice(object)?,
        },
    };
    let mut fields = Map::new();
    for (label, field) in given.get(FIELDS).and_then(Value::as_object).into_iter().flatten() {
        if !is_label(mapper, label) {
            return Err(unknown(label));
        }
        if is_given(field) {
            fields.insert(label.clone(), choice(field)?);
        }
    }
    let created = created(mapper, given.get(CREATED))?;
    let dynamic = dynamic(mapper, given.get(DYNAMIC), &created)?;
    let mut kept = json!({ OBJECT: object, FIELDS: fields });
    if mapper.is_dynamic() {
        // None at all are others than none yet: those of the start are there.
        if given.get(DYNAMIC).is_some_and(Value::is_object) {
            kept[DYNAMIC] = Value::Object(dynamic);
        }
        kept[CREATED] = json!(created);
        kept["mappingType"] = json!("DYNAMIC");
    }
    Ok(kept)
}

/// Whether a mapping is complete: an object, each field that must be, and of those that the app says at
/// least one.
pub(crate) fn is_mapped(mapper: &Mapper, answer: &Value) -> bool {
    let mapped = |label: &str| is_given(&answer[FIELDS][label]);
    let labels = &mapper.labels;
    let dynamic = answer[DYNAMIC].as_object();
    let any = || dynamic.is_some_and(|all| all.values().any(|own| is_given(&own[INTEGRATION])));
    is_given(&answer[OBJECT])
        && labels.iter().filter(|own| own.required).all(|own| mapped(&own.key))
        && (mapper.app_object.is_none() || any() || labels.iter().any(|own| mapped(&own.key)))
}

/// The fields that the end user added.
fn created(mapper: &Mapper, given: Option<&Value>) -> Result<Vec<String>, String> {
    let mut created: Vec<String> = Vec::new();
    for name in given.and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap_or_default().trim();
        if mapper.user_fields == UserFields::None {
            return Err("No fields of your own can be added here.".to_owned());
        }
        if name.is_empty() || name.contains(char::is_control) {
            return Err("Write the name of the field.".to_owned());
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(format!("The name of a field has {LONGEST_NAME} characters at most."));
        }
        if is_label(mapper, name) || created.iter().any(|own| own == name) {
            return Err(format!("The field {name:?} is there already."));
        }
        created.push(name.to_owned());
    }
    Ok(created)
}

/// The fields beside those of the setting, by the app's name. Which ones the host app has, only its page
/// knows; a name that it does not send maps nothing.
fn dynamic(
    mapper: &Mapper,
    given: Option<&Value>,
    created: &[String],
) -> Result<Map<String, Value>, String> {
    let mut kept = Map::new();
    for (key, entry) in given.and_then(Value::as_object).into_iter().flatten() {
        let name = entry[APPLICATION].as_str().unwrap_or(key);
        let is_known = mapper.app_object.is_some() || created.iter().any(|own| own == name);
        if !is_known || name.is_empty() || is_label(mapper, name) {
            return Err(unknown(name));
        }
        let mut own = json!({ APPLICATION: name });
        if is_given(&entry[INTEGRATION]) {
            own[INTEGRATION] = choice(&entry[INTEGRATION])?;
        }
        if kept.insert(name.to_owned(), own).is_some() {
            return Err(format!("The field {name:?} is mapped twice."));
        }
    }
    if kept.len().max(created.len()) > MOST_FIELDS {
        return Err(format!("Map {MOST_FIELDS} fields at most."));
    }
    Ok(kept)
}

fn is_label(mapper: &Mapper, name: &str) -> bool {
    mapper.labels.iter().any(|known| known.key == name)
}

fn is_given(value: &Value) -> bool {
    !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty())
}

fn unknown(name: &str) -> String {
    format!("There is no field {name:?} to be mapped.")
}

#[cfg(test)]
mod tests {
    use super::{is_mapped, mapping};
    use portico_domain::setting::{Mapper, Setting, SettingKind};
    use serde_json::{Value, json};

    fn mapper(rest: Value) -> Mapper {
        let mut written = json!({ "key": "k", "title": "T", "type": "FIELD_MAPPER" });
        for (key, value) in rest.as_object().expect("an object") {
            written[key] = value.clone();
        }
        let setting: Setting = serde_json::from_value(written).expect("a setting");
        match setting.kind {
            SettingKind::FieldMapper(mapper) => mapper,
            other => panic!("{other:?}"),
        }
    }

    fn label() -> Value {
        json!([{ "key": "email", "label": "E-mail" }])
    }

    #[test]
    fn fields_of_the_app_and_of_the_user_are_kept_in_one_shape() {
        let mapper = mapper(json!({
            "objects": "o", "fields": "f", "labels": label(), "app_object": "Task", "user_fields": "allowed",
        }));
        let given = json!({
            "objectMapping": "Lead",
            "fieldMappings": { "email": "Email" },
            // Paragon's keys mean nothing beside the application's field.
            "dynamicMappings": {
                "b7": { "applicationField": "title", "integrationField": "Title" },
                "due": { "integrationField": "" },
                "Shoe size": { "applicationField": "Shoe size", "integrationField": "Size__c" },
            },
            "userCreatedFields": [" Shoe size ", "Hat size"],
            "mappingType": "DYNAMIC",
        });
        let kept = json!({
            "objectMapping": "Lead",
            "fieldMappings": { "email": "Email" },
            "dynamicMappings": {
                "title": { "applicationField": "title", "integrationField": "Title" },
                "due": { "applicationField": "due" },
                "Shoe size": { "applicationField": "Shoe size", "integrationField": "Size__c" },
            },
            "userCreatedFields": ["Shoe size", "Hat size"],
            "mappingType": "DYNAMIC",
        });
        assert_eq!(mapping(&mapper, &given), Ok(kept.clone()));
        assert_eq!(mapping(&mapper, &kept), Ok(kept), "what was kept is kept as it is");
    }

    #[test]
    fn what_the_setting_does_not_allow_is_told() {
        let entry = |name: &str| json!({ name: { "integrationField": "X" } });
        let of_app =
            json!({ "object": "o", "fields": "f", "labels": label(), "app_object": "Task" });
        let of_user =
            json!({ "object": "o", "fields": "f", "labels": label(), "user_fields": "allowed" });
        let fixed = json!({ "object": "o", "fields": "f", "labels": label() });
        let long = "x".repeat(101);
        let many: Vec<_> = (0..201).map(|n| n.to_string()).collect();
        for (setting, given, words) in [
            (&fixed, json!({ "dynamicMappings": entry("title") }), "no field \"title\""),
            (&fixed, json!({ "userCreatedFields": ["size"] }), "No fields of your own"),
            (&of_app, json!({ "userCreatedFields": ["size"] }), "No fields of your own"),
            (&of_app, json!({ "dynamicMappings": entry("email") }), "no field \"email\""),
            (&of_app, json!({ "dynamicMappings": entry("") }), "no field \"\""),
            (
                &of_app,
                json!({ "dynamicMappings": { "a": { "applicationField": "t" }, "t": {} } }),
                "mapped twice",
            ),
            (&of_app, json!({ "dynamicMappings": { "t": { "integrationField": [] } } }), "Choose"),
            (&of_user, json!({ "dynamicMappings": entry("size") }), "no field \"size\""),
            (&of_user, json!({ "userCreatedFields": ["email"] }), "\"email\" is there already"),
            (&of_user, json!({ "userCreatedFields": ["a", "a "] }), "\"a\" is there already"),
            (&of_user, json!({ "userCreatedFields": [" "] }), "Write the name"),
            (&of_user, json!({ "userCreatedFields": ["a\nb"] }), "Write the name"),
            (&of_user, json!({ "userCreatedFields": [long] }), "100 characters"),
            (&of_user, json!({ "userCreatedFields": many }), "200 fields at most"),
        ] {
            let refused = mapping(&mapper(setting.clone()), &given).expect_err(words);
            assert!(refused.contains(words), "{given}: {refused}");
        }
        let empty =
            json!({ "dynamicMappings": {}, "userCreatedFields": [], "mappingType": "STATIC" });
        let kept = json!({ "objectMapping": "o", "fieldMappings": {} });
        assert_eq!(mapping(&mapper(fixed), &empty), Ok(kept), "Paragon's empty parts do no harm");
    }

    #[test]
    fn a_mapping_of_what_the_app_says_maps_something() {
        let mapper = mapper(json!({ "objects": "o", "fields": "f", "app_object": "Task" }));
        let answer = |field: Value| {
            json!({ "objectMapping": "Lead", "fieldMappings": {},
                    "dynamicMappings": { "t": { "applicationField": "t", "integrationField": field } } })
        };
        assert!(!is_mapped(&mapper, &Value::Null));
        assert!(!is_mapped(&mapper, &answer(Value::Null)));
        assert!(is_mapped(&mapper, &answer(json!("Title"))));
    }
}
