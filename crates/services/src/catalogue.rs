//! The catalogue: the integration definitions that a project sees. Those of folders are read once, at
//! start; a project's own are kept as long as the database says that they are the same.

use crate::Services;
use crate::access::storage;
use portico_connector::{Action, Definition, Trigger};
use portico_domain::{ActionShape, CustomIntegrationId, ProjectId, Refusal, TriggerShape};
use portico_engine::Actions;
use portico_storage::{CustomIntegration, CustomStamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// What the types of a project's own definitions begin with.
pub(crate) const CUSTOM: &str = "custom.";
/// More cached projects than this are forgotten all at once.
const MOST_PROJECTS: usize = 2_000;

type ByType = BTreeMap<String, Definition>;

/// The definitions by type: a snapshot, cheap to clone.
#[derive(Clone, Default)]
pub struct Catalogue {
    shared: Arc<ByType>,
    own: Arc<ByType>,
}

/// Two folders define the same type.
#[derive(Debug, thiserror::Error)]
#[error("two folders define the integration {0:?}; remove one")]
pub struct CatalogueProblem(pub String);

impl Catalogue {
    /// A catalogue of parsed definitions, the same for every project.
    ///
    /// # Errors
    /// [`CatalogueProblem`] if a type is defined twice.
    pub fn new(definitions: Vec<Definition>) -> Result<Self, CatalogueProblem> {
        let mut shared = BTreeMap::new();
        for definition in definitions {
            let kind = definition.kind().to_owned();
            if shared.insert(kind.clone(), definition).is_some() {
                return Err(CatalogueProblem(kind));
            }
        }
        Ok(Self { shared: Arc::new(shared), own: Arc::default() })
    }

    /// Every definition, by type; the project's own come last.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        let shared = self.shared.iter().filter(|(kind, _)| !self.own.contains_key(*kind));
        shared.map(|(_, definition)| definition).chain(self.own.values())
    }

    /// The definition of a type.
    pub fn definition(&self, kind: &str) -> Option<&Definition> {
        self.own.get(kind).or_else(|| self.shared.get(kind))
    }

    /// Whether a type is the project's own.
    pub fn is_own(&self, kind: &str) -> bool {
        self.own.contains_key(kind)
    }

    /// An action of an integration.
    pub fn find(&self, kind: &str, action: &str) -> Option<(&Definition, &Action)> {
        let definition = self.definition(kind)?;
        Some((definition, definition.action(action)?))
    }
}

impl Actions for Catalogue {
    fn action(&self, integration: &str, action: &str) -> Option<&ActionShape> {
        self.find(integration, action).map(|(_, action)| action.shape())
    }

    fn trigger(&self, integration: &str, trigger: &str) -> Option<&TriggerShape> {
        self.definition(integration)?.trigger(trigger).map(Trigger::shape)
    }
}

/// Parsed definitions of projects' own.
#[derive(Default)]
pub(crate) struct OwnDefinitions(Mutex<HashMap<ProjectId, Own>>);

/// A project's own definitions, and the state they were read in.
struct Own {
    stamps: Vec<CustomStamp>,
    definitions: Arc<ByType>,
}

impl OwnDefinitions {
    fn get(&self, project: ProjectId, stamps: &[CustomStamp]) -> Option<Arc<ByType>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = known.get(&project)?;
        (own.stamps == stamps).then(|| Arc::clone(&own.definitions))
    }

    fn keep(&self, project: ProjectId, own: Own) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PROJECTS {
            known.clear();
        }
        known.insert(project, own);
    }
}

impl Services {
    /// The definitions that are the same for every project.
    pub fn shared_catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// The definitions that a project sees now: the shared ones and its own, whichever node changed
    /// them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn catalogue(&self, project: ProjectId) -> Result<Catalogue, Refusal> {
        let stamps = self.store().custom_stamps(project).await.map_err(storage)?;
        let shared = Arc::clone(&self.inner.catalogue.shared);
        if stamps.is_empty() {
            return Ok(Catalogue { shared, own: Arc::default() });
        }
        if let Some(own) = self.inner.own_definitions.get(project, &stamps) {
            return Ok(Catalogue { shared, own });
        }
        let stored = self.store().custom_integrations(project).await.map_err(storage)?;
        let stamps = stored.iter().map(stamp).collect();
        let definitions: Arc<ByType> = Arc::new(stored.iter().filter_map(readable).collect());
        let own = Own { stamps, definitions: Arc::clone(&definitions) };
        self.inner.own_definitions.keep(project, own);
        Ok(Catalogue { shared, own: definitions })
    }

    /// As much of the catalogue as is needed for these types: asks the database only if one of them
    /// can be the project's own.
    ///
    /// # Errors
    /// The database failed.
    pub async fn catalogue_for<'k>(
        &self,
        project: ProjectId,
        kinds: impl IntoIterator<Item = &'k str>,
    ) -> Result<Catalogue, Refusal> {
        if kinds.into_iter().any(|kind| kind.starts_with(CUSTOM)) {
            return self.catalogue(project).await;
        }
        Ok(self.inner.catalogue.clone())
    }
}

fn stamp(own: &CustomIntegration) -> CustomStamp {
    CustomStamp { kind: own.kind.clone(), id: own.id, revision: own.revision }
}

/// A stored definition, unless a newer program no longer understands it: then it is as if it were
/// not there until its file is edited.
fn readable(own: &CustomIntegration) -> Option<(String, Definition)> {
    match crate::usecase::custom::files::parse_of(&own.project.to_string(), &own.files) {
        Ok(definition) => Some((own.kind.clone(), definition)),
        Err(problems) => {
            let id: CustomIntegrationId = own.id;
            tracing::warn!(%id, kind = own.kind, ?problems, "a stored definition cannot be read");
            None
        }
    }
}
