//! What a person can choose from: lists, channels, owners, page by page to the end.

use crate::action::Connection;
use crate::failures::{Predicate, Repeat, Verdicts};
use crate::file::{ChoiceFile, LookupFile, OptionsFile};
use crate::http::{Delivery, HttpRequest};
use crate::limits::{Needs, NeedsFile};
use crate::pages::{CURSOR, Next};
use crate::request::{Request, Shared, invalid};
use crate::slip::{Slip, is_slug};
use portico_domain::{Choice, Failure, FailureClass, Lanes};
use serde_json::{Map, Value};

/// What a source's request can use beside its inputs and the cursor.
const SEARCH: &str = "search";
/// What a look-up's request must use: the value that is sought.
const VALUE: &str = "value";

/// A source of choices.
pub struct OptionSource {
    id: String,
    title: String,
    inputs: Vec<String>,
    request: Request,
    items: String,
    only: Vec<Predicate>,
    value: String,
    label: String,
    detail: Option<String>,
    always: Vec<Choice>,
    optional: bool,
    next: Option<Next>,
    lookup: Option<Lookup>,
    verdicts: Verdicts,
    needs: Needs,
}

/// How one choice is found by its value.
struct Lookup {
    request: Request,
    item: Option<String>,
}

/// Which page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What the choices depend on: the object whose fields they are.
    pub inputs: Map<String, Value>,
    /// From the page before; absent for the first.
    pub cursor: Option<Value>,
    /// What the person typed, if anything.
    pub search: Option<String>,
    /// Instead of a page: the one choice with this value, of a source that [looks
    /// up](OptionSource::looks_up).
    pub value: Option<Value>,
}

/// A page of choices.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoicePage {
    /// In the provider's order.
    pub choices: Vec<Choice>,
    /// For the next page; absent at the end. A page can be empty and not the last.
    pub next: Option<Value>,
}

impl OptionSource {
    pub(crate) fn read(
        file: OptionsFile,
        shared: &Shared,
        verdicts: &Verdicts,
    ) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        if !is_slug(&file.id) {
            slips.push(Slip::new(&file.id, "An id is lower-case letters, digits and `_`."));
        }
        let mut known = file.inputs.clone();
        known.extend([CURSOR.to_owned(), SEARCH.to_owned()]);
        let only = file.only.into_iter().map(Predicate::read).collect::<Result<Vec<_>, _>>();
        let only = only.unwrap_or_else(|why| {
            slips.push(Slip::new(&file.id, why));
            Vec::new()
        });
        let next = file.next.map(Next::read).transpose().unwrap_or_else(|why| {
            slips.push(Slip::new(&file.id, why));
            None
        });
        let needs = NeedsFile {
            id: &file.id,
            limits: file.limits,
            serial: Vec::new(),
            inputs: &file.inputs,
        };
        let needs = Needs::read(needs, &shared.limits, &mut slips);
        let lookup = file.lookup.map(|own| Lookup::read(own, shared, (&file.id, &file.inputs)));
        let lookup = lookup.transpose().unwrap_or_else(|found| {
            slips.extend(found);
            None
        });
        match Request::read(file.request, shared, &file.id, &known) {
            Ok(request) => {
                if slips.is_empty() && next.is_some() != request.uses(CURSOR) {
                    slips.push(Slip::new(
                        &file.id,
                        "Pages need both: `next`, and {cursor} in the request.",
                    ));
                }
                if file.optional && file.always.is_empty() {
                    let why = "`optional` leaves what is `always` there; say what that is.";
                    slips.push(Slip::new(&file.id, why));
                }
                if !slips.is_empty() {
                    return Err(slips);
                }
                Ok(Self {
                    id: file.id,
                    title: file.title,
                    inputs: file.inputs,
                    request,
                    items: file.items,
                    only,
                    value: file.value,
                    label: file.label,
                    detail: file.detail,
                    always: file.always.into_iter().map(ChoiceFile::shape).collect(),
                    optional: file.optional,
                    next,
                    lookup,
                    verdicts: verdicts.clone(),
                    needs,
                })
            }
            Err(found) => {
                slips.extend(found);
                Err(slips)
            }
        }
    }

    /// Its id: `lists`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it lists: `Lists`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What must be known before anything can be chosen.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// Whether the provider searches; if not, everything is loaded and searched here.
    pub fn searches(&self) -> bool {
        self.request.uses(SEARCH)
    }

    /// Whether the provider finds one choice by its value; if not, the list is read to find it.
    pub fn looks_up(&self) -> bool {
        self.lookup.is_some()
    }

    /// What a call must wait for. `account` is the account's id at the provider.
    pub fn lanes(&self, account: &str, asked: &Asked) -> Lanes {
        self.needs.lanes(account, &asked.inputs)
    }

    /// The request for a page.
    ///
    /// # Errors
    /// `invalid`: something that the choices depend on is missing.
    pub fn request(
        &self,
        asked: &Asked,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let mut values = asked.inputs.clone();
        for input in &self.inputs {
            if values.get(input).is_none_or(|value| value.is_null() || value == "") {
                return Err(invalid("input", format!("Choose {input:?} first.")));
            }
        }
        if let (Some(value), Some(lookup)) = (&asked.value, &self.lookup) {
            values.insert(VALUE.to_owned(), value.clone());
            return lookup.request.fill(&values, connection, str::to_owned);
        }
        if let Some(cursor) = asked.cursor.clone().or_else(|| self.next.as_ref()?.first().cloned())
        {
            values.insert(CURSOR.to_owned(), cursor);
        }
        if let Some(search) = asked.search.as_deref().filter(|text| !text.is_empty()) {
            values.insert(SEARCH.to_owned(), Value::String(search.to_owned()));
        }
        self.request.fill(&values, connection, str::to_owned)
    }

    /// What came of it.
    ///
    /// # Errors
    /// The verdict.
    pub fn judge(&self, asked: &Asked, delivery: &Delivery) -> Result<ChoicePage, Failure> {
        // Reading twice is as good as once.
        let body = match self.verdicts.judge(delivery, Repeat::Safe) {
            Err(failure) if self.optional && failure.class == FailureClass::Forbidden => None,
            judged => judged?,
        };
        let body = body.unwrap_or(Value::Null);
        if let (Some(value), Some(lookup)) = (&asked.value, &self.lookup) {
            return Ok(ChoicePage { choices: self.found(lookup, value, &body), next: None });
        }
        let empty = Vec::new();
        let items = body.pointer(&self.items).and_then(Value::as_array).unwrap_or(&empty);
        let search = asked.search.as_deref().unwrap_or_default().to_lowercase();
        let first = self.always.iter().filter(|own| own.label.to_lowercase().contains(&search));
        let first = first.filter(|_| asked.cursor.is_none()).cloned();
        let listed = items.iter().filter_map(|item| self.choice(item));
        let choices = first.chain(listed).collect();
        let next = self.next.as_ref();
        let next = next.and_then(|next| next.after(asked.cursor.as_ref(), &body, items.len()));
        Ok(ChoicePage { choices, next })
    }

    /// What a look-up brought: the choice, if it is one of those that are offered.
    fn found(&self, lookup: &Lookup, value: &Value, body: &Value) -> Vec<Choice> {
        let items = match &lookup.item {
            Some(item) => body.pointer(item).map(std::slice::from_ref),
            None => body.pointer(&self.items).and_then(Value::as_array).map(Vec::as_slice),
        };
        let choices = items.unwrap_or_default().iter().filter_map(|item| self.choice(item));
        let all = self.always.iter().cloned().chain(choices);
        all.filter(|choice| plain(&choice.value) == plain(value)).take(1).collect()
    }

    fn choice(&self, item: &Value) -> Option<Choice> {
        if !self.only.iter().all(|predicate| predicate.holds_for(item)) {
            return None;
        }
        let value = item.pointer(&self.value).filter(|value| !value.is_null())?;
        let text = |pointer: &str| match item.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(Choice {
            value: value.clone(),
            label: text(&self.label).unwrap_or_else(|| plain(value)),
            detail: self.detail.as_deref().and_then(text),
        })
    }
}

impl Lookup {
    fn read(
        file: LookupFile,
        shared: &Shared,
        (id, inputs): (&str, &[String]),
    ) -> Result<Self, Vec<Slip>> {
        let mut known = inputs.to_vec();
        known.push(VALUE.to_owned());
        let request = Request::read(file.request, shared, id, &known)?;
        if !request.uses(VALUE) {
            return Err(vec![Slip::new(id, "A look-up's request names what it seeks: {value}.")]);
        }
        Ok(Self { request, item: file.item })
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
