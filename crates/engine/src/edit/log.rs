//! What was done, so that it can be taken back and done again.

use super::{Edit, EditRefused, apply};
use portico_domain::workflow::WorkflowDefinition;

/// The most edits that can be taken back.
const MOST: usize = 1_000;

/// Whether an edit is a part of the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coalesce {
    /// It stands for itself.
    #[default]
    Apart,
    /// It goes on with the one before, if that was of the same thing: a letter more in the same input. Both
    /// are taken back at once.
    WithLast,
}

/// The edits of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditLog {
    /// What takes back each edit that was done, with what it was of.
    done: Vec<(Edit, Subject)>,
    /// What does each edit again that was taken back, the last one first.
    undone: Vec<(Edit, Subject)>,
    /// Whether the last edit may be gone on with.
    open: bool,
}

/// What an edit is of, as far as a further one can go on with it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Input(String, String),
    Step(String),
    Trigger,
    OnlyIf,
    Settings,
    Options,
    /// It is gone on with by none.
    Single,
}

impl Subject {
    fn of(edit: &Edit) -> Self {
        match edit {
            Edit::SetInput { id, key, .. } => Self::Input(id.clone(), key.clone()),
            // Under another id it would have to be looked for under that.
            Edit::Replace { id, step } if step.id == *id => Self::Step(id.clone()),
            Edit::SetTrigger(_) => Self::Trigger,
            Edit::SetOnlyIf(_) => Self::OnlyIf,
            Edit::SetSettings(_) => Self::Settings,
            Edit::SetOptions(_) => Self::Options,
            _ => Self::Single,
        }
    }
}

impl EditLog {
    /// Nothing was done yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does an edit and remembers how to take it back.
    ///
    /// # Errors
    /// [`EditRefused`]: nothing was changed.
    pub fn apply(
        &mut self,
        workflow: &mut WorkflowDefinition,
        edit: Edit,
        coalesce: Coalesce,
    ) -> Result<(), EditRefused> {
        let subject = Subject::of(&edit);
        let inverse = apply(workflow, edit)?;
        self.undone.clear();
        let goes_on = coalesce == Coalesce::WithLast
            && self.open
            && subject != Subject::Single
            && self.done.last().is_some_and(|(_, last)| *last == subject);
        self.open = true;
        if goes_on {
            // The first one's inverse leads to what stood there before both.
            return Ok(());
        }
        if self.done.len() == MOST {
            self.done.remove(0);
        }
        self.done.push((inverse, subject));
        Ok(())
    }

    /// Takes back the last edit. Answers what was done to do so, if there was anything to take back.
    pub fn undo(&mut self, workflow: &mut WorkflowDefinition) -> Option<Edit> {
        step_back(&mut self.done, &mut self.undone, &mut self.open, workflow)
    }

    /// Does again what was taken back last. Answers what was done, if there was anything.
    pub fn redo(&mut self, workflow: &mut WorkflowDefinition) -> Option<Edit> {
        step_back(&mut self.undone, &mut self.done, &mut self.open, workflow)
    }

    /// How many edits can be taken back.
    pub fn count(&self) -> usize {
        self.done.len()
    }

    /// Something was done that is not of the document, such as another name for it: what was taken back is
    /// forgotten, and the next edit stands for itself. Answers how many edits can be taken back.
    pub fn interrupt(&mut self) -> usize {
        self.undone.clear();
        self.open = false;
        self.done.len()
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }
}

fn step_back(
    from: &mut Vec<(Edit, Subject)>,
    to: &mut Vec<(Edit, Subject)>,
    open: &mut bool,
    workflow: &mut WorkflowDefinition,
) -> Option<Edit> {
    *open = false;
    let (edit, subject) = from.pop()?;
    // The document is only ever changed through the log: what was possible then is possible now.
    let inverse = apply(workflow, edit.clone()).ok()?;
    to.push((inverse, subject));
    Some(edit)
}
