//! The request that a file describes, filled for one call.

use crate::action::Connection;
use crate::file::RequestFile;
use crate::hosts::Hosts;
use crate::http::{HttpRequest, Method};
use crate::limits::Limits;
use crate::place::Place;
use crate::slip::{Slip, check_names, named};
use crate::soql::{Soql, Unfit};
use crate::text::{Body, Text};
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;
use url::form_urlencoded::Serializer;

/// Headers that are not a file's or a step's to say.
const NOT_THEIRS: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
];

/// A request with names in it.
pub(crate) struct Request {
    method: Method,
    base: Text,
    path: Text,
    query: Vec<(String, Text)>,
    headers: BTreeMap<String, Text>,
    soql: Vec<(String, Soql)>,
    content: Content,
    place: Place,
}

/// What is sent with it.
enum Content {
    Nothing,
    Json(Body),
    Form(Vec<(String, Text)>),
}

/// What every request of a file shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) base: Text,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) hosts: Hosts,
    pub(crate) place: Place,
    /// Whether an account can have a token for acting as a person.
    pub(crate) user_token: bool,
    pub(crate) limits: Limits,
}

impl Request {
    /// `near` is a text near which its mistakes stand, `known` are the names it can use.
    pub(crate) fn read(
        file: RequestFile,
        shared: &Shared,
        near: &str,
        known: &[String],
    ) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        if !file.path.starts_with('/') {
            slips.push(Slip::new(&file.path, "A path begins with `/`."));
        }
        let path = named(&file.path, known, &mut slips);
        let query = pairs(&file.query, known, &mut slips);
        let mut headers = BTreeMap::new();
        for (name, text) in shared.headers.iter().chain(&file.headers) {
            let name = name.to_lowercase();
            if is_reserved(&name) {
                slips
                    .push(Slip::new(&name, format!("The header {name:?} is not a file's to say.")));
            }
            headers.extend(named(text, known, &mut slips).map(|text| (name, text)));
        }
        let mut soql = Vec::new();
        for (key, text) in &file.soql {
            match Soql::parse(text) {
                Ok(parsed) => {
                    check_names(text, parsed.names().into_iter(), known, &mut slips);
                    soql.push((key.clone(), parsed));
                }
                Err(why) => slips.push(Slip::new(text, why)),
            }
        }
        let content = match (&file.body, &file.form) {
            (None, None) => Content::Nothing,
            (None, Some(form)) => Content::Form(pairs(form, known, &mut slips)),
            (Some(body), None) => match Body::parse(body) {
                Ok(body) => {
                    check_names(near, body.names().into_iter(), known, &mut slips);
                    Content::Json(body)
                }
                Err(why) => {
                    slips.push(Slip::new(near, why));
                    Content::Nothing
                }
            },
            (Some(_), Some(_)) => {
                slips.push(Slip::new(near, "A request has a `body` or a `form`, not both."));
                Content::Nothing
            }
        };
        match path {
            Some(path) if slips.is_empty() => Ok(Self {
                method: file.method,
                base: shared.base.clone(),
                path,
                query,
                soql,
                headers,
                content,
                place: shared.place.clone(),
            }),
            _ => Err(slips),
        }
    }

    /// Whether a name is used anywhere.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let query = self.query.iter().flat_map(|(_, text)| text.names());
        let headers = self.headers.values().flat_map(Text::names);
        let content = match &self.content {
            Content::Nothing => Vec::new(),
            Content::Json(body) => body.names(),
            Content::Form(form) => form.iter().flat_map(|(_, text)| text.names()).collect(),
        };
        let soql = self.soql.iter().flat_map(|(_, soql)| soql.names());
        let query = query.chain(soql);
        self.path.names().chain(query).chain(headers).chain(content).any(|own| own == name)
    }

    /// The request for given values. `title` says what a person calls a name.
    pub(crate) fn fill(
        &self,
        values: &Map<String, Value>,
        connection: &Connection<'_>,
        title: impl Fn(&str) -> String,
    ) -> Result<HttpRequest, Failure> {
        let missing = |name: String| {
            let title = title(&name);
            invalid("input", format!("The input {title:?} has no value that fits an address."))
        };
        let base = base(&self.base, connection)?;
        let path = self.path.path(values).map_err(missing)?;
        let mut url = Url::parse(&format!("{base}{path}")).map_err(|_| no_address())?;
        for (key, text) in &self.query {
            // What is missing is left out; a list is said one by one.
            for value in text.each(values) {
                url.query_pairs_mut().append_pair(key, &value);
            }
        }
        for (key, soql) in &self.soql {
            let text = soql.render(values).map_err(|Unfit { name, why }| {
                invalid("input", format!("The input {:?} {why}.", title(&name)))
            })?;
            url.query_pairs_mut().append_pair(key, &text);
        }
        let mut headers = self.headers(values)?;
        let body = match &self.content {
            Content::Nothing => {
                // What a body is made of says nothing where there is none.
                headers.retain(|(name, _)| name != "content-type");
                Vec::new()
            }
            Content::Json(template) => {
                if !self.headers.contains_key("content-type") {
                    headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                let json = template.render(values).unwrap_or(Value::Object(Map::new()));
                json.to_string().into_bytes()
            }
            Content::Form(form) => {
                headers.retain(|(name, _)| name != "content-type");
                let kind = "application/x-www-form-urlencoded";
                headers.push(("content-type".to_owned(), kind.to_owned()));
                let mut written = Serializer::new(String::new());
                for (key, text) in form {
                    written.extend_pairs(text.each(values).iter().map(|value| (key, value)));
                }
                written.finish().into_bytes()
            }
        };
        self.place.put(HttpRequest { method: self.method, url, headers, body }, connection)
    }

    /// An address that the provider named, asked for as this request would be.
    pub(crate) fn follow(
        &self,
        url: Url,
        values: &Map<String, Value>,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let mut headers = self.headers(values)?;
        headers.retain(|(name, _)| name != "content-type");
        let request = HttpRequest { method: Method::Get, url, headers, body: Vec::new() };
        self.place.put(request, connection)
    }

    /// The same for an address in an answer; it is one of the same account, or refused.
    pub(crate) fn follow_own(
        &self,
        address: &str,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let foreign =
            || invalid("next_page", "The provider names a next page that is not its own.");
        let base = Url::parse(&base(&self.base, connection)?).map_err(|_| foreign())?;
        let url = base.join(address).map_err(|_| foreign())?;
        if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
            return Err(foreign());
        }
        self.follow(url, &Map::new(), connection)
    }

    fn headers(&self, values: &Map<String, Value>) -> Result<Vec<(String, String)>, Failure> {
        let filled = self.headers.iter().filter_map(|(name, text)| {
            // What is missing is left out.
            let value = text.plain(values).ok()?;
            Some(checked_header(name, value))
        });
        filled.collect()
    }
}

fn pairs(
    written: &BTreeMap<String, String>,
    known: &[String],
    slips: &mut Vec<Slip>,
) -> Vec<(String, Text)> {
    let texts = written.iter();
    texts.filter_map(|(key, text)| Some((key.clone(), named(text, known, slips)?))).collect()
}

/// The address under which the connection's requests go, without a slash at its end.
pub(crate) fn base(base: &Text, connection: &Connection<'_>) -> Result<String, Failure> {
    let base = base.plain(connection.facts).map_err(|name| {
        invalid("connection", format!("The account has no {name:?}; reconnect it."))
    })?;
    Ok(base.trim_end_matches('/').to_owned())
}

pub(crate) fn no_address() -> Failure {
    invalid("connection", "The account's address cannot be used; reconnect it.")
}

pub(crate) fn is_reserved(name: &str) -> bool {
    NOT_THEIRS.contains(&name)
}

/// A value must not end its line and begin a header of its own.
pub(crate) fn checked_header(name: &str, value: String) -> Result<(String, String), Failure> {
    let fits = |byte: u8| byte == b'\t' || (0x20..0x7F).contains(&byte);
    if !value.bytes().all(fits) {
        let words = format!("The header {name:?} can only hold plain characters in one line.");
        return Err(invalid("header", words));
    }
    Ok((name.to_owned(), value))
}

pub(crate) fn invalid(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Invalid, code, message)
}
