//! Settings: the questions that an integration's workflows share, and the answers of end users.

use crate::Services;
use crate::access::{administrate, as_user, internal, storage};
use crate::usecase::answers::{answered, seal, sealed};
use crate::usecase::portal::not_connected;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_domain::setting::Setting;
use portico_domain::{
    Actor, ConfigurationId, Failure, FailureClass, FieldProblem, ProjectId, Refusal, RefusalCode,
    WorkflowId,
};
use portico_engine::{Problem, check_answer, parse_settings};
use portico_storage::{
    Configuration, ConfigurationChange, Credential, Integration, WorkflowSwitch,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// The most settings that the workflows of an integration share.
const MOST_SETTINGS: usize = 50;
/// The most labels of one answer: a mapping has one for each field.
const MOST_PARTS: usize = 200;
/// The longest label of a choice, in characters.
const LONGEST_LABEL: usize = 500;

/// Answers of an end user.
#[derive(Clone)]
pub struct GivenAnswers {
    /// The configuration they belong to.
    pub configuration: ConfigurationId,
    /// The workflow that asks; absent: its integration asks for all of them.
    pub workflow: Option<WorkflowId>,
    /// By key: given ones replace, `null` takes one back, others stay. They can hold secrets.
    pub settings: Map<String, Value>,
    /// What chosen ones are called, in the same way.
    pub labels: Map<String, Value>,
}

/// Whose answer it is that is sealed: its place is bound to it.
pub(crate) struct Asker<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) workflow: Option<WorkflowId>,
}

impl Services {
    /// Keeps answers of the acting user.
    ///
    /// # Errors
    /// The configuration or the workflow is unknown to the user; an answer does not fit its
    /// question, each in words under its key.
    pub async fn answer(&self, actor: &Actor, given: GivenAnswers) -> Result<(), Refusal> {
        let (project, user) = as_user(actor)?;
        let (configuration, credential) = self.configured(actor, given.configuration).await?;
        let now = self.ports().now();
        let id = configuration.id;
        let asker = Asker { configuration: &configuration, workflow: given.workflow };
        let saved = match given.workflow {
            Some(workflow) => {
                let deployed = self.own_workflow(actor, workflow).await?;
                if deployed.integration != credential.integration {
                    return Err(not_connected());
                }
                let definition =
                    self.parsed_version(deployed.id, deployed.version, &deployed.definition)?;
                let labels = checked_labels(&definition.settings, given.labels)?;
                let settings = self.kept(&definition.settings, &asker, given.settings).await?;
                let switch = WorkflowSwitch {
                    enabled: None,
                    settings: Some(settings),
                    labels: Some(labels),
                };
                self.store().set_workflow(project, id, workflow, switch, now).await
            }
            None => {
                let shared = self.shared_settings(&credential).await?;
                let labels = checked_labels(&shared, given.labels)?;
                let settings = self.kept(&shared, &asker, given.settings).await?;
                self.store().set_shared(project, id, (settings, labels), now).await
            }
        };
        self.inner.routes.forget(user);
        changed(saved.map_err(storage)?)
    }

    /// Answers as they are kept: checked, secrets sealed.
    pub(crate) async fn kept(
        &self,
        settings: &[Setting],
        asker: &Asker<'_>,
        given: Map<String, Value>,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut kept = Map::new();
        let mut problems = Vec::new();
        for (key, value) in given {
            let setting = settings.iter().find(|setting| setting.key == key);
            let checked = match setting {
                None => Err("Nobody asks this any more; reload the page.".to_owned()),
                Some(setting) => check_answer(setting, &value).map(|value| (setting, value)),
            };
            match checked {
                Err(message) => problems.push(FieldProblem { field: key, message }),
                Ok((setting, Value::String(secret))) if setting.kind.is_secret() => {
                    let secret = Zeroizing::new(secret);
                    let sealed = self.sealed_answer(asker, &key, &secret).await?;
                    kept.insert(key, sealed);
                }
                Ok((_, value)) => {
                    kept.insert(key, value);
                }
            }
        }
        if problems.is_empty() { Ok(kept) } else { Err(Refusal::fields(problems)) }
    }

    async fn sealed_answer(
        &self,
        asker: &Asker<'_>,
        key: &str,
        secret: &str,
    ) -> Result<Value, Refusal> {
        let column = column(asker.workflow, key);
        let own = asker.configuration;
        let place = ("configurations", column.as_str(), own.id.uuid(), own.project);
        let sealed =
            self.inner.vault.seal(self.store(), self.ports(), place, secret.as_bytes()).await?;
        Ok(seal(&STANDARD.encode(sealed)))
    }

    /// A sealed answer, opened for a call: the workflow's own, else the shared one. Nothing if there
    /// is none (any more).
    ///
    /// # Errors
    /// As a failure of the call: our own database failed, or what is sealed cannot be opened.
    pub async fn secret_setting(
        &self,
        project: ProjectId,
        configuration: ConfigurationId,
        (workflow, key): (WorkflowId, &str),
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        let found = self.store().configuration(project, configuration).await;
        let Some(own) = found.map_err(|error| as_failure(storage(error)))? else { return Ok(None) };
        let entry = own.workflow_settings.get(&workflow.to_string());
        let (asker, kept) = match entry.and_then(|entry| entry["settings"].get(key)) {
            Some(kept) => (Some(workflow), Some(kept)),
            None => (None, own.shared_settings.get(key)),
        };
        let Some(sealed) = kept.and_then(sealed) else { return Ok(None) };
        let sealed = STANDARD.decode(sealed).map_err(|_| as_failure(internal()))?;
        let column = column(asker, key);
        let place = ("configurations", column.as_str(), own.id.uuid(), project);
        let opened = self.inner.vault.open(self.store(), place, &sealed).await;
        let opened = opened.map_err(|error| as_failure(error.into()))?;
        let text = String::from_utf8(opened.to_vec()).map_err(|_| as_failure(internal()))?;
        Ok(Some(Zeroizing::new(text)))
    }

    /// Says which settings the workflows of an integration share.
    ///
    /// # Errors
    /// The integration is not part of the project; something is wrong with the settings, each under
    /// its place in the list.
    pub async fn set_integration_settings(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
        list: &Value,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let unknown = || {
            let words = format!("There is no integration {kind:?} in this project.");
            Refusal::new(RefusalCode::IntegrationUnknown, words)
        };
        let own = self.store().integration_of(project, kind).await.map_err(storage)?;
        let own = own.ok_or_else(unknown)?;
        let settings = self.checked_settings(&own, list).await?;
        let mut portal = own.portal.clone();
        portal["settings"] = json!(settings);
        if portal != own.portal {
            let now = self.ports().now();
            let set = self.store().set_integration_portal(project, own.id, &portal, now).await;
            set.map_err(storage)?;
        }
        Ok(())
    }

    /// Questions of an integration that can be asked.
    pub(crate) async fn checked_settings(
        &self,
        own: &Integration,
        list: &Value,
    ) -> Result<Vec<Setting>, Refusal> {
        let catalogue = self.catalogue_of(own).await?;
        let definition = catalogue.definition(&own.kind).ok_or_else(|| {
            let words = format!("The definition of {:?} is not loaded.", own.kind);
            Refusal::new(RefusalCode::IntegrationUnknown, words)
        })?;
        let settings = parse_settings(list).map_err(refused)?;
        if settings.len() > MOST_SETTINGS {
            let words = format!("An integration has {MOST_SETTINGS} settings at most.");
            return Err(Refusal::field("settings", words));
        }
        let mut problems = self.engine().validate_settings(&settings);
        problems.extend(super::setting_sources::problems(definition, &settings, ""));
        if problems.is_empty() { Ok(settings) } else { Err(refused(problems)) }
    }

    /// The settings that an account's workflows share.
    pub(crate) async fn shared_settings(
        &self,
        credential: &Credential,
    ) -> Result<Vec<Setting>, Refusal> {
        let found = self.store().integration(credential.project, credential.integration).await;
        let integration = found.map_err(storage)?.ok_or_else(not_connected)?;
        integration.settings().map_err(storage)
    }

    /// A configuration of the acting user, with its account.
    pub(crate) async fn configured(
        &self,
        actor: &Actor,
        id: ConfigurationId,
    ) -> Result<(Configuration, Credential), Refusal> {
        let (_, user) = as_user(actor)?;
        let configurations = self.store().configurations_of(user).await.map_err(storage)?;
        let own = configurations.into_iter().find(|own| own.id == id).ok_or_else(not_connected)?;
        let credentials = self.store().credentials_of(user).await.map_err(storage)?;
        let account = credentials.into_iter().find(|account| account.id == own.credential);
        Ok((own, account.ok_or_else(not_connected)?))
    }
}

/// Answers as a page may see them: secrets and files only as "there is one".
pub(crate) fn visible(settings: &[Setting], given: &Map<String, Value>) -> Map<String, Value> {
    let mut values = answered(settings, given);
    for (key, value) in &mut values {
        let own = settings.iter().find(|setting| setting.key == *key);
        if own.is_some_and(|own| own.kind.is_kept()) || sealed(value).is_some() {
            *value = json!(true);
        }
    }
    values
}

/// Whether answers are kept now, in words if not.
pub(crate) fn changed(change: ConfigurationChange) -> Result<(), Refusal> {
    match change {
        ConfigurationChange::Done => Ok(()),
        ConfigurationChange::Missing => Err(not_connected()),
        ConfigurationChange::TooLarge => Err(Refusal::field(
            "settings",
            "All answers of this account together are too large to be kept. Take out files that are \
             not needed.",
        )),
    }
}

/// What choices are called, of questions that are asked: others are left out.
pub(crate) fn checked_labels(
    settings: &[Setting],
    mut labels: Map<String, Value>,
) -> Result<Map<String, Value>, Refusal> {
    labels.retain(|key, _| settings.iter().any(|own| own.key == *key));
    let is_short = |text: &str| text.chars().count() <= LONGEST_LABEL;
    let fits = |label: &Value| match label {
        Value::String(text) => is_short(text),
        Value::Object(parts) => {
            parts.len() <= MOST_PARTS
                && parts
                    .iter()
                    .all(|(name, part)| is_short(name) && part.as_str().is_some_and(is_short))
        }
        Value::Null => true,
        _ => false,
    };
    match labels.iter().find(|(_, label)| !fits(label)) {
        None => Ok(labels),
        Some((key, _)) => Err(Refusal::field(key, "What a choice is called is a short text.")),
    }
}

fn column(workflow: Option<WorkflowId>, key: &str) -> String {
    match workflow {
        Some(workflow) => format!("workflow_settings/{workflow}/{key}"),
        None => format!("shared_settings/{key}"),
    }
}

fn refused(problems: Vec<Problem>) -> Refusal {
    let field = |problem: Problem| FieldProblem {
        field: format!("settings{}", problem.pointer),
        message: problem.message,
    };
    Refusal::fields(problems.into_iter().map(field).collect())
}

pub(crate) fn as_failure(refusal: Refusal) -> Failure {
    let class = match refusal.code {
        RefusalCode::StorageUnavailable => FailureClass::Transient,
        _ => FailureClass::Forbidden,
    };
    Failure::new(class, refusal.code.name(), refusal.message)
}
