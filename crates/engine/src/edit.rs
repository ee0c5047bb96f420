//! Edits of a workflow, each with its inverse: what undo, redo and every page that changes a draft are made of.
//!
//! An edit is done whole or not at all. Doing it answers the edit that takes it back.
//!
//! To add an edit: a variant of [`Edit`], its arm in `apply`, and in the law under `tests/edits.rs`.

mod log;

pub use log::{Coalesce, EditLog};

use crate::references::Renaming;
use crate::settings::is_slug;
use portico_domain::workflow::{
    Branch, Rules, Setting, Step, Trigger, WorkflowDefinition, WorkflowOptions,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

pub(crate) const BRANCHES: [Branch; 3] = [Branch::Then, Branch::Else, Branch::Body];
/// The longest id.
const LONGEST_ID: usize = 64;

/// Something that is changed in a workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Another trigger.
    SetTrigger(Trigger),
    /// Another filter of the trigger.
    SetOnlyIf(Rules),
    /// A step more, with all that it holds.
    Insert {
        /// Where.
        at: Spot,
        /// The step.
        step: Box<Step>,
    },
    /// A step less, with all that it holds.
    Remove {
        /// Which.
        id: String,
    },
    /// A step elsewhere, with all that it holds.
    Move {
        /// Which.
        id: String,
        /// Where to, counted without it.
        to: Spot,
    },
    /// A step as another one.
    Replace {
        /// Which.
        id: String,
        /// What it is from now on.
        step: Box<Step>,
    },
    /// A step under another id; what refers to it follows.
    Rename {
        /// Which.
        id: String,
        /// Its new id.
        to: String,
    },
    /// An input of a step.
    SetInput {
        /// Of which step.
        id: String,
        /// Which.
        key: String,
        /// What stands there; nothing: it is left out.
        value: Option<Value>,
    },
    /// Other questions to the end user.
    SetSettings(Vec<Setting>),
    /// A question under another key; what refers to it follows.
    RenameSetting {
        /// Which.
        key: String,
        /// Its new key.
        to: String,
    },
    /// Other options.
    SetOptions(WorkflowOptions),
    /// Another workflow: a restored version, a file.
    Whole(Box<WorkflowDefinition>),
    /// Several at once, in their order.
    Several(Vec<Edit>),
}

/// A place between steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The step in which, and in which of its lists; nothing: the workflow's own list.
    pub within: Option<(String, Branch)>,
    /// Behind so many steps of the list.
    pub index: usize,
}

/// Why an edit cannot be done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditRefused {
    /// There is no such step.
    #[error("There is no step {0:?} any more.")]
    UnknownStep(String),
    /// There is no such question.
    #[error("There is no setting {0:?} any more.")]
    UnknownSetting(String),
    /// The step holds no such list.
    #[error("The step {0:?} holds no steps there.")]
    NoBranch(String),
    /// The list is shorter.
    #[error("There is no place {0} in this list of steps.")]
    NoPlace(usize),
    /// A step cannot hold itself.
    #[error("The step {0:?} cannot stand in itself.")]
    IntoItself(String),
    /// Another step or question has the name.
    #[error("The name {0:?} is taken.")]
    Taken(String),
    /// It cannot be a name.
    #[error("A name is lower-case letters, digits and _, beginning with a letter.")]
    NotAName(String),
    /// A condition has rules and no inputs.
    #[error("The step {0:?} has no inputs.")]
    NoInputs(String),
}

/// Does an edit. Answers the one that takes it back.
///
/// # Errors
/// [`EditRefused`]: nothing was changed.
pub fn apply(workflow: &mut WorkflowDefinition, edit: Edit) -> Result<Edit, EditRefused> {
    Ok(match edit {
        Edit::SetTrigger(new) => Edit::SetTrigger(std::mem::replace(&mut workflow.trigger, new)),
        Edit::SetOnlyIf(new) => Edit::SetOnlyIf(std::mem::replace(&mut workflow.only_if, new)),
        Edit::SetSettings(new) => Edit::SetSettings(std::mem::replace(&mut workflow.settings, new)),
        Edit::SetOptions(new) => Edit::SetOptions(std::mem::replace(&mut workflow.options, new)),
        Edit::Whole(new) => Edit::Whole(Box::new(std::mem::replace(workflow, *new))),
        Edit::Insert { at, step } => insert(workflow, &at, *step)?,
        Edit::Remove { id } => {
            let (at, step) = take(workflow, &id)?;
            Edit::Insert { at, step: Box::new(step) }
        }
        Edit::Move { id, to } => shift(workflow, id, &to)?,
        Edit::Replace { id, step } => replace(workflow, &id, *step)?,
        Edit::Rename { id, to } => rename(workflow, id, to)?,
        Edit::SetInput { id, key, value } => set_input(workflow, id, key, value)?,
        Edit::RenameSetting { key, to } => rename_setting(workflow, key, to)?,
        Edit::Several(edits) => several(workflow, edits)?,
    })
}

/// Where a step stands.
pub fn spot(workflow: &WorkflowDefinition, id: &str) -> Option<Spot> {
    fn find(steps: &[Step], within: Option<(&str, Branch)>, id: &str) -> Option<Spot> {
        if let Some(index) = steps.iter().position(|step| step.id == id) {
            let within = within.map(|(step, branch)| (step.to_owned(), branch));
            return Some(Spot { within, index });
        }
        steps.iter().find_map(|step| {
            let mut branches = step.kind.branches().into_iter();
            branches.find_map(|(branch, steps)| find(steps, Some((&step.id, branch)), id))
        })
    }
    find(&workflow.steps, None, id)
}

/// Which way a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Towards the trigger.
    Up,
    /// Towards the end.
    Down,
}

/// Where a step goes next, one place at a time, so that it comes by every place: past the step beside it, or
/// into that step's nearest list; at the end of a list into the next one of the same step, or out of it. Counted
/// without the step, as [`Edit::Move`] takes it; nothing: it stands at the very end.
pub fn beyond(workflow: &WorkflowDefinition, id: &str, way: Way) -> Option<Spot> {
    let Spot { within, index } = spot(workflow, id)?;
    let list = match &within {
        None => workflow.steps.as_slice(),
        Some((holder, branch)) => held(workflow.step(holder)?, *branch)?,
    };
    let beside = match way {
        Way::Up => index.checked_sub(1),
        Way::Down => Some(index + 1),
    };
    if let Some(beside) = beside.and_then(|at| list.get(at)) {
        let lists = beside.kind.branches();
        let nearest = match way {
            Way::Up => lists.last().map(|(branch, steps)| (*branch, steps.len())),
            Way::Down => lists.first().map(|(branch, _)| (*branch, 0)),
        };
        return Some(match (nearest, way) {
            (Some((branch, index)), _) => Spot { within: Some((beside.id.clone(), branch)), index },
            (None, Way::Up) => Spot { within, index: index - 1 },
            (None, Way::Down) => Spot { within, index: index + 1 },
        });
    }
    let (holder, branch) = within?;
    let lists = workflow.step(&holder)?.kind.branches();
    let own = lists.iter().position(|(own, _)| *own == branch)?;
    let next = match way {
        Way::Up => own.checked_sub(1),
        Way::Down => Some(own + 1),
    };
    if let Some((branch, steps)) = next.and_then(|at| lists.get(at)) {
        let index = if way == Way::Up { steps.len() } else { 0 };
        return Some(Spot { within: Some((holder, *branch)), index });
    }
    let out = spot(workflow, &holder)?;
    Some(Spot { index: out.index + usize::from(way == Way::Down), ..out })
}

fn held(step: &Step, branch: Branch) -> Option<&[Step]> {
    let lists = step.kind.branches();
    lists.into_iter().find(|(own, _)| *own == branch).map(|(_, steps)| steps.as_slice())
}

/// An id like the wish that no step has.
pub fn fresh_id(workflow: &WorkflowDefinition, wish: &str) -> String {
    let taken: HashSet<_> =
        workflow.walk().into_iter().map(|placed| placed.step.id.as_str()).collect();
    fresh_among(&taken, wish)
}

fn fresh_among(taken: &HashSet<&str>, wish: &str) -> String {
    let mut slug = String::new();
    for c in wish.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('_') => {}
            _ => slug.push('_'),
        }
    }
    if !slug.starts_with(|c: char| c.is_ascii_lowercase()) {
        slug.insert_str(0, if slug.is_empty() { "step" } else { "step_" });
    }
    // Room for a number.
    slug.truncate(LONGEST_ID - 4);
    let slug = slug.trim_end_matches('_');
    let free = |id: &String| !taken.contains(id.as_str());
    let mut numbered = (2..).map(|number| format!("{slug}_{number}"));
    Some(slug.to_owned()).filter(free).or_else(|| numbered.find(free)).unwrap_or_default()
}

/// The edit that puts a copy of a step behind it. Every step in the copy has an id of its own, and what
/// refers to a copied step refers to its copy.
///
/// # Errors
/// [`EditRefused::UnknownStep`].
pub fn duplicate(workflow: &WorkflowDefinition, id: &str) -> Result<Edit, EditRefused> {
    let unknown = || EditRefused::UnknownStep(id.to_owned());
    let at = spot(workflow, id).ok_or_else(unknown)?;
    let original = workflow.step(id).ok_or_else(unknown)?;
    let copied = ids(original);
    let mut names = BTreeMap::new();
    let mut taken: HashSet<String> =
        workflow.walk().into_iter().map(|placed| placed.step.id.clone()).collect();
    for old in &copied {
        let new = fresh_among(&taken.iter().map(String::as_str).collect(), without_number(old));
        taken.insert(new.clone());
        names.insert(old.as_str(), new);
    }
    let mut step = original.clone();
    each(&mut step, &mut |step| {
        if let Some(new) = names.get(step.id.as_str()) {
            step.id.clone_from(new);
        }
    });
    let names = names.iter().map(|(old, new)| (*old, new.as_str())).collect();
    Renaming { root: "steps", names }.step(&mut step);
    Ok(Edit::Insert { at: Spot { index: at.index + 1, ..at }, step: Box::new(step) })
}

/// `send_2` is a further `send`.
fn without_number(id: &str) -> &str {
    match id.rsplit_once('_') {
        Some((name, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => id,
    }
}

fn each(step: &mut Step, what: &mut impl FnMut(&mut Step)) {
    what(step);
    for branch in BRANCHES {
        for inner in step.kind.branch_mut(branch).into_iter().flatten() {
            each(inner, what);
        }
    }
}

/// The ids of a step and of those that it holds.
fn ids(step: &Step) -> Vec<String> {
    let mut found = vec![step.id.clone()];
    for (_, steps) in step.kind.branches() {
        found.extend(steps.iter().flat_map(ids));
    }
    found
}

fn step_mut<'w>(steps: &'w mut Vec<Step>, id: &str) -> Option<&'w mut Step> {
    for step in steps {
        if step.id == id {
            return Some(step);
        }
        for branch in BRANCHES {
            // Looked for twice: a found one cannot be handed out of a loop that goes on.
            let held = step.kind.branches().into_iter().find(|(own, _)| *own == branch);
            let here = held.is_some_and(|(_, steps)| {
                steps.iter().any(|own| ids(own).iter().any(|own| own == id))
            });
            if here {
                return step_mut(step.kind.branch_mut(branch)?, id);
            }
        }
    }
    None
}

fn list_mut<'w>(
    workflow: &'w mut WorkflowDefinition,
    within: Option<&(String, Branch)>,
) -> Result<&'w mut Vec<Step>, EditRefused> {
    let Some((id, branch)) = within else { return Ok(&mut workflow.steps) };
    let step = step_mut(&mut workflow.steps, id);
    let step = step.ok_or_else(|| EditRefused::UnknownStep(id.clone()))?;
    step.kind.branch_mut(*branch).ok_or_else(|| EditRefused::NoBranch(id.clone()))
}

fn put(workflow: &mut WorkflowDefinition, at: &Spot, step: Step) -> Result<(), EditRefused> {
    let list = list_mut(workflow, at.within.as_ref())?;
    if at.index > list.len() {
        return Err(EditRefused::NoPlace(at.index));
    }
    list.insert(at.index, step);
    Ok(())
}

fn take(workflow: &mut WorkflowDefinition, id: &str) -> Result<(Spot, Step), EditRefused> {
    let at = spot(workflow, id).ok_or_else(|| EditRefused::UnknownStep(id.to_owned()))?;
    let step = list_mut(workflow, at.within.as_ref())?.remove(at.index);
    Ok((at, step))
}

/// No id of new steps is one that stands among `others`, or twice among themselves.
fn all_free(others: &WorkflowDefinition, except: &[String], new: &Step) -> Result<(), EditRefused> {
    let walked = others.walk();
    let mut taken: HashSet<&str> = walked.iter().map(|placed| placed.step.id.as_str()).collect();
    taken.retain(|id| !except.iter().any(|own| own == id));
    let own = ids(new);
    match own.iter().find(|id| !taken.insert(id.as_str())) {
        Some(twice) => Err(EditRefused::Taken(twice.clone())),
        None => Ok(()),
    }
}

fn insert(workflow: &mut WorkflowDefinition, at: &Spot, step: Step) -> Result<Edit, EditRefused> {
    all_free(workflow, &[], &step)?;
    let id = step.id.clone();
    put(workflow, at, step)?;
    Ok(Edit::Remove { id })
}

fn shift(workflow: &mut WorkflowDefinition, id: String, to: &Spot) -> Result<Edit, EditRefused> {
    let moved = workflow.step(&id).ok_or_else(|| EditRefused::UnknownStep(id.clone()))?;
    if let Some((within, _)) = &to.within
        && ids(moved).contains(within)
    {
        return Err(EditRefused::IntoItself(id));
    }
    let (from, step) = take(workflow, &id)?;
    if let Err(refused) = put(workflow, to, step.clone()) {
        put(workflow, &from, step)?;
        return Err(refused);
    }
    Ok(Edit::Move { id, to: from })
}

fn replace(workflow: &mut WorkflowDefinition, id: &str, step: Step) -> Result<Edit, EditRefused> {
    let unknown = || EditRefused::UnknownStep(id.to_owned());
    let before = workflow.step(id).ok_or_else(unknown)?;
    all_free(workflow, &ids(before), &step)?;
    let id_now = step.id.clone();
    let own = step_mut(&mut workflow.steps, id).ok_or_else(unknown)?;
    let before = std::mem::replace(own, step);
    Ok(Edit::Replace { id: id_now, step: Box::new(before) })
}

fn set_input(
    workflow: &mut WorkflowDefinition,
    id: String,
    key: String,
    value: Option<Value>,
) -> Result<Edit, EditRefused> {
    let step = step_mut(&mut workflow.steps, &id);
    let step = step.ok_or_else(|| EditRefused::UnknownStep(id.clone()))?;
    let inputs = step.kind.inputs_mut().ok_or_else(|| EditRefused::NoInputs(id.clone()))?;
    let before = match value {
        Some(value) => inputs.insert(key.clone(), value),
        None => inputs.shift_remove(&key),
    };
    Ok(Edit::SetInput { id, key, value: before })
}

fn rename(workflow: &mut WorkflowDefinition, id: String, to: String) -> Result<Edit, EditRefused> {
    if workflow.step(&id).is_none() {
        return Err(EditRefused::UnknownStep(id));
    }
    if !is_slug(&to) {
        return Err(EditRefused::NotAName(to));
    }
    if id == to {
        return Ok(Edit::Rename { id: to, to: id });
    }
    if workflow.step(&to).is_some() {
        return Err(EditRefused::Taken(to));
    }
    let before = workflow.clone();
    if let Some(step) = step_mut(&mut workflow.steps, &id) {
        step.id.clone_from(&to);
    }
    Renaming::of("steps", &id, &to).whole(workflow);
    Ok(taken_back(before, "steps", (&id, &to), workflow).unwrap_or(Edit::Rename { id: to, to: id }))
}

fn rename_setting(
    workflow: &mut WorkflowDefinition,
    key: String,
    to: String,
) -> Result<Edit, EditRefused> {
    if !workflow.settings.iter().any(|own| own.key == key) {
        return Err(EditRefused::UnknownSetting(key));
    }
    if !is_slug(&to) {
        return Err(EditRefused::NotAName(to));
    }
    if key == to {
        return Ok(Edit::RenameSetting { key: to, to: key });
    }
    if workflow.settings.iter().any(|own| own.key == to) {
        return Err(EditRefused::Taken(to));
    }
    let before = workflow.clone();
    if let Some(setting) = workflow.settings.iter_mut().find(|own| own.key == key) {
        setting.key.clone_from(&to);
    }
    Renaming::of("settings", &key, &to).whole(workflow);
    let whole = taken_back(before, "settings", (&key, &to), workflow);
    Ok(whole.unwrap_or(Edit::RenameSetting { key: to, to: key }))
}

/// What takes a renaming back where renaming again does not: the new name was referred to before there was
/// anything of that name.
fn taken_back(
    before: WorkflowDefinition,
    root: &'static str,
    (from, to): (&str, &str),
    after: &WorkflowDefinition,
) -> Option<Edit> {
    let mut again = after.clone();
    match root {
        "steps" => {
            if let Some(step) = step_mut(&mut again.steps, to) {
                from.clone_into(&mut step.id);
            }
        }
        _ => {
            if let Some(setting) = again.settings.iter_mut().find(|own| own.key == to) {
                from.clone_into(&mut setting.key);
            }
        }
    }
    Renaming::of(root, to, from).whole(&mut again);
    (again != before).then(|| Edit::Whole(Box::new(before)))
}

fn several(workflow: &mut WorkflowDefinition, edits: Vec<Edit>) -> Result<Edit, EditRefused> {
    let before = workflow.clone();
    let mut inverses = Vec::with_capacity(edits.len());
    for edit in edits {
        match apply(workflow, edit) {
            Ok(inverse) => inverses.push(inverse),
            Err(refused) => {
                *workflow = before;
                return Err(refused);
            }
        }
    }
    inverses.reverse();
    Ok(Edit::Several(inverses))
}
