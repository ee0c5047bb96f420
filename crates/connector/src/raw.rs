//! The request that every integration can make: what no action of its file does.

use crate::action::Connection;
use crate::failures::{Repeat, Verdicts, undelivered};
use crate::hosts::Hosts;
use crate::http::{Delivery, HttpRequest, HttpResponse, Method};
use crate::pages::{Next, Pages};
use crate::request::{Shared, base, checked_header, invalid, is_reserved, no_address};
use crate::slip::Slip;
use crate::text::Text;
use portico_domain::action::{InputType, OutputShape};
use portico_domain::{ActionShape, Choice, Failure, InputShape};
use serde_json::{Map, Value, json};
use url::Url;

/// Its id: no file can have an action of that name.
pub(crate) const ID: &str = "request";

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

    /// Only reading can be repeated.
    pub(crate) fn repeat(inputs: &Map<String, Value>) -> Repeat {
        match method(inputs) {
            Ok(Method::Get) => Repeat::Safe,
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
        let mut url = self.address(text(inputs, "path"), connection)?;
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
        if let Some(cursor) = cursor.and_then(plain) {
            url.query_pairs_mut().append_pair(text(inputs, "cursor_parameter"), &cursor);
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
        let items = text(inputs, "items");
        // Pointers lead into the answer's body.
        let found = |key| Some(text(inputs, key)).filter(|text| !text.is_empty());
        let pointer = |text: &str| format!("/body{text}");
        let next = match (found("next"), found("cursor"), found("cursor_parameter")) {
            (None, None, None) => return Ok(None),
            (Some(next), None, None) => Next::address(pointer(next)),
            (None, Some(cursor), Some(_)) => Next::cursor(pointer(cursor)),
            _ => {
                return Err(invalid(
                    "pages",
                    "Pages are found by \u{201c}Next page\u{201d}, or by \u{201c}Cursor\u{201d} and \
                     \u{201c}Cursor parameter\u{201d} together.",
                ));
            }
        };
        if method(inputs)? != Method::Get {
            return Err(invalid("pages", "Only a GET is read page by page."));
        }
        Ok(Some(Pages::new(pointer(items), next)))
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
                    "Only a GET is ever repeated by itself.",
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
                "Where the list of an answer in pages stands, as a JSON pointer: /records. Nothing if the answer is the list.",
            ),
            input(
                "next",
                "Next page",
                InputType::Text,
                "Where the address of the next page stands: /nextRecordsUrl.",
            ),
            input(
                "cursor",
                "Cursor",
                InputType::Text,
                "Or where what asks for the next page stands: /paging/next/after.",
            ),
            input(
                "cursor_parameter",
                "Cursor parameter",
                InputType::Text,
                "And the name under which it stands in the query: after.",
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
