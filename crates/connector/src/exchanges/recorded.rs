//! What was recorded: a request, an answer or the loss of one, and the verdict that is expected.

use crate::file::ResetsFile;
use crate::http::{Delivery, HttpRequest, HttpResponse, Method};
use portico_domain::{Failure, FailureClass};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) request: Option<Request>,
    pub(super) response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: Option<Value>,
    /// Texts, or lists of them where a name is said several times.
    pub(super) form: Option<Map<String, Value>>,
    /// Those that matter; others may be sent too.
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
    /// Instead of an answer: how it was lost after the request was sent.
    pub(crate) lost: Option<String>,
    /// Instead of an answer: why the request was not sent.
    pub(crate) not_sent: Option<String>,
    /// Instead of an answer: it is larger than this.
    pub(crate) larger_than: Option<usize>,
}

fn ok() -> u16 {
    200
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) class: FailureClass,
    pub(super) code: Option<String>,
    /// A part of the words.
    pub(super) says: Option<String>,
    pub(super) fields: Option<Vec<String>>,
    /// When a `quota` comes back.
    pub(super) resets: Option<ResetsFile>,
}

impl Request {
    pub(super) fn compare(&self, sent: &HttpRequest) -> Result<(), String> {
        if self.method != sent.method || self.url != sent.url.as_str() {
            return Err(format!("{} {} was sent", sent.method.as_str(), sent.url));
        }
        for (name, value) in &self.headers {
            let own = sent.headers.iter().find(|(own, _)| *own == name.to_lowercase());
            if own.is_none_or(|(_, own)| Some(own.as_str()) != value.as_str()) {
                return Err(format!("the header {name:?} was not sent so"));
            }
        }
        if let Some(form) = &self.form {
            let sent = form_of(&sent.body);
            return if *form == sent {
                Ok(())
            } else {
                Err(format!("the form {} was sent", Value::Object(sent)))
            };
        }
        let body = serde_json::from_slice::<Value>(&sent.body).ok();
        if self.body != body || (body.is_none() && !sent.body.is_empty()) {
            return Err(format!("the body {} was sent", String::from_utf8_lossy(&sent.body)));
        }
        Ok(())
    }
}

/// A form by its names; what is said several times is a list.
fn form_of(body: &[u8]) -> Map<String, Value> {
    let mut form = Map::new();
    for (key, value) in url::form_urlencoded::parse(body) {
        let value = Value::from(value.as_ref());
        match form.get_mut(key.as_ref()) {
            None => {
                form.insert(key.into_owned(), value);
            }
            Some(Value::Array(all)) => all.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    form
}

impl Response {
    pub(crate) fn read(&self) -> Delivery {
        if let Some(why) = &self.lost {
            return Delivery::Lost { why: why.clone() };
        }
        if let Some(why) = &self.not_sent {
            return Delivery::NotSent { why: why.clone() };
        }
        if let Some(limit) = self.larger_than {
            return Delivery::TooLarge { limit };
        }
        let body = match (&self.json, &self.text) {
            (Some(json), _) => json.to_string(),
            (None, Some(text)) => text.clone(),
            (None, None) => String::new(),
        };
        let headers = self.headers.iter().map(|(name, value)| {
            (name.to_lowercase(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        Delivery::Answered(HttpResponse {
            status: self.status,
            headers: headers.collect(),
            body: body.into_bytes(),
        })
    }
}

impl Expected {
    pub(super) fn compare(&self, failure: &Failure) -> Result<(), String> {
        let code = self.code.as_ref().is_none_or(|code| *code == failure.code);
        let says = self.says.as_ref().is_none_or(|words| failure.message.contains(words));
        let fields = self.fields.as_ref().is_none_or(|fields| *fields == failure.fields);
        let resets = self.resets.as_ref().is_none_or(|resets| resets.holds_for(failure));
        if self.class == failure.class && code && says && fields && resets {
            Ok(())
        } else {
            let Failure { fields, resets, retry_after_ms, .. } = failure;
            Err(format!(
                "its verdict is {failure} about {fields:?}, to be made again after {retry_after_ms:?} ms or at \
                 {resets:?}"
            ))
        }
    }
}

impl ResetsFile {
    fn holds_for(&self, failure: &Failure) -> bool {
        let daily = failure.resets.as_ref();
        let at = daily.map(|own| format!("{:02}:{:02}", own.hour, own.minute));
        let zone = daily.map(|own| own.zone.clone());
        let after_ms = self.after_s.map(|seconds| seconds * 1000);
        (after_ms, &self.at, &self.zone) == (failure.retry_after_ms, &at, &zone)
    }
}
