//! The form that adds an API without a file: it writes the file. What it wrote it can read again, as
//! long as nobody has made the file say more than the form can.

use super::auth;
use super::fields::Problems;
use portico_domain::FieldProblem;
use portico_domain::custom::{CustomAuth, CustomForm};
use std::fmt::Write as _;
use toml::{Table, Value};

/// How long a name and a description may be, in characters.
const LONGEST_NAME: usize = 60;
const LONGEST_LINE: usize = 200;

/// Writes the definition of `kind`.
///
/// # Errors
/// What is wrong, beside each field.
pub(crate) fn write(form: &CustomForm, kind: &str) -> Result<String, Vec<FieldProblem>> {
    let asked = Asked::read(form)?;
    let name = quoted(&asked.name);
    let mut file = String::new();
    let _ = write!(
        file,
        "# Written by the form in the dashboard. What else a file can say: docs/integrations.md\n\
         type = {kind}\n\
         name = {name}\n\
         description = {description}\n\
         brand_color = {color}\n\
         abilities = [{ability}]\n\
         \n",
        kind = quoted(kind),
        description = quoted(&asked.description),
        color = quoted(&asked.color),
        ability = quoted(&format!("Use {} in your name", asked.name)),
    );
    file += &auth::write(&asked);
    let hosts: Vec<String> = asked.hosts().iter().map(|host| quoted(host)).collect();
    let _ = write!(
        file,
        "\n[connection]\nbase = {}\nhosts = [{}]\n",
        quoted(&asked.base),
        hosts.join(", ")
    );
    Ok(file)
}

/// The form that writes exactly this file, if there is one.
pub(crate) fn of_file(text: &str) -> Option<CustomForm> {
    let file: Table = toml::from_str(text).ok()?;
    let kind = file.get("type")?.as_str()?;
    let base_url = string(file.get("connection")?, "base");
    let form = CustomForm {
        name: file.get("name")?.as_str()?.to_owned(),
        description: file.get("description")?.as_str()?.to_owned(),
        color: file.get("brand_color")?.as_str()?.to_owned(),
        base_url,
        ..CustomForm::default()
    };
    let form = auth::read(form, file.get("auth")?)?;
    (write(&form, kind).ok()? == text).then_some(form)
}

/// What the form says, each answer fit for the file.
pub(super) struct Asked<'f> {
    pub(super) form: &'f CustomForm,
    pub(super) name: String,
    description: String,
    color: String,
    /// Without a slash at its end.
    pub(super) base: String,
    pub(super) test: Option<String>,
    pub(super) scopes: Vec<String>,
    /// The hosts of what is called, in the order in which they are asked for.
    hosts: Vec<String>,
}

impl<'f> Asked<'f> {
    fn read(form: &'f CustomForm) -> Result<Self, Vec<FieldProblem>> {
        let mut problems = Problems::default();
        let name = problems.line("name", "name", &form.name, LONGEST_NAME);
        if !name.is_empty() && !name.chars().any(|c| c.is_ascii_alphanumeric()) {
            problems.add("name", "Write a name with a letter (a to z) or a digit in it.");
        }
        let description =
            problems.line("description", "one-line description", &form.description, LONGEST_LINE);
        let color = form.color.trim().to_lowercase();
        if color.len() != 7 || !is_hex(&color) {
            problems.add("color", "Write the colour as # and six hexadecimal digits: #5b5bd6.");
        }
        let names = problems.inputs(form);
        let mut hosts = Vec::new();
        hosts.extend(problems.address(("baseUrl", "base URL"), &form.base_url, &names));
        if form.base_url.contains('?') {
            problems.add("baseUrl", "The base URL has no query; paths are put behind it.");
        }
        let token = ("tokenUrl", "token URL");
        match form.auth {
            CustomAuth::OauthCode => {
                let authorize = ("authorizeUrl", "authorize URL");
                hosts.extend(problems.address(authorize, &form.authorize_url, &[]));
                hosts.extend(problems.address(token, &form.token_url, &[]));
            }
            CustomAuth::ClientCredentials => {
                hosts.extend(problems.address(token, &form.token_url, &names));
            }
            CustomAuth::ApiKey => problems.key(form, &names),
            CustomAuth::Basic => {}
        }
        let test = Some(form.test_path.trim()).filter(|path| !path.is_empty());
        if form.auth != CustomAuth::OauthCode && test.is_none() {
            problems.add("testPath", "Write a path to try an account with, like /me.");
        }
        if let Some(test) = test {
            if !test.starts_with('/') || test.contains(['{', '}', ' ']) {
                problems
                    .add("testPath", "The test path begins with / and has no spaces or braces.");
            }
            for (field, pointer) in
                [("accountId", &form.account_id), ("accountName", &form.account_name)]
            {
                if !pointer.trim().starts_with('/') {
                    problems.add(field, "Write a JSON pointer, like /id or /user/email.");
                }
            }
        }
        problems.into_result(Self {
            form,
            name,
            description,
            color,
            base: form.base_url.trim().trim_end_matches('/').to_owned(),
            test: test.map(str::to_owned),
            scopes: form
                .scopes
                .split([' ', ',', '\n', '\t'])
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            hosts,
        })
    }

    fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        for host in &self.hosts {
            if !hosts.contains(host) {
                hosts.push(host.clone());
            }
        }
        hosts
    }
}

fn is_hex(color: &str) -> bool {
    color.strip_prefix('#').is_some_and(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A text as TOML says it.
pub(super) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

pub(super) fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The guide of an integration that has none of its own.
pub(crate) fn guide(form: &CustomForm) -> String {
    let name = form.name.trim();
    match form.auth {
        CustomAuth::OauthCode => format!(
            "## Set up {name}\n\n\
             1. Register an OAuth app at {name}.\n\
             2. Give it the redirect URL `{{redirect_url}}`.\n\
             3. Enter its client id and secret above.\n"
        ),
        CustomAuth::ClientCredentials | CustomAuth::ApiKey | CustomAuth::Basic => format!(
            "## Set up {name}\n\nThere is nothing to register: your users connect with keys of their own.\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{of_file, write};
    use portico_domain::custom::{CustomAuth, CustomFiles, CustomForm, CustomInput, KeyPlace};

    fn acme() -> CustomForm {
        CustomForm {
            name: "Acme \"CRM\"".to_owned(),
            description: "Contacts and deals".to_owned(),
            auth: CustomAuth::OauthCode,
            authorize_url: "https://login.acme.com/authorize".to_owned(),
            token_url: "https://api.acme.com/token".to_owned(),
            scopes: "read, write  offline_access".to_owned(),
            base_url: "https://api.acme.com/v1/".to_owned(),
            test_path: "/me".to_owned(),
            ..CustomForm::default()
        }
    }

    #[test]
    fn what_the_form_writes_is_a_definition() {
        let entered = |auth| CustomForm {
            auth,
            base_url: "https://{subdomain}.acme.com/v1".to_owned(),
            inputs: vec![CustomInput {
                key: "subdomain".to_owned(),
                title: "Your subdomain".to_owned(),
            }],
            ..acme()
        };
        let query = CustomForm {
            key_place: KeyPlace::Query,
            key_name: "key".to_owned(),
            key_template: "{api_key}".to_owned(),
            ..entered(CustomAuth::ApiKey)
        };
        let signed_in = ["api.acme.com", "login.acme.com"].as_slice();
        for (form, hosts) in [
            (acme(), signed_in),
            (CustomForm { scopes: String::new(), pkce: false, ..acme() }, signed_in),
            (CustomForm { test_path: String::new(), ..acme() }, signed_in),
            (entered(CustomAuth::ClientCredentials), &["*.acme.com", "api.acme.com"]),
            (entered(CustomAuth::ApiKey), &["*.acme.com"]),
            (query, &["*.acme.com"]),
            (entered(CustomAuth::Basic), &["*.acme.com"]),
        ] {
            let file = write(&form, "custom.acmecrm").expect("a file");
            let files = CustomFiles {
                definition: file.clone(),
                icon: super::super::icon::tile("A", "#5b5bd6"),
                ..CustomFiles::default()
            };
            let read = super::super::files::check(&files).expect("a definition");
            assert_eq!((read.kind(), read.name()), ("custom.acmecrm", "Acme \"CRM\""));
            assert_eq!(read.hosts(), hosts);
            let again = of_file(&file).expect("a form");
            assert_eq!(write(&again, "custom.acmecrm"), Ok(file));
        }
    }

    #[test]
    fn a_file_that_says_more_than_the_form_is_no_form() {
        let file = write(&acme(), "custom.acmecrm").expect("a file");
        assert_eq!(of_file(&format!("{file}\n[http]\nheaders = {{ x = \"y\" }}\n")), None);
        assert_eq!(of_file(&file.replace("/me", "/you\" # mine")), None);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let form = CustomForm {
            name: " ".to_owned(),
            description: String::new(),
            color: "red".to_owned(),
            authorize_url: "http://login.acme.com".to_owned(),
            token_url: "https://169.254.169.254/token".to_owned(),
            base_url: "https://user:secret@api.acme.com".to_owned(),
            test_path: "me".to_owned(),
            account_id: "id".to_owned(),
            ..acme()
        };
        let problems = write(&form, "custom.x").expect_err("problems");
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        let wrong = [
            "name",
            "description",
            "color",
            "baseUrl",
            "authorizeUrl",
            "tokenUrl",
            "testPath",
            "accountId",
        ];
        assert_eq!(fields, wrong, "{problems:?}");
    }
}
