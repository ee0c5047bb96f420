//! From an answer to a verdict: the file's predicates over a floor that lies under every file.

use crate::file::{ErrorsFile, FailureFile, PredicateFile};
use crate::http::{Delivery, HttpResponse};
use crate::pointer;
use crate::resets::Resets;
use crate::text::as_text;
use portico_domain::json::{self, Unread};
use portico_domain::{Failure, FailureClass};
use serde_json::Value;
use std::collections::BTreeSet;

/// The verdicts of a file, in order.
#[derive(Clone)]
pub(crate) struct Verdicts {
    rows: Vec<Row>,
    /// Where an error's parts stand, unless a row says otherwise.
    errors: ErrorsFile,
}

#[derive(Clone)]
struct Row {
    when: Vec<Predicate>,
    class: FailureClass,
    resets: Option<Resets>,
    message: Option<String>,
    errors: Option<ErrorsFile>,
}

#[derive(Clone)]
pub(crate) enum Predicate {
    Status(Vec<u16>),
    Header(String, Test),
    Pointer(String, Test),
    Same(String, String),
}

#[derive(Clone)]
pub(crate) enum Test {
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Exists(bool),
}

/// Said of what cannot be repeated and has no clear answer.
const MAY_BE_DONE: &str =
    " It may have been carried out; look at the provider before doing it again.";

/// Whether doing it twice is as good as once: a lost answer then costs a retry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Safe,
    Unsafe,
}

impl Verdicts {
    pub(crate) fn read(rows: Vec<FailureFile>, errors: ErrorsFile) -> Result<Self, String> {
        let rows = rows.into_iter().map(Row::read).collect::<Result<_, _>>()?;
        Ok(Self { rows, errors })
    }

    /// Further rows, asked before these.
    pub(crate) fn under(&self, rows: Vec<FailureFile>) -> Result<Self, String> {
        let mut all = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
        all.extend(self.rows.iter().cloned());
        Ok(Self { rows: all, errors: self.errors.clone() })
    }

    /// What was answered, if it is a success; `None` if there is nothing in it.
    pub(crate) fn judge(
        &self,
        delivery: &Delivery,
        repeat: Repeat,
    ) -> Result<Option<Value>, Failure> {
        if let Some(failure) = undelivered(delivery, repeat) {
            return Err(failure);
        }
        let Delivery::Answered(response) = delivery else {
            return Err(Failure::new(FailureClass::Invalid, "no_answer", "There was no answer."));
        };
        // Some providers answer 200 to failures: the file's rows are asked first.
        let success = (200..300).contains(&response.status);
        if !success || self.row(response).is_some() {
            return Err(self.of(response, repeat));
        }
        if response.body.is_empty() {
            return Ok(None);
        }
        json::read(&response.body).map(Some).map_err(|unread| {
            let class = match (repeat, &unread) {
                // The same answer comes again.
                (Repeat::Safe, Unread::TooDeep) => FailureClass::Invalid,
                (Repeat::Safe, Unread::Malformed(_)) => FailureClass::Transient,
                (Repeat::Unsafe, _) => FailureClass::Unknown,
            };
            let mut message = match (unread, in_words(response, false)) {
                (Unread::TooDeep, _) => {
                    format!("The provider's answer cannot be kept: {}.", Unread::TooDeep)
                }
                (_, words) if words.contains("web page") => words,
                _ => "The provider answered with something that is not JSON.".to_owned(),
            };
            if class == FailureClass::Unknown {
                message.push_str(MAY_BE_DONE);
            }
            let mut failure = Failure::new(class, "not_json", message);
            failure.status = Some(response.status);
            failure
        })
    }

    /// Every value that a predicate of the rows names, in words: what the exchanges must show.
    pub(crate) fn values(&self) -> BTreeSet<String> {
        let rows = self.rows.iter().enumerate();
        rows.flat_map(|(row, own)| own.when.iter().flat_map(move |when| when.values(row))).collect()
    }

    /// Those of them that an answer has, if it is they that decide.
    pub(crate) fn shown(&self, response: &HttpResponse) -> BTreeSet<String> {
        let body = response.json();
        let Some(row) = self.row(response) else { return BTreeSet::new() };
        let when = self.rows[row].when.iter();
        when.flat_map(|when| when.shown(row, response, body.as_ref())).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row that holds for an answer.
    pub(crate) fn row(&self, response: &HttpResponse) -> Option<usize> {
        let body = response.json();
        self.rows.iter().position(|row| {
            row.when.iter().all(|predicate| predicate.holds(response, body.as_ref()))
        })
    }

    /// An answer that is not a success.
    pub(crate) fn of(&self, response: &HttpResponse, repeat: Repeat) -> Failure {
        let body = response.json();
        let row = self.row(response).map(|index| &self.rows[index]);
        let class = match row.map_or_else(|| floor(response.status, repeat), |row| row.class) {
            // What may have been done can be done again.
            FailureClass::Unknown if repeat == Repeat::Safe => FailureClass::Transient,
            class => class,
        };
        let at = |pointer: &Option<String>| match (body.as_ref(), pointer.as_deref()) {
            (Some(body), Some(pointer)) => pointer::find(body, pointer),
            _ => Vec::new(),
        };
        let errors = row.and_then(|row| row.errors.as_ref()).unwrap_or(&self.errors);
        let code = at(&errors.code)
            .into_iter()
            .find_map(|code| match code {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .unwrap_or_else(|| format!("http_{}", response.status));
        let own = at(&errors.message).into_iter().find_map(Value::as_str).map(shortened);
        let mut message = row
            .and_then(|row| Some(told(row.message.as_deref()?, body.as_ref())))
            .or(own)
            .unwrap_or_else(|| in_words(response, body.is_some()));
        if class == FailureClass::Unknown {
            message.push_str(MAY_BE_DONE);
        }
        let mut fields = Vec::new();
        for found in at(&errors.fields) {
            let texts = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
            fields.extend(texts.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        let failure = Failure {
            fields,
            retry_after_ms: retry_after(response),
            status: Some(response.status),
            ..Failure::new(class, code, message)
        };
        match row.and_then(|row| row.resets.as_ref()) {
            Some(resets) => resets.told(failure),
            None => failure,
        }
    }
}

/// What became of a request that has no answer to judge.
pub(crate) fn undelivered(delivery: &Delivery, repeat: Repeat) -> Option<Failure> {
    match (delivery, repeat) {
        (Delivery::Answered(_), _) => None,
        (Delivery::Refused { why }, _) => Some(Failure::new(
            FailureClass::Forbidden,
            "address_refused",
            format!("Nothing was sent: {why}."),
        )),
        (Delivery::NotSent { why }, _) => Some(Failure::new(
            FailureClass::Transient,
            "not_sent",
            format!("The provider could not be reached: {why}."),
        )),
        (Delivery::Lost { why }, Repeat::Safe) => Some(Failure::new(
            FailureClass::Transient,
            "answer_lost",
            format!("The provider's answer was lost: {why}."),
        )),
        (Delivery::Lost { why }, Repeat::Unsafe) => Some(Failure::new(
            FailureClass::Unknown,
            "answer_lost",
            format!("The request was sent, but its answer was lost: {why}.{MAY_BE_DONE}"),
        )),
        // Asked again, it would be as large again.
        (Delivery::TooLarge { limit }, Repeat::Safe) => Some(Failure::new(
            FailureClass::Invalid,
            "answer_too_large",
            format!("The provider answered with more than {limit} bytes; ask for less."),
        )),
        (Delivery::TooLarge { limit }, Repeat::Unsafe) => Some(Failure::new(
            FailureClass::Unknown,
            "answer_too_large",
            format!("The provider answered with more than {limit} bytes.{MAY_BE_DONE}"),
        )),
    }
}

/// Under every file.
pub(crate) fn floor(status: u16, repeat: Repeat) -> FailureClass {
    match status {
        401 => FailureClass::Unauthorized,
        403 => FailureClass::Forbidden,
        404 | 410 => FailureClass::NotFound,
        409 => FailureClass::Conflict,
        429 => FailureClass::RateLimited,
        // A redirect of an API call leads to a login page.
        300..=399 => FailureClass::Unauthorized,
        400..=499 => FailureClass::Invalid,
        // The provider broke after it may have done it.
        500..=599 if repeat == Repeat::Unsafe => FailureClass::Unknown,
        _ => FailureClass::Transient,
    }
}

fn in_words(response: &HttpResponse, is_json: bool) -> String {
    let html = response.header("content-type").is_some_and(|kind| kind.contains("html"));
    match (is_json, html) {
        (false, true) => {
            format!("The provider answered with a web page (status {}).", response.status)
        }
        _ => format!("The provider answered with status {}.", response.status),
    }
}

/// A file's own words: `{/needed}` stands for what the answer says there.
fn told(words: &str, body: Option<&Value>) -> String {
    let mut told = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((pointer, after)) = after.split_once('}') else { break };
        told.push_str(before);
        match body.and_then(|body| pointer::find(body, pointer).into_iter().next()) {
            Some(Value::String(text)) => told.push_str(&shortened(text)),
            Some(Value::Number(number)) => told.push_str(&number.to_string()),
            _ => told.push('…'),
        }
        rest = after;
    }
    told + rest
}

/// A provider's words can be a book.
pub(crate) fn shortened(words: &str) -> String {
    match words.char_indices().nth(500) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3). Its date form needs a clock and is not read.
pub(crate) fn retry_after(response: &HttpResponse) -> Option<u64> {
    let seconds: u64 = response.header("retry-after")?.trim().parse().ok()?;
    Some(seconds.min(86_400) * 1000)
}

impl Row {
    fn read(file: FailureFile) -> Result<Self, String> {
        let when = file.when.into_iter().map(Predicate::read).collect::<Result<Vec<_>, _>>()?;
        if when.is_empty() {
            return Err("a failure needs a predicate in `when`".to_owned());
        }
        let resets = file.resets.map(|resets| Resets::read(resets, file.class)).transpose()?;
        Ok(Self { when, class: file.class, resets, message: file.message, errors: file.errors })
    }
}

impl Predicate {
    pub(crate) fn read(file: PredicateFile) -> Result<Self, String> {
        if let Some(other) = file.same_as {
            let tests = [file.any_of, file.not_in, file.is.map(|is| vec![is])];
            let is_alone = tests.iter().all(Option::is_none) && file.exists.is_none();
            return match (file.status, file.header, file.pointer) {
                (None, None, Some(pointer)) if is_alone => Ok(Self::Same(pointer, other)),
                _ => Err("`same_as` stands beside a `pointer` and nothing else".to_owned()),
            };
        }
        let test = match (file.is, file.any_of, file.not_in, file.exists) {
            (Some(value), None, None, None) => Some(Test::In(vec![value])),
            (None, Some(values), None, None) => Some(Test::In(values)),
            (None, None, Some(values), None) => Some(Test::NotIn(values)),
            (None, None, None, Some(exists)) => Some(Test::Exists(exists)),
            (None, None, None, None) => None,
            _ => return Err("a predicate has one of `is`, `in`, `not_in`, `exists`".to_owned()),
        };
        match (file.status, file.header, file.pointer, test) {
            (Some(status), None, None, None) => Ok(Self::Status(status)),
            (None, Some(name), None, Some(test)) => Ok(Self::Header(name.to_lowercase(), test)),
            (None, None, Some(pointer), Some(test)) => Ok(Self::Pointer(pointer, test)),
            _ => Err("a predicate is `status`, or `header` or `pointer` with a test".to_owned()),
        }
    }

    /// Whether it holds for one thing in an answer.
    pub(crate) fn holds_for(&self, item: &Value) -> bool {
        match self {
            Self::Pointer(pointer, test) => test.holds_for_any(&pointer::find(item, pointer)),
            Self::Same(one, other) => same(item, one, other),
            Self::Status(_) | Self::Header(..) => false,
        }
    }

    /// Whether it can be asked about one thing in an answer.
    pub(crate) fn is_about_items(&self) -> bool {
        matches!(self, Self::Pointer(..) | Self::Same(..))
    }

    pub(crate) fn holds(&self, response: &HttpResponse, body: Option<&Value>) -> bool {
        match self {
            Self::Status(any) => any.contains(&response.status),
            Self::Header(name, test) => {
                let value = response.header(name).map(|text| Value::String(text.to_owned()));
                test.holds(value.as_ref())
            }
            Self::Pointer(pointer, test) => {
                let found = body.map(|body| pointer::find(body, pointer)).unwrap_or_default();
                test.holds_for_any(&found)
            }
            Self::Same(one, other) => body.is_some_and(|body| same(body, one, other)),
        }
    }

    fn values(&self, row: usize) -> Vec<String> {
        match self {
            Self::Status(any) => any.iter().map(|status| named(row, "status", status)).collect(),
            Self::Header(at, Test::In(values)) | Self::Pointer(at, Test::In(values)) => {
                values.iter().map(|value| named(row, at, value)).collect()
            }
            Self::Header(..) | Self::Pointer(..) | Self::Same(..) => Vec::new(),
        }
    }

    fn shown(&self, row: usize, response: &HttpResponse, body: Option<&Value>) -> Vec<String> {
        match self {
            Self::Status(_) => vec![named(row, "status", response.status)],
            Self::Header(at, _) => {
                let value = response.header(at).map(|text| Value::String(text.to_owned()));
                value.into_iter().map(|value| named(row, at, value)).collect()
            }
            Self::Pointer(at, _) => {
                let found = body.map(|body| pointer::find(body, at)).unwrap_or_default();
                found.into_iter().map(|value| named(row, at, value)).collect()
            }
            Self::Same(..) => Vec::new(),
        }
    }
}

/// `row 3: /error "ratelimited"`; rows are counted from 1.
fn named(row: usize, at: &str, value: impl std::fmt::Display) -> String {
    format!("row {}: {at} {value}", row + 1)
}

/// Whether two places say the same; nothing is not the same as nothing.
fn same(item: &Value, one: &str, other: &str) -> bool {
    let text = |pointer: &str| as_text(item.pointer(pointer));
    text(one).is_some_and(|own| text(other) == Some(own))
}

impl Test {
    /// Of what a pointer found: one value is enough.
    fn holds_for_any(&self, found: &[&Value]) -> bool {
        match self {
            Self::In(_) | Self::NotIn(_) => found.iter().any(|value| self.holds(Some(value))),
            Self::Exists(exists) => found.is_empty() != *exists,
        }
    }

    fn holds(&self, value: Option<&Value>) -> bool {
        match self {
            Self::In(values) => value.is_some_and(|value| values.contains(value)),
            Self::NotIn(values) => value.is_some_and(|value| !values.contains(value)),
            Self::Exists(exists) => value.is_some() == *exists,
        }
    }
}
