//! What a user can choose from in an account: a Marketo list, a Slack channel.

use crate::Services;
use crate::access::storage;
use crate::catalogue::Catalogue;
use crate::usecase::answers::answered;
use crate::usecase::portal::not_connected;
use crate::usecase::setting_sources::{Part, sought};
use portico_connector::{Asked, ChoicePage, Definition, OptionSource};
use portico_domain::setting::{Setting, SettingKind};
use portico_domain::view::{ChoicesView, LostChoice};
use portico_domain::{
    Actor, Choice, ConfigurationId, Failure, FailureClass, Refusal, RefusalCode, WorkflowId,
};
use portico_storage::{Configuration, Credential};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How many pages are looked through for a choice that was made before.
const MOST_PAGES: usize = 10;

/// How long to wait for a provider that is asked too often and does not say how long.
const USUAL_WAIT_MS: u64 = 10_000;

/// Which choices are asked for.
#[derive(Clone, Debug)]
pub struct ChoicesQuery {
    /// The configuration whose account has them.
    pub configuration: ConfigurationId,
    /// The workflow that asks; absent: its integration asks for all of them.
    pub workflow: Option<WorkflowId>,
    /// The key of its setting.
    pub setting: String,
    /// Which of the setting's lists.
    pub part: Part,
    /// The choices that it depends on, where they are not saved yet: `main` and `dependent` of the
    /// same setting, others by their keys.
    pub inputs: Map<String, Value>,
    /// From the page before, as it was given.
    pub cursor: Option<String>,
    /// What the person typed.
    pub search: Option<String>,
    /// Asks the provider again, whatever is remembered.
    pub refresh: bool,
}

/// A list of an account.
pub(crate) struct List<'d> {
    pub(crate) credential: &'d Credential,
    pub(crate) definition: &'d Definition,
    pub(crate) source: &'d OptionSource,
}

/// Which page of a list.
pub(crate) struct Wanted {
    /// What the source asks for.
    pub(crate) inputs: Map<String, Value>,
    /// From the page before, as it was given.
    pub(crate) cursor: Option<String>,
    /// What the person typed.
    pub(crate) search: Option<String>,
    /// Asks the provider again, whatever is remembered.
    pub(crate) refresh: bool,
}

impl Services {
    /// A page of the choices for a setting, from the acting user's own account. What was read within
    /// the last five minutes is not asked for again.
    ///
    /// # Errors
    /// The workflow, its setting or the configuration is unknown to the user; the provider refused
    /// or could not be reached, in words.
    pub async fn choices(
        &self,
        actor: &Actor,
        query: ChoicesQuery,
    ) -> Result<ChoicesView, Refusal> {
        let (configuration, credential) = self.configured(actor, query.configuration).await?;
        self.inner.rates.choices(credential.user, self.ports().now())?;
        let settings = self.asked(actor, &credential, query.workflow).await?;
        let unknown = || unknown_setting(&query.setting);
        let setting = settings.iter().find(|own| own.key == query.setting).ok_or_else(unknown)?;
        let (catalogue, kind) = self.catalogue_with(&credential).await?;
        let definition = catalogue.definition(&kind).ok_or_else(unknown)?;
        let mut chosen = saved(&configuration, query.workflow, &settings);
        chosen.extend(query.inputs.clone());
        let (source, inputs) =
            sought(definition, setting, query.part, &chosen).ok_or_else(unknown)?;
        let list = List { credential: &credential, definition, source };
        let wanted =
            Wanted { inputs, cursor: query.cursor, search: query.search, refresh: query.refresh };
        self.list_page(&list, wanted).await
    }

    /// A page of a list, for whoever may see it.
    pub(crate) async fn list_page(
        &self,
        list: &List<'_>,
        wanted: Wanted,
    ) -> Result<ChoicesView, Refusal> {
        let source = list.source;
        let cursor = wanted.cursor.map(|cursor| serde_json::from_str(&cursor)).transpose();
        let asked = Asked {
            inputs: wanted.inputs,
            cursor: cursor.map_err(|_| Refusal::field("cursor", "This is no cursor of ours."))?,
            search: wanted.search.filter(|_| source.searches()),
            value: None,
        };
        if wanted.refresh {
            self.inner.choices.forget(&list.prefix());
        }
        let page = self.page(list, &asked).await.map_err(|failure| refused(&failure))?;
        Ok(ChoicesView {
            choices: page.choices.clone(),
            next: page.next.as_ref().map(ToString::to_string),
            provider_searches: source.searches(),
        })
    }

    /// The choices under a configuration that the account has no more. What cannot be found out is not
    /// told; where the provider cannot look one up, ten pages of its list are read.
    ///
    /// # Errors
    /// The configuration is unknown to the user.
    pub async fn lost_choices(
        &self,
        actor: &Actor,
        id: ConfigurationId,
    ) -> Result<Vec<LostChoice>, Refusal> {
        let (configuration, credential) = self.configured(actor, id).await?;
        self.inner.rates.connecting(credential.user, self.ports().now())?;
        let (catalogue, kind) = self.catalogue_with(&credential).await?;
        let Some(definition) = catalogue.definition(&kind) else {
            return Ok(Vec::new());
        };
        let mut lost = Vec::new();
        let shared = self.shared_settings(&credential).await?;
        let mut asking = vec![(None, shared.clone())];
        let deployed = self.store().deployed(credential.project).await.map_err(storage)?;
        for workflow in deployed.iter().filter(|own| own.integration == credential.integration) {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            asking.push((Some(workflow.id), definition.settings.clone()));
        }
        for (workflow, settings) in asking {
            let all: Vec<_> = settings.iter().chain(&shared).cloned().collect();
            let chosen = saved(&configuration, workflow, &all);
            let labels = labels(&configuration, workflow);
            for setting in &settings {
                let Some(value) = chosen.get(&setting.key) else { continue };
                let made = Made { setting, value, label: labels.get(&setting.key) };
                let message = match made.is_withdrawn() {
                    true => Some(format!(
                        "{:?} is not offered any more; choose another one.",
                        plain(value)
                    )),
                    false => {
                        let found = self.first_lost(&credential, definition, &made, &chosen).await;
                        let name = definition.name();
                        found.map(|own| {
                            format!("{own:?} no longer exists in {name}; choose another one.")
                        })
                    }
                };
                if let Some(message) = message {
                    let setting = setting.key.clone();
                    lost.push(LostChoice { workflow_id: workflow, setting, message });
                }
            }
        }
        Ok(lost)
    }

    /// What the first choice of an answer that is no more is called.
    async fn first_lost(
        &self,
        credential: &Credential,
        definition: &Definition,
        made: &Made<'_>,
        saved: &Map<String, Value>,
    ) -> Option<String> {
        let mut chosen = saved.clone();
        for (name, part) in [("main", "mainInput"), ("dependent", "dependentInput")] {
            let value = made.value.get(part).or_else(|| made.value.get("objectMapping"));
            chosen.extend(value.map(|value| (name.to_owned(), value.clone())));
        }
        for (part, value, name) in made.choices() {
            let Some((source, inputs)) = sought(definition, made.setting, part, &chosen) else {
                continue;
            };
            let list = List { credential, definition, source };
            if self.look_up(&list, inputs, value).await == LookedUp::Gone {
                return Some(name);
            }
        }
        None
    }

    /// A choice of a list, by its value.
    pub(crate) async fn look_up(
        &self,
        list: &List<'_>,
        inputs: Map<String, Value>,
        value: &Value,
    ) -> LookedUp {
        let sought = plain(value);
        let mut asked = Asked { inputs, ..Asked::default() };
        if list.source.looks_up() {
            asked.value = Some(value.clone());
            return match self.page(list, &asked).await {
                Ok(page) => page.choices.first().map_or(LookedUp::Gone, LookedUp::there),
                Err(failure) if failure.class == FailureClass::NotFound => LookedUp::Gone,
                Err(_) => LookedUp::Unknown,
            };
        }
        for _ in 0..MOST_PAGES {
            let Ok(page) = self.page(list, &asked).await else { return LookedUp::Unknown };
            if let Some(own) = page.choices.iter().find(|own| plain(&own.value) == sought) {
                return LookedUp::there(own);
            }
            match &page.next {
                None => return LookedUp::Gone,
                next => asked.cursor.clone_from(next),
            }
        }
        LookedUp::Unknown
    }

    /// The settings of whoever asks.
    async fn asked(
        &self,
        actor: &Actor,
        credential: &Credential,
        workflow: Option<WorkflowId>,
    ) -> Result<Vec<Setting>, Refusal> {
        let shared = self.shared_settings(credential).await?;
        let Some(workflow) = workflow else { return Ok(shared) };
        let deployed = self.own_workflow(actor, workflow).await?;
        if deployed.integration != credential.integration {
            return Err(not_connected());
        }
        let own = self.parsed_version(deployed.id, deployed.version, &deployed.definition)?;
        Ok(own.settings.iter().cloned().chain(shared).collect())
    }

    /// The catalogue for an account, and the type of its integration.
    async fn catalogue_with(
        &self,
        credential: &Credential,
    ) -> Result<(Catalogue, String), Refusal> {
        let integration =
            self.store().integration(credential.project, credential.integration).await;
        let integration = integration.map_err(storage)?.ok_or_else(not_connected)?;
        Ok((self.catalogue_of(&integration).await?, integration.kind))
    }

    /// A page as it is remembered, or as the provider has it.
    async fn page(&self, list: &List<'_>, asked: &Asked) -> Result<Arc<ChoicePage>, Failure> {
        let key = list.key(asked);
        if let Some(page) = self.inner.choices.get(&key, self.ports().now()) {
            return Ok(page);
        }
        let page = self.ask_for_choices(list.credential, list.definition, list.source, asked).await;
        let page = Arc::new(page?);
        self.inner.choices.put(key, page.clone(), self.ports().now());
        Ok(page)
    }

    async fn ask_for_choices(
        &self,
        credential: &Credential,
        definition: &Definition,
        source: &OptionSource,
        asked: &Asked,
    ) -> Result<ChoicePage, Failure> {
        let (project, id) = (credential.project, credential.id);
        let mut access = self.access(project, id).await?;
        let mut renewed = false;
        let account = credential.provider_id.clone().unwrap_or_else(|| id.to_string());
        let lanes = source.lanes(&account, asked);
        loop {
            let request = source.request(asked, &access.connection())?;
            if !definition.allows_host(&request.url) {
                return Err(Failure::new(
                    FailureClass::Forbidden,
                    "host_not_allowed",
                    "The account's address is not one of the provider's; nothing was sent.",
                ));
            }
            self.wait_for_slot(&lanes).await?;
            let page = source.judge(asked, &self.ports().http.send(request).await);
            let page = page.map_err(|failure| self.timed(failure));
            if let Err(failure) = &page {
                self.heed(&lanes, failure).await;
            }
            match page {
                Err(Failure { class: FailureClass::Unauthorized, .. }) if !renewed => {
                    access = self.renew_access(project, id, access.version).await?;
                    renewed = true;
                }
                Err(failure) if failure.class == FailureClass::Revoked => {
                    let noted =
                        self.credential_refused(project, id, access.version, &failure).await;
                    if let Err(refusal) = noted {
                        tracing::error!(%refusal, "a refused credential could not be noted");
                    }
                    return Err(failure);
                }
                page => return page,
            }
        }
    }
}

impl List<'_> {
    /// Of one account with one token: whose token it is decides what can be seen.
    fn prefix(&self) -> String {
        let own = self.credential;
        format!("{}|{}|{}|", own.id, own.token_version, self.source.id())
    }

    fn key(&self, asked: &Asked) -> String {
        let which = json!([asked.inputs, asked.search, asked.cursor, asked.value]);
        format!("{}{which}", self.prefix())
    }
}

/// What became of a choice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LookedUp {
    There(Choice),
    Gone,
    /// That cannot be found out.
    Unknown,
}

impl LookedUp {
    fn there(choice: &Choice) -> Self {
        Self::There(choice.clone())
    }
}

/// A choice that was made before.
struct Made<'a> {
    setting: &'a Setting,
    value: &'a Value,
    label: Option<&'a Value>,
}

impl<'a> Made<'a> {
    /// Whether it was one of the workflow's own choices and is none of them any more.
    fn is_withdrawn(&self) -> bool {
        match &self.setting.kind {
            SettingKind::Enum { options } => {
                !options.iter().any(|own| Some(own.value.as_str()) == self.value.as_str())
            }
            _ => false,
        }
    }

    /// Each value of an answer: from which list it is, and what it is called.
    fn choices(&self) -> Vec<(Part, &'a Value, String)> {
        let called = |part: &str, value: &Value| {
            let label = self.label.and_then(|label| match label {
                Value::Object(parts) => parts.get(part)?.as_str(),
                label => label.as_str(),
            });
            label.map_or_else(|| plain(value), str::to_owned)
        };
        let Value::Object(parts) = self.value else {
            return vec![(Part::Main, self.value, called("", self.value))];
        };
        let mut all = Vec::new();
        let main = parts.get("mainInput").or_else(|| parts.get("objectMapping"));
        all.extend(main.map(|value| (Part::Main, value, called("main", value))));
        let dependent = parts.get("dependentInput");
        all.extend(dependent.map(|value| (Part::Dependent, value, called("dependent", value))));
        let fields = parts.get("fieldMappings").and_then(Value::as_object);
        all.extend(
            fields
                .into_iter()
                .flatten()
                .map(|(key, value)| (Part::Dependent, value, called(key, value))),
        );
        let dynamic = parts.get("dynamicMappings").and_then(Value::as_object);
        all.extend(dynamic.into_iter().flatten().filter_map(|(key, own)| {
            let value = own.get("integrationField")?;
            // As the portal calls it: an app's field can be called `main`.
            Some((Part::Dependent, value, called(&format!("field-{key}"), value)))
        }));
        all
    }
}

/// The answers so far, the shared ones among them.
fn saved(
    configuration: &Configuration,
    workflow: Option<WorkflowId>,
    settings: &[Setting],
) -> Map<String, Value> {
    let mut given = configuration.shared_settings.clone();
    let entry = workflow.and_then(|own| configuration.workflow_settings.get(&own.to_string()));
    if let Some(own) = entry.and_then(|entry| entry["settings"].as_object()) {
        given.extend(own.clone());
    }
    let visible: Vec<_> = settings.iter().filter(|own| !own.kind.is_kept()).cloned().collect();
    answered(&visible, &given)
}

/// What chosen answers were called when they were chosen.
pub(crate) fn labels(
    configuration: &Configuration,
    workflow: Option<WorkflowId>,
) -> Map<String, Value> {
    let Some(workflow) = workflow else { return configuration.shared_labels.clone() };
    let own = configuration.workflow_settings.get(&workflow.to_string());
    own.and_then(|own| own["labels"].as_object()).cloned().unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unknown_setting(key: &str) -> Refusal {
    Refusal::field("setting", format!("Nobody asks a question {key:?} with choices."))
}

fn refused(failure: &Failure) -> Refusal {
    let refusal = Refusal::new(RefusalCode::ProviderRefused, failure.message.clone());
    let usual = (failure.class == FailureClass::RateLimited).then_some(USUAL_WAIT_MS);
    match failure.retry_after_ms.or(usual) {
        None => refusal,
        Some(ms) => {
            let meta = json!({ "retryAfter": ms.div_ceil(1000) });
            Refusal { meta: Some(meta), ..refusal }
        }
    }
}
