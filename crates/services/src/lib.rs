//! Use cases: authorise, commit, answer. The only way to change anything.
//!
//! Every method takes `&Actor` first and authorises itself, so an edge (a server function, the SDK
//! API, the command line) only establishes the actor, calls one method and maps the result. Errors
//! are [`Refusal`]s: what happened, what to do, a stable code.
//!
//! To add a use case: a method in the file of its resource under `usecase/`, authorised in its first
//! line, one transaction of storage at most, its refusals documented.

mod access;
mod catalogue;
mod ports;
mod security;
mod usecase;
mod vault;

pub use catalogue::{Catalogue, CatalogueProblem};
pub use ports::{Clock, Entropy, FunctionRun, Functions, Http, Ports};
pub use security::{MasterKey, MasterKeyError, SealError, TokenProblem};
pub use usecase::accounts::EnteredAccount;
pub use usecase::authorizations::{NewAuthorization, StartedAuthorization};
pub use usecase::callback::{CallbackAnswer, CallbackOutcome, CallbackQuery};
pub use usecase::calling::{ActionCall, Ended};
pub use usecase::choices::ChoicesQuery;
pub use usecase::custom::icon::check as check_icon;
pub use usecase::custom::integrations::FormChange;
pub use usecase::editor::EditedDraft;
pub use usecase::events::{AcceptedEvent, EventInput};
pub use usecase::executions::{EventQuery, ExecutionQuery};
pub use usecase::holes::{HoleScope, OpenedHoles};
pub use usecase::import::{Bundle, ImportError, Imported};
pub use usecase::integrations::Activation;
pub use usecase::lost_work::given_up;
pub use usecase::own_steps::OwnStep;
pub use usecase::places::Places;
pub use usecase::portal::{OpenedPortal, PortalSessionCreated};
pub use usecase::replay_batches::BatchChoice;
pub use usecase::requested::{Requested, WorkflowRequest};
pub use usecase::retention::Removed;
pub use usecase::setting_sources::Part;
pub use usecase::settings::GivenAnswers;
pub use usecase::sign_in::{LinkKind, NewAdmin, SignedIn};
pub use usecase::user_tokens::TokenUser;
pub use usecase::webhook_addresses::{CallTaken, WebhookCall};
pub use usecase::webhooks::{Inbound, Told};
pub use usecase::workflows::Draft;

use portico_engine::Engine;
use portico_storage::{StorageError, Store};
use std::sync::Arc;
use url::Url;

/// What the operator decided.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where Portico is reached, without a slash at its end. Every absolute URL comes from here.
    pub public_url: Url,
    /// The longest body of an event, in bytes.
    pub max_event_bytes: usize,
    /// How many days what has ended is kept.
    pub retention_days: u32,
}

impl Settings {
    /// `public_url` as text, without a slash at its end.
    pub fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// The origin of `public_url`: the peer of every message between our own windows.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The path prefix of `public_url`, without a slash at its end.
    pub fn prefix(&self) -> &str {
        self.public_url.path().trim_end_matches('/')
    }
}

/// Everything Portico can do, as one cheap handle.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) catalogue: Catalogue,
    pub(crate) own_definitions: catalogue::OwnDefinitions,
    pub(crate) engine: Engine,
    pub(crate) vault: vault::Vault,
    pub(crate) tokens: usecase::user_tokens::TokenCache,
    pub(crate) routes: usecase::routing::RoutingCache,
    pub(crate) contracts: usecase::event_contracts::Contracts,
    pub(crate) choices: usecase::choice_pages::ChoicePages,
    pub(crate) rates: access::Rates,
    pub(crate) touches: usecase::sign_in::Touches,
    pub(crate) told: usecase::webhooks::ToldCounts,
    pub(crate) refused: usecase::event_contracts::RefusedCounts,
    pub(crate) hashing: tokio::sync::Semaphore,
}

/// Why services cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The master key is not the one that sealed what is in the database.
    #[error(
        "the master key does not open this database: restore the key it was made with \
         (PORTICO_MASTER_KEY_FILE, PORTICO_MASTER_KEY or master.key in the data folder)"
    )]
    WrongMasterKey,
}

/// Whether a database already holds something sealed: a missing master key is then an error, not
/// a reason to make one.
///
/// # Errors
/// The database failed.
pub async fn is_sealed(store: &Store) -> Result<bool, StorageError> {
    Ok(store.canary().await?.is_some())
}

impl Services {
    /// Begins, after the database has been migrated: checks the master key against the canary.
    ///
    /// # Errors
    /// [`StartError::WrongMasterKey`] if it was made with another key.
    pub async fn start(
        store: Store,
        ports: Ports,
        settings: Settings,
        catalogue: Catalogue,
        master: MasterKey,
    ) -> Result<Self, StartError> {
        let vault = vault::Vault::unlock(&store, &ports, master).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                ports,
                settings,
                catalogue,
                own_definitions: catalogue::OwnDefinitions::default(),
                engine: Engine::new(),
                vault,
                tokens: usecase::user_tokens::TokenCache::default(),
                routes: usecase::routing::RoutingCache::default(),
                contracts: usecase::event_contracts::Contracts::default(),
                choices: usecase::choice_pages::ChoicePages::default(),
                rates: access::Rates::default(),
                touches: usecase::sign_in::Touches::default(),
                told: usecase::webhooks::ToldCounts::default(),
                refused: usecase::event_contracts::RefusedCounts::default(),
                hashing: tokio::sync::Semaphore::new(usecase::sign_in::HASHING_AT_ONCE),
            }),
        })
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Time, randomness and the network.
    pub fn ports(&self) -> &Ports {
        &self.inner.ports
    }

    /// The database, for the loops of the runtime.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The workflow engine, for the worker.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }
}
