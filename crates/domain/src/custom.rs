//! Integrations that a project defines itself: the files of a folder, and the form that writes them.

use crate::refusal::FieldProblem;
use crate::view::FileProblem;
use serde::{Deserialize, Serialize};

/// The files of an integration's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomFiles {
    /// `integration.toml`, as it was written.
    pub definition: String,
    /// `overview.md`: what the end user reads before connecting.
    #[serde(default)]
    pub overview: String,
    /// `guide.md`: how an admin sets up the provider's side.
    #[serde(default)]
    pub guide: String,
    /// `icon.svg`.
    #[serde(default)]
    pub icon: String,
}

/// How accounts of it are connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomAuth {
    /// The user signs in at the provider (OAuth 2.0 with a code).
    #[default]
    OauthCode,
    /// The user enters an OAuth client of their own (RFC 6749 §4.4).
    ClientCredentials,
    /// The user enters a key.
    ApiKey,
    /// The user enters a name and a password (RFC 7617).
    Basic,
}

/// Where a key stands in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    /// In a header.
    #[default]
    Header,
    /// In the query, where the provider's logs see it.
    Query,
}

/// One more question to the user who connects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomInput {
    /// Its name in addresses: `{subdomain}`.
    pub key: String,
    /// What the user reads.
    pub title: String,
}

/// What the form asks. Texts are as they were typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomForm {
    /// Its name; its type is made of it, once.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Its colour: `#5b5bd6`.
    pub color: String,
    /// How accounts are connected.
    pub auth: CustomAuth,
    /// The provider's consent page.
    pub authorize_url: String,
    /// Where tokens are asked for.
    pub token_url: String,
    /// Names, with spaces between.
    pub scopes: String,
    /// Whether the flow is bound with PKCE.
    pub pkce: bool,
    /// Where the key stands in a request.
    pub key_place: KeyPlace,
    /// The name of the header or of the parameter: `Authorization`.
    pub key_name: String,
    /// What it says: `Bearer {api_key}`.
    pub key_template: String,
    /// What every path is under.
    pub base_url: String,
    /// A path that answers a GET of a connected account.
    pub test_path: String,
    /// JSON pointer to the account's id in its answer.
    pub account_id: String,
    /// JSON pointer to what a person calls the account.
    pub account_name: String,
    /// What else the user is asked.
    pub inputs: Vec<CustomInput>,
}

impl Default for CustomForm {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            name: String::new(),
            description: String::new(),
            color: text("#5b5bd6"),
            auth: CustomAuth::default(),
            authorize_url: String::new(),
            token_url: String::new(),
            scopes: String::new(),
            pkce: true,
            key_place: KeyPlace::default(),
            key_name: text("Authorization"),
            key_template: text("Bearer {api_key}"),
            base_url: String::new(),
            test_path: String::new(),
            account_id: text("/id"),
            account_name: text("/name"),
            inputs: Vec::new(),
        }
    }
}

/// The type that is made of a name: `custom.` and its letters and digits, in lower case.
pub fn custom_type(name: &str) -> String {
    let slug: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("custom.{}", slug.to_ascii_lowercase())
}

/// The page of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomDetail {
    /// Its type.
    pub kind: String,
    /// Its files.
    pub files: CustomFiles,
    /// The form that writes exactly this file; absent if the file says more than the form can.
    pub form: Option<CustomForm>,
    /// Of the files: saving another one is refused if they have changed meanwhile.
    pub revision: i64,
    /// What is wrong with the file, after a program that understands less of it was started.
    pub problems: Vec<FileProblem>,
    /// Connected accounts.
    pub accounts: u64,
    /// Workflows, deployed or not.
    pub workflows: u64,
}

/// What sending the form came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum FormSaved {
    /// It is stored.
    Stored {
        /// Its type.
        kind: String,
        /// The revision of its files.
        revision: i64,
    },
    /// Nothing was stored.
    Wrong {
        /// What is wrong, beside each field; beside none if it is about the whole.
        fields: Vec<FieldProblem>,
    },
}

#[cfg(test)]
mod tests {
    use super::custom_type;

    #[test]
    fn a_type_is_made_of_letters_and_digits() {
        for (name, kind) in [
            ("Acme", "custom.acme"),
            ("Acme CRM (EU) 2", "custom.acmecrmeu2"),
            ("3CX", "custom.3cx"),
            ("Größe", "custom.gre"),
        ] {
            assert_eq!(custom_type(name), kind);
        }
    }
}
