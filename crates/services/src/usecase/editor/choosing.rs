//! What can be chosen for an input, as the preview user sees it.

use crate::Services;
use crate::access::administrate;
use crate::usecase::choices::{List, LookedUp, Wanted};
use portico_domain::view::{ChoicesAsked, ChoicesView};
use portico_domain::{Actor, ProjectId, Refusal, RefusalCode};

impl Services {
    /// A page of a source's choices, from an account of the project; or the one with a value, if it is there.
    ///
    /// # Errors
    /// The account, the integration or its source is unknown; the user has no account there; the provider
    /// refused or could not be reached, in words.
    pub async fn editor_choices(
        &self,
        actor: &Actor,
        project: ProjectId,
        asked: ChoicesAsked,
    ) -> Result<ChoicesView, Refusal> {
        administrate(actor)?;
        let account = self.account(project, asked.credential).await?;
        let kind = asked.integration.as_str();
        let catalogue = self.catalogue_for(project, [kind]).await?;
        let definition = catalogue.definition(kind).ok_or_else(|| {
            let words = format!("There is no integration {kind:?}.");
            Refusal::new(RefusalCode::IntegrationUnknown, words)
        })?;
        let source = definition.source(&asked.source).ok_or_else(|| {
            Refusal::field("source", format!("{kind} has no choices {:?}.", asked.source))
        })?;
        let missing = source.inputs().iter().find(|key| !asked.inputs.contains_key(*key));
        if let Some(key) = missing {
            return Err(Refusal::field("inputs", format!("Choose {key:?} first.")));
        }
        let own = self.account_at(&account, kind).await?.ok_or_else(|| {
            let name = definition.name();
            let words = format!("This user has no account of {name}; choose another one.");
            Refusal::new(RefusalCode::NotConnected, words)
        })?;
        let list = List { credential: &own, definition, source };
        if let Some(value) = &asked.value {
            let found = match self.look_up(&list, asked.inputs, value).await {
                LookedUp::There(choice) => vec![choice],
                LookedUp::Gone | LookedUp::Unknown => Vec::new(),
            };
            let provider_searches = source.searches();
            return Ok(ChoicesView { choices: found, next: None, provider_searches });
        }
        let wanted = Wanted {
            inputs: asked.inputs,
            cursor: asked.cursor,
            search: asked.search,
            refresh: asked.refresh,
        };
        self.list_page(&list, wanted).await
    }
}
