//! The addresses that accounts have for workflows which a webhook starts. An address says whose it is and proves
//! that we made it: a stranger's guess is refused without a look at the database. What is stored for it is how often
//! it was replaced: the addresses of before are none.

use super::requested::{Asked, Requested, WorkflowRequest};
use super::webhooks::OURS;
use crate::Services;
use crate::access::{administrate, storage};
use crate::security::ticket;
use crate::usecase::settings::changed;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portico_domain::event::EventSource;
use portico_domain::{
    Actor, ConfigurationId, ExecutionId, ProjectId, Refusal, RefusalCode, WorkflowId,
};
use portico_storage::{Configuration, IdempotencyKey};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What the keys of these addresses are made for, and for nothing else.
const PURPOSE: &str = "webhook address 1";
/// How much of the proof is in an address: 128 bits.
const PROOF: usize = 16;
/// How long the ids in it are.
const IDS: usize = 48;

/// What was sent to an account's address.
#[derive(Clone, Debug)]
pub struct WebhookCall {
    /// What was sent.
    pub body: Value,
    /// The parameters of the address.
    pub query: Map<String, Value>,
    /// The headers that workflows may see, by lower-case name.
    pub headers: Map<String, Value>,
    /// What its sender calls this message, to know it again: `webhook-id` or `Idempotency-Key`.
    pub key: Option<String>,
}

/// What its sender is answered with. It is no user: what fails, and where, is told to the project.
#[derive(Clone, Debug, PartialEq)]
pub enum CallTaken {
    /// It started this execution.
    Started {
        /// The execution.
        execution: ExecutionId,
    },
    /// It started nothing; the event says why.
    Kept {
        /// The event.
        event: Value,
    },
    /// The workflow's own answer, as its *Response* step gave it: `{status, headers, body}`.
    Answered {
        /// The answer.
        output: Value,
    },
}

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Addressed {
    project: ProjectId,
    workflow: WorkflowId,
    configuration: ConfigurationId,
    /// How often the address had been replaced when it was made.
    serial: u32,
}

impl Addressed {
    fn bytes(self) -> Vec<u8> {
        let ids = [self.project.uuid(), self.workflow.uuid(), self.configuration.uuid()];
        let mut bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
        // The first one is said by nothing: addresses from before they could be replaced are still good.
        if self.serial > 0 {
            bytes.extend(self.serial.to_be_bytes());
        }
        bytes
    }
}

impl Services {
    /// The address that an account has for a workflow.
    pub(crate) fn webhook_url(&self, account: &Configuration, workflow: WorkflowId) -> String {
        let (project, configuration) = (account.project, account.id);
        let serial = account.webhook_serial(workflow);
        let own = Addressed { project, workflow, configuration, serial }.bytes();
        let proof = self.inner.vault.proof(PURPOSE, &own);
        let token = URL_SAFE_NO_PAD.encode([&own[..], &proof[..PROOF]].concat());
        format!("{}/hooks/to/{token}", self.settings().base())
    }

    /// Replaces the address that an account has for a workflow: the one of before ends at once.
    ///
    /// # Errors
    /// There is no such workflow or configuration.
    pub async fn replace_webhook_address(
        &self,
        actor: &Actor,
        project: ProjectId,
        configuration: ConfigurationId,
        workflow: WorkflowId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.known_workflow(project, workflow).await?;
        let now = self.ports().now();
        let replaced =
            self.store().replace_webhook_address(project, configuration, workflow, now).await;
        changed(replaced.map_err(storage)?)
    }

    /// Takes what was sent to an account's address. It needs no other right than the address.
    ///
    /// # Errors
    /// There is no such address (any more); fields are wrong; too many at once; the database failed.
    pub async fn receive_call(&self, token: &str, call: WebhookCall) -> Result<CallTaken, Refusal> {
        let Addressed { project, workflow, configuration, serial } =
            self.addressed_by(token).ok_or_else(nowhere)?;
        let known = self.store().configuration(project, configuration).await.map_err(storage)?;
        let known =
            known.filter(|own| own.webhook_serial(workflow) == serial).ok_or_else(nowhere)?;
        let account = self.store().credential(project, known.credential).await.map_err(storage)?;
        let account = account.ok_or_else(nowhere)?;
        let key = call.key.map(|key| IdempotencyKey {
            // The same however often it is sent, and whatever else the sender writes into it then. A
            // stranger's name for it can be of any length.
            key: format!("{OURS}{configuration}/{workflow}/{}", ticket::hash(key)),
            body_hash: String::new(),
        });
        let request = WorkflowRequest {
            workflow,
            body: call.body,
            query: call.query,
            headers: call.headers,
            key: None,
            credential: None,
            configuration: Some(configuration.to_string()),
        };
        let asked = Asked { who: (project, account.user), source: EventSource::Webhook, key };
        match self.ask_workflow(asked, request).await {
            Ok(Requested::Answer { output, .. }) => Ok(CallTaken::Answered { output }),
            Ok(
                Requested::Running { execution }
                | Requested::Ended { execution, .. }
                | Requested::Late { execution, .. },
            ) => Ok(CallTaken::Started { execution }),
            // A user who is refused, or a workflow that is gone, has no address.
            Err(Refusal {
                code: RefusalCode::UserTokenInvalid | RefusalCode::WorkflowUnknown,
                ..
            }) => Err(nowhere()),
            Err(refusal) => match refusal.meta.as_ref().and_then(|meta| meta.get("eventId")) {
                Some(event) => Ok(CallTaken::Kept { event: event.clone() }),
                None => Err(refusal),
            },
        }
    }

    fn addressed_by(&self, token: &str) -> Option<Addressed> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (own, proof) = bytes.split_at_checked(bytes.len().checked_sub(PROOF)?)?;
        let expected = self.inner.vault.proof(PURPOSE, own);
        if !bool::from(proof.ct_eq(&expected[..PROOF])) {
            return None;
        }
        let id = |at: usize| Uuid::from_slice(own.get(at..at + 16)?).ok();
        let serial = match own.get(IDS..)? {
            [] => 0,
            written => u32::from_be_bytes(written.try_into().ok()?),
        };
        Some(Addressed {
            project: ProjectId::from(id(0)?),
            workflow: WorkflowId::from(id(16)?),
            configuration: ConfigurationId::from(id(32)?),
            serial,
        })
    }
}

fn nowhere() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is nothing at this address.")
}
