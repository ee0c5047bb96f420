//! Questions to the end user: what is asked, and which shape its answer has.
//!
//! The spellings of the types are Paragon's, so that its SDK reads them. To add a type: a variant of
//! [`SettingKind`], its code and keys in [`KINDS`], its branches in `written` there and back; its
//! rules stand in the engine (`answer`), its control in the portal.

mod written;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use written::Written;

/// One question to the end user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Setting {
    /// Its name in `settings.<key>`.
    pub key: String,
    /// What the end user reads.
    pub title: String,
    /// What is asked.
    pub kind: SettingKind,
    /// Whether the workflow can run without an answer.
    pub required: bool,
    /// A hint beside it.
    pub tooltip: Option<String>,
    /// What an answer looks like.
    pub placeholder: Option<String>,
    /// The answer until the end user gives one.
    pub default: Option<Value>,
}

/// What is asked, with what is needed to ask it. Its answer is a text unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingKind {
    /// One line of text.
    Text,
    /// Several lines of text.
    TextArea,
    /// A number.
    Number {
        /// The smallest that is allowed.
        min: Option<f64>,
        /// The largest that is allowed.
        max: Option<f64>,
    },
    /// An e-mail address.
    Email,
    /// An address on the web.
    Url,
    /// A secret: sealed, never shown again, opaque to templates.
    Password,
    /// Yes or no: a boolean.
    Switch,
    /// The same, under its other name.
    Boolean,
    /// One of fixed choices.
    Enum {
        /// These.
        options: Vec<SettingOption>,
    },
    /// One of the choices that the account has: a list, a channel. A text or a number.
    DynamicEnum(Source),
    /// Two choices, of which the second depends on the first: `{mainInput, dependentInput}`.
    Combo(Pair),
    /// The same with fields that the choices bring along: `{mainInput, dependentInput,
    /// variableInput: {id: text}}`.
    DynamicCombo {
        /// The two choices.
        pair: Pair,
        /// The source of the fields, each of which is filled with a text.
        variables: String,
    },
    /// Which field of the provider's stands for each of the app's: `{objectMapping, fieldMappings:
    /// {label: field}}`; for fields that the app says when it opens the portal, and those that the end
    /// user adds, also `{dynamicMappings: {key: {applicationField, integrationField}},
    /// userCreatedFields: [key], mappingType: "DYNAMIC"}`.
    FieldMapper(Mapper),
    /// One of the choices that the host app passes to the portal.
    CustomDropdown {
        /// Its name in the SDK's `dropdowns`.
        dropdown: String,
    },
    /// Something to be copied: it is shown and has no answer.
    Copyable {
        /// What is shown: a template over `user` and `account`.
        value: String,
    },
    /// Permissions: their names with a space between them.
    Permission {
        /// These.
        scopes: Vec<PermissionScope>,
    },
    /// A file: its text.
    File {
        /// What the browser offers: `.csv`, `text/plain`. Empty: anything.
        accept: Vec<String>,
        /// The most bytes, at most [`LARGEST_FILE`].
        max_bytes: usize,
    },
}

/// The largest file that is taken as an answer, in bytes.
pub const LARGEST_FILE: usize = 256 * 1024;

/// Where the choices of a question are found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// A source of the integration's.
    pub source: String,
    /// What the source asks for, as it is.
    pub inputs: Map<String, Value>,
    /// What the source asks for, by the key of an earlier setting that answers it.
    pub depends_on: BTreeMap<String, String>,
}

/// Two sources, of which the second asks for what is chosen from the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The source of the first.
    pub main: String,
    /// The source of the second.
    pub dependent: String,
    /// What else the sources ask for, as it is.
    pub inputs: Map<String, Value>,
}

/// What is mapped onto what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapper {
    /// The source of objects, unless the object is fixed or the host app lists them.
    pub objects: Option<String>,
    /// The object, if it is fixed.
    pub object: Option<String>,
    /// The source of an object's fields; empty: the host app lists them.
    pub fields: String,
    /// The app's own fields, as far as they are the same for all.
    pub labels: Vec<MappedField>,
    /// The app's object whose further fields the host app says: its name in the SDK's
    /// `mapObjectFields`.
    pub app_object: Option<String>,
    /// Whether end users may add fields of their own.
    pub user_fields: UserFields,
}

/// Whether end users may add fields that neither the setting nor the host app has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserFields {
    /// They may not.
    #[default]
    None,
    /// They may, unless the host app says otherwise.
    Allowed,
}

impl Mapper {
    /// Whether there can be fields beside `labels`.
    pub fn is_dynamic(&self) -> bool {
        self.app_object.is_some() || self.user_fields == UserFields::Allowed
    }
}

/// A field of the app's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappedField {
    /// Its name in the app's data.
    pub key: String,
    /// What the end user reads.
    pub label: String,
    /// Whether it must be mapped.
    #[serde(default, skip_serializing_if = "is_no")]
    pub required: bool,
}

/// One choice of an `ENUM` setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingOption {
    /// What is stored.
    pub value: String,
    /// What the end user reads.
    pub label: String,
}

/// One permission of a `PERMISSION` setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionScope {
    /// As the provider names it.
    pub name: String,
    /// What the end user reads.
    pub label: String,
    /// What it allows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it cannot be left out.
    #[serde(default, skip_serializing_if = "is_no")]
    pub required: bool,
}

/// The keys that a question of any type has.
pub const COMMON_KEYS: [&str; 7] =
    ["key", "title", "type", "required", "tooltip", "placeholder", "default"];

/// Every type: its code, and the keys it has beside [`COMMON_KEYS`].
pub const KINDS: [(&str, &[&str]); 17] = [
    ("TEXT_NO_VARS", &[]),
    ("TEXTAREA_NO_VARS", &[]),
    ("NUMBER", &["min", "max"]),
    ("EMAIL", &[]),
    ("URL", &[]),
    ("PASSWORD", &[]),
    ("SWITCH", &[]),
    ("BOOLEAN_INPUT", &[]),
    ("ENUM", &["options"]),
    ("DYNAMIC_ENUM", &["source", "inputs", "depends_on"]),
    ("COMBO_INPUT", &["main", "dependent", "inputs"]),
    ("DYNAMIC_COMBO_INPUT", &["main", "dependent", "variables", "inputs"]),
    ("FIELD_MAPPER", &["objects", "object", "fields", "labels", "app_object", "user_fields"]),
    ("CUSTOM_DROPDOWN", &["dropdown"]),
    ("COPYABLE_BUTTON_INPUT", &["value"]),
    ("PERMISSION", &["scopes"]),
    ("FILE", &["accept", "max_bytes"]),
];

impl SettingKind {
    /// Its code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text => "TEXT_NO_VARS",
            Self::TextArea => "TEXTAREA_NO_VARS",
            Self::Number { .. } => "NUMBER",
            Self::Email => "EMAIL",
            Self::Url => "URL",
            Self::Password => "PASSWORD",
            Self::Switch => "SWITCH",
            Self::Boolean => "BOOLEAN_INPUT",
            Self::Enum { .. } => "ENUM",
            Self::DynamicEnum(_) => "DYNAMIC_ENUM",
            Self::Combo(_) => "COMBO_INPUT",
            Self::DynamicCombo { .. } => "DYNAMIC_COMBO_INPUT",
            Self::FieldMapper(_) => "FIELD_MAPPER",
            Self::CustomDropdown { .. } => "CUSTOM_DROPDOWN",
            Self::Copyable { .. } => "COPYABLE_BUTTON_INPUT",
            Self::Permission { .. } => "PERMISSION",
            Self::File { .. } => "FILE",
        }
    }

    /// Whether its answer is sealed and shown to nobody.
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Password)
    }

    /// Whether its answer stays on the server: a page is only told that there is one.
    pub const fn is_kept(&self) -> bool {
        matches!(self, Self::Password | Self::File { .. })
    }
}

/// The setting that is named, and those after it in whose choices it has a say, directly or not.
pub fn dependents<'s>(settings: &'s [Setting], changed: &str) -> Vec<&'s str> {
    let mut found = vec![changed];
    let mut out = Vec::new();
    for setting in settings {
        if let SettingKind::DynamicEnum(source) = &setting.kind
            && source.depends_on.values().any(|parent| found.contains(&parent.as_str()))
        {
            found.push(&setting.key);
            out.push(setting.key.as_str());
        }
    }
    out
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_no(required: &bool) -> bool {
    !required
}
