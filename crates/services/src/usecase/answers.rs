//! What an end user answered for a workflow, and what is still missing.

use portico_domain::WorkflowId;
use portico_domain::setting::{Setting, SettingKind};
use portico_engine::{is_answered, is_empty, usual_answer};
use portico_storage::Configuration;
use serde_json::{Map, Value, json};

/// The questions of a workflow, and those that its integration's workflows share.
#[derive(Clone, Copy)]
pub(crate) struct Questions<'a> {
    pub(crate) own: &'a [Setting],
    pub(crate) shared: &'a [Setting],
}

/// What the end user answered for a workflow.
pub(crate) struct Answers {
    pub(crate) enabled: bool,
    /// Answers that can be seen: the user's, or the defaults.
    pub(crate) settings: Map<String, Value>,
    /// The keys of those that are sealed.
    pub(crate) sealed: Vec<String>,
    /// The title of the first required question without an answer.
    pub(crate) missing: Option<String>,
}

impl Answers {
    pub(crate) fn new(
        questions: Questions<'_>,
        configuration: &Configuration,
        workflow: WorkflowId,
    ) -> Self {
        let entry = configuration.workflow_settings.get(&workflow.to_string());
        let enabled = entry.and_then(|entry| entry["enabled"].as_bool()).unwrap_or(false);
        let empty = Map::new();
        let given = entry.and_then(|entry| entry["settings"].as_object()).unwrap_or(&empty);
        let mut settings = answered(questions.shared, &configuration.shared_settings);
        settings.extend(answered(questions.own, given));
        let all = questions.shared.iter().chain(questions.own);
        let missing = all
            .filter(|setting| setting.required && !is_answered(setting, settings.get(&setting.key)))
            .map(|setting| setting.title.clone())
            .next();
        let sealed: Vec<_> = settings
            .iter()
            .filter(|own| sealed(own.1).is_some())
            .map(|own| own.0.clone())
            .collect();
        settings.retain(|key, _| !sealed.contains(key));
        Self { enabled, settings, sealed, missing }
    }
}

impl Answers {
    /// Leaves out files that no step names: a history need not hold them.
    pub(crate) fn without_unused_files(mut self, questions: Questions<'_>, steps: &Value) -> Self {
        let files = questions.shared.iter().chain(questions.own);
        for own in files.filter(|own| matches!(own.kind, SettingKind::File { .. })) {
            if self.settings.contains_key(&own.key) && !steps.to_string().contains(&own.key) {
                self.settings.remove(&own.key);
            }
        }
        self
    }
}

/// The answers to these questions, with defaults where there are none. What answers a question that
/// is asked no more is left out, and so is a default that was taken out.
pub(crate) fn answered(settings: &[Setting], given: &Map<String, Value>) -> Map<String, Value> {
    settings
        .iter()
        .filter_map(|setting| {
            let value = match given.get(&setting.key) {
                // The question may have become a required one since.
                Some(kept) if is_empty(kept) && !setting.required => return None,
                Some(kept) if !is_empty(kept) => kept.clone(),
                _ => usual_answer(setting)?,
            };
            Some((setting.key.clone(), value))
        })
        .collect()
}

/// How a sealed answer is kept.
pub(crate) fn seal(sealed: &str) -> Value {
    json!({ "sealed": sealed })
}

/// The sealed answer in a kept one, if it is one.
pub(crate) fn sealed(kept: &Value) -> Option<&str> {
    kept.as_object().filter(|map| map.len() == 1)?.get("sealed")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::{Answers, Questions, seal};
    use portico_domain::setting::Setting;
    use portico_domain::{ConfigurationId, CredentialId, ProjectId, Timestamp, WorkflowId};
    use portico_storage::Configuration;
    use serde_json::{Map, Value, json};

    fn settings(list: Value) -> Vec<Setting> {
        serde_json::from_value(list).expect("settings")
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn answers_are_those_to_questions_that_are_asked() {
        let workflow = WorkflowId::from_parts(1, [1; 10]);
        let shared = settings(json!([
            { "key": "owner", "title": "Owner", "type": "TEXT_NO_VARS" },
            { "key": "token", "title": "Token", "type": "PASSWORD" },
        ]));
        let own = settings(json!([
            { "key": "list", "title": "List", "type": "TEXT_NO_VARS" },
            { "key": "loud", "title": "Loud", "type": "SWITCH", "default": true },
        ]));
        let mut configuration = Configuration {
            id: ConfigurationId::from_parts(1, [2; 10]),
            project: ProjectId::from_parts(1, [3; 10]),
            credential: CredentialId::from_parts(1, [4; 10]),
            is_default: true,
            external_id: None,
            shared_settings: map(json!({ "owner": "Ada", "token": seal("x"), "gone": 1 })),
            shared_labels: Map::new(),
            workflow_settings: Map::new(),
            webhook_serials: Map::new(),
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        };
        let questions = Questions { own: &own, shared: &shared };
        let before = Answers::new(questions, &configuration, workflow);
        assert_eq!(before.missing.as_deref(), Some("List"));
        assert_eq!(Value::Object(before.settings), json!({ "owner": "Ada", "loud": true }));
        assert_eq!(before.sealed, ["token"]);
        let entry = json!({ "enabled": true, "settings": { "list": "7" } });
        configuration.workflow_settings.insert(workflow.to_string(), entry);
        assert_eq!(Answers::new(questions, &configuration, workflow).missing, None);
        let file = settings(json!([{ "key": "rows", "title": "Rows", "type": "FILE" }]));
        configuration.shared_settings.insert("rows".to_owned(), json!("a,b"));
        let asked = Questions { own: &[], shared: &file };
        for (steps, kept) in [(json!(["{{ settings.rows }}"]), true), (json!([]), false)] {
            let answers = Answers::new(asked, &configuration, workflow);
            let answers = answers.without_unused_files(asked, &steps);
            assert_eq!(answers.settings.contains_key("rows"), kept, "{steps}");
        }
        configuration.shared_settings.remove("token");
        let after = Answers::new(questions, &configuration, workflow);
        assert_eq!(after.missing.as_deref(), Some("Token"), "shared ones count as well");
    }
}
