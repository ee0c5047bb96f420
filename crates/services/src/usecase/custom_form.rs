//! The form that adds an API without a file: it writes the file. What it wrote it can read again, as
//! long as nobody has made the file say more than the form can.

use super::custom_files::is_public;
use portico_domain::FieldProblem;
use portico_domain::custom::{CustomAuth, CustomForm};
use std::fmt::Write as _;
use toml::{Table, Value};
use url::Url;

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
    file += &asked.auth(&name);
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
    let auth = file.get("auth")?.as_table()?;
    let base = string(file.get("connection")?, "base");
    let kind = file.get("type")?.as_str()?;
    let mut form = CustomForm {
        name: file.get("name")?.as_str()?.to_owned(),
        description: file.get("description")?.as_str()?.to_owned(),
        color: file.get("brand_color")?.as_str()?.to_owned(),
        base_url: base.clone(),
        ..CustomForm::default()
    };
    match auth.get("kind")?.as_str()? {
        "oauth_code" => {
            form.auth = CustomAuth::OauthCode;
            form.authorize_url = auth.get("authorize")?.as_str()?.to_owned();
            form.token_url = auth.get("token")?.as_str()?.to_owned();
            form.pkce = auth.get("pkce")?.as_bool()?;
            let scopes = auth.get("scopes")?.as_array()?.iter();
            form.scopes = scopes.map(|scope| string(scope, "name")).collect::<Vec<_>>().join(" ");
            if let Some(identity) = auth.get("identity") {
                let url = string(identity, "url");
                form.test_path = url.strip_prefix(base.trim_end_matches('/'))?.to_owned();
                form.account_id = string(identity, "provider_id");
                form.account_name = string(identity, "label");
            }
        }
        _ => return None,
    }
    (write(&form, kind).ok()? == text).then_some(form)
}

/// What the form says, each answer fit for the file.
struct Asked<'f> {
    form: &'f CustomForm,
    name: String,
    description: String,
    color: String,
    /// Without a slash at its end.
    base: String,
    test: Option<String>,
    scopes: Vec<String>,
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
        let mut hosts = Vec::new();
        let mut host_of =
            |url: Option<Url>| hosts.extend(url.and_then(|url| Some(url.host_str()?.to_owned())));
        let base = problems.address("baseUrl", "base URL", &form.base_url);
        if base.as_ref().is_some_and(|url| url.query().is_some()) {
            problems.add("baseUrl", "The base URL has no query; paths are put behind it.");
        }
        host_of(base);
        if form.auth == CustomAuth::OauthCode {
            host_of(problems.address("authorizeUrl", "authorize URL", &form.authorize_url));
            host_of(problems.address("tokenUrl", "token URL", &form.token_url));
        }
        let test = Some(form.test_path.trim()).filter(|path| !path.is_empty());
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

    fn auth(&self, name: &str) -> String {
        let mut file = String::new();
        let form = self.form;
        let scopes: Vec<String> = self
            .scopes
            .iter()
            .map(|scope| format!("  {{ name = {0}, description = {0} }},\n", quoted(scope)))
            .collect();
        let scopes =
            if scopes.is_empty() { "[]".to_owned() } else { format!("[\n{}]", scopes.concat()) };
        let host = Url::parse(form.authorize_url.trim()).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        let _ = write!(
            file,
            "[auth]\n\
             kind = \"oauth_code\"\n\
             pkce = {pkce}\n\
             authorize = {authorize}\n\
             token = {token}\n\
             scopes = {scopes}\n\
             account_types = [{{ id = \"default\", title = {name}, login_host = {host} }}]\n",
            pkce = form.pkce,
            authorize = quoted(form.authorize_url.trim()),
            token = quoted(form.token_url.trim()),
            host = quoted(host),
        );
        if let Some(test) = &self.test {
            let _ = write!(
                file,
                "\n# Asked once an account is connected, and again now and then.\n\
                 [auth.identity]\nurl = {}\nprovider_id = {}\nlabel = {}\n",
                quoted(&format!("{}{test}", self.base)),
                quoted(form.account_id.trim()),
                quoted(form.account_name.trim()),
            );
        }
        file
    }
}

#[derive(Default)]
struct Problems(Vec<FieldProblem>);

impl Problems {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldProblem { field: field.to_owned(), message: message.into() });
    }

    /// One line that is not empty.
    fn line(&mut self, field: &str, what: &str, text: &str, longest: usize) -> String {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > longest || text.chars().any(char::is_control) {
            self.add(field, format!("Write a {what} of 1 to {longest} characters."));
        }
        text.to_owned()
    }

    /// An https address of a public host.
    fn address(&mut self, field: &str, what: &str, text: &str) -> Option<Url> {
        let text = text.trim();
        if text.is_empty() {
            self.add(field, format!("Write the {what}."));
            return None;
        }
        let url = Url::parse(text).ok().filter(|_| !text.contains(['{', '}', ' ']));
        let Some(url) = url.filter(|url| url.scheme() == "https") else {
            self.add(field, format!("The {what} is an address that begins with https://."));
            return None;
        };
        if !url.host_str().is_some_and(is_public) {
            self.add(field, format!("The {what} has a public host, like api.example.com."));
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            self.add(field, format!("The {what} has no name, password or # part."));
            return None;
        }
        Some(url)
    }

    fn into_result<T>(self, value: T) -> Result<T, Vec<FieldProblem>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

fn is_hex(color: &str) -> bool {
    color.strip_prefix('#').is_some_and(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A text as TOML says it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn string(value: &Value, key: &str) -> String {
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
    use portico_domain::custom::{CustomAuth, CustomFiles, CustomForm};

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
        for form in [
            acme(),
            CustomForm { test_path: String::new(), scopes: String::new(), pkce: false, ..acme() },
        ] {
            let file = write(&form, "custom.acmecrm").expect("a file");
            let files = CustomFiles {
                definition: file.clone(),
                icon: super::super::custom_icon::tile("A", "#5b5bd6"),
                ..CustomFiles::default()
            };
            let read = super::super::custom_files::check(&files).expect("a definition");
            assert_eq!((read.kind(), read.name()), ("custom.acmecrm", "Acme \"CRM\""));
            assert_eq!(read.hosts(), ["api.acme.com", "login.acme.com"]);
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
