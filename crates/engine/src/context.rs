//! What templates see, with every secret as something that can be named and not looked at.

use crate::hole::{CLOSE, OPEN};
use minijinja::Value as Jinja;
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;

/// What templates see.
pub(crate) struct Known<'a> {
    pub(crate) trigger: Trigger<'a>,
    pub(crate) steps: Map<String, Value>,
    pub(crate) settings: &'a Map<String, Value>,
    /// The settings whose answers are secrets.
    pub(crate) sealed: &'a [String],
    pub(crate) user: &'a Map<String, Value>,
    pub(crate) account: &'a Map<String, Value>,
    /// Inside a fan-out: the item and its place.
    pub(crate) item: Option<(&'a Value, usize)>,
}

/// What started the execution, as it is or as templates see it already.
pub(crate) enum Trigger<'a> {
    Given(&'a Value),
    Made(Jinja),
}

impl<'a> From<&'a Value> for Trigger<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Given(value)
    }
}

/// A value as templates see it; made once, it is cheap to hand on.
pub(crate) fn made(value: &Value) -> Jinja {
    Jinja::from(Serde(cleaned(value)))
}

/// A secret, or a namespace of them.
#[derive(Debug)]
enum Opaque {
    Secrets,
    Account(Map<String, Value>),
    /// Answers, and the keys of those that are secrets.
    Settings(Map<String, Value>, Vec<String>),
    One(String),
}

impl Object for Opaque {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match **self {
            Self::One(_) => ObjectRepr::Plain,
            Self::Secrets | Self::Account(_) | Self::Settings(..) => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let key = key.as_str()?;
        match &**self {
            Self::Secrets => Some(Jinja::from_object(Self::One(format!("secrets.{key}")))),
            Self::Account(_) if key == "access_token" => {
                Some(Jinja::from_object(Self::One("account.access_token".to_owned())))
            }
            Self::Settings(_, sealed) if sealed.iter().any(|own| own == key) => {
                Some(Jinja::from_object(Self::One(format!("settings.{key}"))))
            }
            Self::Account(facts) | Self::Settings(facts, _) => {
                facts.get(key).map(|fact| Jinja::from(Serde(fact.clone())))
            }
            Self::One(_) => None,
        }
    }

    /// Whoever asks for all of them gets what is not secret.
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &**self {
            Self::Account(facts) | Self::Settings(facts, _) => {
                Enumerator::Values(facts.keys().map(|key| Jinja::from(key.as_str())).collect())
            }
            Self::Secrets | Self::One(_) => Enumerator::NonEnumerable,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &**self {
            Self::One(name) => write!(f, "{OPEN}{name}{CLOSE}"),
            Self::Secrets | Self::Account(_) | Self::Settings(..) => Err(fmt::Error),
        }
    }
}

pub(crate) fn context(known: &Known<'_>) -> Jinja {
    let clean = |map: &Map<String, Value>| Jinja::from(Serde(clean_map(map)));
    let account = Opaque::Account(clean_map(known.account));
    let settings = Opaque::Settings(clean_map(known.settings), known.sealed.to_vec());
    let trigger = match &known.trigger {
        Trigger::Given(value) => made(value),
        Trigger::Made(value) => value.clone(),
    };
    let mut names = vec![
        ("trigger", trigger),
        ("steps", clean(&known.steps)),
        ("settings", Jinja::from_object(settings)),
        ("user", clean(known.user)),
        ("account", Jinja::from_object(account)),
        ("secrets", Jinja::from_object(Opaque::Secrets)),
    ];
    if let Some((item, index)) = known.item {
        names.push(("item", made(item)));
        names.push(("index", Jinja::from(index)));
    }
    Jinja::from_pairs(names)
}

fn clean_map(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().map(|(key, value)| (clean_text(key), cleaned(value))).collect()
}

fn cleaned(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean_text(text)),
        Value::Array(items) => items.iter().map(cleaned).collect(),
        Value::Object(map) => Value::Object(clean_map(map)),
        other => other.clone(),
    }
}

fn clean_text(text: &str) -> String {
    if text.contains([OPEN, CLOSE]) {
        text.replace([OPEN, CLOSE], "\u{FFFD}")
    } else {
        text.to_owned()
    }
}
