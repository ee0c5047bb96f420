//! Testing: a step, or the whole, with a real account, and nothing of it in the queue or among executions.
//!
//! Nothing is tried twice, delays are skipped, lists are cut, and after a minute no further step begins.

use super::Edited;
use crate::Services;
use crate::access::{administrate, storage};
use crate::usecase::answers::{Answers, Questions};
use crate::usecase::calling::{ActionCall, Ended};
use crate::usecase::events::about;
use crate::usecase::own_steps::OwnStep;
use crate::usecase::reaching::no_account;
use portico_domain::execution::{Rendered, Scope};
use portico_domain::view::{StepTested, TestInput, WorkflowTested};
use portico_domain::workflow::{Branch, Step, StepKind, WorkflowDefinition};
use portico_domain::{
    Actor, ExecutionId, Failure, FailureClass, ProjectId, Refusal, RefusalCode, Timestamp,
    WorkflowId,
};
use portico_engine::preview::PreviewKnown;
use portico_engine::{Run, Signal, State};
use portico_storage::{Configuration, Credential};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// How many items of a list go on.
const MOST_ITEMS: usize = 20;
/// After so long no further step begins.
const LONGEST: Duration = Duration::from_secs(60);
/// How many steps are done at most, every round of a fan-out counted.
const MOST_STEPS: usize = 500;

/// As whom something is tested.
struct Tester {
    edited: Edited,
    credential: Credential,
    configuration: Configuration,
    scope: Scope,
    /// When it is enough.
    until: Timestamp,
}

impl Tester {
    fn own_step<'a>(&self, input: &'a Rendered) -> OwnStep<'a> {
        OwnStep {
            project: self.credential.project,
            workflow: self.edited.workflow.id,
            configuration: self.configuration.id,
            input,
        }
    }
}

impl Services {
    /// Tests one step as it stands in the editor.
    ///
    /// # Errors
    /// The workflow, the step or the account is unknown.
    pub async fn test_step(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        input: TestInput,
        step: &str,
    ) -> Result<StepTested, Refusal> {
        administrate(actor)?;
        let tester = self.tester(project, id, &input).await?;
        let own = input.definition.step(step).ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, format!("There is no step {step:?}."))
        })?;
        let catalogue = &tester.edited.catalogue;
        let mut known = PreviewKnown {
            trigger: &input.trigger,
            steps: &input.steps,
            scope: &tester.scope,
            item: None,
        };
        let place = (&input.definition, step);
        let item = match self.engine().first_item(place, catalogue, &known) {
            Ok(item) => item,
            Err(failure) => return Ok(failed_before(failure)),
        };
        known.item = item.as_ref().map(|item| (item, 0));
        if let StepKind::Condition { rules, .. } = &own.kind {
            return Ok(match self.engine().decide(rules, &known) {
                Ok(holds) => StepTested {
                    input: None,
                    output: Some(json!({ "holds": holds })),
                    failure: None,
                    call: None,
                },
                Err(failure) => failed_before(failure),
            });
        }
        let rendered = match self.engine().step_inputs(own, catalogue, &known) {
            Ok(rendered) => rendered,
            Err(failure) => return Ok(failed_before(failure)),
        };
        let ended = self.try_step(&tester, own, &rendered).await;
        let (output, failure) = match ended.result {
            Ok(output) => (Some(output), None),
            Err(failure) => (None, Some(failure)),
        };
        Ok(StepTested { input: Some(rendered), output, failure, call: ended.call })
    }

    /// Tests a workflow as it stands in the editor, from its first step to its last.
    ///
    /// # Errors
    /// The workflow or the account is unknown; the trigger's filter keeps it from starting.
    pub async fn test_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        input: TestInput,
    ) -> Result<WorkflowTested, Refusal> {
        administrate(actor)?;
        let tester = self.tester(project, id, &input).await?;
        let workflow = without_retries(input.definition);
        let trigger = cut(input.trigger);
        match self.engine().holds(&workflow.only_if, &trigger, &tester.scope) {
            Ok(true) => {}
            Ok(false) => {
                let words = "The trigger's filter does not let this start the workflow; change the \
                             filter or what is tested with.";
                return Err(Refusal::field("trigger", words));
            }
            Err(why) => return Err(Refusal::field("trigger", format!("The filter: {why}"))),
        }
        let run = Run {
            execution: self.ports().id(ExecutionId::from_parts),
            workflow: &workflow,
            actions: &tester.edited.catalogue,
            trigger: &trigger,
        };
        let (mut state, mut history, mut open) = (State::new(), Vec::new(), VecDeque::new());
        let mut signal = Signal::Start { scope: tester.scope.clone() };
        for done in 0.. {
            let advance = self.engine().advance(&run, &state, signal, self.ports().now());
            for entry in advance.entries {
                state.apply(&entry);
                history.push(entry);
            }
            open.extend(advance.commands);
            if state.status().is_final() {
                break;
            }
            let Some(command) = open.pop_front() else { break };
            if done == MOST_STEPS {
                signal = Signal::Cancel { reason: "test_too_long".to_owned() };
                continue;
            }
            let step = workflow.step(command.path.step());
            let ended = match (step, state.input(&command.path).cloned()) {
                (Some(step), Some(rendered)) => self.try_step(&tester, step, &rendered).await,
                _ => refused(FailureClass::Invalid, "no_input", "The step has no inputs."),
            };
            signal = Signal::AttemptEnded {
                path: command.path,
                attempt: command.attempt,
                call: ended.call,
                result: ended.result,
            };
        }
        Ok(WorkflowTested { status: state.status(), history })
    }

    /// What is tested with, all of it of this project and belonging together.
    async fn tester(
        &self,
        project: ProjectId,
        id: WorkflowId,
        input: &TestInput,
    ) -> Result<Tester, Refusal> {
        let edited = self.edited(project, id).await?;
        let credential = self.account(project, input.credential).await?;
        let configuration = self.store().configuration(project, input.configuration).await;
        let configuration = configuration.map_err(storage)?;
        let configuration = configuration
            .filter(|own| own.credential == credential.id)
            .filter(|_| credential.integration == edited.integration.id)
            .ok_or_else(|| {
                let words = "This account is not one of the workflow's integration.";
                Refusal::new(RefusalCode::CredentialUnknown, words)
            })?;
        let user = self.store().user(project, credential.user).await.map_err(storage)?;
        let user = user.ok_or_else(|| {
            Refusal::new(RefusalCode::CredentialUnknown, "There is no such user any more.")
        })?;
        let questions = Questions { own: &input.definition.settings, shared: &edited.shared };
        let answers = Answers::new(questions, &configuration, id);
        let known = about(&user, &credential);
        let scope = Scope { settings: answers.settings, sealed: answers.sealed, ..known };
        let until = self.ports().now() + LONGEST;
        Ok(Tester { edited, credential, configuration, scope, until })
    }

    /// Does what a step does, once, and cuts what it brought.
    async fn try_step(&self, tester: &Tester, step: &Step, input: &Rendered) -> Ended {
        if self.ports().now() >= tester.until {
            let words = "A test ends after 60 seconds; this step was not begun any more.";
            return refused(FailureClass::Transient, "test_too_long", words);
        }
        let ended = match &step.kind {
            StepKind::Action { integration, action, .. } => {
                self.try_action(tester, (integration, action), input).await
            }
            // Nobody waits while testing.
            StepKind::Delay { .. } => Ended { call: None, result: Ok(json!({})) },
            // A list that is gone through, an answer: what was rendered is what comes of it.
            StepKind::FanOut { .. } | StepKind::Response { .. } => {
                Ended { call: None, result: Ok(Value::Object(input.json.clone())) }
            }
            StepKind::Request { .. } => self.carry_out_request(&tester.own_step(input)).await,
            StepKind::Function { code, .. } => {
                self.carry_out_function(&tester.own_step(input), code).await
            }
            // It is decided by its rules before anything is tried.
            StepKind::Condition { .. } => {
                let words = "A condition has nothing to carry out.";
                refused(FailureClass::Invalid, "no_input", words)
            }
        };
        Ended { result: ended.result.map(cut), ..ended }
    }

    /// An action, with the tester's account or with its user's account of another integration.
    async fn try_action(
        &self,
        tester: &Tester,
        (integration, action): (&str, &str),
        input: &Rendered,
    ) -> Ended {
        let catalogue = &tester.edited.catalogue;
        let Some((definition, action)) = catalogue.find(integration, action) else {
            let words = format!("The action {action:?} of {integration:?} is no longer available.");
            return refused(FailureClass::Invalid, "action_removed", words);
        };
        let account = match self.account_at(&tester.credential, integration).await {
            Ok(Some(account)) => account,
            Ok(None) => return Ended::before_the_call(no_account(integration)),
            Err(refusal) => {
                return refused(FailureClass::Transient, refusal.code.name(), refusal.message);
            }
        };
        let at_provider = account.provider_id.clone().unwrap_or_else(|| account.id.to_string());
        let lanes = action.lanes(&at_provider, &input.json);
        if let Err(failure) = self.wait_for_slot(&lanes).await {
            return Ended::before_the_call(failure);
        }
        let call = ActionCall {
            project: account.project,
            workflow: tester.edited.workflow.id,
            credential: account.id,
            configuration: tester.configuration.id,
            definition,
            action,
            input,
            lanes: &lanes,
            until: tester.until,
        };
        let ended = self.carry_out(&call).await;
        if let Err(failure) = &ended.result {
            self.heed(&lanes, failure).await;
        }
        ended
    }
}

fn refused(class: FailureClass, code: &str, words: impl Into<String>) -> Ended {
    Ended::before_the_call(Failure::new(class, code, words))
}

fn failed_before(failure: Failure) -> StepTested {
    StepTested { input: None, output: None, failure: Some(failure), call: None }
}

/// The same workflow, in which nothing is tried twice.
fn without_retries(mut workflow: WorkflowDefinition) -> WorkflowDefinition {
    fn list(steps: &mut [Step]) {
        for step in steps {
            step.retry = Some(Vec::new());
            for branch in [Branch::Then, Branch::Else, Branch::Body] {
                if let Some(steps) = step.kind.branch_mut(branch) {
                    list(steps);
                }
            }
        }
    }
    list(&mut workflow.steps);
    workflow
}

/// A value whose lists are not longer than a test needs.
fn cut(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().take(MOST_ITEMS).map(cut).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (key, cut(value))).collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::cut;
    use serde_json::json;

    #[test]
    fn lists_are_cut_however_deep() {
        let long: Vec<u32> = (0..50).collect();
        let found = cut(json!({ "a": [{ "b": long }], "c": "text" }));
        assert_eq!(found["a"][0]["b"].as_array().map(Vec::len), Some(20));
        assert_eq!(found["c"], "text");
    }
}
