//! One thing an integration can do.

use crate::definition::{Slip, check_names, is_slug, named};
use crate::failures::{Repeat, Verdicts, undelivered};
use crate::file::ActionFile;
use crate::http::{Delivery, HttpRequest, Method};
use crate::text::{Body, Text};
use portico_domain::{ActionShape, Failure, FailureClass};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

/// One thing an integration can do.
pub struct Action {
    shape: ActionShape,
    repeat: Repeat,
    method: Method,
    base: Text,
    path: Text,
    query: Vec<(String, Text)>,
    headers: BTreeMap<String, String>,
    body: Option<Body>,
    output: String,
    verdicts: Verdicts,
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
        base: Text,
        mut headers: BTreeMap<String, String>,
        verdicts: Verdicts,
    ) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        let keys: Vec<String> = file.inputs.iter().map(|input| input.key.clone()).collect();
        if !is_slug(&file.id) {
            slips.push(Slip::new(&file.id, "An id is lower-case letters, digits and `_`."));
        }
        if !file.request.path.starts_with('/') {
            slips.push(Slip::new(&file.request.path, "A path begins with `/`."));
        }
        let path = named(&file.request.path, &keys, &mut slips);
        let mut query = Vec::new();
        for (key, text) in &file.request.query {
            query.extend(named(text, &keys, &mut slips).map(|text| (key.clone(), text)));
        }
        let body = file.request.body.as_ref().map(Body::parse).transpose();
        let body = match body {
            Ok(body) => body,
            Err(why) => {
                slips.push(Slip::new(&file.id, why));
                None
            }
        };
        if let Some(body) = &body {
            check_names(&file.id, body.names().into_iter(), &keys, &mut slips);
        }
        headers.extend(file.request.headers);
        match path {
            Some(path) if slips.is_empty() => Ok(Self {
                shape: ActionShape {
                    id: file.id,
                    title: file.title,
                    description: file.description,
                    inputs: file.inputs,
                    outputs: file.outputs,
                },
                repeat: if file.idempotent { Repeat::Safe } else { Repeat::Unsafe },
                method: file.request.method,
                base,
                path,
                query,
                headers,
                body,
                output: file.output,
                verdicts,
            }),
            _ => Err(slips),
        }
    }

    /// What the engine and the pages need to know of it.
    pub fn shape(&self) -> &ActionShape {
        &self.shape
    }

    /// Whether doing it twice is as good as once.
    pub fn is_idempotent(&self) -> bool {
        self.repeat == Repeat::Safe
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
        let missing = |name: String| {
            let shape = self.shape.inputs.iter().find(|input| input.key == name);
            let title = shape.map_or(name.as_str(), |input| input.title.as_str());
            invalid("input", format!("The input {title:?} has no value that fits an address."))
        };
        let unconnected = |name: String| {
            invalid("connection", format!("The account has no {name:?}; reconnect it."))
        };
        let base = self.base.plain(connection.facts).map_err(unconnected)?;
        let path = self.path.path(inputs).map_err(missing)?;
        let url = format!("{}{path}", base.trim_end_matches('/'));
        let mut url = Url::parse(&url).map_err(|_| {
            invalid("connection", "The account's address cannot be used; reconnect it.")
        })?;
        for (key, text) in &self.query {
            // What is missing is left out.
            if let Ok(value) = text.plain(inputs) {
                url.query_pairs_mut().append_pair(key, &value);
            }
        }
        let mut headers: Vec<(String, String)> =
            self.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        headers.push(("authorization".to_owned(), format!("Bearer {}", connection.access_token)));
        let mut body = Vec::new();
        if let Some(template) = &self.body {
            let json = template.render(inputs).unwrap_or(Value::Object(Map::new()));
            body = json.to_string().into_bytes();
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Ok(HttpRequest { method: self.method, url, headers, body })
    }

    /// What came of the request: the action's output, or a verdict.
    ///
    /// # Errors
    /// The verdict.
    pub fn judge(&self, delivery: &Delivery) -> Result<Value, Failure> {
        if let Some(failure) = undelivered(delivery, self.repeat) {
            return Err(failure);
        }
        let Delivery::Answered(response) = delivery else {
            return Err(invalid("no_answer", "There was no answer."));
        };
        // Some providers answer 200 to failures: the file's rows are asked first.
        let success = (200..300).contains(&response.status);
        if !success || self.verdicts.row(response).is_some() {
            return Err(self.verdicts.of(response, self.repeat));
        }
        if response.body.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        let body = response.json().ok_or_else(|| {
            let class = match self.repeat {
                Repeat::Safe => FailureClass::Transient,
                Repeat::Unsafe => FailureClass::Unknown,
            };
            let mut failure = Failure::new(
                class,
                "not_json",
                "The provider answered with something that is not JSON.",
            );
            failure.status = Some(response.status);
            failure
        })?;
        Ok(body.pointer(&self.output).cloned().unwrap_or(Value::Null))
    }
}

fn invalid(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Invalid, code, message)
}
