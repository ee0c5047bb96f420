//! Who was connected: one request once there is a token, and what of its answer a person reads.

use crate::file::IdentityFile;
use crate::http::{HttpRequest, Method};
use crate::oauth::{ClientCredentials, posted};
use crate::request::invalid;
use crate::slip::{Slip, named};
use crate::text::{Text, as_text};
use crate::tokens::facts_of;
use portico_domain::Failure;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;

/// The name of the account's id in the text that it is called by.
const PROVIDER_ID: &str = "provider_id";

/// Who was connected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Its id at the provider.
    pub provider_id: Option<String>,
    /// What a person reads.
    pub label: Option<String>,
    /// Public facts of the account.
    pub facts: Map<String, Value>,
}

pub(crate) struct Identity {
    url: Text,
    form: Vec<(String, Text)>,
    provider_id: String,
    label: Label,
    facts: BTreeMap<String, String>,
}

/// What an account is called by.
enum Label {
    /// What stands there in the answer.
    Pointer(String),
    /// A text made of facts.
    Text(Text),
}

impl Identity {
    /// `facts` are those of the connection.
    pub(crate) fn read(
        file: IdentityFile,
        facts: &[String],
        slips: &mut Vec<Slip>,
    ) -> Option<Self> {
        let url = named(&file.url, facts, slips);
        let known = ["access_token", "client_id", "client_secret"].map(str::to_owned);
        let mut form = Vec::new();
        for (key, text) in &file.form {
            form.extend(named(text, &known, slips).map(|text| (key.clone(), text)));
        }
        let own: Vec<String> = file.facts.keys().cloned().chain([PROVIDER_ID.to_owned()]).collect();
        let label = match file.label.starts_with('/') {
            true => Some(Label::Pointer(file.label)),
            false => named(&file.label, &own, slips).map(Label::Text),
        };
        Some(Self {
            url: url?,
            form,
            provider_id: file.provider_id,
            label: label?,
            facts: file.facts,
        })
    }

    /// Asks who was connected.
    pub(crate) fn request(
        &self,
        facts: &Map<String, Value>,
        client: ClientCredentials<'_>,
        access_token: &str,
    ) -> Result<HttpRequest, Failure> {
        let url = self.url.plain(facts).ok().and_then(|text| Url::parse(&text).ok());
        let url = url.ok_or_else(|| {
            invalid("identity", "The provider did not say where to ask who was connected.")
        })?;
        let mut request = if self.form.is_empty() {
            let headers = vec![("accept".to_owned(), "application/json".to_owned())];
            HttpRequest { method: Method::Get, url, headers, body: Vec::new() }
        } else {
            let values = [
                ("access_token", access_token),
                ("client_id", client.id),
                ("client_secret", client.secret),
            ];
            let values = values.map(|(name, value)| (name.to_owned(), Value::from(value)));
            let values = Map::from_iter(values);
            let form: Vec<_> = self
                .form
                .iter()
                .filter_map(|(key, text)| Some((key.as_str(), text.plain(&values).ok()?)))
                .collect();
            let form: Vec<_> = form.iter().map(|(key, value)| (*key, value.as_str())).collect();
            posted(url, &form)
        };
        request.headers.push(("authorization".to_owned(), format!("Bearer {access_token}")));
        Ok(request)
    }

    /// Who was connected, by what was answered.
    pub(crate) fn account(&self, body: &Value) -> Account {
        let facts = facts_of(&self.facts, body);
        let provider_id = as_text(body.pointer(&self.provider_id));
        let label = match &self.label {
            Label::Pointer(pointer) => as_text(body.pointer(pointer)),
            Label::Text(text) => {
                let mut values = facts.clone();
                values.extend(provider_id.clone().map(|id| (PROVIDER_ID.to_owned(), id.into())));
                text.plain(&values).ok()
            }
        };
        // A name that is half said would say the wrong thing.
        Account { label: label.or_else(|| provider_id.clone()), provider_id, facts }
    }
}
