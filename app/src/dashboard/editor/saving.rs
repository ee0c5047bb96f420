//! Saving as one goes: a moment after the last edit, one save at a time; two editors notice each other.

use super::draft::Draft;
use crate::server_fns::editor::save_draft;
use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::DraftStored;
use portico_domain::workflow::WorkflowDefinition;
use portico_engine::edit::Edit;
use std::time::Duration;

/// How long after the last edit it is saved.
const SAVE_AFTER: Duration = Duration::from_millis(700);
/// How long to wait before what failed is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Whether what is seen is what is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stored {
    /// It is.
    Yes,
    /// An edit waits for its moment.
    Soon,
    /// A save is under way.
    Now,
    /// It could not be saved; it is tried again.
    Failed(String),
    /// Somebody else saved another one.
    Conflict(Box<Theirs>),
}

/// What somebody else saved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Theirs {
    pub(super) definition: WorkflowDefinition,
    pub(super) name: String,
    pub(super) revision: i64,
}

/// Goes on when a save came to its end, whatever was drawn anew meanwhile.
type Settled = Box<dyn FnOnce(Result<(), Unsettled>)>;

/// Why what is seen is not stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unsettled {
    /// It could not be saved, in words.
    Failed(String),
    /// Somebody else saved another one.
    Conflict,
}

/// The saving of a draft. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Saving {
    draft: Draft,
    pub(super) stored: RwSignal<Stored>,
    /// The edits that are stored.
    saved: StoredValue<u64>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Saving {
    /// Saves from now on.
    pub(super) fn begin(draft: Draft) -> Self {
        let own = Self {
            draft,
            stored: RwSignal::new(Stored::Yes),
            saved: StoredValue::new(0),
            waiting: StoredValue::new(None),
        };
        Effect::new(move |first: Option<()>| {
            draft.edits.track();
            // What somebody else stored is an edit here, and stored already.
            if first.is_some() && own.has_edits() {
                own.soon(SAVE_AFTER);
            }
        });
        let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
            if own.is_open() {
                // The browser asks in its own words.
                event.prevent_default();
                event.set_return_value("unsaved");
            }
        });
        on_cleanup(move || handle.remove());
        own
    }

    /// Whether something would be lost if the page went away.
    fn is_open(self) -> bool {
        self.stored.with_untracked(|stored| *stored != Stored::Yes)
            || self.draft.name_problem.with_untracked(Option::is_some)
    }

    fn soon(self, wait: Duration) {
        if self.stored.with_untracked(|stored| matches!(stored, Stored::Conflict(_))) {
            return;
        }
        if let Some(earlier) = self.waiting.get_value() {
            earlier.clear();
        }
        if self.stored.with_untracked(|stored| *stored != Stored::Now) {
            self.stored.set(Stored::Soon);
        }
        let handle = set_timeout_with_handle(move || self.save(), wait);
        self.waiting.set_value(handle.ok());
    }

    /// Saves what there is now, at once.
    pub(super) fn save(self) {
        let busy = |stored: &Stored| matches!(stored, Stored::Now | Stored::Conflict(_));
        if self.stored.with_untracked(busy) {
            // Whatever was edited meanwhile is saved when this one is through.
            return;
        }
        if !self.has_edits() {
            self.stored.set(Stored::Yes);
            return;
        }
        self.store(None);
    }

    /// Saves if there is something to save, and goes on with how that went.
    pub(super) fn settled(self, then: Settled) {
        match self.stored.get_untracked() {
            Stored::Yes if !self.has_edits() => then(Ok(())),
            Stored::Conflict(_) => then(Err(Unsettled::Conflict)),
            Stored::Now => set_timeout(move || self.settled(then), Duration::from_millis(100)),
            _ => self.store(Some(then)),
        }
    }

    /// Whether something was edited since it was last stored.
    fn has_edits(self) -> bool {
        self.draft.edits.get_untracked() != self.saved.get_value()
    }

    fn store(self, then: Option<Settled>) {
        let draft = self.draft;
        let facts = draft.facts();
        let edits = draft.edits.get_untracked();
        let (name, document) = (draft.name.get_untracked(), draft.document.get_untracked());
        let revision = draft.revision.get_untracked();
        self.stored.set(Stored::Now);
        spawn_local(async move {
            let (project, workflow) = (facts.project.clone(), facts.workflow.clone());
            let went = match save_draft(project, workflow, name, document, revision).await {
                Ok(DraftStored::Stored { revision, name_problem }) => {
                    draft.revision.set(revision);
                    draft.name_problem.set(name_problem);
                    self.saved.set_value(edits);
                    if self.has_edits() {
                        self.stored.set(Stored::Soon);
                        return match then {
                            Some(then) => self.settled(then),
                            None => self.soon(SAVE_AFTER),
                        };
                    }
                    self.stored.set(Stored::Yes);
                    Ok(())
                }
                Ok(DraftStored::Conflict { theirs, revision, name }) => {
                    let theirs = Theirs { definition: *theirs, name, revision };
                    self.stored.set(Stored::Conflict(Box::new(theirs)));
                    Err(Unsettled::Conflict)
                }
                Err(error) => {
                    let why = words(&error);
                    self.stored.set(Stored::Failed(why.clone()));
                    let handle = set_timeout_with_handle(move || self.save_again(), AGAIN_AFTER);
                    self.waiting.set_value(handle.ok());
                    Err(Unsettled::Failed(why))
                }
            };
            if let Some(then) = then {
                then(went);
            }
        });
    }

    fn save_again(self) {
        if self.stored.with_untracked(|stored| matches!(stored, Stored::Failed(_))) {
            self.stored.set(Stored::Soon);
            self.save();
        }
    }

    /// Tries again what failed.
    pub(super) fn retry(self) {
        self.save_again();
    }

    /// Nothing is lost any more if the page goes away.
    pub(super) fn let_go(self) {
        self.saved.set_value(self.draft.edits.get_untracked());
        self.draft.name_problem.set(None);
        self.stored.set(Stored::Yes);
    }

    /// What is here replaces what somebody else saved.
    pub(super) fn keep_mine(self) {
        if let Stored::Conflict(theirs) = self.stored.get_untracked() {
            self.draft.revision.set(theirs.revision);
            self.stored.set(Stored::Soon);
            // Saving it is an edit of theirs, whatever happened here.
            self.draft.edits.update(|edits| *edits += 1);
        }
    }

    /// What somebody else saved replaces what is here; that can be undone.
    pub(super) fn take_theirs(self) {
        if let Stored::Conflict(theirs) = self.stored.get_untracked() {
            self.draft.revision.set(theirs.revision);
            self.draft.call(theirs.name);
            self.draft.name_problem.set(None);
            self.draft.edit(Edit::Whole(Box::new(theirs.definition)));
            self.draft.keep_selection();
            // It is stored as it is: saved once more, it would surprise whoever edits it there.
            self.saved.set_value(self.draft.edits.get_untracked());
            self.stored.set(Stored::Yes);
        }
    }
}
