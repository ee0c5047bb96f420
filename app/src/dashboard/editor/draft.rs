//! The workflow as it is edited: the document, what can be taken back, what is selected, what is wrong.

use super::facts::Facts;
use super::testing::Tests;
use leptos::prelude::*;
use portico_domain::CredentialStatus;
use portico_domain::view::{AppEventView, EditorView, PlacedProblem, PreviewAccount};
use portico_domain::workflow::{Step, WorkflowDefinition};
use portico_engine::Engine;
use portico_engine::edit::{Coalesce, Edit, EditLog, EditRefused};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The widest window (CSS pixels) in which the panel lies over the canvas; as in `style/editor.css`.
const NARROW: f64 = 760.0;

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

/// Names that the workflow had, each with how many edits of the document stood when it got another one.
type Renames = Vec<(usize, String)>;

/// Other names that were given, to be taken back and given again.
#[derive(Clone, Debug, Default)]
struct Names {
    done: Renames,
    undone: Renames,
}

fn window_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(f64::MAX)
}

/// The workflow being edited. Cheap to copy: everything in it is a handle.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub(super) facts: StoredValue<Arc<Facts>>,
    pub(super) engine: StoredValue<Arc<Engine>>,
    pub(super) document: RwSignal<WorkflowDefinition>,
    pub(super) name: RwSignal<String>,
    /// Why it is not stored under this name.
    pub(super) name_problem: RwSignal<Option<String>>,
    pub(super) revision: RwSignal<i64>,
    /// What runs, and its number.
    pub(super) deployed: RwSignal<Option<(i64, WorkflowDefinition)>>,
    pub(super) events: RwSignal<Vec<AppEventView>>,
    /// The names of the project's secrets.
    pub(super) secrets: RwSignal<Vec<String>>,
    /// As whom it can be tried.
    pub(super) previews: RwSignal<Vec<PreviewAccount>>,
    pub(super) selected: RwSignal<Selected>,
    /// Whether what is selected is seen where the window is too narrow for it and the canvas.
    pub(super) panel: RwSignal<bool>,
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
    names: RwSignal<Names>,
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
            name_problem: RwSignal::new(None),
            revision: RwSignal::new(view.revision),
            deployed: RwSignal::new(deployed),
            events: RwSignal::new(view.events),
            secrets: RwSignal::new(view.secrets),
            previews: RwSignal::new(view.previews),
            selected,
            // In a narrow window the panel would hide the workflow that one came to see.
            panel: RwSignal::new(window_width() > NARROW),
            dragged: RwSignal::new(None),
            selector: StoredValue::new(selector),
            problems: RwSignal::new(Vec::new()),
            preview: RwSignal::new(preview),
            tests: Tests::new(),
            called: RwSignal::new(BTreeMap::new()),
            said: RwSignal::new(String::new()),
            log: RwSignal::new(EditLog::new()),
            names: RwSignal::default(),
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

    /// Makes an edit that can be refused at its field, which says why.
    pub(super) fn attempt(self, edit: Edit) -> Result<(), EditRefused> {
        let mut made = Ok(());
        self.document.update(|document| {
            self.log.update(|log| made = log.apply(document, edit, Coalesce::Apart));
        });
        if made.is_ok() {
            self.made();
        }
        made
    }

    fn make(self, edit: Edit, coalesce: Coalesce) {
        let mut refused = None;
        self.document.update(|document| {
            self.log.update(|log| refused = log.apply(document, edit, coalesce).err());
        });
        match refused {
            None => self.made(),
            Some(why) => self.said.set(why.to_string()),
        }
    }

    fn made(self) {
        self.names.update(|names| names.undone.clear());
        self.edits.update(|edits| *edits += 1);
    }

    /// Gives the workflow another name; taken back in its order among the edits of the document.
    pub(super) fn call(self, name: String) {
        if self.name.with_untracked(|now| *now == name) {
            return;
        }
        let mut behind = 0;
        self.log.update(|log| behind = log.interrupt());
        let before = self.name.get_untracked();
        self.names.update(|names| {
            names.undone.clear();
            names.done.push((behind, before));
        });
        self.name.set(name);
        self.edits.update(|edits| *edits += 1);
    }

    pub(super) fn undo(self) {
        let mut done = self.swap_name(|names| (&mut names.done, &mut names.undone));
        if !done {
            self.document
                .update(|document| self.log.update(|log| done = log.undo(document).is_some()));
        }
        self.moved(done, "Undone.");
    }

    pub(super) fn redo(self) {
        let mut done = self.swap_name(|names| (&mut names.undone, &mut names.done));
        if !done {
            self.document
                .update(|document| self.log.update(|log| done = log.redo(document).is_some()));
        }
        self.moved(done, "Done again.");
    }

    /// The name becomes what it was before or behind the edits that stand, if it is its turn.
    fn swap_name(self, stacks: impl Fn(&mut Names) -> (&mut Renames, &mut Renames)) -> bool {
        let stands = self.log.with_untracked(EditLog::count);
        let mut other = None;
        self.names.update(|names| {
            let (from, to) = stacks(names);
            if let Some((behind, name)) = from.pop_if(|(behind, _)| *behind == stands) {
                to.push((behind, self.name.get_untracked()));
                other = Some(name);
            }
        });
        let Some(other) = other else { return false };
        self.name.set(other);
        true
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
        self.log.with(EditLog::can_undo) || self.names.with(|names| !names.done.is_empty())
    }

    pub(super) fn can_redo(self) -> bool {
        self.log.with(EditLog::can_redo) || self.names.with(|names| !names.undone.is_empty())
    }

    /// Selects something to see it: where the panel lies over the canvas, it opens.
    pub(super) fn look_at(self, which: Selected) {
        self.selected.set(which);
        self.panel.set(true);
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
