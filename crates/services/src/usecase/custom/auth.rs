//! The part of the file that says how accounts are connected: written, and read back.

use super::form::{Asked, quoted, string};
use portico_domain::custom::{CustomAuth, CustomForm, CustomInput, KeyPlace};
use std::fmt::Write as _;
use toml::Value;
use url::Url;

pub(super) fn write(asked: &Asked<'_>) -> String {
    match asked.form.auth {
        CustomAuth::OauthCode => oauth_code(asked),
        CustomAuth::ClientCredentials => client_credentials(asked),
        CustomAuth::ApiKey => api_key(asked),
        CustomAuth::Basic => basic(asked),
    }
}

fn oauth_code(asked: &Asked<'_>) -> String {
    let form = asked.form;
    let mut file = String::new();
    let scopes: Vec<String> = asked
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
        name = quoted(&asked.name),
        host = quoted(host),
    );
    if let Some(test) = &asked.test {
        let _ = write!(
            file,
            "\n# Asked once an account is connected, and again now and then.\n\
             [auth.identity]\nurl = {}\nprovider_id = {}\nlabel = {}\n",
            quoted(&format!("{}{test}", asked.base)),
            quoted(form.account_id.trim()),
            quoted(form.account_name.trim()),
        );
    }
    file
}

fn client_credentials(asked: &Asked<'_>) -> String {
    let form = asked.form;
    let own = [("client_id", "Client id", false), ("client_secret", "Client secret", true)];
    let scope = match asked.scopes.is_empty() {
        true => String::new(),
        false => format!(", scope = {}", quoted(&asked.scopes.join(" "))),
    };
    format!(
        "[auth]\nkind = \"client_credentials\"\n{fields}\n\
         [auth.token]\nmethod = \"POST\"\nurl = {url}\n\
         form = {{ grant_type = \"client_credentials\", client_id = \"{{client_id}}\", \
         client_secret = \"{{client_secret}}\"{scope} }}\n\
         {test}\n\
         [auth.account]\nprovider_id = \"{{client_id}}\"\nlabel = \"{{client_id}}\"\n",
        fields = fields(asked, &own),
        url = quoted(form.token_url.trim()),
        test = test(asked),
    )
}

fn api_key(asked: &Asked<'_>) -> String {
    let form = asked.form;
    let place = match form.key_place {
        KeyPlace::Header => "headers",
        KeyPlace::Query => "query",
    };
    format!(
        "[auth]\nkind = \"api_key\"\n{facts}{fields}\n\
         [auth.place]\n{place} = {{ {name} = {template} }}\n\
         {test}{account}",
        facts = facts(form),
        fields = fields(asked, &[("api_key", "API key", true)]),
        name = quoted(form.key_name.trim()),
        template = quoted(form.key_template.trim()),
        test = test(asked),
        account = ACCOUNT,
    )
}

fn basic(asked: &Asked<'_>) -> String {
    let own = [("username", "User name", false), ("password", "Password", true)];
    format!(
        "[auth]\nkind = \"basic\"\n{facts}{fields}{test}{account}",
        facts = facts(asked.form),
        fields = fields(asked, &own),
        test = test(asked),
        account = ACCOUNT,
    )
}

/// Who was connected, of the answer to `[auth.test]`.
const ACCOUNT: &str =
    "\n[auth.account]\nprovider_id = \"{account_id}\"\nlabel = \"{account_name}\"\n";

fn facts(form: &CustomForm) -> String {
    format!(
        "facts = {{ account_id = {}, account_name = {} }}\n",
        quoted(form.account_id.trim()),
        quoted(form.account_name.trim())
    )
}

fn fields(asked: &Asked<'_>, own: &[(&str, &str, bool)]) -> String {
    let mut file = "fields = [\n".to_owned();
    for (key, title, secret) in own {
        let secret = if *secret { ", secret = true" } else { "" };
        let _ = writeln!(file, "  {{ key = {}, title = {}{secret} }},", quoted(key), quoted(title));
    }
    for CustomInput { key, title } in &asked.form.inputs {
        let (key, title) = (quoted(key.trim()), quoted(title.trim()));
        let _ = writeln!(file, "  {{ key = {key}, title = {title} }},");
    }
    file + "]\n"
}

fn test(asked: &Asked<'_>) -> String {
    let Some(test) = &asked.test else { return String::new() };
    format!(
        "\n# Tried before an account counts as connected, and again now and then.\n\
         [auth.test]\nmethod = \"GET\"\npath = {}\n",
        quoted(test)
    )
}

/// Fills in what the file says of connecting.
pub(super) fn read(mut form: CustomForm, auth: &Value) -> Option<CustomForm> {
    let own: &[&str] = match auth.get("kind")?.as_str()? {
        "oauth_code" => {
            form.auth = CustomAuth::OauthCode;
            form.authorize_url = string(auth, "authorize");
            form.token_url = string(auth, "token");
            form.pkce = auth.get("pkce")?.as_bool()?;
            let scopes = auth.get("scopes")?.as_array()?.iter();
            form.scopes = scopes.map(|scope| string(scope, "name")).collect::<Vec<_>>().join(" ");
            if let Some(identity) = auth.get("identity") {
                let url = string(identity, "url");
                form.test_path = url.strip_prefix(form.base_url.as_str())?.to_owned();
                form.account_id = string(identity, "provider_id");
                form.account_name = string(identity, "label");
            }
            return Some(form);
        }
        "client_credentials" => {
            form.auth = CustomAuth::ClientCredentials;
            let token = auth.get("token")?;
            form.token_url = string(token, "url");
            form.scopes = token.get("form").map(|form| string(form, "scope")).unwrap_or_default();
            &["client_id", "client_secret"]
        }
        "api_key" => {
            form.auth = CustomAuth::ApiKey;
            let place = auth.get("place")?;
            let (at, table) = match (place.get("headers"), place.get("query")) {
                (Some(headers), None) => (KeyPlace::Header, headers.as_table()?),
                (None, Some(query)) => (KeyPlace::Query, query.as_table()?),
                _ => return None,
            };
            let (name, template) = table.iter().next()?;
            form.key_place = at;
            form.key_name = name.clone();
            form.key_template = template.as_str()?.to_owned();
            &["api_key"]
        }
        "basic" => {
            form.auth = CustomAuth::Basic;
            &["username", "password"]
        }
        _ => return None,
    };
    form.test_path = string(auth.get("test")?, "path");
    if let Some(facts) = auth.get("facts") {
        form.account_id = string(facts, "account_id");
        form.account_name = string(facts, "account_name");
    }
    let fields = auth.get("fields")?.as_array()?.iter();
    let others = fields.filter(|field| !own.contains(&string(field, "key").as_str()));
    form.inputs = others
        .map(|field| CustomInput { key: string(field, "key"), title: string(field, "title") })
        .collect();
    Some(form)
}
