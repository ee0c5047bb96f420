//! Carrying out an action for an account: the credential is opened, secrets are filled in, the connector makes
//! the requests and judges what comes back. The one way by which a step reaches a provider.
//!
//! Every request takes its turn at the provider's limits. An answer that comes in pages is gone on with where
//! it stands when a page is refused as one too many, or is lost.

use super::holes::{HoleScope, OpenedHoles};
use super::redaction::Redaction;
use super::refusals::{Author, RefusedRequest, TokenAge};
use super::secret::Access;
use crate::Services;
use portico_connector::{Action, Definition, Delivery, HttpRequest};
use portico_domain::execution::{Call, Rendered};
use portico_domain::{
    ConfigurationId, CredentialId, Failure, FailureClass, Lanes, ProjectId, Timestamp, Waited,
    WorkflowId,
};
use portico_engine::fill;
use serde_json::{Map, Value};
use std::time::Duration;

/// The waits after a page that came to nothing, before it is asked for again.
const PAGE_AGAIN: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
];

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
    /// The limits that its requests obey. The first one has its slot already.
    pub lanes: &'a Lanes,
    /// Nothing is waited for beyond this.
    pub until: Timestamp,
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

/// A call under way.
struct Calling<'a> {
    own: &'a ActionCall<'a>,
    /// The account that is called with: the call's own, or its user's of another integration.
    credential: CredentialId,
    access: Access,
    token: TokenAge,
    opened: OpenedHoles,
    /// How often in a row a page came to nothing.
    troubles: usize,
    waited_ms: u64,
    made: Option<Call>,
}

impl Calling<'_> {
    /// The inputs with what belongs into their holes.
    fn filled(&self) -> Result<Map<String, Value>, Failure> {
        let secret = |name: &str| match name {
            "account.access_token" => self.access.token().map(str::to_owned),
            name => self.opened.get(name).map(str::to_owned),
        };
        fill(self.own.input, secret).map_err(|missing| {
            let words = format!("The step asks for a secret that is not there: {missing}.");
            Failure::new(FailureClass::Invalid, "secret_missing", words)
        })
    }

    /// For what a log says.
    fn unsaid(&self) -> Redaction {
        Redaction::of(self.access.unsaid().chain(self.opened.secrets()))
    }

    fn hidden(&self, failure: Failure) -> Failure {
        Failure { message: self.unsaid().hide(&failure.message), ..failure }
    }

    /// What was brought, as it is kept and handed on.
    fn kept(&self, output: Value) -> Value {
        let form = self.own.definition.auth().form();
        let secrets = self.access.secrets(form).chain(self.opened.secrets());
        Redaction::of(secrets).hide_in(output)
    }

    /// The log shows the first request, and how the whole went.
    fn note(&mut self, made: Call, pages: Option<u32>) {
        let made = Call { request: self.unsaid().hide(&made.request), ..made };
        self.made = Some(match self.made.take() {
            None => Call { pages, ..made },
            Some(first) => {
                Call { took_ms: first.took_ms + made.took_ms, status: made.status, pages, ..first }
            }
        });
    }

    /// Whether it acts as a person beside the app: without that token the account is still good.
    fn spares(&self) -> bool {
        self.access.spares_user_token() && self.own.action.acts_as_user(&self.own.input.json)
    }

    fn can_renew(&self) -> bool {
        match self.token {
            TokenAge::New => false,
            TokenAge::Unknown if self.spares() => self.access.renews_user_token(),
            TokenAge::Unknown => self.access.renews(),
        }
    }

    fn refused_request(&self) -> RefusedRequest {
        RefusedRequest {
            project: self.own.project,
            credential: self.credential,
            version: self.access.version,
            token: self.token,
            author: if self.own.action.is_written() { Author::File } else { Author::Step },
        }
    }
}

impl Services {
    /// Carries out an action. A token that is refused is renewed once; an account that is refused is noted.
    pub async fn carry_out(&self, call: &ActionCall<'_>) -> Ended {
        let ActionCall { project, workflow, configuration, definition, input, .. } = *call;
        let reached = self.access_at(project, call.credential, definition.kind()).await;
        let (credential, access) = match reached {
            Ok(reached) => reached,
            Err(failure) => return Ended::before_the_call(failure),
        };
        let scope = HoleScope { project, workflow, configuration };
        let opened = match self.open_holes(scope, input).await {
            Ok(opened) => opened,
            Err(failure) => return Ended::before_the_call(failure),
        };
        let mut calling = Calling {
            own: call,
            credential,
            access,
            token: TokenAge::Unknown,
            opened,
            troubles: 0,
            waited_ms: 0,
            made: None,
        };
        let result = self.send_all(&mut calling).await;
        // Most of it will have been for the slowest limit.
        let slowest = calling.own.lanes.rates.iter().max_by_key(|lane| lane.every_us);
        let waited = slowest.filter(|_| calling.waited_ms > 0);
        let waited = waited.and_then(|lane| {
            Some(Waited { ms: calling.waited_ms, limit: calling.own.lanes.words(&lane.key)? })
        });
        Ended { call: calling.made.map(|made| Call { waited, ..made }), result }
    }

    async fn send_all(&self, calling: &mut Calling<'_>) -> Result<Value, Failure> {
        let ActionCall { definition, action, .. } = *calling.own;
        let filled = calling.filled()?;
        let mut reading = action.begin(&filled).map_err(|failure| calling.hidden(failure))?;
        loop {
            let request = reading.request(&calling.access.connection());
            let request = request.map_err(|failure| calling.hidden(failure))?;
            if !definition.allows_host(&request.url) {
                return Err(foreign_host());
            }
            let (delivery, made) = self.deliver(request).await;
            let taken = reading.take(&delivery);
            calling.note(made, reading.pages());
            let failure = match taken {
                Ok(Some(output)) => return Ok(calling.kept(output)),
                Ok(None) => {
                    calling.troubles = 0;
                    self.next_slot(calling).await?;
                    continue;
                }
                Err(failure) => self.timed(failure),
            };
            let is_begun = reading.pages().is_some_and(|pages| pages > 0);
            match failure.class {
                // Some providers tell no lifetime: a refused token is refreshed once, then it counts.
                FailureClass::Unauthorized if calling.can_renew() => {
                    let (project, version) = (calling.own.project, calling.access.version);
                    calling.access =
                        self.renew_access(project, calling.credential, version).await?;
                    calling.token = TokenAge::New;
                    reading.refill(calling.filled()?);
                    self.next_slot(calling).await?;
                }
                FailureClass::Unauthorized | FailureClass::Revoked if calling.spares() => {
                    return Err(user_token_refused());
                }
                FailureClass::Unauthorized | FailureClass::Revoked => {
                    let failure = calling.hidden(failure);
                    return Err(self.refused(calling.refused_request(), failure).await);
                }
                FailureClass::RateLimited | FailureClass::Transient if is_begun => {
                    self.hold_back(calling, failure).await?;
                }
                _ => return Err(calling.hidden(failure)),
            }
        }
    }

    /// Waits for the turn of a further request.
    async fn next_slot(&self, calling: &mut Calling<'_>) -> Result<(), Failure> {
        let now = self.ports().now();
        self.wait_for_slot_until(calling.own.lanes, calling.own.until).await?;
        calling.waited_ms += millis(self.ports().now().since(now));
        Ok(())
    }

    /// Waits after a page that came to nothing, so that it can be asked for again. A failure that is not
    /// worth it, or for which there is no time, stays what it is: the attempt is made again as it says.
    async fn hold_back(&self, calling: &mut Calling<'_>, failure: Failure) -> Result<(), Failure> {
        let failure = calling.hidden(failure);
        let Some(usual) = PAGE_AGAIN.get(calling.troubles) else { return Err(failure) };
        calling.troubles += 1;
        self.heed(calling.own.lanes, &failure).await;
        let now = self.ports().now();
        let asked = Duration::from_millis(failure.retry_after_ms.unwrap_or(0));
        let again = now + asked.max(*usual);
        if again > calling.own.until {
            return Err(failure);
        }
        self.ports().clock.sleep_until(again).await;
        calling.waited_ms += millis(self.ports().now().since(now));
        self.next_slot(calling).await
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
        let took_ms = millis(took);
        (delivery, Call { sent_at, took_ms, request: line, status, pages: None, waited: None })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn user_token_refused() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "user_token_refused",
        "The provider no longer lets this app act as the user of the account. Reconnect the account to \
         allow it again.",
    )
}

fn foreign_host() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "host_not_allowed",
        "The address is not one of the provider's; nothing was sent.",
    )
}
