//! What is wrong with the answers of the form, beside each field.

use super::files::is_public;
use portico_domain::FieldProblem;
use portico_domain::custom::{CustomAuth, CustomForm};
use url::Url;

/// Names that the ways to connect give themselves.
const TAKEN: [&str; 7] =
    ["api_key", "username", "password", "client_id", "client_secret", "account_id", "account_name"];

#[derive(Default)]
pub(super) struct Problems(Vec<FieldProblem>);

impl Problems {
    pub(super) fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldProblem { field: field.to_owned(), message: message.into() });
    }

    /// One line that is not empty.
    pub(super) fn line(&mut self, field: &str, what: &str, text: &str, longest: usize) -> String {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
            self.add(field, format!("Write a {what} of 1 to {longest} characters."));
        }
        text.to_owned()
    }

    /// An https address of a public host, in which inputs can stand for parts: `{subdomain}`. Answers
    /// the host as a definition allows it.
    pub(super) fn address(
        &mut self,
        (field, what): (&str, &str),
        text: &str,
        names: &[String],
    ) -> Option<String> {
        let text = text.trim();
        if text.is_empty() {
            self.add(field, format!("Write the {what}."));
            return None;
        }
        if let Some(unknown) = names_in(text).find(|name| !names.iter().any(|own| own == name)) {
            let words =
                format!("There is no {{{unknown}}}; the users are asked for it below, or not.");
            self.add(field, words);
            return None;
        }
        // Whatever is entered for a name is one label, or a part of the path.
        let plain = names
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), STANDS_IN));
        let url = Url::parse(&plain).ok().filter(|_| !plain.contains(['{', '}', ' ']));
        let Some(url) = url.filter(|url| url.scheme() == "https") else {
            self.add(field, format!("The {what} is an address that begins with https://."));
            return None;
        };
        let host = allowed(url.host_str().unwrap_or_default());
        if !is_public(&host) {
            self.add(field, format!("The {what} has a public host, like api.example.com."));
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            self.add(field, format!("The {what} has no name, password or # part."));
            return None;
        }
        Some(host)
    }

    /// The names of what else users are asked; none where they sign in at the provider.
    pub(super) fn inputs(&mut self, form: &CustomForm) -> Vec<String> {
        if form.auth == CustomAuth::OauthCode {
            return Vec::new();
        }
        let mut names: Vec<String> = Vec::new();
        for (at, input) in form.inputs.iter().enumerate() {
            let field = format!("inputs.{at}");
            let key = input.key.trim();
            let is_name = key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if !is_name {
                self.add(&field, "A name is lower-case letters, digits and _, like subdomain.");
            } else if TAKEN.contains(&key) || names.iter().any(|known| known == key) {
                self.add(&field, format!("The name {key:?} is taken; choose another."));
            }
            self.line(&field, "question", &input.title, 60);
            names.push(key.to_owned());
        }
        names
    }

    /// Where a key stands.
    pub(super) fn key(&mut self, form: &CustomForm, names: &[String]) {
        let name = form.key_name.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(fits) {
            self.add("keyName", "Write the name of the header or parameter, like X-Api-Key.");
        }
        let template = form.key_template.trim();
        let unknown = names_in(template)
            .find(|own| own != "api_key" && !names.iter().any(|name| name == own));
        if let Some(unknown) = unknown {
            self.add("keyTemplate", format!("There is no {{{unknown}}}; the key is {{api_key}}."));
        } else if !template.contains("{api_key}") {
            self.add(
                "keyTemplate",
                "Say where the key stands with {api_key}, like Bearer {api_key}.",
            );
        }
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, Vec<FieldProblem>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

/// A label that no person writes.
const STANDS_IN: &str = "x--stands-in";

/// The names in braces.
fn names_in(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split('{').skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
}

/// A host as a definition allows it: what stands before the last label that a user enters can be
/// anything.
fn allowed(host: &str) -> String {
    match host.rsplit_once(STANDS_IN) {
        None => host.to_owned(),
        Some((_, rest)) => format!("*{rest}"),
    }
}
