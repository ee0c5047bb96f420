//! Carrying out an action for an account: the credential is opened, secrets are filled in, the connector makes
//! the request and judges what comes back. The one way by which a step reaches a provider.

use super::holes::{HoleScope, OpenedHoles};
use super::secret::Access;
use crate::Services;
use portico_connector::{Action, Definition, Delivery, HttpRequest};
use portico_domain::execution::{Call, Rendered};
use portico_domain::{ConfigurationId, CredentialId, Failure, FailureClass, ProjectId, WorkflowId};
use portico_engine::fill;
use serde_json::Value;

/// An action that is to be carried out.
#[derive(Clone, Copy)]
pub struct ActionCall<'a> {
    /// Whose project.
    pub project: ProjectId,
    /// The workflow whose answers may be named.
    pub workflow: WorkflowId,
    /// For which account.
    pub credential: CredentialId,
    /// With whose answers.
    pub configuration: ConfigurationId,
    /// The integration.
    pub definition: &'a Definition,
    /// Of it the action.
    pub action: &'a Action,
    /// Its inputs, secrets still as holes.
    pub input: &'a Rendered,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// How the call went, if there was one.
    pub call: Option<Call>,
    /// What it brought, or the verdict.
    pub result: Result<Value, Failure>,
}

impl Ended {
    /// It failed before anything was sent.
    pub fn before_the_call(failure: Failure) -> Self {
        Self { call: None, result: Err(failure) }
    }
}

/// A call that only lacks a token.
struct Prepared<'a> {
    definition: &'a Definition,
    action: &'a Action,
    input: &'a Rendered,
    opened: &'a OpenedHoles,
}

impl Services {
    /// Carries out an action. A token that is refused is renewed once; an account that is refused is noted.
    pub async fn carry_out(&self, call: &ActionCall<'_>) -> Ended {
        let ActionCall { project, definition, action, input, .. } = *call;
        let reached = self.access_at(project, call.credential, definition.kind()).await;
        let (credential, access) = match reached {
            Ok(reached) => reached,
            Err(failure) => return Ended::before_the_call(failure),
        };
        let scope =
            HoleScope { project, workflow: call.workflow, configuration: call.configuration };
        let opened = match self.open_holes(scope, input).await {
            Ok(opened) => opened,
            Err(failure) => return Ended::before_the_call(failure),
        };
        // A person's token beside the app's: without it the account is still good.
        let spares = access.spares_user_token() && action.acts_as_user(&input.json);
        let prepared = Prepared { definition, action, input, opened: &opened };
        let ended = self.send(&prepared, &access).await;
        let ended = match ended.result {
            // Some providers tell no lifetime: a refused token is refreshed once, then it counts.
            Err(Failure { class: FailureClass::Unauthorized, .. })
                if !spares || access.renews_user_token() =>
            {
                match self.renew_access(project, credential, access.version).await {
                    Ok(renewed) => self.send(&prepared, &renewed).await,
                    Err(failure) => Ended { call: ended.call, result: Err(failure) },
                }
            }
            _ => ended,
        };
        match ended.result {
            Err(Failure { class: FailureClass::Unauthorized | FailureClass::Revoked, .. })
                if spares =>
            {
                let refused = Failure::new(
                    FailureClass::Forbidden,
                    "user_token_refused",
                    "The provider no longer lets this app act as the user of the account. Reconnect \
                 the account to allow it again.",
                );
                Ended { call: ended.call, result: Err(refused) }
            }
            Err(failure) if failure.class == FailureClass::Revoked => {
                let version = access.version;
                let noted = self.credential_refused(project, credential, version, &failure).await;
                if let Err(refusal) = noted {
                    tracing::error!(%refusal, "a refused credential could not be noted");
                }
                Ended { call: ended.call, result: Err(failure) }
            }
            result => Ended { call: ended.call, result },
        }
    }

    async fn send(&self, prepared: &Prepared<'_>, access: &Access) -> Ended {
        let Prepared { definition, action, input, opened } = *prepared;
        let hide = |text: &str| opened.hide(&access.hide(text));
        let hidden = |failure: Failure| Failure { message: hide(&failure.message), ..failure };
        let secret = |name: &str| match name {
            "account.access_token" => access.token().map(str::to_owned),
            name => opened.get(name).map(str::to_owned),
        };
        let filled = match fill(input, secret) {
            Ok(filled) => filled,
            Err(missing) => {
                let words = format!("The step asks for a secret that is not there: {missing}.");
                let failure = Failure::new(FailureClass::Invalid, "secret_missing", words);
                return Ended::before_the_call(failure);
            }
        };
        let connection = access.connection();
        let mut reading = match action.begin(&filled) {
            Ok(reading) => reading,
            Err(failure) => return Ended::before_the_call(hidden(failure)),
        };
        let mut call = None;
        loop {
            let request = match reading.request(&connection) {
                Ok(request) if definition.allows_host(&request.url) => request,
                Ok(_) => return Ended { call, result: Err(foreign_host()) },
                Err(failure) => return Ended { call, result: Err(hidden(failure)) },
            };
            let (delivery, made) = self.deliver(request).await;
            let made = Call { request: hide(&made.request), ..made };
            let taken = reading.take(&delivery).map_err(hidden);
            let pages = reading.pages();
            call = Some(match call.take() {
                None => Call { pages, ..made },
                // The log shows the first request, and how the whole went.
                Some(first) => Call {
                    took_ms: first.took_ms + made.took_ms,
                    status: made.status,
                    pages,
                    ..first
                },
            });
            match taken {
                Ok(None) => {}
                Ok(Some(output)) => return Ended { call, result: Ok(output) },
                Err(failure) => return Ended { call, result: Err(failure) },
            }
        }
    }

    /// Sends one request.
    pub(super) async fn deliver(&self, request: HttpRequest) -> (Delivery, Call) {
        let line = request.line();
        let sent_at = self.ports().now();
        let delivery = self.ports().http.send(request).await;
        let took = self.ports().now().since(sent_at);
        let status = match &delivery {
            Delivery::Answered(response) => Some(response.status),
            _ => None,
        };
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        (delivery, Call { sent_at, took_ms, request: line, status, pages: None, waited: None })
    }
}

fn foreign_host() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "host_not_allowed",
        "The address is not one of the provider's; nothing was sent.",
    )
}
