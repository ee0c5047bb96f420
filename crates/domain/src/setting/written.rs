//! A setting as it is written: flat, each type with keys of its own.

use super::{
    KINDS, LARGEST_FILE, MappedField, Mapper, Pair, PermissionScope, Setting, SettingKind,
    SettingOption, Source, UserFields,
};
use crate::nearest::did_you_mean;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What stands in a file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Written {
    key: String,
    title: String,
    #[serde(rename = "type")]
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tooltip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<SettingOption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    inputs: Map<String, Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    depends_on: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    main: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<MappedField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_fields: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dropdown: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<PermissionScope>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accept: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bytes: Option<usize>,
}

impl TryFrom<Written> for Setting {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { inputs, .. } = written;
        let text = Option::unwrap_or_default;
        let pair =
            |main, dependent, inputs| Pair { main: text(main), dependent: text(dependent), inputs };
        let kind = match written.code.as_str() {
            "TEXT_NO_VARS" => SettingKind::Text,
            "TEXTAREA_NO_VARS" => SettingKind::TextArea,
            "NUMBER" => SettingKind::Number { min: written.min, max: written.max },
            "EMAIL" => SettingKind::Email,
            "URL" => SettingKind::Url,
            "PASSWORD" => SettingKind::Password,
            "SWITCH" => SettingKind::Switch,
            "BOOLEAN_INPUT" => SettingKind::Boolean,
            "ENUM" => SettingKind::Enum { options: written.options },
            "DYNAMIC_ENUM" => SettingKind::DynamicEnum(Source {
                source: text(written.source),
                inputs,
                depends_on: written.depends_on,
            }),
            "COMBO_INPUT" => SettingKind::Combo(pair(written.main, written.dependent, inputs)),
            "DYNAMIC_COMBO_INPUT" => SettingKind::DynamicCombo {
                pair: pair(written.main, written.dependent, inputs),
                variables: text(written.variables),
            },
            "FIELD_MAPPER" => SettingKind::FieldMapper(Mapper {
                objects: written.objects,
                object: written.object,
                fields: text(written.fields),
                labels: written.labels,
                app_object: written.app_object,
                user_fields: UserFields::read(written.user_fields.as_deref())?,
            }),
            "CUSTOM_DROPDOWN" => SettingKind::CustomDropdown { dropdown: text(written.dropdown) },
            "COPYABLE_BUTTON_INPUT" => SettingKind::Copyable { value: text(written.value) },
            "PERMISSION" => SettingKind::Permission { scopes: written.scopes },
            "FILE" => SettingKind::File {
                accept: written.accept,
                max_bytes: written.max_bytes.unwrap_or(LARGEST_FILE),
            },
            code => {
                let codes = KINDS.iter().map(|(code, _)| *code);
                return Err(format!(
                    "there is no type {code:?} of settings.{}",
                    did_you_mean(code, codes)
                ));
            }
        };
        for (name, value) in [("key", &written.key), ("title", &written.title)] {
            if value.is_empty() {
                return Err(format!("a setting needs a {name}"));
            }
        }
        Ok(Self {
            key: written.key,
            title: written.title,
            kind,
            required: written.required.unwrap_or(true),
            tooltip: written.tooltip,
            placeholder: written.placeholder,
            default: written.default,
        })
    }
}

impl From<Setting> for Written {
    fn from(setting: Setting) -> Self {
        let mut written = Self {
            code: setting.kind.code().to_owned(),
            key: setting.key,
            title: setting.title,
            required: Some(setting.required),
            tooltip: setting.tooltip,
            placeholder: setting.placeholder,
            default: setting.default,
            ..Self::default()
        };
        match setting.kind {
            SettingKind::Text
            | SettingKind::TextArea
            | SettingKind::Email
            | SettingKind::Url
            | SettingKind::Password
            | SettingKind::Switch
            | SettingKind::Boolean => {}
            SettingKind::Number { min, max } => (written.min, written.max) = (min, max),
            SettingKind::Enum { options } => written.options = options,
            SettingKind::DynamicEnum(source) => {
                written.source = Some(source.source);
                written.inputs = source.inputs;
                written.depends_on = source.depends_on;
            }
            SettingKind::Combo(pair) => written.set_pair(pair),
            SettingKind::DynamicCombo { pair, variables } => {
                written.set_pair(pair);
                written.variables = Some(variables);
            }
            SettingKind::FieldMapper(mapper) => {
                written.objects = mapper.objects;
                written.object = mapper.object;
                written.fields = Some(mapper.fields).filter(|source| !source.is_empty());
                written.labels = mapper.labels;
                written.app_object = mapper.app_object;
                let users = mapper.user_fields;
                written.user_fields = (users == UserFields::Allowed).then(|| "allowed".to_owned());
            }
            SettingKind::CustomDropdown { dropdown } => written.dropdown = Some(dropdown),
            SettingKind::Copyable { value } => written.value = Some(value),
            SettingKind::Permission { scopes } => written.scopes = scopes,
            SettingKind::File { accept, max_bytes } => {
                written.accept = accept;
                written.max_bytes = (max_bytes != LARGEST_FILE).then_some(max_bytes);
            }
        }
        written
    }
}

impl UserFields {
    // Not by serde: the portal reads settings, and has a byte budget.
    fn read(written: Option<&str>) -> Result<Self, String> {
        match written {
            None | Some("none") => Ok(Self::None),
            Some("allowed") => Ok(Self::Allowed),
            Some(other) => Err(format!("user_fields is \"none\" or \"allowed\", not {other:?}")),
        }
    }
}

impl Written {
    fn set_pair(&mut self, pair: Pair) {
        self.main = Some(pair.main);
        self.dependent = Some(pair.dependent);
        self.inputs = pair.inputs;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{COMMON_KEYS, KINDS, Setting, dependents};
    use serde_json::{Value, json};

    fn all() -> Vec<Value> {
        let each = |code: &str, rest: Value| {
            let mut setting = json!({ "key": "k", "title": "T", "type": code, "required": true });
            for (key, value) in rest.as_object().expect("an object") {
                setting[key] = value.clone();
            }
            setting
        };
        vec![
            each("TEXT_NO_VARS", json!({ "placeholder": "Acme", "default": "x" })),
            each("TEXTAREA_NO_VARS", json!({ "tooltip": "hint" })),
            each("NUMBER", json!({ "min": 0.5, "max": 7.0 })),
            each("EMAIL", json!({})),
            each("URL", json!({})),
            each("PASSWORD", json!({})),
            each("SWITCH", json!({})),
            each("BOOLEAN_INPUT", json!({})),
            each("ENUM", json!({ "options": [{ "value": "a", "label": "A" }] })),
            each(
                "DYNAMIC_ENUM",
                json!({ "source": "fields", "inputs": { "x": 1 }, "depends_on": { "object": "o" } }),
            ),
            each("COMBO_INPUT", json!({ "main": "objects", "dependent": "fields" })),
            each(
                "DYNAMIC_COMBO_INPUT",
                json!({ "main": "a", "dependent": "b", "variables": "c", "inputs": { "d": "e" } }),
            ),
            each(
                "FIELD_MAPPER",
                json!({ "objects": "objects", "fields": "fields", "labels": [{ "key": "a", "label": "A", "required": true }, { "key": "b", "label": "B" }], "app_object": "Task", "user_fields": "allowed" }),
            ),
            each("CUSTOM_DROPDOWN", json!({ "dropdown": "teams" })),
            each("COPYABLE_BUTTON_INPUT", json!({ "value": "{{ user.id }}" })),
            each("PERMISSION", json!({ "scopes": [{ "name": "read", "label": "Read" }] })),
            each("FILE", json!({ "accept": [".csv"], "max_bytes": 10 })),
        ]
    }

    #[test]
    fn every_type_reads_and_writes_itself() {
        assert_eq!(all().len(), KINDS.len());
        for (written, (code, keys)) in all().into_iter().zip(KINDS) {
            let setting: Setting = serde_json::from_value(written.clone()).expect("a setting");
            assert_eq!((setting.kind.code(), json!(setting)), (code, written.clone()));
            for key in written.as_object().expect("an object").keys() {
                let known = COMMON_KEYS.contains(&key.as_str()) || keys.contains(&key.as_str());
                assert!(known, "{code}: {key}");
            }
        }
    }

    #[test]
    fn what_was_written_before_still_reads() {
        let old =
            json!({ "key": "list", "title": "List", "type": "DYNAMIC_ENUM", "source": "lists" });
        let setting: Setting = serde_json::from_value(old).expect("a setting");
        assert!(setting.required, "as nothing else is said");
        let unknown = json!({ "key": "list", "title": "List", "type": "DYNAMIC_ENUMS" });
        let why = serde_json::from_value::<Setting>(unknown).expect_err("a slip").to_string();
        assert!(why.contains("\"DYNAMIC_ENUM\""), "{why}");
    }

    #[test]
    fn what_depends_on_a_setting_is_found_through_others() {
        let setting = |key: &str, parent: Option<&str>| -> Setting {
            let depends_on = parent.map(|parent| json!({ "x": parent })).unwrap_or(json!({}));
            serde_json::from_value(
                json!({ "key": key, "title": key, "type": "DYNAMIC_ENUM", "source": "s", "depends_on": depends_on }),
            )
            .expect("a setting")
        };
        let settings = [
            setting("a", None),
            setting("b", Some("a")),
            setting("c", Some("b")),
            setting("d", None),
        ];
        assert_eq!(dependents(&settings, "a"), ["b", "c"]);
        assert!(dependents(&settings, "d").is_empty());
    }
}
