//! Requests and what became of them, as data.

use serde::Deserialize;
use serde_json::Value;
use std::fmt;
use url::Url;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Changes.
    Patch,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// From how it is written, in either case.
    pub fn parse(written: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Patch, Self::Put, Self::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(written))
    }

    /// As written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request to be sent.
#[derive(Clone, PartialEq)]
pub struct HttpRequest {
    /// Its method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// `POST https://host/path`, for the log: without query, headers and body.
    pub fn line(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        format!("{} {url}", self.method.as_str())
    }
}

/// Shows no header and no body: they hold secrets.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({})", self.line())
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpResponse {
    /// Its status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What came back.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// A header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is JSON that can be kept ([`portico_domain::json`]).
    pub fn json(&self) -> Option<Value> {
        portico_domain::json::read(&self.body).ok()
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// It was answered.
    Answered(HttpResponse),
    /// It may not be sent there, now or later.
    Refused {
        /// Why.
        why: String,
    },
    /// It surely never arrived.
    NotSent {
        /// Why.
        why: String,
    },
    /// It may have arrived; the answer was lost.
    Lost {
        /// How.
        why: String,
    },
    /// It was answered with more than is read.
    TooLarge {
        /// How much is read, in bytes.
        limit: usize,
    },
}
