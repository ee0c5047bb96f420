//! How a call shows with whose account it is made.

use crate::action::Connection;
use crate::file::PlaceFile;
use crate::http::HttpRequest;
use crate::request::{checked_header, invalid, is_reserved};
use crate::slip::{Slip, named};
use crate::text::Text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portico_domain::Failure;
use serde_json::{Map, Value};

/// What an account gives to its calls. Has no `Debug`: it is all secret.
#[derive(Clone, Copy)]
pub enum Authorization<'a> {
    /// What the provider gave for it (RFC 6750).
    Tokens {
        /// For acting as the app.
        app: Option<&'a str>,
        /// For acting as the person who connected it.
        user: Option<&'a str>,
    },
    /// What its user entered, by field.
    Entered(&'a Map<String, Value>),
}

/// Where that stands in a request.
#[derive(Clone)]
pub(crate) enum Place {
    /// `Authorization: Bearer …`.
    Bearer,
    /// `Authorization: Basic …` (RFC 7617), of a name and a password.
    Basic(Text, Text),
    /// In headers and parameters of the query.
    Own { headers: Vec<(String, Text)>, query: Vec<(String, Text)> },
}

impl Place {
    pub(crate) fn basic(file: &PlaceFile, known: &[String], slips: &mut Vec<Slip>) -> Option<Self> {
        if !file.headers.is_empty() || !file.query.is_empty() {
            let words = "The place of `basic` is made of `user` and `password`.";
            slips.push(Slip::new("[auth.place]", words));
        }
        let user = file.user.as_deref().unwrap_or("{username}");
        let password = file.password.as_deref().unwrap_or("{password}");
        Some(Self::Basic(named(user, known, slips)?, named(password, known, slips)?))
    }

    pub(crate) fn own(file: &PlaceFile, known: &[String], slips: &mut Vec<Slip>) -> Option<Self> {
        let nowhere = file.headers.is_empty() && file.query.is_empty();
        if nowhere || file.user.is_some() || file.password.is_some() {
            let words = "The place of an `api_key` is in `headers` or in the `query`.";
            slips.push(Slip::new("[auth]", words));
        }
        let mut headers = Vec::new();
        for (name, text) in &file.headers {
            let name = name.to_lowercase();
            if is_reserved(&name) && name != "authorization" {
                slips
                    .push(Slip::new(&name, format!("The header {name:?} is not a file's to say.")));
            }
            headers.push((name, named(text, known, slips)?));
        }
        let mut query = Vec::new();
        for (name, text) in &file.query {
            query.push((name.clone(), named(text, known, slips)?));
        }
        Some(Self::Own { headers, query })
    }

    /// Whether a header is taken by it.
    pub(crate) fn takes_header(&self, name: &str) -> bool {
        match self {
            Self::Own { headers, .. } => headers.iter().any(|(own, _)| own == name),
            Self::Bearer | Self::Basic(..) => name == "authorization",
        }
    }

    /// Whether a parameter of the query is taken by it.
    pub(crate) fn takes_parameter(&self, name: &str) -> bool {
        matches!(self, Self::Own { query, .. } if query.iter().any(|(own, _)| own == name))
    }

    /// A request with what shows whose it is.
    pub(crate) fn put(
        &self,
        mut request: HttpRequest,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        match (self, connection.authorization) {
            (Self::Bearer, Authorization::Tokens { app, user }) => {
                let token = app.or(user).ok_or_else(reconnect)?;
                set_header(&mut request, "authorization", format!("Bearer {token}"))?;
            }
            (Self::Basic(user, password), Authorization::Entered(entered)) => {
                let user = user.plain(entered).map_err(|_| reconnect())?;
                // A name without a password is what some providers want of a key.
                let password = password.plain(entered).map_err(|_| reconnect())?;
                let value = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
                set_header(&mut request, "authorization", value)?;
            }
            (Self::Own { headers, query }, Authorization::Entered(entered)) => {
                for (name, text) in headers {
                    let value = text.plain(entered).map_err(|_| reconnect())?;
                    set_header(&mut request, name, value)?;
                }
                for (name, text) in query {
                    let value = text.plain(entered).map_err(|_| reconnect())?;
                    set_parameter(&mut request, name, &value);
                }
            }
            _ => return Err(reconnect()),
        }
        Ok(request)
    }
}

fn set_header(request: &mut HttpRequest, name: &str, value: String) -> Result<(), Failure> {
    let header = checked_header(name, value)?;
    request.headers.retain(|(own, _)| own != name);
    request.headers.push(header);
    Ok(())
}

/// An address that the provider named can have it already.
fn set_parameter(request: &mut HttpRequest, name: &str, value: &str) {
    if request.url.query_pairs().any(|(own, _)| own == name) {
        let others = request.url.query_pairs().filter(|(own, _)| own != name);
        let others: Vec<_> =
            others.map(|(own, value)| (own.into_owned(), value.into_owned())).collect();
        request.url.query_pairs_mut().clear().extend_pairs(others);
    }
    request.url.query_pairs_mut().append_pair(name, value);
}

fn reconnect() -> Failure {
    invalid("connection", "The account does not hold what this call needs; reconnect it.")
}
