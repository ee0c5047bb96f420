//! Client credentials of the end user's own (RFC 6749 §4.4).

use crate::auth::{Around, open};
use crate::entered::EntryForm;
use crate::failures::Verdicts;
use crate::file::ClientCredentialsFile;
use crate::http::{Delivery, HttpRequest, Method};
use crate::key::{Check, CheckFile, KeyCheck};
use crate::slip::{Slip, named};
use crate::text::Text;
use crate::tokens::Tokens;
use portico_domain::Failure;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;
use url::form_urlencoded::Serializer;

/// How accounts are connected with client credentials of the end user's own.
pub struct ClientCredentialsGrant {
    form: EntryForm,
    method: Method,
    url: Text,
    query: Vec<(String, Text)>,
    facts: BTreeMap<String, String>,
    body: Vec<(String, Text)>,
    check: Check,
    verdicts: Verdicts,
}

impl ClientCredentialsGrant {
    pub(crate) fn read(
        file: ClientCredentialsFile,
        around: &Around<'_>,
        slips: &mut Vec<Slip>,
    ) -> Option<Self> {
        let keys: Vec<String> = file.fields.iter().map(|field| field.key.clone()).collect();
        let url = named(&file.token.url, &keys, slips);
        let mut query = Vec::new();
        for (key, text) in &file.token.query {
            query.extend(named(text, &keys, slips).map(|text| (key.clone(), text)));
        }
        let mut body = Vec::new();
        for (key, text) in &file.token.form {
            body.extend(named(text, &keys, slips).map(|text| (key.clone(), text)));
        }
        let known = Self::fact_names(&file);
        let check = CheckFile { verify: file.verify, test: file.test, facts: BTreeMap::new() };
        let check = Check::read(check, &known, around, slips);
        let form = EntryForm::read(file.fields, &file.account, &known, slips);
        let verdicts = Verdicts::read(file.failures, file.errors)
            .map_err(|why| slips.push(Slip::new("[[auth.failures]]", why)))
            .ok();
        Some(Self {
            form: form?,
            method: file.token.method,
            url: url?,
            query,
            facts: file.facts,
            body,
            check: check?,
            verdicts: verdicts?,
        })
    }

    /// What a connection's address can be made of.
    pub(crate) fn fact_names(file: &ClientCredentialsFile) -> Vec<String> {
        open(&file.fields).into_iter().chain(file.facts.keys().cloned()).collect()
    }

    pub(crate) fn verdicts(&self) -> &Verdicts {
        &self.verdicts
    }

    /// What is asked of the end user.
    pub fn form(&self) -> &EntryForm {
        &self.form
    }

    /// The fields that make the address where tokens are asked for.
    pub fn token_fields(&self) -> impl Iterator<Item = &str> {
        self.url.names()
    }

    /// What must succeed before an account counts as connected.
    pub fn check(&self) -> KeyCheck<'_> {
        self.check.as_ref()
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
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let mut body = Vec::new();
        if !self.body.is_empty() {
            let kind = "application/x-www-form-urlencoded".to_owned();
            headers.push(("content-type".to_owned(), kind));
            let mut form = Serializer::new(String::new());
            for (key, text) in &self.body {
                for value in text.each(kept) {
                    form.append_pair(key, &value);
                }
            }
            body = form.finish().into_bytes();
        }
        Ok(HttpRequest { method: self.method, url, headers, body })
    }

    /// Reads a token answer.
    ///
    /// # Errors
    /// The verdict; `revoked` means that what was entered is not accepted.
    pub fn tokens(&self, delivery: &Delivery) -> Result<Tokens, Failure> {
        Tokens::read(&self.verdicts, (&self.facts, None), delivery)
    }
}
