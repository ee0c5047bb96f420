//! Recorded exchanges: what was sent to a provider and what it answered. Every integration folder
//! brings its own, and they are its tests.

mod accounts;
mod polls;
mod recorded;
mod webhooks;

use crate::action::{Action, Connection};
use crate::auth::Auth;
use crate::catalogue::Table;
use crate::definition::Definition;
use crate::entered::EntryForm;
use crate::failures::Verdicts;
use crate::http::{Delivery, HttpRequest, HttpResponse};
use crate::options::Asked;
use crate::place::Authorization;
use crate::verify::Disbelief;
use portico_domain::Failure;
pub(crate) use recorded::Response;
use recorded::{Expected, Page, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A file of exchanges.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "exchange")]
    exchanges: Vec<Exchange>,
    #[serde(default)]
    verdicts: Vec<Table>,
    #[serde(default, rename = "poll")]
    polls: Vec<polls::PollCase>,
    #[serde(default, rename = "webhook")]
    webhooks: Vec<webhooks::WebhookCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    name: String,
    /// An action's or a source's id; or `login`, `redirect`, `tokens`, `identity` and `test` for the
    /// parts of the authorization.
    of: String,
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(default)]
    facts: Map<String, Value>,
    /// What was entered, by field; `token` for each of them unless it matters.
    #[serde(default)]
    entered: Map<String, Value>,
    request: Option<Request>,
    #[serde(default)]
    response: Response,
    /// Of `tokens`: which ones there are, `bot` and `user`.
    tokens: Option<Vec<String>>,
    /// The pages after the first.
    #[serde(default)]
    then: Vec<Page>,
    output: Option<Value>,
    failure: Option<Expected>,
}

/// What a file of exchanges came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// How many exchanges there were.
    pub exchanges: usize,
    /// The actions that were exercised.
    pub actions: Vec<String>,
    /// The sources of choices that were exercised.
    pub sources: Vec<String>,
    /// The triggers that told of something.
    pub triggers: Vec<String>,
    /// What else of the webhook was exercised.
    pub webhook: Vec<WebhookPart>,
    /// The rows of an action's own failures that gave a verdict, counted from 0.
    pub own_failures: Vec<(String, usize)>,
    /// The rows of `[[failures]]` that gave a verdict, counted from 0.
    pub failures: Vec<usize>,
    /// The rows of `[[auth.failures]]` that gave a verdict, counted from 0.
    pub auth_failures: Vec<usize>,
    /// The values of predicates that decided, in words.
    pub values: BTreeSet<String>,
}

/// A part of a webhook that an exchange must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebhookPart {
    /// What is not believed is refused.
    Refusal(Disbelief),
    /// The provider's question is answered.
    Challenge,
    /// What belongs to an account that is not connected goes nowhere.
    ForeignAccount,
}

/// Runs a file of exchanges against a definition.
///
/// # Errors
/// What differs, one line per exchange.
pub fn run(definition: &Definition, text: &str) -> Result<Covered, Vec<String>> {
    let file: File = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
    let mut covered = Covered::default();
    let mut wrong = Vec::new();
    for exchange in &file.exchanges {
        covered.exchanges += 1;
        if let Err(why) = check(definition, exchange, &mut covered) {
            wrong.push(format!("{}: {why}", exchange.name));
        }
    }
    for table in &file.verdicts {
        wrong.extend(table.check(definition, &mut covered));
    }
    for case in &file.polls {
        covered.exchanges += 1;
        match case.check(definition) {
            Ok(0) => {}
            Ok(_) => covered.triggers.push(case.of.clone()),
            Err(why) => wrong.push(format!("{}: {why}", case.name)),
        }
    }
    for case in &file.webhooks {
        covered.exchanges += 1;
        match case.check(definition) {
            Ok(shown) => {
                covered.triggers.extend(shown.triggers);
                covered.webhook.extend(shown.refused.map(WebhookPart::Refusal));
                covered.webhook.extend(shown.challenged.then_some(WebhookPart::Challenge));
                covered.webhook.extend(shown.foreign.then_some(WebhookPart::ForeignAccount));
            }
            Err(why) => wrong.push(format!("{}: {why}", case.name)),
        }
    }
    if wrong.is_empty() { Ok(covered) } else { Err(wrong) }
}

/// Every value that a predicate of a row names, in words.
pub fn values(definition: &Definition) -> BTreeSet<String> {
    let mut values = labelled("failures", definition.verdicts().values());
    let auth_values = definition.auth().verdicts().map(Verdicts::values);
    values.extend(labelled("auth.failures", auth_values.unwrap_or_default()));
    if let Auth::OAuthCode(oauth) = definition.auth() {
        values.extend(oauth.redirect_errors().map(redirect));
    }
    values
}

fn redirect(code: &str) -> String {
    format!("[auth.redirect_errors] {code}")
}

fn labelled(table: &str, values: BTreeSet<String>) -> BTreeSet<String> {
    values.into_iter().map(|value| format!("[[{table}]] {value}")).collect()
}

/// Notes which rows and which of their values an answer has shown.
pub(crate) fn note(
    definition: &Definition,
    of: &str,
    response: &HttpResponse,
    covered: &mut Covered,
) {
    match (of, definition.action(of)) {
        ("tokens" | "identity", _) => {
            if let Some(verdicts) = definition.auth().verdicts() {
                covered.auth_failures.extend(verdicts.row(response));
                covered.values.extend(labelled("auth.failures", verdicts.shown(response)));
            }
        }
        // What came back with the browser stands where an answer does.
        ("redirect", _) => {
            let body = response.json().unwrap_or_default();
            covered.values.extend(body["error"].as_str().map(redirect));
        }
        (_, Some(action)) => match action.verdicts().row(response) {
            Some(row) if row < action.own_verdicts() => {
                covered.own_failures.push((of.to_owned(), row));
            }
            Some(row) => {
                covered.failures.push(row - action.own_verdicts());
                covered.values.extend(labelled("failures", definition.verdicts().shown(response)));
            }
            None => {}
        },
        (_, None) => {
            covered.failures.extend(definition.verdicts().row(response));
            covered.values.extend(labelled("failures", definition.verdicts().shown(response)));
        }
    }
}

/// What is made of what was delivered.
pub(crate) fn judged(
    definition: &Definition,
    of: &str,
    asked: &Asked,
    delivery: &Delivery,
) -> Result<Result<Value, Failure>, String> {
    if let Some(action) = definition.action(of) {
        return Ok(action.judge(&asked.inputs, delivery));
    }
    match (definition.source(of), definition.auth(), of) {
        (Some(source), ..) => Ok(source.judge(asked, delivery).map(|page| match page.next {
            Some(next) => json!({ "choices": page.choices, "next": next }),
            None => json!({ "choices": page.choices }),
        })),
        (None, Auth::OAuthCode(oauth), "tokens") => {
            Ok(oauth.tokens(delivery).map(|tokens| Value::Object(tokens.facts)))
        }
        (None, Auth::OAuthCode(oauth), "identity") => Ok(oauth.account(delivery).map(|account| {
            json!({ "provider_id": account.provider_id, "label": account.label, "facts": account.facts })
        })),
        (None, Auth::OAuthCode(oauth), "redirect") => Ok(Err(accounts::redirected(oauth, delivery)?)),
        (None, Auth::ClientCredentials(grant), "tokens") => {
            Ok(grant.tokens(delivery).map(|tokens| Value::Object(tokens.facts)))
        }
        (None, Auth::ClientCredentials(_) | Auth::Key(_), "identity") => {
            Err("an entered account is told from its facts".to_owned())
        }
        (None, ..) => Err(format!("there is no action or source {of:?}")),
    }
}

/// How many rows of `[[failures]]` and of `[[auth.failures]]` a definition has.
pub fn rows(definition: &Definition) -> (usize, usize) {
    (definition.verdicts().len(), definition.auth().verdicts().map_or(0, Verdicts::len))
}

/// The parts of a definition's webhook that exchanges must show.
pub fn webhook_parts(definition: &Definition) -> Vec<WebhookPart> {
    let Some(webhook) = definition.webhook() else { return Vec::new() };
    let refusals = [Disbelief::Missing, Disbelief::Wrong, Disbelief::Unreadable];
    let mut parts: Vec<_> = refusals.map(WebhookPart::Refusal).to_vec();
    parts.extend(webhook.has_time().then_some(WebhookPart::Refusal(Disbelief::Old)));
    parts.extend(webhook.has_challenge().then_some(WebhookPart::Challenge));
    parts.push(WebhookPart::ForeignAccount);
    parts
}

/// How many rows of failures of its own each action has.
pub fn own_rows(definition: &Definition) -> Vec<(String, usize)> {
    let actions = definition.actions();
    actions.map(|action| (action.shape().id.clone(), action.own_verdicts())).collect()
}

fn check(
    definition: &Definition,
    exchange: &Exchange,
    covered: &mut Covered,
) -> Result<(), String> {
    let of = exchange.of.as_str();
    let delivery = exchange.response.read();
    if let Delivery::Answered(response) = &delivery
        && of != "login"
    {
        note(definition, of, response, covered);
    }
    let asked = exchange.asked();
    let answered = match (of, definition.action(of), definition.source(of)) {
        ("login", ..) => accounts::login(definition, exchange)?,
        ("test", ..) => accounts::tested(definition, exchange, &delivery)?,
        ("tokens" | "identity", ..) => {
            accounts::compare(definition, exchange, &delivery)?;
            judged(definition, of, &asked, &delivery)?
        }
        (_, Some(action), _) => {
            covered.actions.push(of.to_owned());
            exchange.carry_out(definition, action)?
        }
        (_, None, Some(source)) => {
            covered.sources.push(of.to_owned());
            exchange.compare(definition, |connection| source.request(&asked, connection))?;
            judged(definition, of, &asked, &delivery)?
        }
        (_, None, None) => judged(definition, of, &asked, &delivery)?,
    };
    match (answered, &exchange.output, &exchange.failure) {
        (Ok(output), Some(expected), None) if output == *expected => Ok(()),
        (Ok(output), _, _) => Err(format!("it answered {output}")),
        (Err(failure), None, Some(expected)) => expected.compare(&failure),
        (Err(failure), _, _) => Err(format!("it failed: {failure}")),
    }
}

impl Exchange {
    /// Of a source: `cursor` and `search` stand among the inputs, and `value` of a look-up.
    fn asked(&self) -> Asked {
        let mut inputs = self.inputs.clone();
        let cursor = inputs.remove("cursor");
        let search = inputs.remove("search").and_then(|text| text.as_str().map(str::to_owned));
        let value = inputs.remove("value");
        Asked { inputs, cursor, search, value }
    }

    /// An action, page by page. All that was recorded is used up.
    fn carry_out(
        &self,
        definition: &Definition,
        action: &Action,
    ) -> Result<Result<Value, Failure>, String> {
        let mut reading = match action.begin(&self.inputs) {
            Ok(reading) => reading,
            Err(failure) => return Ok(Err(failure)),
        };
        let first = (self.request.as_ref(), &self.response);
        let then = self.then.iter().map(|page| (page.request.as_ref(), &page.response));
        let mut pages = std::iter::once(first).chain(then);
        while let Some((expected, response)) = pages.next() {
            let entered = self.entered(definition);
            let sent = match reading.request(&self.connection(definition, &entered)) {
                Ok(sent) => sent,
                Err(failure) => return Ok(Err(failure)),
            };
            if !definition.allows_host(&sent.url) {
                return Err(format!("the host of {} is not allowed", sent.url));
            }
            if let Some(expected) = expected {
                expected.compare(&sent)?;
            }
            let ended = match reading.take(&response.read()) {
                Ok(None) => continue,
                Ok(Some(output)) => Ok(output),
                Err(failure) => Err(failure),
            };
            return match pages.next() {
                None => Ok(ended),
                Some(_) => Err("pages were recorded that are not asked for".to_owned()),
            };
        }
        Err("a page is asked for that was not recorded".to_owned())
    }

    /// What was entered to connect the account.
    fn entered(&self, definition: &Definition) -> Map<String, Value> {
        let fields = definition.auth().form().into_iter().flat_map(EntryForm::fields);
        let mut entered: Map<_, _> =
            fields.map(|field| (field.key.clone(), Value::from("token"))).collect();
        entered.extend(self.entered.clone());
        entered
    }

    fn connection<'a>(
        &'a self,
        definition: &Definition,
        entered: &'a Map<String, Value>,
    ) -> Connection<'a> {
        let authorization = match definition.auth() {
            Auth::Key(_) => Authorization::Entered(entered),
            Auth::OAuthCode(_) | Auth::ClientCredentials(_) => {
                Authorization::Tokens { app: Some("token"), user: Some("user token") }
            }
        };
        Connection { facts: &self.facts, authorization }
    }

    /// Whether what is sent is what was recorded, and goes to a host of the provider.
    fn compare(
        &self,
        definition: &Definition,
        sent: impl FnOnce(&Connection<'_>) -> Result<HttpRequest, Failure>,
    ) -> Result<(), String> {
        let Some(expected) = &self.request else { return Ok(()) };
        let entered = self.entered(definition);
        let sent =
            sent(&self.connection(definition, &entered)).map_err(|failure| failure.to_string())?;
        if !definition.allows_host(&sent.url) {
            return Err(format!("the host of {} is not allowed", sent.url));
        }
        expected.compare(&sent)
    }
}
