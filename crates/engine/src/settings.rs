//! What is wrong with a list of questions to the end user, before anybody is asked.

use crate::Problem;
use crate::answer::check_answer;
use crate::template::Renderer;
use portico_domain::nearest::did_you_mean;
use portico_domain::setting::{
    COMMON_KEYS, KINDS, LARGEST_FILE, Mapper, Setting, SettingKind, Source,
};
use serde_json::Value;
use std::collections::HashSet;

/// What can be told to somebody who copies it.
const SHOWABLE: [&str; 2] = ["user", "account"];
const CHOICE: &[&str] = &["value", "label"];
const FIELD: &[&str] = &["key", "label", "required"];
const SCOPE: &[&str] = &["name", "label", "description", "required"];

/// Reads the settings that all workflows of an integration share.
///
/// # Errors
/// Every unknown key with the nearest known one; or the first thing of a wrong type.
pub fn parse_settings(list: &Value) -> Result<Vec<Setting>, Vec<Problem>> {
    let mut problems = Vec::new();
    unknown_keys(list, "", &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let items = list.as_array().into_iter().flatten().enumerate();
    items
        .map(|(index, item)| {
            serde_json::from_value(item.clone()).map_err(|error| {
                vec![Problem::new(format!("/{index}"), sentence(&error.to_string()))]
            })
        })
        .collect()
}

/// Keys of settings that nobody reads.
pub(crate) fn unknown_keys(list: &Value, at: &str, problems: &mut Vec<Problem>) {
    for (index, setting) in list.as_array().into_iter().flatten().enumerate() {
        let at = format!("{at}/{index}");
        let code = setting.get("type").and_then(Value::as_str).unwrap_or_default();
        // Of an unknown type nothing is known; it is told by its type.
        let Some((_, own)) = KINDS.iter().find(|(known, _)| *known == code) else { continue };
        let keys: Vec<&str> = COMMON_KEYS.iter().chain(own.iter()).copied().collect();
        known(setting, &at, &keys, problems);
        for (list, keys) in [("options", CHOICE), ("labels", FIELD), ("scopes", SCOPE)] {
            let items = setting.get(list).and_then(Value::as_array).into_iter().flatten();
            for (item, value) in items.enumerate() {
                known(value, &format!("{at}/{list}/{item}"), keys, problems);
            }
        }
    }
}

fn known(value: &Value, at: &str, keys: &[&str], problems: &mut Vec<Problem>) {
    for key in value.as_object().into_iter().flat_map(|map| map.keys()) {
        if !keys.contains(&key.as_str()) {
            let advice = did_you_mean(key, keys.iter().copied());
            let message = format!("There is no key {key:?} here.{advice}");
            problems.push(Problem::new(format!("{at}/{key}"), message));
        }
    }
}

/// A reader's error as a sentence.
pub(crate) fn sentence(error: &str) -> String {
    if error.ends_with(['.', '?']) { error.to_owned() } else { format!("{error}.") }
}

/// What is wrong with the settings at `at`, where `shared` ones have their names already.
pub(crate) fn problems(
    renderer: &Renderer,
    settings: &[Setting],
    shared: &[Setting],
    at: &str,
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (index, setting) in settings.iter().enumerate() {
        let at = format!("{at}/{index}");
        let mut problem = |key: &str, message: String| {
            let pointer = if key.is_empty() { at.clone() } else { format!("{at}/{key}") };
            found.push(Problem::new(pointer, message));
        };
        let key = &setting.key;
        if !is_slug(key) {
            let slug = "A key is lower-case letters, digits and _, beginning with a letter.";
            problem("key", slug.to_owned());
        }
        if !seen.insert(key.as_str()) {
            problem("key", format!("The key {key:?} is used twice."));
        }
        if shared.iter().any(|other| other.key == *key) {
            let taken = "is a setting of the integration already; use another key.";
            problem("key", format!("{key:?} {taken}"));
        }
        let earlier = || settings.iter().take(index).chain(shared).map(|own| own.key.as_str());
        for (key, message) in kind_problems(renderer, &setting.kind, earlier) {
            problem(key, message);
        }
        if let Some(default) = &setting.default {
            if setting.kind.is_kept() {
                problem("default", format!("A {} has no default.", setting.kind.code()));
            } else if let Err(why) = check_answer(setting, default) {
                problem("default", format!("The default does not fit: {why}"));
            }
        }
    }
    found
}

fn kind_problems<'s, E: Iterator<Item = &'s str>>(
    renderer: &Renderer,
    kind: &SettingKind,
    earlier: impl Fn() -> E,
) -> Vec<(&'static str, String)> {
    let needs = |key: &'static str, given: &str| {
        let message = format!("A {} needs a {key}.", kind.code());
        given.is_empty().then_some((key, message))
    };
    let mut found = Vec::new();
    match kind {
        SettingKind::Enum { options } if options.is_empty() => {
            found.push(("", "An ENUM needs options to choose from.".to_owned()));
        }
        SettingKind::Number { min: Some(min), max: Some(max) } if min > max => {
            found.push(("max", format!("Nothing is between {min} and {max}.")));
        }
        SettingKind::DynamicEnum(Source { source, depends_on, .. }) => {
            found.extend(needs("source", source));
            for parent in depends_on.values().filter(|own| !earlier().any(|known| known == **own)) {
                let advice = did_you_mean(parent, earlier());
                found.push((
                    "depends_on",
                    format!("There is no earlier setting {parent:?}.{advice}"),
                ));
            }
        }
        SettingKind::Combo(pair) => {
            found.extend(needs("main", &pair.main));
            found.extend(needs("dependent", &pair.dependent));
        }
        SettingKind::DynamicCombo { pair, variables } => {
            found.extend(needs("main", &pair.main));
            found.extend(needs("dependent", &pair.dependent));
            found.extend(needs("variables", variables));
        }
        SettingKind::FieldMapper(mapper) => found.extend(mapper_problems(mapper)),
        SettingKind::CustomDropdown { dropdown } => found.extend(needs("dropdown", dropdown)),
        SettingKind::Copyable { value } => {
            found.extend(needs("value", value));
            found.extend(shown_problems(renderer, value).into_iter().map(|why| ("value", why)));
        }
        SettingKind::Permission { scopes } if scopes.is_empty() => {
            found.push(("", "A PERMISSION needs scopes to choose from.".to_owned()));
        }
        SettingKind::File { max_bytes, .. } if !(1..=LARGEST_FILE).contains(max_bytes) => {
            found.push(("max_bytes", format!("A file has 1 to {LARGEST_FILE} bytes.")));
        }
        _ => {}
    }
    found
}

fn mapper_problems(mapper: &Mapper) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    // What it does not say itself, the host app can.
    let by_app = mapper.app_object.is_some();
    let ways = usize::from(mapper.objects.is_some()) + usize::from(mapper.object.is_some());
    if ways > 1 || (ways == 0 && !by_app) {
        let one = "Say either objects (a source to choose from) or object (a fixed one).";
        found.push(("", one.to_owned()));
    }
    if mapper.app_object.as_ref().is_some_and(|name| name.trim().is_empty()) {
        let name = "Say what the object is called under mapObjectFields in your app.";
        found.push(("app_object", name.to_owned()));
    }
    if mapper.fields.is_empty() && !by_app {
        found.push(("fields", "A FIELD_MAPPER needs a source of fields.".to_owned()));
    }
    let mut seen = HashSet::new();
    let nothing = mapper.labels.is_empty() && !mapper.is_dynamic();
    if nothing || !mapper.labels.iter().all(|own| seen.insert(own.key.as_str())) {
        let labels =
            "A FIELD_MAPPER needs labels (your own fields, each once), app_object or user_fields.";
        found.push(("labels", labels.to_owned()));
    }
    found
}

fn shown_problems(renderer: &Renderer, template: &str) -> Vec<String> {
    let references = match renderer.references(template) {
        Ok(references) => references,
        Err(why) => return vec![format!("{template} cannot be read: {why}.")],
    };
    let mut foreign: Vec<_> = references
        .into_iter()
        .filter(|own| {
            let root = own.split('.').next().unwrap_or_default();
            !SHOWABLE.contains(&root) || own == "account.access_token"
        })
        .collect();
    foreign.sort();
    let told = |own: String| format!("{own:?} cannot be shown here; user and account can.");
    foreign.into_iter().map(told).collect()
}

/// Whether a text can be the name of something in templates: lower-case letters, digits and `_`.
pub fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{parse_settings, problems};
    use crate::template::Renderer;
    use serde_json::{Value, json};

    fn found(list: Value) -> Vec<String> {
        let told = |problem: crate::Problem| format!("{} {}", problem.pointer, problem.message);
        let shared = json!([{ "key": "owner", "title": "Owner", "type": "TEXT_NO_VARS" }]);
        let shared = parse_settings(&shared).expect("settings");
        match parse_settings(&list) {
            Ok(settings) => problems(&Renderer::new(), &settings, &shared, "/settings"),
            Err(found) => found,
        }
        .into_iter()
        .map(told)
        .collect()
    }

    #[test]
    fn a_slip_is_told_where_it_stands() {
        let rows = [
            (
                json!({ "type": "DYNAMIC_ENUM", "sorce": "lists" }),
                "/0/sorce There is no key \"sorce\" here. Did you mean \"source\"?",
            ),
            (json!({ "type": "TEXT_NO_VARS", "source": "lists" }), "/0/source There is no key"),
            (
                json!({ "type": "DYNAMIC_ENUMM" }),
                "/0 there is no type \"DYNAMIC_ENUMM\" of settings. Did you mean \"DYNAMIC_ENUM\"?",
            ),
            (
                json!({ "type": "ENUM", "options": [{ "value": "a", "lable": "A" }] }),
                "/0/options/0/lable",
            ),
            (json!({ "type": "ENUM" }), "/settings/0 An ENUM needs options"),
            (
                json!({ "type": "DYNAMIC_ENUM" }),
                "/settings/0/source A DYNAMIC_ENUM needs a source.",
            ),
            (
                json!({ "type": "DYNAMIC_ENUM", "source": "s", "depends_on": { "object": "ownr" } }),
                "earlier setting \"ownr\". Did you mean \"owner\"?",
            ),
            (json!({ "type": "COMBO_INPUT", "main": "m" }), "/settings/0/dependent"),
            (
                json!({ "type": "DYNAMIC_COMBO_INPUT", "main": "m", "dependent": "d" }),
                "/settings/0/variables",
            ),
            (
                json!({ "type": "FIELD_MAPPER", "fields": "f", "labels": [{ "key": "a", "label": "A" }] }),
                "either objects",
            ),
            (json!({ "type": "FIELD_MAPPER", "object": "o", "fields": "f" }), "/settings/0/labels"),
            (
                json!({ "type": "FIELD_MAPPER", "object": "o", "objects": "o", "app_object": "Task" }),
                "either objects",
            ),
            (
                json!({ "type": "FIELD_MAPPER", "object": "o", "user_fields": "allowed" }),
                "/settings/0/fields",
            ),
            (json!({ "type": "FIELD_MAPPER", "app_object": " " }), "/settings/0/app_object"),
            (
                json!({ "type": "FIELD_MAPPER", "object": "o", "user_fields": "alowed" }),
                "user_fields is \"none\" or \"allowed\", not \"alowed\".",
            ),
            (json!({ "type": "CUSTOM_DROPDOWN" }), "/settings/0/dropdown"),
            (
                json!({ "type": "COPYABLE_BUTTON_INPUT", "value": "{{ account.access_token }}" }),
                "\"account.access_token\" cannot be shown",
            ),
            (
                json!({ "type": "COPYABLE_BUTTON_INPUT", "value": "{{ trigger.x }}" }),
                "\"trigger.x\" cannot be shown",
            ),
            (json!({ "type": "PERMISSION" }), "/settings/0 A PERMISSION needs scopes"),
            (json!({ "type": "FILE", "max_bytes": 300_000 }), "/settings/0/max_bytes"),
            (json!({ "type": "NUMBER", "min": 2, "max": 1 }), "Nothing is between 2 and 1"),
            (
                json!({ "type": "NUMBER", "max": 1, "default": 2 }),
                "/settings/0/default The default does not fit",
            ),
            (json!({ "type": "PASSWORD", "default": "x" }), "A PASSWORD has no default"),
            (
                json!({ "type": "TEXT_NO_VARS", "key": "owner" }),
                "\"owner\" is a setting of the integration already",
            ),
            (
                json!({ "type": "TEXT_NO_VARS", "key": "Owner" }),
                "/settings/0/key A key is lower-case",
            ),
        ];
        for (own, words) in rows {
            let mut setting = json!({ "key": "k", "title": "T" });
            for (key, value) in own.as_object().expect("an object") {
                setting[key] = value.clone();
            }
            let all = found(json!([setting]));
            assert!(all.iter().any(|problem| problem.contains(words)), "{own}: {all:?}");
        }
        let fine = json!([
            { "key": "k", "title": "T", "type": "DYNAMIC_ENUM", "source": "s", "depends_on": { "object": "owner" } },
            { "key": "m", "title": "T", "type": "FIELD_MAPPER", "app_object": "Task" },
            { "key": "n", "title": "T", "type": "FIELD_MAPPER", "object": "o", "fields": "f", "user_fields": "allowed" },
            { "key": "l", "title": "T", "type": "COPYABLE_BUTTON_INPUT", "value": "https://x/{{ user.id }}" },
        ]);
        assert_eq!(found(fine), Vec::<String>::new());
    }
}
