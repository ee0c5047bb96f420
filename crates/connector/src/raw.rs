//! The request that every integration can make: what no action of its file does.

use crate::action::Connection;
use crate::failures::{Repeat, Verdicts, undelivered};
use crate::hosts::Hosts;
use crate::http::{Delivery, HttpRequest, HttpResponse, Method};
use crate::pages::{Next, Pages, put};
use crate::request::{Shared, base, checked_header, invalid, is_reserved, no_address};
use crate::slip::Slip;
use crate::text::Text;
use portico_domain::action::{InputType, OutputShape};
use portico_domain::paging::{self, CountBy, Found, Paging, Place as PageAt, Turn};
use portico_domain::{ActionShape, Choice, Failure, InputShape};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use url::Url;

/// Its id: no file can have an action of that name.
pub(crate) const ID: &str = paging::ACTION;

/// A request whose parts are inputs.
pub(crate) struct RawRequest {
    shared: Shared,
    /// Headers of every request, without names.
    headers: Vec<(String, String)>,
}

impl RawRequest {
    pub(crate) fn new(shared: &Shared) -> Result<Self, Vec<Slip>> {
        let literal = |(name, value): (&String, &String)| {
            let text = Text::parse(value).and_then(|text| text.plain(&Map::new()));
            match text {
                Ok(text) if !is_reserved(&name.to_lowercase()) => Ok((name.to_lowercase(), text)),
                _ => Err(Slip::new(name, format!("The header {name:?} is not a file's to say."))),
            }
        };
        let headers = shared.headers.iter().map(literal);
        let headers = headers.collect::<Result<_, _>>().map_err(|slip| vec![slip])?;
        Ok(Self { shared: shared.clone(), headers })
    }

    /// Only reading can be repeated; who has an answer read page by page says that it is read.
    pub(crate) fn repeat(inputs: &Map<String, Value>) -> Repeat {
        match (method(inputs), Paging::read(inputs)) {
            (Ok(Method::Get), _) | (Ok(_), Ok(Some(_))) => Repeat::Safe,
            _ => Repeat::Unsafe,
        }
    }

    /// The request for a page; for the first without a cursor.
    pub(crate) fn request(
        &self,
        inputs: &Map<String, Value>,
        cursor: Option<&Value>,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let method = method(inputs)?;
        let paging = paging(inputs)?;
        let inputs = &*with_cursor(inputs, paging.as_ref(), cursor)?;
        let mut url = self.address(text(inputs, "path"), connection)?;
        if let Some(Turn::Cursor { to, .. } | Turn::Count { to, .. }) = paging.map(|own| own.turn)
            && let PageAt::Query(name) = to
            && object(inputs, "query")?.contains_key(&name)
        {
            drop_parameter(&mut url, &name);
        }
        for (key, value) in object(inputs, "query")? {
            if self.shared.place.takes_parameter(key) {
                let words = format!("The parameter {key:?} is the account's own.");
                return Err(invalid("query", words));
            }
            let values = match value {
                Value::Array(items) => items.iter().filter_map(plain).collect(),
                value => Vec::from_iter(plain(value)),
            };
            for value in values {
                url.query_pairs_mut().append_pair(key, &value);
            }
        }
        let mut headers = self.headers(inputs)?;
        let kind = headers.iter().position(|(name, _)| name == "content-type");
        let own_kind = object(inputs, "headers")?.keys().any(|name| is_kind(name));
        let body = match inputs.get("body") {
            None | Some(Value::Null) => {
                kind.map(|at| headers.remove(at));
                Vec::new()
            }
            // A text whose kind was said is what that kind asks for.
            Some(Value::String(text)) if own_kind => text.clone().into_bytes(),
            Some(json) => {
                if kind.is_none() {
                    headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                json.to_string().into_bytes()
            }
        };
        self.shared.place.put(HttpRequest { method, url, headers, body }, connection)
    }

    /// The request for a page whose address the provider named.
    pub(crate) fn follow(
        &self,
        inputs: &Map<String, Value>,
        url: Url,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let url = self.allowed(url)?;
        let mut headers = self.headers(inputs)?;
        headers.retain(|(name, _)| !is_kind(name));
        let request = HttpRequest { method: Method::Get, url, headers, body: Vec::new() };
        self.shared.place.put(request, connection)
    }

    /// How the answer is read to its end, if the inputs say so.
    pub(crate) fn pages(inputs: &Map<String, Value>) -> Result<Option<Pages>, Failure> {
        let Some(Paging { items, turn, stop }) = paging(inputs)? else { return Ok(None) };
        // Pointers lead into the whole answer.
        let pointer = |found: Found| match found {
            Found::Body(pointer) => format!("/body{pointer}"),
            Found::Header(name) => format!("/headers/{name}"),
            Found::Link => "/headers/link".to_owned(),
        };
        let next = match turn {
            Turn::Address(Found::Link) => Next::link(pointer(Found::Link)),
            Turn::Address(found) => Next::address(pointer(found)),
            Turn::Cursor { found, .. } => Next::cursor(pointer(found)),
            Turn::Count { to, size, by } => Next::count(size, by, first(inputs, &to, by)),
        };
        Ok(Some(Pages::new(format!("/body{items}"), next, stop)))
    }

    /// What came of it: the answer as it is, or a verdict of the file's.
    pub(crate) fn judge(
        verdicts: &Verdicts,
        repeat: Repeat,
        delivery: &Delivery,
    ) -> Result<Value, Failure> {
        if let Some(failure) = undelivered(delivery, repeat) {
            return Err(failure);
        }
        let Delivery::Answered(response) = delivery else {
            return Err(invalid("no_answer", "There was no answer."));
        };
        if !(200..300).contains(&response.status) || verdicts.row(response).is_some() {
            return Err(verdicts.of(response, repeat));
        }
        Ok(whole(response))
    }

    fn address(&self, path: &str, connection: &Connection<'_>) -> Result<Url, Failure> {
        let written = match path.starts_with('/') {
            true => format!("{}{path}", base(&self.shared.base, connection)?),
            false => path.to_owned(),
        };
        match Url::parse(&written) {
            Ok(url) => self.allowed(url),
            Err(_) if path.starts_with('/') => Err(no_address()),
            Err(_) => Err(invalid(
                "address",
                format!("{path:?} is neither a path that begins with / nor a whole address."),
            )),
        }
    }

    fn allowed(&self, url: Url) -> Result<Url, Failure> {
        if self.shared.hosts.allow(&url) {
            return Ok(url);
        }
        let host = url.host_str().unwrap_or_default();
        let hosts: &Hosts = &self.shared.hosts;
        let words = format!(
            "An account of this integration is not sent to {}://{host}; with it can be called, by \
             https: {hosts}.",
            url.scheme()
        );
        Err(invalid("host_not_allowed", words))
    }

    fn headers(&self, inputs: &Map<String, Value>) -> Result<Vec<(String, String)>, Failure> {
        let mut headers = self.headers.clone();
        for (name, value) in object(inputs, "headers")? {
            let name = name.to_lowercase();
            let Some(value) = plain(value) else { continue };
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            let taken = is_reserved(&name) || self.shared.place.takes_header(&name);
            if taken || name.is_empty() || !name.chars().all(token) {
                let words = format!("The header {name:?} is not a step's to say.");
                return Err(invalid("header", words));
            }
            let said = checked_header(&name, value)?;
            headers.retain(|(own, _)| *own != name);
            headers.push(said);
        }
        Ok(headers)
    }
}

fn paging(inputs: &Map<String, Value>) -> Result<Option<Paging>, Failure> {
    Paging::read(inputs).map_err(|problem| {
        let key = problem.at.split('/').nth(1).unwrap_or_default();
        let shape = shape();
        let title = shape.inputs.iter().find(|own| own.key == key).map(|own| own.title.as_str());
        invalid("pages", format!("{}: {}", title.unwrap_or("Pages"), problem.message))
    })
}

/// The inputs of a page's request: what asks for it stands where it goes, instead of what was written there.
fn with_cursor<'i>(
    inputs: &'i Map<String, Value>,
    paging: Option<&Paging>,
    cursor: Option<&Value>,
) -> Result<Cow<'i, Map<String, Value>>, Failure> {
    let (to, cursor) = match (paging.map(|own| &own.turn), cursor) {
        (Some(Turn::Cursor { to, .. }), Some(cursor)) => (to, cursor.clone()),
        (Some(Turn::Count { to, .. }), Some(cursor)) => (to, cursor.clone()),
        // The first page is counted too.
        (Some(Turn::Count { to, by, .. }), None) => (to, first(inputs, to, *by).into()),
        _ => return Ok(Cow::Borrowed(inputs)),
    };
    let mut inputs = inputs.clone();
    match to {
        PageAt::Query(name) => set(&mut inputs, "query", name, cursor)?,
        PageAt::Header(name) => {
            let others = object(&inputs, "headers")?.keys();
            let same: Vec<_> = others.filter(|own| own.to_lowercase() == *name).cloned().collect();
            for own in same {
                set(&mut inputs, "headers", &own, Value::Null)?;
            }
            set(&mut inputs, "headers", name, cursor)?;
        }
        PageAt::Body(pointer) => match inputs.entry("body").or_insert(Value::Null) {
            Value::Object(body) => put(body, pointer, cursor),
            body if body.is_null() => {
                let mut made = Map::new();
                put(&mut made, pointer, cursor);
                *body = Value::Object(made);
            }
            _ => {
                let words = "What asks for the next page goes into a body that is a JSON object.";
                return Err(invalid("pages", words));
            }
        },
    }
    Ok(Cow::Owned(inputs))
}

/// What the path itself says of a parameter gives way too.
fn drop_parameter(url: &mut Url, name: &str) {
    let others = url.query_pairs().filter(|(own, _)| own != name);
    let others: Vec<_> =
        others.map(|(own, value)| (own.into_owned(), value.into_owned())).collect();
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
}

/// Sets a name in one of the inputs that hold names and values.
fn set(
    inputs: &mut Map<String, Value>,
    key: &str,
    name: &str,
    value: Value,
) -> Result<(), Failure> {
    let mut pairs = object(inputs, key)?.clone();
    pairs.insert(name.to_owned(), value);
    inputs.insert(key.to_owned(), Value::Object(pairs));
    Ok(())
}

/// What is counted from: what was written where the count goes, or where counts begin.
fn first(inputs: &Map<String, Value>, to: &PageAt, by: CountBy) -> u64 {
    let written = match to {
        PageAt::Query(name) => inputs.get("query").and_then(|query| query.get(name)),
        PageAt::Body(pointer) => inputs.get("body").and_then(|body| body.pointer(pointer)),
        PageAt::Header(name) => inputs.get("headers").and_then(|headers| headers.get(name)),
    };
    let usual = if by == CountBy::Pages { 1 } else { 0 };
    written.and_then(plain).and_then(|text| text.trim().parse().ok()).unwrap_or(usual)
}

pub(crate) fn whole(response: &HttpResponse) -> Value {
    let body = match response.json() {
        Some(json) => json,
        None if response.body.is_empty() => Value::Null,
        None => Value::from(String::from_utf8_lossy(&response.body)),
    };
    // What a browser would keep for itself is nobody's to keep here.
    let said = response.headers.iter().filter(|(name, _)| name != "set-cookie");
    let headers: Map<_, _> = said.map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({ "status": response.status, "headers": headers, "body": body })
}

pub(crate) fn method(inputs: &Map<String, Value>) -> Result<Method, Failure> {
    let written = text(inputs, "method");
    Method::parse(written).ok_or_else(|| {
        let words = format!("{written:?} is no method; write GET, POST, PUT, PATCH or DELETE.");
        invalid("method", words)
    })
}

pub(crate) fn text<'i>(inputs: &'i Map<String, Value>, key: &str) -> &'i str {
    inputs.get(key).and_then(Value::as_str).unwrap_or_default().trim()
}

pub(crate) fn object<'i>(
    inputs: &'i Map<String, Value>,
    key: &str,
) -> Result<&'i Map<String, Value>, Failure> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(&NONE),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(invalid(key, format!("The input {key:?} is an object: names and values."))),
    }
}

/// As it stands in an address or a header; what is not there is left out.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn is_kind(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-type")
}

/// What the engine and the pages need to know of it.
pub(crate) fn shape() -> ActionShape {
    let input = |key: &str, title: &str, kind, help: &str| InputShape {
        key: key.to_owned(),
        title: title.to_owned(),
        kind,
        required: matches!(key, "method" | "path"),
        help: help.to_owned(),
        source: None,
        choices: Vec::new(),
    };
    let output = |key: &str, title: &str, kind| OutputShape {
        key: key.to_owned(),
        title: title.to_owned(),
        kind,
    };
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|name| Choice {
        value: name.into(),
        label: name.to_owned(),
        detail: None,
    });
    ActionShape {
        id: ID.to_owned(),
        title: "Integration request".to_owned(),
        description: "Any request to the provider, with the account of the user.".to_owned(),
        inputs: vec![
            InputShape {
                choices: methods.into(),
                ..input(
                    "method",
                    "Method",
                    InputType::Text,
                    "Only a GET, and what is read in pages, is ever repeated by itself.",
                )
            },
            input(
                "path",
                "Path",
                InputType::Text,
                "A path that begins with /, or a whole address of the provider's.",
            ),
            input(
                "query",
                "Query",
                InputType::Fields,
                "Names and values; a list is said one by one.",
            ),
            input(
                "headers",
                "Headers",
                InputType::Fields,
                "Names and values. How the account shows itself is added.",
            ),
            input(
                "body",
                "Body",
                InputType::Json,
                "Sent as JSON; a text is sent as it stands if the headers say its Content-Type.",
            ),
            input(
                "items",
                "List",
                InputType::Text,
                "Where the list of an answer in pages stands: /records. Nothing if the answer is the list.",
            ),
            input(
                "next",
                "Next page",
                InputType::Text,
                "Where the address of the next page stands: /nextRecordsUrl, link for the Link header, \
                 header:X-Next.",
            ),
            input(
                "cursor",
                "Cursor",
                InputType::Text,
                "Or where what asks for the next page stands: /paging/next/after, header:X-After.",
            ),
            input(
                "page_size",
                "Page size",
                InputType::Number,
                "Or how many items a full page holds, where pages are counted: what the request asks for.",
            ),
            InputShape {
                choices: [("items", "Items: an offset, from 0"), ("pages", "Pages, from 1")]
                    .map(|(value, label)| Choice {
                        value: value.into(),
                        label: label.to_owned(),
                        detail: None,
                    })
                    .into(),
                ..input("page_by", "Counted", InputType::Text, "What is counted with a page size.")
            },
            input(
                "cursor_parameter",
                "Cursor goes to",
                InputType::Text,
                "Where the cursor or the count goes, instead of what stands there: after, a parameter of the \
                 query; /after, a place in the body; header:X-After.",
            ),
            input(
                "stop_when",
                "Stop when",
                InputType::Filter,
                "After a page of which this holds, no further one is read. Fields are /status, \
                 /headers/x-total, /body/done.",
            ),
        ],
        outputs: vec![
            output("status", "Status", InputType::Number),
            output("headers", "Headers", InputType::Fields),
            output("body", "Body", InputType::Json),
            output("truncated", "Whether there are more than were read", InputType::Boolean),
        ],
    }
}
