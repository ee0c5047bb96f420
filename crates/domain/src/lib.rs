//! The nouns of Portico: ids, instants, states as types, failures, workflow documents.
//!
//! This crate decides nothing and does nothing: no I/O, no clock, no randomness. Everything here
//! can be stored, sent and shown, on the server and in the browser alike.
//!
//! To add a noun: its own file, a documented type, `serde` derives, and a line below. Words are the
//! field's own (Integration, Credential, Execution); nothing is called manager, helper or data.

pub mod action;
pub mod actor;
pub mod credential;
pub mod custom;
pub mod event;
pub mod execution;
pub mod failure;
pub mod filter;
pub mod id;
pub mod json;
pub mod lane;
pub mod look;
pub mod nearest;
pub mod paging;
pub mod refusal;
pub mod schema;
pub mod setting;
pub mod time;
pub mod trigger;
pub mod view;
pub mod workflow;

pub use action::{ActionShape, Choice, InputShape, InputType};
pub use actor::Actor;
pub use credential::{CredentialStatus, LastCheck};
pub use event::{Decision, EventSource, Outcome};
pub use execution::{Entry, ExecutionStatus, Fact, StepPath};
pub use failure::{DailyReset, Failure, FailureClass};
pub use filter::Filter;
pub use id::{
    AdminId, AuthorizationId, ConfigurationId, ConnectedUserId, CredentialId, CustomIntegrationId,
    DataKeyId, DestinationId, EventId, ExecutionId, IntegrationId, JobId, PortalSessionId,
    ProjectId, ProjectSecretId, ReplayBatchId, SigningKeyId, WatchId, WorkflowId,
};
pub use lane::{CrowdLane, Lanes, RateLane, Waited};
pub use nearest::nearest;
pub use refusal::{FieldProblem, Refusal, RefusalCode};
pub use time::Timestamp;
pub use trigger::TriggerShape;
