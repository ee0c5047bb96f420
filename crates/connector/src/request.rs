//! The request that a file describes, filled for one call.

use crate::action::Connection;
use crate::definition::{Slip, check_names, named};
use crate::file::RequestFile;
use crate::http::{HttpRequest, Method};
use crate::limits::Limits;
use crate::soql::{Soql, Unfit};
use crate::text::{Body, Text};
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

/// A request with names in it.
pub(crate) struct Request {
    method: Method,
    base: Text,
    path: Text,
    query: Vec<(String, Text)>,
    soql: Vec<(String, Soql)>,
    headers: BTreeMap<String, String>,
    body: Option<Body>,
}

/// What every request of a file shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) base: Text,
    pub(crate) headers: BTreeMap<String, String>,
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
        let mut query = Vec::new();
        for (key, text) in &file.query {
            query.extend(named(text, known, &mut slips).map(|text| (key.clone(), text)));
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
        let body = match file.body.as_ref().map(Body::parse).transpose() {
            Ok(body) => body,
            Err(why) => {
                slips.push(Slip::new(near, why));
                None
            }
        };
        if let Some(body) = &body {
            check_names(near, body.names().into_iter(), known, &mut slips);
        }
        let mut headers = BTreeMap::new();
        for (name, value) in shared.headers.iter().chain(&file.headers) {
            headers.insert(name.to_lowercase(), value.clone());
        }
        match path {
            Some(path) if slips.is_empty() => Ok(Self {
                method: file.method,
                base: shared.base.clone(),
                path,
                query,
                soql,
                headers,
                body,
            }),
            _ => Err(slips),
        }
    }

    /// Whether a name is used anywhere.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let query = self.query.iter().flat_map(|(_, text)| text.names());
        let body = self.body.iter().flat_map(Body::names);
        let soql = self.soql.iter().flat_map(|(_, soql)| soql.names());
        self.path.names().chain(query).chain(soql).chain(body).any(|own| own == name)
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
        let base = self.base(connection)?;
        let path = self.path.path(values).map_err(missing)?;
        let url = format!("{}{path}", base.trim_end_matches('/'));
        let mut url = Url::parse(&url).map_err(|_| {
            invalid("connection", "The account's address cannot be used; reconnect it.")
        })?;
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
        // What a body is made of says nothing where there is none.
        let said = |(name, _): &(String, String)| self.body.is_some() || name != "content-type";
        let mut headers: Vec<_> = self.headers.clone().into_iter().filter(said).collect();
        headers.push(("authorization".to_owned(), format!("Bearer {}", connection.access_token)));
        let mut body = Vec::new();
        if let Some(template) = &self.body {
            let json = template.render(values).unwrap_or(Value::Object(Map::new()));
            body = json.to_string().into_bytes();
            if !self.headers.contains_key("content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
        }
        Ok(HttpRequest { method: self.method, url, headers, body })
    }

    /// Asks for an address that an answer has named; it is one of the same account, or refused.
    pub(crate) fn follow(
        &self,
        address: &str,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        let foreign =
            || invalid("next_page", "The provider names a next page that is not its own.");
        let base = Url::parse(&self.base(connection)?).map_err(|_| foreign())?;
        let url = base.join(address).map_err(|_| foreign())?;
        if url.origin() != base.origin() || !url.username().is_empty() || url.password().is_some() {
            return Err(foreign());
        }
        let said = |(name, _): &(String, String)| name != "content-type";
        let mut headers: Vec<_> = self.headers.clone().into_iter().filter(said).collect();
        headers.push(("authorization".to_owned(), format!("Bearer {}", connection.access_token)));
        Ok(HttpRequest { method: Method::Get, url, headers, body: Vec::new() })
    }

    fn base(&self, connection: &Connection<'_>) -> Result<String, Failure> {
        self.base.plain(connection.facts).map_err(|name| {
            invalid("connection", format!("The account has no {name:?}; reconnect it."))
        })
    }
}

pub(crate) fn invalid(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Invalid, code, message)
}
