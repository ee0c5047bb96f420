//! What belongs into the holes of rendered inputs: opened at the last moment, kept as long as one call takes.

use crate::Services;
use percent_encoding::percent_decode_str;
use portico_domain::execution::Rendered;
use portico_domain::{ConfigurationId, Failure, ProjectId, WorkflowId};
use serde_json::Value;
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Shorter secrets are words like others: a text without them would say nothing.
const SHORTEST_HIDDEN: usize = 6;

/// Whose secrets and answers can be named.
#[derive(Clone, Copy, Debug)]
pub struct HoleScope {
    /// Whose project: `secrets.…`.
    pub project: ProjectId,
    /// The workflow whose questions were answered.
    pub workflow: WorkflowId,
    /// By whom: `settings.…`.
    pub configuration: ConfigurationId,
}

/// What belongs into holes, by the names that they have. Has no `Debug`: it is all secret.
pub struct OpenedHoles(HashMap<String, Zeroizing<String>>);

impl OpenedHoles {
    /// The secret of a hole, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|secret| secret.as_str())
    }

    /// A text for a log, without what was opened, be it percent-encoded as in an address.
    pub fn hide(&self, text: &str) -> String {
        let worth_it = |secret: &&Zeroizing<String>| secret.len() >= SHORTEST_HIDDEN;
        self.0.values().filter(worth_it).fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) {
                return text.replace(secret.as_str(), "•••");
            }
            let decoded = percent_decode_str(&text).decode_utf8_lossy();
            match decoded.contains(secret.as_str()) {
                true => decoded.replace(secret.as_str(), "•••"),
                false => text,
            }
        })
    }

    /// The same for every text in a value: what was called may say back what it was sent.
    pub(crate) fn hide_in(&self, value: Value) -> Value {
        if self.0.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.hide(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.hide_in(item)).collect(),
            Value::Object(map) => {
                let hidden =
                    map.into_iter().map(|(key, item)| (self.hide(&key), self.hide_in(item)));
                Value::Object(hidden.collect())
            }
            other => other,
        }
    }
}

impl Services {
    /// Opens the secrets that inputs name: those of the project, and answers that are sealed. One that nobody
    /// has is left out.
    ///
    /// # Errors
    /// As a failure of the call: our own database failed, or what is sealed cannot be opened.
    pub async fn open_holes(
        &self,
        scope: HoleScope,
        input: &Rendered,
    ) -> Result<OpenedHoles, Failure> {
        let mut opened = HashMap::new();
        for hole in &input.holes {
            let name = hole.secret.as_str();
            if opened.contains_key(name) {
                continue;
            }
            let secret = if let Some(key) = name.strip_prefix("settings.") {
                let asked = (scope.workflow, key);
                self.secret_setting(scope.project, scope.configuration, asked).await?
            } else if let Some(key) = name.strip_prefix("secrets.") {
                self.project_secret(scope.project, key).await?
            } else {
                None
            };
            opened.extend(secret.map(|secret| (name.to_owned(), secret)));
        }
        Ok(OpenedHoles(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::OpenedHoles;
    use serde_json::json;
    use std::collections::HashMap;
    use zeroize::Zeroizing;

    #[test]
    fn a_log_shows_no_secret_however_an_address_spells_it() {
        let secret = |text: &str| Zeroizing::new(text.to_owned());
        let opened = OpenedHoles(HashMap::from([
            ("secrets.key".to_owned(), secret("p@ss w/rd")),
            ("secrets.short".to_owned(), secret("v1")),
        ]));
        for (line, shown) in [
            ("GET https://x.test/v1/p@ss w/rd", "GET https://x.test/v1/•••"),
            ("GET https://x.test/v1/p%40ss%20w%2Frd/a", "GET https://x.test/v1/•••/a"),
            ("GET https://x.test/a%20b", "GET https://x.test/a%20b"),
        ] {
            assert_eq!(opened.hide(line), shown);
        }
        assert_eq!(opened.get("secrets.short"), Some("v1"));
        let told = opened.hide_in(json!({ "p@ss w/rd": ["Bearer p@ss w/rd!"], "n": 1 }));
        assert_eq!(told, json!({ "•••": ["Bearer •••!"], "n": 1 }));
    }
}
