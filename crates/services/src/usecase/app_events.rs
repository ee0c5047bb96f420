//! App Events as defined in a project, and names that came in without being defined.

use super::event_contracts::{fits, not_defined};
use crate::Services;
use crate::access::{administrate, storage, too_deep};
use portico_domain::schema::SchemaCheck;
use portico_domain::view::{
    AppEventView, DriftView, EventContract, EventRefusalsView, EventUser, UnknownEventView,
};
use portico_domain::{Actor, EventId, ProjectId, Refusal};
use portico_storage::{AppEvent, MOST_DRIFTS};
use serde_json::Value;

impl Services {
    /// The events that a project defines.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn app_event_list(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<(Vec<AppEventView>, Vec<UnknownEventView>), Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        self.note_refused_events().await?;
        let deployed = self.store().deployed(project).await.map_err(storage)?;
        let waiting = |name: &str| {
            let fits = |workflow: &&portico_storage::DeployedWorkflow| {
                workflow.definition["trigger"]["event"] == name
            };
            deployed.iter().filter(fits).count() as u64
        };
        let workflows = self.store().workflows(project).await.map_err(storage)?;
        let drifts = self.store().event_drifts(project).await.map_err(storage)?;
        let refusals = self.store().event_refusals(project).await.map_err(storage)?;
        let events = self.store().app_events(project).await.map_err(storage)?;
        let events = events
            .into_iter()
            .map(|event| AppEventView {
                workflows: waiting(&event.name),
                contract: EventContract {
                    used_by: workflows
                        .iter()
                        .filter(|own| {
                            own.draft["trigger"]["event"] == event.name.as_str()
                                || deployed.iter().any(|one| {
                                    one.id == own.id
                                        && one.definition["trigger"]["event"] == event.name.as_str()
                                })
                        })
                        .map(|own| EventUser { id: own.id, name: own.name.clone() })
                        .collect(),
                    drifts: drifts
                        .iter()
                        .filter(|own| own.app_event == event.id)
                        .map(|own| DriftView {
                            key: own.key.clone(),
                            event: own.event,
                            first_at: own.first_at,
                            difference: own.difference.clone(),
                        })
                        .collect(),
                    most_drifts: u64::try_from(MOST_DRIFTS).unwrap_or(u64::MAX),
                    refusals: refusals.iter().find(|own| own.app_event == event.id).map(|own| {
                        EventRefusalsView {
                            count: own.count,
                            first_at: own.first_at,
                            last_at: own.last_at,
                            differences: own.differences.clone(),
                        }
                    }),
                    schema: event.schema,
                    check: event.check,
                },
                name: event.name,
                example: event.example,
            })
            .collect();
        Ok((events, self.store().unknown_events(project).await.map_err(storage)?))
    }

    /// Defines an event, or changes its example.
    ///
    /// # Errors
    /// The name is empty or too long; the example is no object.
    pub async fn define_app_event(
        &self,
        actor: &Actor,
        project: ProjectId,
        name: &str,
        example: Value,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 255 {
            return Err(Refusal::field("name", "Write a name of 1 to 255 characters."));
        }
        if !example.is_object() {
            return Err(Refusal::field(
                "example",
                "Write the example as a JSON object: {\"first_name\": \"Ada\"}.",
            ));
        }
        if portico_domain::json::is_too_deep(&example) {
            return Err(too_deep("example"));
        }
        let known = self.store().app_event(project, name).await.map_err(storage)?;
        if let Some(known) = &known {
            if known.example == example {
                return self.store().forget_unknown_event(project, name).await.map_err(storage);
            }
            // One that the check would refuse teaches people the wrong thing.
            if let (Some(schema), true) = (&known.schema, known.check != SchemaCheck::Off) {
                fits(schema, &example)?;
            }
        }
        let now = self.ports().now();
        let event = AppEvent {
            id: self.ports().id(EventId::from_parts).uuid(),
            project,
            name: name.to_owned(),
            example,
            schema: None,
            check: SchemaCheck::Off,
            created_at: now,
            updated_at: now,
        };
        self.store().upsert_app_event(&event).await.map_err(storage)?;
        self.store().forget_unknown_event(project, name).await.map_err(storage)
    }

    /// Removes an event's definition.
    ///
    /// # Errors
    /// It is not defined; a deployed workflow waits for it.
    pub async fn remove_app_event(
        &self,
        actor: &Actor,
        project: ProjectId,
        name: &str,
    ) -> Result<(), Refusal> {
        let (events, _) = self.app_event_list(actor, project).await?;
        let event =
            events.iter().find(|event| event.name == name).ok_or_else(|| not_defined(name))?;
        if event.workflows > 0 {
            return Err(Refusal::field(
                "name",
                format!("{} deployed workflows wait for it; undeploy them first.", event.workflows),
            ));
        }
        self.store().delete_app_event(project, name).await.map_err(storage)?;
        Ok(())
    }
}
