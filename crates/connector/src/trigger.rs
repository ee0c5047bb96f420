//! Something that happens at a provider and can start a workflow.

use crate::failures::{Predicate, Verdicts};
use crate::file::triggers::{MatchFile, RowFile, TriggerFile};
use crate::file::{InputFile, PredicateFile};
use crate::inputs;
use crate::poll::Poll;
use crate::request::Shared;
use crate::slip::{Slip, check_names, is_slug};
use crate::text::as_text;
use portico_domain::TriggerShape;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Something that happens at a provider.
pub struct Trigger {
    shape: TriggerShape,
    lifecycle: Option<Lifecycle>,
    matches: BTreeMap<String, Match>,
    source: Source,
}

/// Where an item says what an input asks for.
struct Match {
    pointer: String,
    /// What says the same in other words: the values, and the predicates that then hold.
    or: Vec<(Vec<String>, Row)>,
}

/// What a trigger says about the account itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// The provider no longer accepts the connection; it must be made anew.
    Revoked,
}

enum Source {
    Poll(Box<Poll>),
    Webhook(Selection),
}

/// Which items are a trigger's, and what of them a workflow sees.
pub(crate) struct Selection {
    deliveries: Vec<Row>,
    ignore: Vec<Row>,
    output: String,
}

/// Predicates that must all hold.
type Row = Vec<Predicate>;

impl Trigger {
    pub(crate) fn read(
        file: TriggerFile,
        shared: &Shared,
        verdicts: &Verdicts,
    ) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        let near = format!("id = \"{}\"", file.id);
        if !is_slug(&file.id) {
            slips.push(Slip::new(&near, "An id is lower-case letters, digits and `_`."));
        }
        for input in file.inputs.iter().filter(|input| input.as_text) {
            let why =
                "`as_text` is for what is sent to the provider; a trigger's input is compared.";
            slips.push(Slip::new(&input.key, why));
        }
        inputs::check(&file.inputs, &mut slips);
        let shape = TriggerShape {
            id: file.id,
            title: file.title,
            description: file.description,
            inputs: file.inputs.into_iter().map(InputFile::shape).collect(),
            outputs: file.outputs,
            scopes: file.scopes,
        };
        let keys: Vec<String> = shape.inputs.iter().map(|input| input.key.clone()).collect();
        check_names(&near, file.matches.keys().map(String::as_str), &keys, &mut slips);
        let matches = file.matches.into_iter();
        let matches: BTreeMap<_, _> =
            matches.map(|(input, own)| (input, Match::read(own, &near, &mut slips))).collect();
        let mut selection = Selection {
            deliveries: Vec::new(),
            ignore: rows(file.ignore, &near, &mut slips),
            output: file.output,
        };
        let source = match (file.poll, file.webhook) {
            (Some(poll), None) => match Poll::read(poll, selection, &shape, shared, verdicts) {
                Ok(poll) => Some(Source::Poll(Box::new(poll))),
                Err(found) => {
                    slips.extend(found);
                    None
                }
            },
            (None, Some(webhook)) => {
                selection.deliveries = rows(webhook.deliveries, &near, &mut slips);
                Some(Source::Webhook(selection))
            }
            _ => {
                let why = "A trigger has one of `poll` and `webhook`: how it is heard of.";
                slips.push(Slip::new(&near, why));
                None
            }
        };
        for key in keys.iter().filter(|key| !matches.contains_key(*key)) {
            if source.as_ref().is_some_and(|source| !source.uses(key)) {
                let why = format!("The input {key:?} narrows nothing: name it in `matches`.");
                slips.push(Slip::new(&near, why));
            }
        }
        match source {
            Some(source) if slips.is_empty() => {
                Ok(Self { shape, lifecycle: file.lifecycle, matches, source })
            }
            _ => Err(slips),
        }
    }

    /// What the engine and the pages need to know of it.
    pub fn shape(&self) -> &TriggerShape {
        &self.shape
    }

    /// What it says about the account itself; such a trigger starts no workflow.
    pub fn lifecycle(&self) -> Option<Lifecycle> {
        self.lifecycle
    }

    /// How it is asked for, if the provider does not tell.
    pub fn poll(&self) -> Option<&Poll> {
        match &self.source {
            Source::Poll(poll) => Some(poll),
            Source::Webhook(_) => None,
        }
    }

    /// Whether the provider tells.
    pub fn is_told(&self) -> bool {
        matches!(self.source, Source::Webhook(_))
    }

    /// Whether what happened is what the inputs of a workflow ask for. An input without a value
    /// narrows nothing.
    pub fn concerns(&self, inputs: &Map<String, Value>, item: &Value) -> bool {
        self.matches.iter().all(|(input, own)| {
            as_text(inputs.get(input)).is_none_or(|wanted| own.is_said(&wanted, item))
        })
    }

    /// What a workflow sees of a delivered item, if it is this trigger's.
    pub(crate) fn take(&self, item: &Value) -> Option<Value> {
        match &self.source {
            Source::Webhook(selection) => selection.take(item),
            Source::Poll(_) => None,
        }
    }
}

impl Match {
    fn read(file: MatchFile, near: &str, slips: &mut Vec<Slip>) -> Self {
        let mut or = Vec::new();
        for own in file.or {
            let values: Vec<_> = own.values.iter().filter_map(|own| as_text(Some(own))).collect();
            if values.is_empty() || values.len() < own.values.len() {
                slips.push(Slip::new(near, "`values` are texts or numbers, one at least."));
            }
            or.push((values, predicates(own.when, near, slips)));
        }
        Self { pointer: file.pointer, or }
    }

    /// Whether an item says a value.
    fn is_said(&self, wanted: &str, item: &Value) -> bool {
        let says = |(values, row): &(Vec<String>, Row)| {
            values.iter().any(|own| own == wanted) && row.iter().all(|own| own.holds_for(item))
        };
        as_text(item.pointer(&self.pointer)).is_some_and(|own| own == wanted)
            || self.or.iter().any(says)
    }
}

impl Source {
    fn uses(&self, input: &str) -> bool {
        match self {
            Self::Poll(poll) => poll.uses(input),
            Self::Webhook(_) => false,
        }
    }
}

impl Selection {
    /// What a workflow sees of an item, if it is one of these.
    pub(crate) fn take(&self, item: &Value) -> Option<Value> {
        let holds = |row: &Row| row.iter().all(|predicate| predicate.holds_for(item));
        let ours = self.deliveries.is_empty() || self.deliveries.iter().any(holds);
        if !ours || self.ignore.iter().any(holds) {
            return None;
        }
        Some(item.pointer(&self.output).cloned().unwrap_or(Value::Null))
    }
}

fn rows(files: Vec<RowFile>, near: &str, slips: &mut Vec<Slip>) -> Vec<Row> {
    files.into_iter().map(|file| predicates(file.when, near, slips)).collect()
}

/// Predicates about an item; at least one, or all items would be meant.
pub(crate) fn predicates(files: Vec<PredicateFile>, near: &str, slips: &mut Vec<Slip>) -> Row {
    if files.is_empty() {
        slips.push(Slip::new(near, "A row needs a predicate in `when`."));
    }
    let mut row = Vec::new();
    for file in files {
        match Predicate::read(file) {
            Ok(predicate) if predicate.is_about_items() => row.push(predicate),
            Ok(_) => slips.push(Slip::new(near, "A predicate about an item has a `pointer`.")),
            Err(why) => slips.push(Slip::new(near, why)),
        }
    }
    row
}
