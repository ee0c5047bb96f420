//! One thing an integration can do.

use crate::conditions;
use crate::failures::{Repeat, Verdicts};
use crate::file::{ActionFile, InputFile};
use crate::filters::{self, FilterGroups};
use crate::http::{Delivery, HttpRequest};
use crate::inputs;
use crate::limits::{Needs, NeedsFile};
use crate::pages::{CURSOR, Pages};
use crate::place::Authorization;
use crate::raw::{self, RawRequest};
use crate::reading::Reading;
use crate::request::{Request, Shared};
use crate::role::Role;
use crate::slip::{Slip, is_slug};
use portico_domain::action::{InputType, OutputShape};
use portico_domain::{ActionShape, Failure, Lanes};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;
use url::Url;

/// One thing an integration can do.
pub struct Action {
    shape: ActionShape,
    deed: Deed,
    /// As whom it is carried out.
    role: Role,
    verdicts: Verdicts,
    needs: Needs,
    /// How many of the verdicts are its own; the file's come after them.
    own_verdicts: usize,
}

/// How it is carried out.
enum Deed {
    /// As its file says.
    Written(Box<Written>),
    /// As its inputs say.
    Raw(Box<RawRequest>),
}

struct Written {
    repeat: Repeat,
    request: Request,
    /// How its answer is read to the end, if it comes in pages.
    pages: Option<Pages>,
    /// Inputs whose values the provider wants as text.
    as_text: Vec<String>,
    output: String,
    filters: Option<Arc<FilterGroups>>,
}

/// An account, opened for one call.
#[derive(Clone, Copy)]
pub struct Connection<'a> {
    /// Public facts: `instance_url`.
    pub facts: &'a Map<String, Value>,
    /// What shows whose it is.
    pub authorization: Authorization<'a>,
}

impl Action {
    pub(crate) fn read(
        mut file: ActionFile,
        shared: &Shared,
        verdicts: &Verdicts,
        filters: Option<&Arc<FilterGroups>>,
    ) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        let mut keys: Vec<String> = file.inputs.iter().map(|input| input.key.clone()).collect();
        if !is_slug(&file.id) {
            slips.push(Slip::new(&file.id, "An id is lower-case letters, digits and `_`."));
        }
        if file.id == raw::ID {
            let taken = "Every integration has an action `request` already; choose another id.";
            slips.push(Slip::new(&file.id, taken));
        }
        inputs::check(&file.inputs, &mut slips);
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
        let role = Role::read(file.token.as_deref(), (&file.id, &keys), &mut slips);
        if file.token.is_some() && !shared.user_token {
            let words = "Which `token` is taken can be said where [auth.tokens] has a `user`.";
            slips.push(Slip::new(&file.id, words));
        }
        let pages = file.pages.take().map(Pages::read).transpose().unwrap_or_else(|why| {
            slips.push(Slip::new(&file.id, why));
            None
        });
        let by_cursor = pages.as_ref().is_some_and(|pages| !pages.next.is_followed());
        if pages.is_some() {
            if by_cursor {
                keys.push(CURSOR.to_owned());
            }
            if !file.idempotent || !file.output.is_empty() {
                let rule = "Only what is `idempotent` is read in pages, and its output is whole.";
                slips.push(Slip::new(&file.id, rule));
            }
            file.outputs.push(OutputShape {
                key: "truncated".to_owned(),
                title: "Whether there are more than were read".to_owned(),
                kind: InputType::Boolean,
            });
        }
        let request = match Request::read(file.request, shared, &file.id, &keys) {
            Ok(request) => request,
            Err(found) => {
                slips.extend(found);
                return Err(slips);
            }
        };
        if by_cursor && !request.uses(CURSOR) {
            slips.push(Slip::new(&file.id, "Pages by a cursor need {cursor} in the request."));
        }
        if !slips.is_empty() {
            return Err(slips);
        }
        let as_text = file.inputs.iter().filter(|input| input.as_text);
        let written = Written {
            repeat: if file.idempotent { Repeat::Safe } else { Repeat::Unsafe },
            request,
            pages,
            as_text: as_text.map(|input| input.key.clone()).collect(),
            output: file.output,
            filters: filters.cloned(),
        };
        Ok(Self {
            shape: ActionShape {
                id: file.id,
                title: file.title,
                description: file.description,
                inputs: file.inputs.into_iter().map(InputFile::shape).collect(),
                outputs: file.outputs,
            },
            deed: Deed::Written(Box::new(written)),
            role,
            verdicts,
            needs,
            own_verdicts,
        })
    }

    /// What every integration can do: any request to the provider.
    pub(crate) fn raw(shared: &Shared, verdicts: &Verdicts) -> Result<Self, Vec<Slip>> {
        let shape = raw::shape();
        let keys: Vec<String> = shape.inputs.iter().map(|input| input.key.clone()).collect();
        let needs = NeedsFile { id: raw::ID, limits: None, serial: Vec::new(), inputs: &keys };
        let mut slips = Vec::new();
        let needs = Needs::read(needs, &shared.limits, &mut slips);
        if !slips.is_empty() {
            return Err(slips);
        }
        Ok(Self {
            shape,
            deed: Deed::Raw(Box::new(RawRequest::new(shared)?)),
            role: Role::Any,
            verdicts: verdicts.clone(),
            needs,
            own_verdicts: 0,
        })
    }

    /// What the engine and the pages need to know of it.
    pub fn shape(&self) -> &ActionShape {
        &self.shape
    }

    /// Whether its file says what it does; if not, every integration has it.
    pub fn is_written(&self) -> bool {
        matches!(self.deed, Deed::Written(_))
    }

    /// Whether doing it twice with these inputs is as good as once.
    pub fn is_idempotent(&self, inputs: &Map<String, Value>) -> bool {
        self.repeat(inputs) == Repeat::Safe
    }

    /// Whether it acts as the person who connected the account.
    pub fn acts_as_user(&self, inputs: &Map<String, Value>) -> bool {
        self.role.is_user(inputs)
    }

    fn repeat(&self, inputs: &Map<String, Value>) -> Repeat {
        match &self.deed {
            Deed::Written(written) => written.repeat,
            Deed::Raw(_) => RawRequest::repeat(inputs),
        }
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

    /// Carries it out with given inputs.
    ///
    /// # Errors
    /// `invalid`: the inputs say of pages what cannot be.
    pub fn begin<'a>(&'a self, inputs: &'a Map<String, Value>) -> Result<Reading<'a>, Failure> {
        let pages = match &self.deed {
            Deed::Written(written) => written.pages.clone(),
            Deed::Raw(_) => RawRequest::pages(inputs)?,
        };
        Ok(Reading::new(self, inputs, pages))
    }

    /// The request for a page; for the first without a cursor.
    pub(crate) fn request_from(
        &self,
        inputs: &Map<String, Value>,
        cursor: Option<&Value>,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let connection = &self.role.of(inputs, connection)?;
        let written = match &self.deed {
            Deed::Written(written) => written,
            Deed::Raw(raw) => return raw.request(inputs, cursor, connection),
        };
        let title = |name: &str| {
            let shape = self.shape.inputs.iter().find(|input| input.key == name);
            shape.map_or(name, |input| input.title.as_str()).to_owned()
        };
        let values = written.values(&self.shape, inputs, cursor)?;
        written.request.fill(&values, connection, title)
    }

    /// The request for a page whose address the provider named.
    pub(crate) fn follow(
        &self,
        inputs: &Map<String, Value>,
        url: Url,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let connection = &self.role.of(inputs, connection)?;
        match &self.deed {
            Deed::Written(written) => written.request.follow(
                url,
                &*written.values(&self.shape, inputs, None)?,
                connection,
            ),
            Deed::Raw(raw) => raw.follow(inputs, url, connection),
        }
    }

    /// What came of one request.
    pub(crate) fn judge(
        &self,
        inputs: &Map<String, Value>,
        delivery: &Delivery,
    ) -> Result<Value, Failure> {
        let repeat = self.repeat(inputs);
        let output = match &self.deed {
            Deed::Written(written) => &written.output,
            Deed::Raw(_) => return RawRequest::judge(&self.verdicts, repeat, delivery),
        };
        Ok(match self.verdicts.judge(delivery, repeat)? {
            None => Value::Object(Map::new()),
            Some(body) => body.pointer(output).cloned().unwrap_or(Value::Null),
        })
    }
}

impl Written {
    /// What its request is filled with: texts where the provider wants texts, filters in its words.
    fn values<'i>(
        &self,
        shape: &ActionShape,
        inputs: &'i Map<String, Value>,
        cursor: Option<&Value>,
    ) -> Result<Cow<'i, Map<String, Value>>, Failure> {
        let mut values = Cow::Borrowed(inputs);
        for key in self.as_text.iter().filter(|key| inputs.contains_key(*key)) {
            values.to_mut().entry(key).and_modify(to_text);
        }
        for input in shape.inputs.iter().filter(|input| input.kind == InputType::Filter) {
            let Some(written) = inputs.get(&input.key).filter(|value| !value.is_null()) else {
                continue;
            };
            let filter = filters::read(written, &input.title)?;
            match &self.filters {
                Some(groups) => {
                    values.to_mut().insert(input.key.clone(), groups.render(&filter)?);
                }
                // It is written where it stands; what cannot be is said here, in better words.
                None => {
                    conditions::render(&filter)?;
                }
            }
        }
        if let Some(cursor) = cursor.or_else(|| self.pages.as_ref()?.next.first()) {
            values.to_mut().insert(CURSOR.to_owned(), cursor.clone());
        }
        Ok(values)
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
