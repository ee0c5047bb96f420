//! The request that a file describes, filled for one call.

use crate::action::Connection;
use crate::definition::{Slip, check_names, named};
use crate::file::RequestFile;
use crate::http::{HttpRequest, Method};
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
    headers: BTreeMap<String, String>,
    body: Option<Body>,
}

/// What every request of a file shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) base: Text,
    pub(crate) headers: BTreeMap<String, String>,
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
        self.path.names().chain(query).chain(body).any(|own| own == name)
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
        let unconnected = |name: String| {
            invalid("connection", format!("The account has no {name:?}; reconnect it."))
        };
        let base = self.base.plain(connection.facts).map_err(unconnected)?;
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
}

pub(crate) fn invalid(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Invalid, code, message)
}
