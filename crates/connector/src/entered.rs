//! Accounts that are connected by entering something: client credentials (RFC 6749 §4.4).

use crate::definition::{Slip, check_names, is_slug, named};
use crate::failures::Verdicts;
use crate::file::{ClientCredentialsFile, CredentialFieldFile};
use crate::http::{Delivery, HttpRequest, Method};
use crate::oauth::Account;
use crate::text::Text;
use crate::tokens::Tokens;
use portico_domain::view::CredentialField;
use portico_domain::{Failure, FieldProblem};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

/// How accounts are connected with client credentials of the end user's own.
pub struct ClientCredentialsGrant {
    fields: Vec<Field>,
    method: Method,
    url: Text,
    query: Vec<(String, Text)>,
    facts: BTreeMap<String, String>,
    provider_id: Text,
    label: Text,
    verify: String,
    verdicts: Verdicts,
}

struct Field {
    shown: CredentialField,
    host_suffix: Option<String>,
}

impl ClientCredentialsGrant {
    pub(crate) fn read(file: ClientCredentialsFile, slips: &mut Vec<Slip>) -> Option<Self> {
        let keys: Vec<String> = file.fields.iter().map(|field| field.key.clone()).collect();
        for key in keys.iter().filter(|key| !is_slug(key)) {
            slips.push(Slip::new(key, "A key is lower-case letters, digits and `_`."));
        }
        let url = named(&file.token.url, &keys, slips);
        let mut query = Vec::new();
        for (key, text) in &file.token.query {
            query.extend(named(text, &keys, slips).map(|text| (key.clone(), text)));
        }
        let known = Self::fact_names(&file);
        let provider_id = named(&file.account.provider_id, &known, slips);
        let label = named(&file.account.label, &known, slips);
        let verdicts = Verdicts::read(file.failures, file.errors)
            .map_err(|why| slips.push(Slip::new("[[auth.failures]]", why)))
            .ok();
        Some(Self {
            fields: file.fields.into_iter().map(Field::read).collect(),
            method: file.token.method,
            url: url?,
            query,
            facts: file.facts,
            provider_id: provider_id?,
            label: label?,
            verify: file.verify,
            verdicts: verdicts?,
        })
    }

    /// What a connection's address can be made of.
    pub(crate) fn fact_names(file: &ClientCredentialsFile) -> Vec<String> {
        let open = file.fields.iter().filter(|field| !field.secret);
        open.map(|field| field.key.clone()).chain(file.facts.keys().cloned()).collect()
    }

    pub(crate) fn check_verify(&self, sources: &[String], slips: &mut Vec<Slip>) {
        check_names(&self.verify, std::iter::once(self.verify.as_str()), sources, slips);
    }

    pub(crate) fn verdicts(&self) -> &Verdicts {
        &self.verdicts
    }

    /// What is asked of the end user.
    pub fn fields(&self) -> impl Iterator<Item = &CredentialField> {
        self.fields.iter().map(|field| &field.shown)
    }

    /// The source of choices whose first page shows that calls are allowed.
    pub fn verify(&self) -> &str {
        &self.verify
    }

    /// What was entered, as it is kept: trimmed, hosts brought into one form.
    ///
    /// # Errors
    /// What is missing or cannot be right, for each field.
    pub fn entered(
        &self,
        entered: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Vec<FieldProblem>> {
        let mut kept = Map::new();
        let mut problems = Vec::new();
        for field in &self.fields {
            let CredentialField { key, title, .. } = &field.shown;
            let text = entered.get(key).and_then(Value::as_str).unwrap_or_default().trim();
            match field.accept(text) {
                Ok(text) => {
                    kept.insert(key.clone(), Value::String(text));
                }
                Err(why) => {
                    problems.push(FieldProblem { field: key.clone(), message: why.words(title) });
                }
            }
        }
        if problems.is_empty() { Ok(kept) } else { Err(problems) }
    }

    /// The public part of what was entered.
    pub fn public(&self, kept: &Map<String, Value>) -> Map<String, Value> {
        let open = self.fields.iter().filter(|field| !field.shown.secret);
        open.filter_map(|field| {
            let key = &field.shown.key;
            Some((key.clone(), kept.get(key)?.clone()))
        })
        .collect()
    }

    /// Asks for a token.
    ///
    /// # Errors
    /// What was entered makes no address.
    pub fn request(&self, kept: &Map<String, Value>) -> Result<HttpRequest, Failure> {
        let no_address =
            || crate::request::invalid("address", "What was entered makes no address.");
        let url = self.url.plain(kept).map_err(|_| no_address())?;
        let mut url = Url::parse(&url).map_err(|_| no_address())?;
        for (key, text) in &self.query {
            for value in text.each(kept) {
                url.query_pairs_mut().append_pair(key, &value);
            }
        }
        let headers = vec![("accept".to_owned(), "application/json".to_owned())];
        Ok(HttpRequest { method: self.method, url, headers, body: Vec::new() })
    }

    /// Reads a token answer.
    ///
    /// # Errors
    /// The verdict; `revoked` means that what was entered is not accepted.
    pub fn tokens(&self, delivery: &Delivery) -> Result<Tokens, Failure> {
        Tokens::read(&self.verdicts, &self.facts, delivery)
    }

    /// Who was connected, from the facts of the connection.
    pub fn account(&self, facts: &Map<String, Value>) -> Account {
        Account {
            provider_id: self.provider_id.plain(facts).ok(),
            label: self.label.plain(facts).ok(),
            facts: Map::new(),
        }
    }
}

/// Why a field cannot be taken.
enum Unfit<'a> {
    Empty,
    TooLong,
    NoHost(&'a str),
}

impl Unfit<'_> {
    fn words(&self, title: &str) -> String {
        match self {
            Self::Empty => format!("Enter the {title}."),
            Self::TooLong => format!("The {title} is longer than 1,000 characters."),
            Self::NoHost(suffix) => {
                format!("The {title} is an address that ends with {suffix}.")
            }
        }
    }
}

impl Field {
    fn read(file: CredentialFieldFile) -> Self {
        Self {
            shown: CredentialField {
                key: file.key,
                title: file.title,
                help: file.help,
                placeholder: file.placeholder,
                secret: file.secret,
                host: file.host_suffix.is_some(),
            },
            host_suffix: file.host_suffix,
        }
    }

    fn accept(&self, text: &str) -> Result<String, Unfit<'_>> {
        if text.is_empty() {
            return Err(Unfit::Empty);
        }
        if text.chars().count() > 1000 {
            return Err(Unfit::TooLong);
        }
        let Some(suffix) = &self.host_suffix else { return Ok(text.to_owned()) };
        let lower = text.to_lowercase();
        let host = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        let label = host.strip_suffix(suffix.as_str()).unwrap_or(host);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if label.is_empty() || !label.chars().all(fits) {
            return Err(Unfit::NoHost(suffix));
        }
        Ok(format!("{label}{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Field;
    use portico_domain::view::CredentialField;

    #[test]
    fn a_host_is_taken_however_it_is_written_and_from_its_own_place_only() {
        let shown = CredentialField {
            key: "endpoint".to_owned(),
            title: "Endpoint".to_owned(),
            help: String::new(),
            placeholder: String::new(),
            secret: false,
            host: true,
        };
        let field = Field { shown, host_suffix: Some(".mktorest.com".to_owned()) };
        for written in [
            "123-ABC-456",
            "123-abc-456.mktorest.com",
            "https://123-ABC-456.mktorest.com",
            "https://123-ABC-456.mktorest.com/rest",
            "http://123-ABC-456.mktorest.com/identity/oauth/token?x=1",
        ] {
            let host = field.accept(written).ok();
            assert_eq!(host.as_deref(), Some("123-abc-456.mktorest.com"), "{written}");
        }
        for written in [
            "",
            ".mktorest.com",
            "https://evil.test/.mktorest.com",
            "123-ABC-456.mktorest.com.evil.test",
            "user@123-ABC-456.mktorest.com",
            "123-ABC-456.mktorest.com:8080",
            "a.b.mktorest.com",
            "localhost:3000",
        ] {
            assert!(field.accept(written).is_err(), "{written}");
        }
    }
}
