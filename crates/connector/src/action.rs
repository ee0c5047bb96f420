//! One thing an integration can do.

use crate::conditions;
use crate::definition::{Slip, is_slug};
use crate::failures::{Repeat, Verdicts};
use crate::file::{ActionFile, InputFile};
use crate::filters::{self, FilterGroups};
use crate::http::{Delivery, HttpRequest};
use crate::limits::{Needs, NeedsFile};
use crate::request::{Request, Shared};
use portico_domain::{ActionShape, Failure, InputType, Lanes};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// One thing an integration can do.
pub struct Action {
    shape: ActionShape,
    repeat: Repeat,
    request: Request,
    /// Inputs whose values the provider wants as text.
    as_text: Vec<String>,
    filters: Option<Arc<FilterGroups>>,
    output: String,
    verdicts: Verdicts,
    needs: Needs,
    /// How many of the verdicts are its own; the file's come after them.
    own_verdicts: usize,
}

/// An account, opened for one call.
#[derive(Clone, Copy)]
pub struct Connection<'a> {
    /// Public facts: `instance_url`.
    pub facts: &'a Map<String, Value>,
    /// The token. Never log it.
    pub access_token: &'a str,
}

impl Action {
    pub(crate) fn read(
        file: ActionFile,
        shared: &Shared,
        verdicts: &Verdicts,
        filters: Option<&Arc<FilterGroups>>,
    ) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        let keys: Vec<String> = file.inputs.iter().map(|input| input.key.clone()).collect();
        if !is_slug(&file.id) {
            slips.push(Slip::new(&file.id, "An id is lower-case letters, digits and `_`."));
        }
        let filtered = file.inputs.iter().filter(|input| input.kind == InputType::Filter);
        let filtered: Vec<String> = filtered.map(|input| input.key.clone()).collect();
        let own_verdicts = file.failures.len();
        let verdicts = match verdicts.under(file.failures) {
            Ok(verdicts) => verdicts,
            Err(why) => {
                slips.push(Slip::new(&file.id, why));
                verdicts.clone()
            }
        };
        let needs =
            NeedsFile { id: &file.id, limits: file.limits, serial: file.serial, inputs: &keys };
        let needs = Needs::read(needs, &shared.limits, &mut slips);
        let names: Vec<String> = file.request.soql.values().cloned().collect();
        let is_asked =
            |key: &&String| names.iter().any(|text| text.contains(&format!("{{{key}}}")));
        for key in filtered.iter().filter(|key| filters.is_none() && !is_asked(key)) {
            let words = "A filter needs `[filters]`, or a place in the request's `soql`.";
            slips.push(Slip::new(key, words));
        }
        let request = match Request::read(file.request, shared, &file.id, &keys) {
            Ok(request) if slips.is_empty() => request,
            Ok(_) => return Err(slips),
            Err(found) => {
                slips.extend(found);
                return Err(slips);
            }
        };
        let as_text = file.inputs.iter().filter(|input| input.as_text);
        Ok(Self {
            as_text: as_text.map(|input| input.key.clone()).collect(),
            filters: filters.cloned(),
            shape: ActionShape {
                id: file.id,
                title: file.title,
                description: file.description,
                inputs: file.inputs.into_iter().map(InputFile::shape).collect(),
                outputs: file.outputs,
            },
            repeat: if file.idempotent { Repeat::Safe } else { Repeat::Unsafe },
            request,
            output: file.output,
            verdicts,
            needs,
            own_verdicts,
        })
    }

    /// What the engine and the pages need to know of it.
    pub fn shape(&self) -> &ActionShape {
        &self.shape
    }

    /// Whether doing it twice is as good as once.
    pub fn is_idempotent(&self) -> bool {
        self.repeat == Repeat::Safe
    }

    /// How many rows of `[[actions.failures]]` it has.
    pub(crate) fn own_verdicts(&self) -> usize {
        self.own_verdicts
    }

    pub(crate) fn verdicts(&self) -> &Verdicts {
        &self.verdicts
    }

    /// What a call with these inputs must wait for. `account` is the account's id at the provider.
    pub fn lanes(&self, account: &str, inputs: &Map<String, Value>) -> Lanes {
        self.needs.lanes(account, inputs)
    }

    /// The request for given inputs.
    ///
    /// # Errors
    /// `invalid`: an input that the address needs is missing, or is neither text nor number.
    pub fn request(
        &self,
        inputs: &Map<String, Value>,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let title = |name: &str| {
            let shape = self.shape.inputs.iter().find(|input| input.key == name);
            shape.map_or(name, |input| input.title.as_str()).to_owned()
        };
        let prepared = self.prepared(inputs, title)?;
        self.request.fill(&prepared, connection, title)
    }

    /// The inputs as the request takes them: texts where the provider wants texts, filters in its words.
    fn prepared<'i>(
        &self,
        inputs: &'i Map<String, Value>,
        title: impl Fn(&str) -> String,
    ) -> Result<Cow<'i, Map<String, Value>>, Failure> {
        let mut prepared = Cow::Borrowed(inputs);
        for key in self.as_text.iter().filter(|key| inputs.contains_key(*key)) {
            prepared.to_mut().entry(key).and_modify(to_text);
        }
        for input in self.shape.inputs.iter().filter(|input| input.kind == InputType::Filter) {
            let Some(written) = inputs.get(&input.key).filter(|value| !value.is_null()) else {
                continue;
            };
            let filter = filters::read(written, &title(&input.key))?;
            match &self.filters {
                Some(groups) => {
                    prepared.to_mut().insert(input.key.clone(), groups.render(&filter)?);
                }
                // It is written where it stands; what cannot be is said here, in better words.
                None => {
                    conditions::render(&filter)?;
                }
            }
        }
        Ok(prepared)
    }

    /// What came of the request: the action's output, or a verdict.
    ///
    /// # Errors
    /// The verdict.
    pub fn judge(&self, delivery: &Delivery) -> Result<Value, Failure> {
        let body = self.verdicts.judge(delivery, self.repeat)?;
        Ok(match body {
            None => Value::Object(Map::new()),
            Some(body) => body.pointer(&self.output).cloned().unwrap_or(Value::Null),
        })
    }
}

/// Scalars become text, at any depth; what is not there stays so.
fn to_text(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Bool(bool) => *value = Value::String(bool.to_string()),
        Value::Array(items) => items.iter_mut().for_each(to_text),
        Value::Object(map) => map.values_mut().for_each(to_text),
        Value::String(_) | Value::Null => {}
    }
}
