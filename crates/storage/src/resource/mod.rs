//! One file per resource: its rows as types, its reads, its rare writes.

mod admins;
mod app_events;
mod authorizations;
mod configurations;
mod connected;
mod credentials;
mod custom_integrations;
mod expired;
mod history;
mod integrations;
mod meta;
mod portal_sessions;
mod probes;
mod projects;
mod routing;
pub(crate) mod row;
mod signing_keys;
mod users;
mod workflows;

pub use admins::{Admin, AdminLink, FirstAdmin};
pub use app_events::AppEvent;
pub use authorizations::{Authorization, AuthorizationState, StartedFlow};
pub use configurations::{Configuration, WorkflowSwitch};
pub use connected::ConnectedAccount;
pub use credentials::{Credential, NewConnection, Reconnection, RefreshLease, TokenUpdate};
pub use custom_integrations::{CustomIntegration, CustomSaved, CustomStamp};
pub use history::{EventFilter, ExecutionFilter, OverviewCounts, StoredEvent, StoredExecution};
pub use integrations::Integration;
pub use portal_sessions::PortalSession;
pub use probes::DueProbe;
pub use projects::{DataKey, Project};
pub use routing::{Revisions, RoutingSnapshot};
pub use signing_keys::{RefusedToken, SigningKey};
pub use users::{ConnectedUser, UserFilter};
pub use workflows::{Deployed, DeployedWorkflow, DraftSaved, Workflow, WorkflowVersion};
