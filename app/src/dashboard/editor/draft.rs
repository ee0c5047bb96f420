//! The workflow as it is edited: the document, what can be taken back, what is selected, what is wrong.

use super::facts::Facts;
use super::testing::Tests;
use leptos::prelude::*;
use portico_domain::CredentialStatus;
use portico_domain::view::{AppEventView, EditorView, PlacedProblem, PreviewAccount};
use portico_domain::workflow::{Step, WorkflowDefinition};
use portico_engine::Engine;
use portico_engine::edit::{Coalesce, Edit, EditLog};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long after the last edit the document is checked.
const CHECK_AFTER: Duration = Duration::from_millis(120);

/// What the panel is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Selected {
    /// The workflow as a whole.
    Workflow,
    /// What starts it.
    Trigger,
    /// A step, by its id.
    Step(String),
}

/// The workflow being edited. Cheap to copy: everything in it is a handle.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub(super) facts: StoredValue<Arc<Facts>>,
    pub(super) engine: StoredValue<Arc<Engine>>,
    pub(super) document: RwSignal<WorkflowDefinition>,
    pub(super) name: RwSignal<String>,
    pub(super) revision: RwSignal<i64>,
    /// What runs, and its number.
    pub(super) deployed: RwSignal<Option<(i64, WorkflowDefinition)>>,
    pub(super) events: RwSignal<Vec<AppEventView>>,
    /// The names of the project's secrets.
    pub(super) secrets: RwSignal<Vec<String>>,
    /// As whom it can be tried.
    pub(super) previews: RwSignal<Vec<PreviewAccount>>,
    pub(super) selected: RwSignal<Selected>,
    /// The step that is dragged.
    pub(super) dragged: RwSignal<Option<String>>,
    /// Who asks whether it is selected hears only of its own change.
    selector: StoredValue<Selector<Selected>>,
    pub(super) problems: RwSignal<Vec<PlacedProblem>>,
    /// As whom it is tried.
    pub(super) preview: RwSignal<Option<PreviewAccount>>,
    pub(super) tests: Tests,
    /// What chosen values are called, as far as that was found out: a document keeps values only.
    pub(super) called: RwSignal<BTreeMap<String, Option<String>>>,
    /// What was done, for whoever cannot see it.
    pub(super) said: RwSignal<String>,
    log: RwSignal<EditLog>,
    /// Counts edits: what is saved is compared with it.
    pub(super) edits: RwSignal<u64>,
}

impl Draft {
    pub(super) fn new(view: EditorView, project: String, workflow: String) -> Self {
        let deployed = view.summary.deployed_version.zip(view.deployed.clone());
        let preview = first_of(&view.previews);
        let facts = Facts::new(&view, project, workflow);
        let selected = RwSignal::new(Selected::Trigger);
        let selector = Selector::new(move || selected.get());
        let draft = Self {
            facts: StoredValue::new(Arc::new(facts)),
            engine: StoredValue::new(Arc::new(Engine::new())),
            document: RwSignal::new(view.draft),
            name: RwSignal::new(view.summary.name),
            revision: RwSignal::new(view.revision),
            deployed: RwSignal::new(deployed),
            events: RwSignal::new(view.events),
            secrets: RwSignal::new(view.secrets),
            previews: RwSignal::new(view.previews),
            selected,
            dragged: RwSignal::new(None),
            selector: StoredValue::new(selector),
            problems: RwSignal::new(Vec::new()),
            preview: RwSignal::new(preview),
            tests: Tests::new(),
            called: RwSignal::new(BTreeMap::new()),
            said: RwSignal::new(String::new()),
            log: RwSignal::new(EditLog::new()),
            edits: RwSignal::new(0),
        };
        draft.check_as_it_changes();
        draft
    }

    pub(super) fn facts(self) -> Arc<Facts> {
        self.facts.get_value()
    }

    /// Takes in what was made elsewhere since: accounts, secrets, events.
    pub(super) fn take_in(self, view: EditorView) {
        let now = self.preview.with_untracked(|own| own.as_ref().map(|own| own.configuration));
        let same = view.previews.iter().find(|own| Some(own.configuration) == now).cloned();
        update(self.preview, same.or_else(|| first_of(&view.previews)));
        update(self.previews, view.previews);
        update(self.secrets, view.secrets);
        update(self.events, view.events);
    }

    /// Makes an edit that stands for itself.
    pub(super) fn edit(self, edit: Edit) {
        self.make(edit, Coalesce::Apart);
    }

    /// Makes an edit of somebody who types: all of it is taken back at once.
    pub(super) fn type_on(self, edit: Edit) {
        self.make(edit, Coalesce::WithLast);
    }

    fn make(self, edit: Edit, coalesce: Coalesce) {
        let mut refused = None;
        self.document.update(|document| {
            self.log.update(|log| refused = log.apply(document, edit, coalesce).err());
        });
        match refused {
            None => self.edits.update(|edits| *edits += 1),
            Some(why) => self.said.set(why.to_string()),
        }
    }

    pub(super) fn undo(self) {
        let mut done = false;
        self.document.update(|document| self.log.update(|log| done = log.undo(document).is_some()));
        self.moved(done, "Undone.");
    }

    pub(super) fn redo(self) {
        let mut done = false;
        self.document.update(|document| self.log.update(|log| done = log.redo(document).is_some()));
        self.moved(done, "Done again.");
    }

    fn moved(self, done: bool, words: &str) {
        if done {
            self.edits.update(|edits| *edits += 1);
            self.said.set(words.to_owned());
        }
        self.keep_selection();
    }

    /// What is selected may be gone.
    pub(super) fn keep_selection(self) {
        if let Selected::Step(id) = self.selected.get_untracked()
            && self.document.with_untracked(|document| document.step(&id).is_none())
        {
            self.selected.set(Selected::Workflow);
        }
    }

    pub(super) fn can_undo(self) -> bool {
        self.log.with(EditLog::can_undo)
    }

    pub(super) fn can_redo(self) -> bool {
        self.log.with(EditLog::can_redo)
    }

    /// Whether something is selected.
    pub(super) fn is_selected(self, which: &Selected) -> bool {
        self.selector.with_value(|selector| selector.selected(which))
    }

    /// A step as it is now.
    pub(super) fn step(self, id: &str) -> Option<Step> {
        self.document.with_untracked(|document| document.step(id).cloned())
    }

    /// The ids of what can be selected, from the top to the bottom.
    pub(super) fn order(self) -> Vec<Selected> {
        let steps = self.document.with_untracked(|document| {
            let walked = document.walk();
            walked
                .into_iter()
                .map(|placed| Selected::Step(placed.step.id.clone()))
                .collect::<Vec<_>>()
        });
        std::iter::once(Selected::Trigger).chain(steps).collect()
    }

    /// The problem at a place, or below it.
    pub(super) fn problem_at(self, pointer: &str) -> Option<String> {
        self.problems.with(|problems| {
            let at = |own: &&PlacedProblem| {
                own.pointer
                    .strip_prefix(pointer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            problems.iter().find(at).map(|own| own.message.clone())
        })
    }

    /// The same crate that the server asks before it deploys, once nobody has typed for a moment.
    fn check_as_it_changes(self) {
        let waiting = StoredValue::new(None::<TimeoutHandle>);
        let check = move || {
            let found = self.document.with_untracked(|document| {
                self.events.with_untracked(|events| self.facts().problems(self, document, events))
            });
            if self.problems.with_untracked(|known| *known != found) {
                self.problems.set(found);
            }
        };
        Effect::new(move |first: Option<()>| {
            self.document.track();
            self.events.track();
            self.secrets.track();
            if first.is_none() {
                return check();
            }
            if let Some(earlier) = waiting.get_value() {
                earlier.clear();
            }
            waiting.set_value(set_timeout_with_handle(check, CHECK_AFTER).ok());
        });
    }
}

/// As whom it is tried until somebody is chosen.
fn first_of(previews: &[PreviewAccount]) -> Option<PreviewAccount> {
    let valid = previews.iter().find(|own| own.status == CredentialStatus::Valid);
    valid.or(previews.first()).cloned()
}

/// Sets what became different; who looks at what stayed the same hears nothing.
fn update<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, to: T) {
    if signal.with_untracked(|now| *now != to) {
        signal.set(to);
    }
}
