//! Carrying out the steps that are no integration's: requests to any address, and functions. Test step and
//! the worker share this way.

use super::calling::Ended;
use super::holes::HoleScope;
use super::redaction::Redaction;
use crate::Services;
use portico_connector::web;
use portico_domain::execution::{Call, Rendered};
use portico_domain::{ConfigurationId, Failure, FailureClass, ProjectId, WorkflowId};
use portico_engine::fill;
use serde_json::{Map, Value, json};

/// A step that is to be carried out without an integration.
#[derive(Clone, Copy)]
pub struct OwnStep<'a> {
    /// Whose project.
    pub project: ProjectId,
    /// The workflow whose answers may be named.
    pub workflow: WorkflowId,
    /// With whose answers.
    pub configuration: ConfigurationId,
    /// Its inputs, secrets still as holes.
    pub input: &'a Rendered,
}

/// What a step names, opened, and its inputs with it.
struct Filled {
    redaction: Redaction,
    inputs: Map<String, Value>,
}

impl Filled {
    /// What came of the step, without what was opened.
    fn hidden(&self, result: Result<Value, Failure>) -> Result<Value, Failure> {
        match result {
            Ok(output) => Ok(self.redaction.hide_in(output)),
            Err(failure) => {
                Err(Failure { message: self.redaction.hide(&failure.message), ..failure })
            }
        }
    }
}

impl Services {
    /// Sends the request that a step asks for. Only public addresses are reached, and redirects are not
    /// followed.
    pub async fn carry_out_request(&self, step: &OwnStep<'_>) -> Ended {
        let filled = match self.filled(step).await {
            Ok(filled) => filled,
            Err(failure) => return Ended::before_the_call(failure),
        };
        let request = match web::request(&filled.inputs) {
            Ok(request) => request,
            Err(failure) => return Ended { call: None, result: filled.hidden(Err(failure)) },
        };
        let (delivery, call) = self.deliver(request).await;
        let call = Call { request: shown(step.input, call.request), ..call };
        let result = filled.hidden(web::judge(&filled.inputs, &delivery));
        Ended { call: Some(call), result }
    }

    /// Runs a function over a step's inputs.
    pub async fn carry_out_function(&self, step: &OwnStep<'_>, code: &str) -> Ended {
        let filled = match self.filled(step).await {
            Ok(filled) => filled,
            Err(failure) => return Ended::before_the_call(failure),
        };
        let sent_at = self.ports().now();
        let functions = &self.ports().functions;
        let ran = functions.run(step.project, code.to_owned(), filled.inputs.clone()).await;
        let took = self.ports().now().since(sent_at);
        let call = Call {
            sent_at,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            ..Call::default()
        };
        let output = ran.map(|ran| json!({ "result": ran.result, "logs": ran.logs }));
        Ended { call: Some(call), result: filled.hidden(output) }
    }

    async fn filled(&self, step: &OwnStep<'_>) -> Result<Filled, Failure> {
        let OwnStep { project, workflow, configuration, input } = *step;
        if input.holes.iter().any(|hole| hole.secret == "account.access_token") {
            let words = "The account's token is shown to its provider alone; call the provider with \
                         the integration's own request.";
            return Err(Failure::new(FailureClass::Invalid, "token_elsewhere", words));
        }
        let opened = self.open_holes(HoleScope { project, workflow, configuration }, input).await?;
        let inputs =
            fill(input, |name| opened.get(name).map(str::to_owned)).map_err(|missing| {
                let words = format!("The step asks for a secret that is not there: {missing}.");
                Failure::new(FailureClass::Invalid, "secret_missing", words)
            })?;
        Ok(Filled { redaction: Redaction::of(opened.secrets()), inputs })
    }
}

/// The line of the log: as the request was written where its address holds a secret.
fn shown(input: &Rendered, line: String) -> String {
    if !input.holes.iter().any(|hole| hole.pointer == "/url") {
        return line;
    }
    let text = |key: &str| input.json.get(key).and_then(Value::as_str).unwrap_or_default();
    let url = text("url");
    let url = url.split(['?', '#']).next().unwrap_or_default();
    format!("{} {url}", text("method").to_uppercase())
}
