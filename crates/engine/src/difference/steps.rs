//! What became different in the steps.

use super::values::{inputs, line, moved};
use super::{Found, rules};
use crate::course::shape;
use portico_domain::InputShape;
use portico_domain::view::ChangeKind;
use portico_domain::workflow::{Branch, OnFailure, Placed, Step, StepKind, WorkflowDefinition};
use serde_json::{Map, Value};
use std::collections::HashMap;

impl Found<'_> {
    pub(super) fn steps(
        &mut self,
        before: Option<&WorkflowDefinition>,
        after: &WorkflowDefinition,
    ) {
        let before = before.map(WorkflowDefinition::walk).unwrap_or_default();
        let after = after.walk();
        let renamed = renamed(&before, &after);
        // The id that a step of the later version had in the earlier one.
        let id_before = |step: &Step| {
            renamed.get(step.id.as_str()).copied().unwrap_or(step.id.as_str()).to_owned()
        };
        let kept = |id: &str| after.iter().any(|own| id_before(own.step) == id);
        for own in before.iter().filter(|own| !kept(&own.step.id)) {
            let said = self.summary(own.step);
            self.said(&own.pointer, &called(own.step), (Some(said), None));
        }
        let elsewhere = elsewhere(&before, &after, &id_before);
        for own in &after {
            let old = before.iter().find(|old| old.step.id == id_before(own.step));
            let what = called(own.step);
            let Some(old) = old else {
                let said = self.summary(own.step);
                self.said(&own.pointer, &what, (None, Some(said)));
                continue;
            };
            if elsewhere.contains(&own.step.id) {
                self.push(ChangeKind::Moved, &own.pointer, &what);
            }
            self.step(old.step, own);
        }
    }

    /// What became different in a step that is in both versions.
    fn step(&mut self, old: &Step, own: &Placed<'_>) {
        let (new, at) = (own.step, own.pointer.as_str());
        let what = called(new);
        let both = |old: &str, new: &str| (Some(old.to_owned()), Some(new.to_owned()));
        self.said(&format!("{at}/title"), &format!("{what}: Title"), both(&old.title, &new.title));
        self.said(&format!("{at}/id"), &format!("{what}: ID"), both(&old.id, &new.id));
        let kinds = (self.kind_line(old), self.kind_line(new));
        let nothing = Map::new();
        let mut given =
            (old.kind.inputs().unwrap_or(&nothing), new.kind.inputs().unwrap_or(&nothing));
        if kinds.0 != kinds.1 {
            self.said(
                &format!("{at}/kind"),
                &format!("{what}: What it does"),
                (Some(kinds.0), Some(kinds.1)),
            );
            // What another action was given says nothing of this one.
            given.0 = &nothing;
        }
        let shapes = self.inputs_of(new);
        self.changes.extend(inputs((at, &what), &shapes, given));
        let rules = |step: &Step| match &step.kind {
            StepKind::Condition { rules, .. } => rules::line(rules),
            _ => None,
        };
        self.said(&format!("{at}/rules"), &format!("{what}: Rules"), (rules(old), rules(new)));
        let code = |step: &Step| match &step.kind {
            StepKind::Function { code, .. } => Some(code.clone()),
            _ => None,
        };
        if code(old) != code(new) {
            let shown = |code: Option<String>| code.map(|code| line(&Value::from(code)));
            let mut said = (shown(code(old)), shown(code(new)));
            // Too long for a line, or different in its spaces only.
            if said.0 == said.1 {
                said.1 = said.1.map(|code| format!("{code} (changed)"));
            }
            self.said(&format!("{at}/code"), &format!("{what}: Code"), said);
        }
        let parallel = |step: &Step| match &step.kind {
            StepKind::FanOut { parallel, .. } => {
                Some(parallel.map_or_else(|| "As usual".to_owned(), |rounds| rounds.to_string()))
            }
            _ => None,
        };
        let said = (parallel(old), parallel(new));
        self.said(&format!("{at}/parallel"), &format!("{what}: Rounds at once"), said);
        let retries = (Some(retries(old)), Some(retries(new)));
        self.said(&format!("{at}/retry"), &format!("{what}: Retries"), retries);
        let failure = |step: &Step| {
            let word = match step.on_failure {
                OnFailure::Stop => "Stop",
                OnFailure::Continue => "Continue",
            };
            Some(word.to_owned())
        };
        let said = (failure(old), failure(new));
        self.said(&format!("{at}/on_failure"), &format!("{what}: If it fails"), said);
    }

    fn inputs_of(&self, step: &Step) -> Vec<InputShape> {
        shape(step, self.actions).map(|shape| shape.inputs.clone()).unwrap_or_default()
    }

    fn kind_line(&self, step: &Step) -> String {
        let title = shape(step, self.actions).map(|shape| shape.title.clone());
        match &step.kind {
            StepKind::Action { integration, action, .. } => {
                format!("{integration}: {}", title.unwrap_or_else(|_| action.clone()))
            }
            kind => title.unwrap_or_else(|_| kind.name().to_owned()),
        }
    }

    /// A new or removed step in a line.
    fn summary(&self, step: &Step) -> String {
        let kind = self.kind_line(step);
        match &step.kind {
            StepKind::Condition { rules, .. } => match rules::line(rules) {
                Some(rules) => format!("{kind}: {rules}"),
                None => kind,
            },
            _ => kind,
        }
    }
}

fn called(step: &Step) -> String {
    format!("Step {:?}", step.title)
}

fn retries(step: &Step) -> String {
    match step.retry.as_deref() {
        None => "As usual".to_owned(),
        Some([]) => "None".to_owned(),
        Some(waits) => {
            let waits: Vec<_> = waits.iter().map(|wait| format!("{wait} s")).collect();
            format!("After {}", waits.join(", "))
        }
    }
}

/// Steps that have another id and are otherwise called the same and do the same: the earlier id by the later.
fn renamed<'a>(before: &[Placed<'a>], after: &[Placed<'a>]) -> HashMap<&'a str, &'a str> {
    let is_in = |list: &[Placed<'_>], id: &str| list.iter().any(|own| own.step.id == id);
    let mut gone: Vec<_> = before.iter().filter(|own| !is_in(after, &own.step.id)).collect();
    let mut found = HashMap::new();
    for own in after.iter().filter(|own| !is_in(before, &own.step.id)) {
        let same = |old: &&Placed<'_>| {
            old.step.title == own.step.title
                && old.step.kind.name() == own.step.kind.name()
                && old.step.kind.inputs() == own.step.kind.inputs()
        };
        if let Some(index) = gone.iter().position(same) {
            found.insert(own.step.id.as_str(), gone.remove(index).step.id.as_str());
        }
    }
    found
}

/// The later ids of the steps that stand in another list, or elsewhere in theirs.
fn elsewhere(
    before: &[Placed<'_>],
    after: &[Placed<'_>],
    id_before: &dyn Fn(&Step) -> String,
) -> Vec<String> {
    type Lists = Vec<(Option<(String, Branch)>, Vec<String>)>;
    let lists = |placed: &[Placed<'_>], id: &dyn Fn(&Step) -> String| {
        let mut lists: Lists = Vec::new();
        for own in placed {
            let holder = own.within.last().map(|(step, branch)| (id(step), *branch));
            let name = id(own.step);
            match lists.iter_mut().find(|(list, _)| *list == holder) {
                Some((_, names)) => names.push(name),
                None => lists.push((holder, vec![name])),
            }
        }
        lists
    };
    let old = lists(before, &|step| step.id.clone());
    let new = lists(after, id_before);
    let mut names = Vec::new();
    for (holder, list) in &new {
        let same = old.iter().find(|(own, _)| own == holder).map_or(&[][..], |(_, list)| list);
        names.extend(moved(same, list));
        let had = |name: &&String| before.iter().any(|own| own.step.id == **name);
        names.extend(list.iter().filter(had).filter(|name| !same.contains(name)).cloned());
    }
    after
        .iter()
        .filter(|own| names.contains(&id_before(own.step)))
        .map(|own| own.step.id.clone())
        .collect()
}
