//! What deploying a draft would do: to the workflow, and to whom it runs for.

use super::Edited;
use crate::Services;
use crate::access::{administrate, storage};
use crate::usecase::answers::{Answers, Questions};
use crate::usecase::workflows::read_draft;
use portico_domain::view::{AffectedUsers, DeploySummary, PlacedProblem};
use portico_domain::workflow::{Trigger, WorkflowDefinition};
use portico_domain::{
    Actor, ConnectedUserId, CredentialStatus, IntegrationId, ProjectId, Refusal, WorkflowId,
};
use portico_engine::{Actions, difference};
use portico_storage::{ConnectedAccount, Credential};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many accounts are looked at at a time.
const PAGE: usize = 500;
/// How many users are named for each reason.
const MOST_EXAMPLES: usize = 5;
/// Of users whom the draft's permissions leave out, and those of before did not.
const NOT_FOR_THEM: &str = "The permissions do not hold for the user any more";

impl Services {
    /// What deploying the stored draft would do.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn deploy_summary(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<DeploySummary, Refusal> {
        administrate(actor)?;
        let edited = self.edited(project, id).await?;
        let draft = read_draft(&edited.workflow)?;
        let deployed = match edited.workflow.deployed_version {
            Some(number) => Some(self.workflow_version(id, number).await?),
            None => None,
        };
        let problems = self.problems(&edited.workflow, &draft).await?;
        let problems = problems
            .into_iter()
            .map(|own| PlacedProblem { pointer: own.pointer, message: own.message })
            .collect();
        let changes = difference::changes(deployed.as_deref(), &draft, &edited.catalogue);
        let (enabled, affected) = self.affected(&edited, &draft, deployed.as_deref()).await?;
        Ok(DeploySummary { problems, changes, enabled, affected })
    }

    /// How many accounts have the workflow on, and for which of them it would not run.
    pub(super) async fn affected(
        &self,
        edited: &Edited,
        draft: &WorkflowDefinition,
        deployed: Option<&WorkflowDefinition>,
    ) -> Result<(u64, Vec<AffectedUsers>), Refusal> {
        let place = (edited.workflow.project, edited.integration.id);
        let mut affected = Affected { edited, draft, enabled: 0, reasons: BTreeMap::new() };
        let others = self.other_integrations(edited, draft).await?;
        let mut before = None;
        loop {
            let page = self.store().connected_accounts(place, before, PAGE).await;
            let page = page.map_err(storage)?;
            for account in &page {
                let Some(mut reasons) = affected.reasons_of(account) else { continue };
                if !self.is_for(draft, &account.user) {
                    // For whom it is not now, nothing becomes different.
                    let is_new = deployed.is_none_or(|own| self.is_for(own, &account.user));
                    reasons.clear();
                    reasons.extend(is_new.then(|| NOT_FOR_THEM.to_owned()));
                } else if !others.is_empty() {
                    let all = self.store().credentials_of(account.user.id).await;
                    let all = all.map_err(storage)?;
                    reasons.extend(others.iter().filter_map(|other| other.missing_in(&all)));
                }
                affected.add(&account.user.external_id, account.user.id, reasons);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => before = Some(last.configuration.id),
                _ => break,
            }
        }
        Ok(affected.told())
    }

    /// The integrations that steps call beside the workflow's own.
    async fn other_integrations(
        &self,
        edited: &Edited,
        draft: &WorkflowDefinition,
    ) -> Result<Vec<Other>, Refusal> {
        let kinds: BTreeSet<&str> = draft.integrations().collect();
        let mut others = Vec::new();
        for kind in kinds.into_iter().filter(|kind| *kind != edited.integration.kind) {
            let project = edited.workflow.project;
            let own = self.store().integration_of(project, kind).await.map_err(storage)?;
            let known = edited.catalogue.definition(kind);
            let name = known.map_or(kind, |known| known.name()).to_owned();
            others.push(Other { id: own.map(|own| own.id), name });
        }
        Ok(others)
    }
}

/// An integration that steps call beside the workflow's own.
struct Other {
    /// Its id, if it is part of the project at all.
    id: Option<IntegrationId>,
    name: String,
}

impl Other {
    /// Why a user's accounts are not enough to call it.
    fn missing_in(&self, accounts: &[Credential]) -> Option<String> {
        let mut own = accounts.iter().filter(|own| Some(own.integration) == self.id).peekable();
        if own.peek().is_none() {
            return Some(format!("No account of {} is connected", self.name));
        }
        let works = own.any(|own| own.status == CredentialStatus::Valid);
        (!works).then(|| must_reconnect(&self.name))
    }
}

fn must_reconnect(name: &str) -> String {
    format!("The account of {name} must be connected again")
}

/// Whom a draft would not run for, as they are found.
struct Affected<'a> {
    edited: &'a Edited,
    draft: &'a WorkflowDefinition,
    enabled: u64,
    reasons: BTreeMap<String, Reason>,
}

/// Who has the same reason.
#[derive(Default)]
struct Reason {
    count: u64,
    users: BTreeSet<ConnectedUserId>,
    examples: Vec<String>,
}

impl Affected<'_> {
    /// Why the draft would not run for an account, as far as the account itself tells; nothing if it has the
    /// workflow off.
    fn reasons_of(&self, account: &ConnectedAccount) -> Option<Vec<String>> {
        let questions = Questions { own: &self.draft.settings, shared: &self.edited.shared };
        let answers = Answers::new(questions, &account.configuration, self.edited.workflow.id);
        if !answers.enabled {
            return None;
        }
        let mut reasons = Vec::new();
        if account.credential.status != CredentialStatus::Valid {
            let kind = self.edited.integration.kind.as_str();
            let known = self.edited.catalogue.definition(kind);
            reasons.push(must_reconnect(known.map_or(kind, |known| known.name())));
        }
        reasons.extend(answers.missing.map(|title| format!("The setting {title:?} has no value")));
        if let Some(missing) = self.missing_scope(&account.credential) {
            reasons
                .push(format!("The account does not allow {missing}; it must be connected again"));
        }
        Some(reasons)
    }

    /// The first scope that the trigger needs and the account does not have; nothing where the provider does
    /// not tell what an account allows.
    fn missing_scope(&self, credential: &Credential) -> Option<String> {
        let Trigger::Integration { integration, trigger, .. } = &self.draft.trigger else {
            return None;
        };
        let shape = self.edited.catalogue.trigger(integration, trigger)?;
        let allowed = allowed_scopes(credential.connection.get("scope")?);
        shape.scopes.iter().find(|own| !allowed.contains(&own.as_str())).cloned()
    }

    fn add(&mut self, external_id: &str, user: ConnectedUserId, reasons: Vec<String>) {
        self.enabled += 1;
        for reason in reasons {
            let own = self.reasons.entry(reason).or_default();
            own.count += 1;
            // The set is only needed until there are enough examples.
            if own.examples.len() < MOST_EXAMPLES && own.users.insert(user) {
                own.examples.push(external_id.to_owned());
            }
        }
    }

    /// Most concerned first.
    fn told(self) -> (u64, Vec<AffectedUsers>) {
        let told = self.reasons.into_iter().map(|(reason, own)| AffectedUsers {
            reason,
            count: own.count,
            examples: own.examples,
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by_key(|own| std::cmp::Reverse(own.count));
        (self.enabled, told)
    }
}

/// What an account allows, as its provider tells it: a text with spaces or commas, or a list.
fn allowed_scopes(told: &Value) -> Vec<&str> {
    match told {
        Value::String(text) => text.split([' ', ',']).filter(|scope| !scope.is_empty()).collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
