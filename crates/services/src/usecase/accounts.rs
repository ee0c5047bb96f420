//! Accounts as they are connected: by a finished authorization, or by what a user entered.

use super::blame::Tried;
use super::credentials::{LOGIN_HOST, ends};
use super::renewal::first_end;
use super::secret::{Secret, UserSecret};
use crate::access::{as_user, storage};
use crate::{Catalogue, Services};
use portico_connector::{
    Account, Asked, Auth, Authorization, ClientCredentialsGrant, Connection, Definition, EntryForm,
    HttpRequest, KeyCheck, Tokens,
};
use portico_domain::setting::Setting;
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{
    Actor, ConfigurationId, ConnectedUserId, CredentialId, CredentialStatus, Failure, FailureClass,
    IntegrationId, ProjectId, Refusal, Timestamp,
};
use portico_engine::{is_answered, usual_answer};
use portico_storage::{Credential, DeployedWorkflow, NewConnection, Reconnection};
use serde_json::{Map, Value, json};

/// What an end user enters to connect an account.
#[derive(Clone)]
pub struct EnteredAccount {
    /// The integration's type.
    pub integration: String,
    /// The account to reconnect; a new one if absent.
    pub credential_id: Option<CredentialId>,
    /// The fields of the definition. They hold secrets: never log them.
    pub fields: Map<String, Value>,
}

/// An account that the provider has accepted.
pub(crate) struct NewAccount {
    pub(crate) project: ProjectId,
    pub(crate) integration: IntegrationId,
    pub(crate) user: ConnectedUserId,
    pub(crate) account_type: String,
    /// Where its tokens are refreshed, if that depends on the account.
    pub(crate) login_host: Option<String>,
    pub(crate) reconnected: Option<CredentialId>,
    /// What the user entered, with which tokens are asked for again.
    pub(crate) entered: Vec<(String, String)>,
    pub(crate) tokens: Tokens,
    pub(crate) account: Account,
}

/// Tokens of an account, and what is public beside them.
struct SealedTokens {
    secret: Vec<u8>,
    connection: Map<String, Value>,
    expires_at: Option<Timestamp>,
}

/// How often an account is stored that somebody else stores at the same time.
const MOST_TRIES: usize = 3;

impl Services {
    /// Connects an account with what its user entered, once the provider has accepted it.
    ///
    /// # Errors
    /// The integration is unknown, not activated, or connected in another way; a field is missing or
    /// not accepted, named in `meta.fields`.
    pub async fn connect_entered(
        &self,
        actor: &Actor,
        entered: EnteredAccount,
    ) -> Result<CredentialId, Refusal> {
        let (project, user) = as_user(actor)?;
        self.inner.rates.connecting(user, self.ports().now())?;
        let integration = self.active_integration(project, &entered.integration).await?;
        self.own_session(actor, &integration).await?;
        if let Some(id) = entered.credential_id {
            self.own_credential(user, &integration, id).await?;
        }
        let catalogue = self.catalogue_of(&integration).await?;
        let (definition, form) = entry_form(&catalogue, &integration.kind)?;
        let kept = form.entered(&entered.fields).map_err(Refusal::fields)?;
        let (tokens, facts) = self.try_entered(definition, form, &kept).await?;
        let account = form.account(&facts);
        let new = NewAccount {
            project,
            integration: integration.id,
            user,
            account_type: "default".to_owned(),
            login_host: None,
            reconnected: entered.credential_id,
            entered: texts(&kept),
            tokens: Tokens { facts, ..tokens },
            account,
        };
        let saved = self.save_account(new).await?;
        self.inner.routes.forget(user);
        saved.map(|(id, _)| id).map_err(|words| Refusal::field("", words))
    }

    /// What it takes to call, and one call with it: what was entered is right *and* allows what is
    /// needed. Answers the tokens, if there are any, and the facts of the connection.
    async fn try_entered(
        &self,
        definition: &Definition,
        form: &EntryForm,
        kept: &Map<String, Value>,
    ) -> Result<(Tokens, Map<String, Value>), Refusal> {
        let mut facts = form.public(kept);
        let tried = async {
            match definition.auth() {
                Auth::ClientCredentials(grant) => {
                    let asked = self.ask_with_entered(definition, grant, kept).await;
                    let tokens = asked.map_err(|failure| (Tried::Token, failure))?;
                    facts.extend(tokens.facts.clone());
                    let app = tokens.access_token.as_deref();
                    let authorization = Authorization::Tokens { app, user: None };
                    let connection = Connection { facts: &facts, authorization };
                    let called = self.verify(definition, grant.check(), &connection).await;
                    called.map_err(|failure| (Tried::CallWithToken, failure))?;
                    Ok((tokens, facts))
                }
                Auth::Key(key) => {
                    let authorization = Authorization::Entered(kept);
                    let connection = Connection { facts: &facts, authorization };
                    let called = self.verify(definition, key.check(), &connection).await;
                    facts.extend(called.map_err(|failure| (Tried::Call, failure))?);
                    Ok((Tokens::default(), facts))
                }
                Auth::OAuthCode(_) => Ok((Tokens::default(), facts)),
            }
        };
        tried.await.map_err(|(tried, failure): (Tried, Failure)| {
            tracing::info!(code = failure.code, "entered credentials were not accepted");
            Refusal::field(tried.blames(definition, form, &failure), failure.message)
        })
    }

    /// One call that must succeed; answers what it says of the account.
    pub(crate) async fn verify(
        &self,
        definition: &Definition,
        check: KeyCheck<'_>,
        connection: &Connection<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let send = async |request: HttpRequest| {
            if definition.allows_host(&request.url) {
                Ok(self.ports().http.send(request).await)
            } else {
                Err(foreign_host())
            }
        };
        match check {
            KeyCheck::Test(test) => test.facts(&send(test.request(connection)?).await?),
            KeyCheck::Source(id) => {
                if let Some(source) = definition.source(id) {
                    let asked = Asked::default();
                    source.judge(&asked, &send(source.request(&asked, connection)?).await?)?;
                }
                Ok(Map::new())
            }
        }
    }

    /// Asks for a token with what was entered.
    pub(crate) async fn ask_with_entered(
        &self,
        definition: &Definition,
        grant: &ClientCredentialsGrant,
        kept: &Map<String, Value>,
    ) -> Result<Tokens, Failure> {
        let request = grant.request(kept)?;
        if !definition.allows_host(&request.url) {
            return Err(foreign_host());
        }
        grant.tokens(&self.ports().http.send(request).await)
    }

    /// Stores the account: as the one that is reconnected, as one the user had before, or as new.
    /// Answers its id and what a person calls it, or in words why it cannot be stored.
    pub(crate) async fn save_account(
        &self,
        new: NewAccount,
    ) -> Result<Result<(CredentialId, String), String>, Refusal> {
        let label = new.account.label.clone().unwrap_or_else(|| "The account".to_owned());
        if let Some(id) = new.reconnected {
            let known = self.store().credential(new.project, id).await.map_err(storage)?;
            if let Some(words) = other_account(known.as_ref(), &new.account) {
                return Ok(Err(words));
            }
            let stored = self.store_again(&new, id).await?;
            let taken = || format!("{label} is connected already. Disconnect one of the two.");
            return Ok(if stored { Ok((id, label)) } else { Err(taken()) });
        }
        // Whoever connects the same account at the same time may be faster: then it is connected again.
        for _ in 0..MOST_TRIES {
            let stored = match self.known_account(&new).await? {
                Some(known) => self.store_again(&new, known.id).await?.then_some(known.id),
                None => self.store_new(&new).await?,
            };
            if let Some(id) = stored {
                return Ok(Ok((id, label)));
            }
        }
        Ok(Err(format!("{label} is being connected elsewhere. Press Connect again.")))
    }

    /// Stores new tokens of an account. `false`: its user has connected the same one as another.
    async fn store_again(&self, new: &NewAccount, id: CredentialId) -> Result<bool, Refusal> {
        let sealed = self.sealed_tokens(new, id).await?;
        let again = Reconnection {
            account_type: new.account_type.clone(),
            connection: sealed.connection,
            provider_id: new.account.provider_id.clone(),
            provider_label: new.account.label.clone(),
            provider_data: new.account.facts.clone(),
            secret: sealed.secret,
            token_expires_at: sealed.expires_at,
            probe_at: self.next_probe(),
            now: self.ports().now(),
        };
        self.store().reconnect(new.project, id, again).await.map_err(storage)
    }

    /// Stores an account that its user had never connected. `None`: it is connected by now.
    async fn store_new(&self, new: &NewAccount) -> Result<Option<CredentialId>, Refusal> {
        let id = self.ports().id(CredentialId::from_parts);
        let now = self.ports().now();
        let sealed = self.sealed_tokens(new, id).await?;
        let credential = Credential {
            id,
            project: new.project,
            integration: new.integration,
            user: new.user,
            status: CredentialStatus::Valid,
            account_type: new.account_type.clone(),
            connection: sealed.connection,
            provider_id: new.account.provider_id.clone(),
            provider_label: new.account.label.clone(),
            provider_data: new.account.facts.clone(),
            secret: Some(sealed.secret),
            token_version: 1,
            token_expires_at: sealed.expires_at,
            external_id: None,
            failure: None,
            created_at: now,
            connected_at: now,
            updated_at: now,
            refreshed_at: None,
            checked_at: Some(now),
            probe_at: self.next_probe(),
            disconnected_at: None,
        };
        let connection = NewConnection {
            credential,
            configuration: self.ports().id(ConfigurationId::from_parts),
            workflow_settings: self.first_switches(new.project, new.integration).await?,
            now,
        };
        Ok(self.store().connect(connection).await.map_err(storage)?.then_some(id))
    }

    /// What came with an account, as it is kept under its id.
    async fn sealed_tokens(
        &self,
        new: &NewAccount,
        id: CredentialId,
    ) -> Result<SealedTokens, Refusal> {
        let now = self.ports().now();
        let tokens = &new.tokens;
        let secret = Secret {
            access_token: tokens.access_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            entered: new.entered.clone(),
            user: tokens.user.as_ref().map(|user| UserSecret::of(user, now)),
        };
        let mut connection = tokens.facts.clone();
        if let Some(host) = &new.login_host {
            connection.insert(LOGIN_HOST.to_owned(), json!(host));
        }
        Ok(SealedTokens {
            secret: self.seal_secret(new.project, id, &secret).await?,
            connection,
            expires_at: first_end(ends(tokens.expires_in_s, now), secret.user.as_ref()),
        })
    }

    async fn known_account(&self, new: &NewAccount) -> Result<Option<Credential>, Refusal> {
        let Some(provider_id) = &new.account.provider_id else { return Ok(None) };
        self.store()
            .former_credential(new.user, new.integration, provider_id)
            .await
            .map_err(storage)
    }

    /// An entry for every deployed workflow (Paragon's SDK asks for one), on where the workflow
    /// says so.
    async fn first_switches(
        &self,
        project: ProjectId,
        integration: IntegrationId,
    ) -> Result<Map<String, Value>, Refusal> {
        let deployed = self.store().deployed(project).await.map_err(storage)?;
        Ok(deployed
            .into_iter()
            .filter(|workflow| workflow.integration == integration)
            .map(|workflow| {
                let entry = json!({ "enabled": begins_on(&workflow), "settings": {} });
                (workflow.id.to_string(), entry)
            })
            .collect())
    }
}

/// Whether a workflow is on for an account that has just been connected: if it says so, and asks for nothing
/// that nobody has answered yet.
fn begins_on(workflow: &DeployedWorkflow) -> bool {
    let definition = serde_json::from_value::<WorkflowDefinition>(workflow.definition.clone());
    let Ok(definition) = definition else { return false };
    let asks = |own: &Setting| own.required && !is_answered(own, usual_answer(own).as_ref());
    definition.options.default_enabled
        && !definition.settings.iter().chain(&workflow.shared).any(asks)
}

fn entry_form<'c>(
    catalogue: &'c Catalogue,
    kind: &str,
) -> Result<(&'c Definition, &'c EntryForm), Refusal> {
    let definition = catalogue.definition(kind);
    definition.and_then(|definition| Some((definition, definition.auth().form()?))).ok_or_else(
        || {
            let words = format!(
                "{kind:?} is not connected by entering credentials; begin an authorization."
            );
            Refusal::field("integration", words)
        },
    )
}

/// A reconnect must be of the same account: its settings name that account's lists and fields.
fn other_account(known: Option<&Credential>, account: &Account) -> Option<String> {
    let known = known?;
    let (before, now) = (known.provider_id.as_deref()?, account.provider_id.as_deref()?);
    if before == now {
        return None;
    }
    // Two accounts can be called the same.
    let labels = (account.label.as_deref(), known.provider_label.as_deref());
    let (now, before) = match labels {
        (Some(one), Some(other)) if one == other => {
            (format!("{one} ({now})"), format!("{other} ({before})"))
        }
        (one, other) => (one.unwrap_or(now).to_owned(), other.unwrap_or(before).to_owned()),
    };
    Some(format!(
        "This is the account {now}, but the connection belongs to {before}. Connect with that \
         account, or disconnect it and connect the other one."
    ))
}

pub(crate) fn foreign_host() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "host_not_allowed",
        "The address is not one of the provider's; nothing was sent.",
    )
}

fn texts(kept: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    kept.iter().map(|(key, value)| (key.clone(), text(value))).collect()
}
