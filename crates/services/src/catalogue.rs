//! The catalogue: the integration definitions of this installation, read once at start.

use portico_connector::{Action, Definition};
use portico_domain::ActionShape;
use portico_engine::Actions;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The definitions by type.
#[derive(Clone, Default)]
pub struct Catalogue {
    definitions: Arc<BTreeMap<String, Definition>>,
}

/// Two folders define the same type.
#[derive(Debug, thiserror::Error)]
#[error("two folders define the integration {0:?}; remove one")]
pub struct CatalogueProblem(pub String);

impl Catalogue {
    /// A catalogue of parsed definitions.
    ///
    /// # Errors
    /// [`CatalogueProblem`] if a type is defined twice.
    pub fn new(definitions: Vec<Definition>) -> Result<Self, CatalogueProblem> {
        let mut by_type = BTreeMap::new();
        for definition in definitions {
            let kind = definition.kind().to_owned();
            if by_type.insert(kind.clone(), definition).is_some() {
                return Err(CatalogueProblem(kind));
            }
        }
        Ok(Self { definitions: Arc::new(by_type) })
    }

    /// Every definition, by type.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.values()
    }

    /// The definition of a type.
    pub fn definition(&self, kind: &str) -> Option<&Definition> {
        self.definitions.get(kind)
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
}
