//! An integration's definition, read and checked.

use crate::action::Action;
use crate::auth::{AccountType, Around, Auth};
use crate::failures::Verdicts;
use crate::file::File;
use crate::filters::FilterGroups;
use crate::hosts::Hosts;
use crate::limits::Limits;
use crate::options::OptionSource;
use crate::request::Shared;
use crate::slip::{Slip, check_names, in_words, is_kind, line_of, line_of_slip, named};
use crate::text::Text;
use crate::trigger::Trigger;
use crate::verify::InboundRequest;
use crate::webhook::{Received, Webhook, fact_names};
use portico_domain::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fmt::Write;
use std::sync::Arc;
use url::Url;

/// What an integration *is*: read from its folder, the same for every project.
pub struct Definition {
    kind: String,
    name: String,
    description: String,
    brand_color: String,
    abilities: Vec<String>,
    assets: Assets,
    digest: String,
    hosts: Hosts,
    base: Text,
    auth: Auth,
    account_types: Vec<AccountType>,
    actions: Vec<Action>,
    sources: Vec<OptionSource>,
    triggers: Vec<Trigger>,
    webhook: Option<Webhook>,
    verdicts: Verdicts,
}

/// The texts beside the definition.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// `overview.md`: what the end user reads before connecting.
    pub overview: String,
    /// `guide.md`: how an admin sets up the provider's side; `{redirect_url}` and `{webhook_url}`
    /// are replaced.
    pub guide: String,
    /// `icon.svg`.
    pub icon_svg: String,
}

/// A scope and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// As the provider names it.
    pub name: String,
    /// In plain words.
    pub description: String,
}

/// A mistake in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The line, counted from 1; 0 if it is about the whole.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl Definition {
    /// Reads a definition. `file` is its name in problems.
    ///
    /// # Errors
    /// Every mistake that can be found, with its line.
    pub fn parse(file: &str, text: &str, assets: Assets) -> Result<Self, Vec<Problem>> {
        Self::parse_of("", file, text, assets)
    }

    /// Reads a definition that is one owner's: what its calls wait for is told from what those of
    /// another's definition with the same type do.
    ///
    /// # Errors
    /// As of [`Self::parse`].
    pub fn parse_of(
        owner: &str,
        file: &str,
        text: &str,
        assets: Assets,
    ) -> Result<Self, Vec<Problem>> {
        let read: File = toml::from_str(text).map_err(|error| {
            let line =
                error.span().map_or(0, |span| line_of_slip(text, span.start, error.message()));
            let message = in_words(error.message());
            vec![Problem { file: file.to_owned(), line, message }]
        })?;
        Self::build(read, text, (owner, assets)).map_err(|slips| {
            slips
                .into_iter()
                .map(|slip| Problem {
                    file: file.to_owned(),
                    line: text.find(&slip.near).map_or(0, |at| line_of(text, at)),
                    message: slip.message,
                })
                .collect()
        })
    }

    fn build(file: File, text: &str, (owner, assets): (&str, Assets)) -> Result<Self, Vec<Slip>> {
        let mut slips = Vec::new();
        if !is_kind(&file.kind) {
            slips.push(Slip::new(
                &file.kind,
                "A type is lower-case letters, digits and `_`; a project's own begins with `custom.`.",
            ));
        }
        let sources: Vec<String> = file.options.iter().map(|own| own.id.clone()).collect();
        let account_facts = fact_names(&file.auth);
        let base = named(&file.connection.base, &file.auth.fact_names(), &mut slips);
        let place = file.auth.place(&mut slips);
        let user_token = file.auth.has_user_token();
        let hosts = Hosts::new(file.connection.hosts);
        let verdicts = Verdicts::read(file.failures, file.http.errors);
        let verdicts = verdicts.map_err(|why| slips.push(Slip::new("[[failures]]", why))).ok();
        let (mut auth, mut account_types) = (None, Vec::new());
        let counted = match owner {
            "" => file.kind.clone(),
            owner => format!("{}@{owner}", file.kind),
        };
        let limits = Limits::read(&counted, file.limits, file.http.limits, &mut slips);
        let filters = file.filters.map(|own| Arc::new(FilterGroups::read(own, &mut slips)));
        let mut actions = Vec::new();
        let mut options = Vec::new();
        let mut triggers = Vec::new();
        let webhook =
            file.webhook.and_then(|webhook| Webhook::read(webhook, &account_facts, &mut slips));
        if let (Some(base), Some(place), Some(verdicts)) = (&base, place, &verdicts) {
            let shared = Shared {
                base: base.clone(),
                headers: file.http.headers,
                hosts: hosts.clone(),
                place,
                user_token,
                limits,
            };
            let around = Around { sources: &sources, shared: &shared, verdicts };
            (auth, account_types) = Auth::read(file.auth, &around, &mut slips);
            for action in file.actions {
                for input in &action.inputs {
                    let source = input.source.as_deref().into_iter();
                    check_names(&input.key, source, &sources, &mut slips);
                }
                match Action::read(action, &shared, verdicts, filters.as_ref()) {
                    Ok(action) => actions.push(action),
                    Err(found) => slips.extend(found),
                }
            }
            match Action::raw(&shared, verdicts) {
                Ok(action) => actions.push(action),
                Err(found) => slips.extend(found),
            }
            for source in file.options {
                match OptionSource::read(source, &shared, verdicts) {
                    Ok(source) => options.push(source),
                    Err(found) => slips.extend(found),
                }
            }
            for trigger in file.triggers {
                for input in &trigger.inputs {
                    let source = input.source.as_deref().into_iter();
                    check_names(&input.key, source, &sources, &mut slips);
                }
                match Trigger::read(trigger, &shared, verdicts) {
                    Ok(trigger) => triggers.push(trigger),
                    Err(found) => slips.extend(found),
                }
            }
            if triggers.iter().any(Trigger::is_told) && webhook.is_none() {
                let why = "A trigger that is told of needs [webhook] and [webhook.verify].";
                slips.push(Slip::new("[triggers.webhook]", why));
            }
        }
        match (auth, verdicts, base) {
            (Some(auth), Some(verdicts), Some(base)) if slips.is_empty() => Ok(Self {
                kind: file.kind,
                name: file.name,
                description: file.description,
                brand_color: file.brand_color,
                abilities: file.abilities,
                assets,
                digest: digest(text),
                hosts,
                base,
                auth,
                account_types,
                actions,
                sources: options,
                triggers,
                webhook,
                verdicts,
            }),
            _ => Err(slips),
        }
    }

    /// Its type: `salesforce`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its name: `Salesforce`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One line about it.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The provider's colour, as CSS.
    pub fn brand_color(&self) -> &str {
        &self.brand_color
    }

    /// What it will be able to do, in plain words.
    pub fn abilities(&self) -> &[String] {
        &self.abilities
    }

    /// What the end user reads before connecting, as Markdown.
    pub fn overview(&self) -> &str {
        &self.assets.overview
    }

    /// How an admin sets up the provider's side, as Markdown with `{redirect_url}` and `{webhook_url}`
    /// in it.
    pub fn guide(&self) -> &str {
        &self.assets.guide
    }

    /// Its icon.
    pub fn icon_svg(&self) -> &str {
        &self.assets.icon_svg
    }

    /// SHA-256 of the file, in hex: a deployed version remembers which it was checked against.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The kinds of account there are.
    pub fn account_types(&self) -> &[AccountType] {
        &self.account_types
    }

    /// What is asked of end users.
    pub fn scopes(&self) -> &[Scope] {
        match &self.auth {
            Auth::OAuthCode(oauth) => oauth.scopes(),
            Auth::ClientCredentials(_) | Auth::Key(_) => &[],
        }
    }

    /// How accounts are connected.
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// What it can do, and at the end what every integration can: any request.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter()
    }

    /// One of its actions.
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.shape().id == id)
    }

    /// What can be chosen from.
    pub fn sources(&self) -> impl Iterator<Item = &OptionSource> {
        self.sources.iter()
    }

    /// One of the sources of choices.
    pub fn source(&self, id: &str) -> Option<&OptionSource> {
        self.sources.iter().find(|source| source.id() == id)
    }

    /// What can be heard of.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.triggers.iter()
    }

    /// One of the triggers.
    pub fn trigger(&self, id: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.shape().id == id)
    }

    /// How the provider's deliveries are read, if it delivers.
    pub fn webhook(&self) -> Option<&Webhook> {
        self.webhook.as_ref()
    }

    /// What a request that somebody sent us is; nothing if this provider sends none. `secrets` are the
    /// one that [`Webhook::secret`] names and, after a rotation, the one before.
    pub fn receive(
        &self,
        request: &InboundRequest<'_>,
        secrets: &[&str],
        now: Timestamp,
    ) -> Option<Received> {
        Some(self.webhook.as_ref()?.receive(&self.triggers, request, secrets, now))
    }

    /// The facts of an account that make the address of its calls.
    pub fn base_facts(&self) -> impl Iterator<Item = &str> {
        self.base.names()
    }

    /// The hosts that may be called; `*.` stands for one label or more.
    pub fn hosts(&self) -> &[String] {
        self.hosts.names()
    }

    /// Whether an address is one of the provider's: https, and a host on the list.
    pub fn allows_host(&self, url: &Url) -> bool {
        self.hosts.allow(url)
    }

    pub(crate) fn verdicts(&self) -> &Verdicts {
        &self.verdicts
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
