//! What a user can choose from in an account: a Marketo list, a Slack channel.

use crate::Services;
use crate::access::storage;
use portico_connector::{Asked, ChoicePage, Definition, OptionSource};
use portico_domain::view::ChoicesView;
use portico_domain::workflow::{Setting, SettingType};
use portico_domain::{
    Actor, ConfigurationId, Failure, FailureClass, Refusal, RefusalCode, WorkflowId,
};
use portico_storage::Credential;
use serde_json::Map;

/// Which choices are asked for.
#[derive(Clone, Debug)]
pub struct ChoicesQuery {
    /// The configuration whose account has them.
    pub configuration: ConfigurationId,
    /// The workflow that asks.
    pub workflow: WorkflowId,
    /// The key of its setting.
    pub setting: String,
    /// From the page before, as it was given.
    pub cursor: Option<String>,
    /// What the person typed.
    pub search: Option<String>,
}

impl Services {
    /// A page of the choices for a setting, from the acting user's own account.
    ///
    /// # Errors
    /// The workflow, its setting or the configuration is unknown to the user; the provider refused
    /// or could not be reached, in words.
    pub async fn choices(
        &self,
        actor: &Actor,
        query: ChoicesQuery,
    ) -> Result<ChoicesView, Refusal> {
        let deployed = self.own_workflow(actor, query.workflow).await?;
        let configuration =
            self.own_configuration(actor, Some(query.configuration), &deployed).await?;
        let workflow = self.parsed_version(deployed.id, deployed.version, &deployed.definition)?;
        let setting = workflow.settings.iter().find(|setting| setting.key == query.setting);
        let credential = self
            .store()
            .credential(configuration.project, configuration.credential)
            .await
            .map_err(storage)?;
        let credential = credential.ok_or_else(|| unknown_setting(&query.setting))?;
        let integration =
            self.store().integration(credential.project, credential.integration).await;
        let kind = integration.map_err(storage)?.map(|integration| integration.kind);
        let catalogue = self.catalogue_for(credential.project, kind.as_deref()).await?;
        let definition = kind.and_then(|kind| catalogue.definition(&kind));
        let (definition, source) = definition
            .zip(setting)
            .and_then(|(definition, setting)| Some((definition, source(definition, setting)?)))
            .ok_or_else(|| unknown_setting(&query.setting))?;
        let cursor = query.cursor.map(|cursor| serde_json::from_str(&cursor)).transpose();
        let asked = Asked {
            inputs: Map::new(),
            cursor: cursor.map_err(|_| Refusal::field("cursor", "This is no cursor of ours."))?,
            search: query.search.filter(|_| source.searches()),
        };
        let page = self.ask_for_choices(&credential, definition, source, &asked).await;
        let page = page.map_err(|failure| refused(&failure))?;
        Ok(ChoicesView {
            choices: page.choices,
            next: page.next.map(|next| next.to_string()),
            provider_searches: source.searches(),
        })
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

fn source<'d>(definition: &'d Definition, setting: &Setting) -> Option<&'d OptionSource> {
    let named = setting.source.as_deref().filter(|_| setting.kind == SettingType::DynamicEnum)?;
    definition.source(named)
}

fn unknown_setting(key: &str) -> Refusal {
    Refusal::field("setting", format!("The workflow asks no question {key:?} with choices."))
}

fn refused(failure: &Failure) -> Refusal {
    let refusal = Refusal::new(RefusalCode::ProviderRefused, failure.message.clone());
    match failure.retry_after_ms {
        None => refusal,
        Some(ms) => Refusal {
            meta: Some(serde_json::json!({ "retryAfter": ms.div_ceil(1000) })),
            ..refusal
        },
    }
}
