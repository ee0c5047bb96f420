//! What end users enter to connect an account.

use crate::file::{CredentialFieldFile, EnteredAccountFile};
use crate::identity::Account;
use crate::slip::{Slip, is_slug, named};
use crate::text::Text;
use portico_domain::FieldProblem;
use portico_domain::view::CredentialField;
use serde_json::{Map, Value};

/// The fields that are asked for, and what an account is called by what was entered.
pub struct EntryForm {
    fields: Vec<Field>,
    provider_id: Option<Text>,
    label: Text,
}

struct Field {
    shown: CredentialField,
    host_suffix: Option<String>,
    /// A colon would end it.
    no_colon: bool,
}

impl EntryForm {
    /// `known` are the facts of a connection.
    pub(crate) fn read(
        fields: Vec<CredentialFieldFile>,
        account: &EnteredAccountFile,
        known: &[String],
        slips: &mut Vec<Slip>,
    ) -> Option<Self> {
        for field in fields.iter().filter(|field| !is_slug(&field.key)) {
            slips.push(Slip::new(&field.key, "A key is lower-case letters, digits and `_`."));
        }
        let provider_id = match &account.provider_id {
            None => None,
            Some(text) => Some(named(text, known, slips)?),
        };
        Some(Self {
            fields: fields.into_iter().map(Field::read).collect(),
            provider_id,
            label: named(&account.label, known, slips)?,
        })
    }

    pub(crate) fn forbid_colon(&mut self, key: &str) {
        for field in self.fields.iter_mut().filter(|field| field.shown.key == key) {
            field.no_colon = true;
        }
    }

    /// What is asked of the end user.
    pub fn fields(&self) -> impl Iterator<Item = &CredentialField> {
        self.fields.iter().map(|field| &field.shown)
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

    /// Who was connected, from the facts of the connection.
    pub fn account(&self, facts: &Map<String, Value>) -> Account {
        Account {
            provider_id: self.provider_id.as_ref().and_then(|text| text.plain(facts).ok()),
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
    Colon,
}

impl Unfit<'_> {
    fn words(&self, title: &str) -> String {
        match self {
            Self::Empty => format!("Enter the {title}."),
            Self::TooLong => format!("The {title} is longer than 1,000 characters."),
            Self::Colon => format!("The {title} cannot hold a colon."),
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
            no_colon: false,
        }
    }

    fn accept(&self, text: &str) -> Result<String, Unfit<'_>> {
        if text.is_empty() {
            return Err(Unfit::Empty);
        }
        if text.chars().count() > 1000 {
            return Err(Unfit::TooLong);
        }
        if self.no_colon && text.contains(':') {
            return Err(Unfit::Colon);
        }
        let Some(suffix) = &self.host_suffix else { return Ok(text.to_owned()) };
        let host = written_host(text);
        let label = host.strip_suffix(suffix.as_str()).unwrap_or(&host);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if label.is_empty() || !label.chars().all(fits) {
            return Err(Unfit::NoHost(suffix));
        }
        Ok(format!("{label}{suffix}"))
    }
}

/// The host in what a person wrote: with a scheme or a path, in any case.
pub(crate) fn written_host(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    host.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
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
        let host_suffix = Some(".mktorest.com".to_owned());
        let field = Field { shown, host_suffix, no_colon: false };
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
