//! Trying: one step or the whole workflow, as the preview user, with what came of it shown in place. What a test
//! brought is the sample from which previews and the variables are made.

use super::super::icon::Icon;
use super::super::parts::{Tone, status};
use super::draft::Draft;
use super::fields::Where;
use crate::server_fns::editor::{test_step, test_workflow};
use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::StepPath;
use portico_domain::execution::{Fact, Scope};
use portico_domain::view::{StepTested, TestInput, WorkflowTested};
use portico_domain::workflow::Branch;
use portico_engine::preview::PreviewKnown;
use portico_engine::variables::{VariableContext, VariableGroup, trigger_example, variables};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What tests brought. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Tests {
    /// What starts the workflow in a test, as somebody wrote it; absent: the example.
    pub(super) trigger: RwSignal<Option<Value>>,
    /// How the latest test of each step went.
    pub(super) steps: RwSignal<BTreeMap<String, StepTested>>,
    pub(super) busy: RwSignal<Option<String>>,
    pub(super) problem: RwSignal<Option<String>>,
}

/// How a step went, on its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Busy,
    Well(Option<u64>),
    Failed,
}

impl Told {
    pub(super) fn badge(&self) -> impl IntoView + use<> {
        match self {
            Self::Busy => status(Tone::Info, Icon::CircleDot, "Testing…").into_any(),
            Self::Well(None) => status(Tone::Success, Icon::CircleCheck, "Done").into_any(),
            Self::Well(Some(ms)) => {
                status(Tone::Success, Icon::CircleCheck, &format!("{ms} ms")).into_any()
            }
            Self::Failed => status(Tone::Danger, Icon::CircleX, "Failed").into_any(),
        }
    }
}

impl Tests {
    pub(super) fn new() -> Self {
        Self {
            trigger: RwSignal::new(None),
            steps: RwSignal::new(BTreeMap::new()),
            busy: RwSignal::new(None),
            problem: RwSignal::new(None),
        }
    }

    pub(super) fn told(self, id: &str) -> Option<Told> {
        if self.busy.with(|busy| busy.as_deref() == Some(id)) {
            return Some(Told::Busy);
        }
        self.steps.with(|steps| {
            steps.get(id).map(|own| match &own.failure {
                Some(_) => Told::Failed,
                None => Told::Well(own.call.as_ref().map(|call| call.took_ms)),
            })
        })
    }

    /// What starts the workflow in a test: what somebody wrote, the event's example, or something of the kind.
    pub(super) fn sample(self, draft: Draft) -> Value {
        if let Some(own) = self.trigger.get() {
            return own;
        }
        let known = draft.document.with(|document| {
            draft.events.with(|events| trigger_example(&document.trigger, events))
        });
        known.unwrap_or_else(|| json!({}))
    }

    /// What the steps brought that were tested.
    fn outputs(self) -> Map<String, Value> {
        self.steps.with(|steps| {
            let brought =
                |(id, own): (&String, &StepTested)| Some((id.clone(), own.output.clone()?));
            steps.iter().filter_map(brought).collect()
        })
    }

    fn samples(self, draft: Draft) -> Map<String, Value> {
        let mut samples = self.outputs();
        samples.insert("trigger".to_owned(), self.sample(draft));
        samples
    }

    /// The item that a step inside a fan-out sees in previews: the first of the tested list.
    fn item(self, draft: Draft, place: &Where) -> Option<Value> {
        let Where::Step(id) = place else { return None };
        let over = draft.document.with(|document| {
            let placed = document.walk().into_iter().find(|placed| placed.step.id == *id)?;
            let (holder, _) = placed.within.iter().rfind(|(_, branch)| *branch == Branch::Body)?;
            holder.kind.inputs()?.get("items").cloned()
        })?;
        let items = self.preview(draft, &Where::Filter, &over).ok().flatten();
        items.as_ref().and_then(Value::as_array).and_then(|items| items.first()).cloned()
    }

    /// What a template becomes with what is known.
    pub(super) fn preview(
        self,
        draft: Draft,
        place: &Where,
        written: &Value,
    ) -> Result<Option<Value>, String> {
        let (trigger, steps) = (self.sample(draft), self.outputs());
        let scope = draft
            .preview
            .with(|own| own.as_ref().map(|own| own.scope.clone()).unwrap_or_else(empty_scope));
        let item = self.item(draft, place);
        let known = PreviewKnown {
            trigger: &trigger,
            steps: &steps,
            scope: &scope,
            item: item.as_ref().map(|own| (own, 0)),
        };
        draft.engine.with_value(|engine| engine.preview(written, &known))
    }

    /// What can be referred to at a place.
    pub(super) fn variables(self, draft: Draft, place: &Where) -> Vec<VariableGroup> {
        let facts = draft.facts();
        let samples = self.samples(draft);
        let preview = draft.preview.get();
        let secrets = draft.secrets.get();
        draft.events.with(|events| {
            let context = VariableContext {
                events,
                actions: &*facts,
                shared: &facts.shared,
                secrets: &secrets,
                scope: preview.as_ref().map(|own| &own.scope),
                samples: &samples,
            };
            draft.document.with(|document| variables(document, &context, place.place()))
        })
    }

    fn input(self, draft: Draft) -> Option<TestInput> {
        let preview = draft.preview.get_untracked()?;
        Some(TestInput {
            definition: draft.document.get_untracked(),
            credential: preview.credential,
            configuration: preview.configuration,
            trigger: untrack(|| self.sample(draft)),
            steps: untrack(|| self.outputs()),
        })
    }

    /// Carries one step out for real.
    pub(super) fn step(self, draft: Draft, id: String) {
        let Some(input) = self.input(draft) else {
            self.problem.set(Some(NOBODY.to_owned()));
            return;
        };
        let facts = draft.facts();
        self.busy.set(Some(id.clone()));
        self.problem.set(None);
        spawn_local(async move {
            let answer =
                test_step(facts.project.clone(), facts.workflow.clone(), input, id.clone()).await;
            self.busy.set(None);
            match answer {
                Ok(tested) => {
                    let words = if tested.failure.is_some() {
                        "The test failed."
                    } else {
                        "The test went well."
                    };
                    draft.said.set(words.to_owned());
                    self.steps.update(|steps| drop(steps.insert(id, tested)));
                }
                Err(error) => self.problem.set(Some(words(&error))),
            }
        });
    }

    /// Carries the whole workflow out for real.
    pub(super) fn workflow(self, draft: Draft, done: RwSignal<Option<WorkflowTested>>) {
        let Some(input) = self.input(draft) else {
            self.problem.set(Some(NOBODY.to_owned()));
            return;
        };
        let facts = draft.facts();
        self.busy.set(Some(String::new()));
        self.problem.set(None);
        done.set(None);
        spawn_local(async move {
            let answer = test_workflow(facts.project.clone(), facts.workflow.clone(), input).await;
            self.busy.set(None);
            match answer {
                Ok(tested) => {
                    self.steps.set(told(&tested));
                    done.set(Some(tested));
                }
                Err(error) => self.problem.set(Some(words(&error))),
            }
        });
    }
}

/// What to do where nobody can be tried as.
pub(super) const NOBODY: &str = "Nobody has connected an account of this integration yet. Open Try it, connect one as a test user, then come back.";

fn empty_scope() -> Scope {
    Scope::default()
}

/// How each step went, from a history; of a round, the first.
pub(super) fn told(tested: &WorkflowTested) -> BTreeMap<String, StepTested> {
    let mut all = BTreeMap::<String, StepTested>::new();
    let mut note = |path: &StepPath, what: &dyn Fn(&mut StepTested)| {
        let first = !path.0.contains('/') || path.0.contains(".0/");
        if first {
            let blank = StepTested { input: None, output: None, failure: None, call: None };
            what(all.entry(path.step().to_owned()).or_insert(blank));
        }
    };
    for entry in &tested.history {
        match &entry.fact {
            Fact::StepStarted { path, input } => note(path, &|own| own.input = Some(input.clone())),
            Fact::StepSucceeded { path, call, output, .. } => note(path, &|own| {
                own.output = Some(output.clone());
                own.call = Some(call.clone());
            }),
            Fact::Concluded { path, output } => {
                note(path, &|own| own.output = Some(output.clone()))
            }
            Fact::Decided { path, holds } => {
                note(path, &|own| own.output = Some(json!({ "holds": holds })))
            }
            Fact::StepFailed { path, failure, call, .. } => note(path, &|own| {
                own.failure = Some(failure.clone());
                own.call.clone_from(call);
            }),
            _ => {}
        }
    }
    all
}
