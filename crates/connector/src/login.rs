//! The host where an account's owner signs in: the provider's, or the owner's own.

use crate::entered::written_host;
use crate::file::AccountTypeFile;
use crate::hosts::Hosts;
use crate::slip::{Slip, is_slug};
use portico_domain::FieldProblem;
use portico_domain::view::CredentialField;
use serde_json::{Map, Value};
use url::Url;

/// Where one signs in for an account of a type.
pub(crate) enum LoginHost {
    /// The same for everybody.
    Fixed(String),
    /// The end user's own.
    Asked(HostInput),
}

/// The question for a host of the end user's own.
pub(crate) struct HostInput {
    shown: CredentialField,
    suffixes: Vec<String>,
}

impl LoginHost {
    pub(crate) fn read(
        file: AccountTypeFile,
        hosts: &Hosts,
        slips: &mut Vec<Slip>,
    ) -> Option<Self> {
        let input = match (file.login_host, file.input) {
            (Some(host), None) => return Some(Self::Fixed(host)),
            (None, Some(input)) => input,
            _ => {
                let words = "An account type has a `login_host`, or an `input` that asks for one.";
                slips.push(Slip::new(&file.id, words));
                return None;
            }
        };
        if !is_slug(&input.key) {
            slips.push(Slip::new(&input.key, "A key is lower-case letters, digits and `_`."));
        }
        if input.host_suffixes.is_empty() {
            slips.push(Slip::new(&input.key, "Say in `host_suffixes` where the hosts may be."));
        }
        for suffix in &input.host_suffixes {
            let within =
                Url::parse(&format!("https://x{suffix}")).is_ok_and(|url| hosts.allow(&url));
            if !suffix.starts_with('.') || !within {
                let words = format!("{suffix:?} is not within the hosts of [connection].");
                slips.push(Slip::new(suffix, words));
            }
        }
        Some(Self::Asked(HostInput {
            shown: CredentialField {
                key: input.key,
                title: input.title,
                help: input.help,
                placeholder: input.placeholder,
                secret: false,
                host: true,
            },
            suffixes: input.host_suffixes,
        }))
    }

    /// What is asked for it.
    pub(crate) fn shown(&self) -> Option<&CredentialField> {
        match self {
            Self::Fixed(_) => None,
            Self::Asked(input) => Some(&input.shown),
        }
    }

    /// The host, with what was entered, or else with the one that was entered before.
    pub(crate) fn host(
        &self,
        inputs: &Map<String, Value>,
        before: Option<&str>,
    ) -> Result<String, FieldProblem> {
        let input = match self {
            Self::Fixed(host) => return Ok(host.clone()),
            Self::Asked(input) => input,
        };
        let CredentialField { key, title, .. } = &input.shown;
        let entered = inputs.get(key).and_then(Value::as_str).map(str::trim);
        let entered = entered.filter(|text| !text.is_empty()).or(before).unwrap_or_default();
        let problem = |message| FieldProblem { field: key.clone(), message };
        if entered.is_empty() {
            return Err(problem(format!("Enter the {title}.")));
        }
        input.accept(entered).ok_or_else(|| {
            let suffixes = input.suffixes.join(" or ");
            problem(format!("The {title} is an address that ends with {suffixes}."))
        })
    }
}

impl HostInput {
    /// However it was written, it is a host under one of the suffixes, or nothing.
    fn accept(&self, text: &str) -> Option<String> {
        let host = written_host(text);
        let under = self.suffixes.iter().find(|suffix| host.ends_with(suffix.as_str()));
        let (labels, suffix) = match under {
            Some(suffix) => (host.strip_suffix(suffix.as_str())?, suffix),
            // The part before the suffix alone.
            None if !host.contains('.') => (host.as_str(), self.suffixes.first()?),
            None => return None,
        };
        let fits = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        (labels.len() <= 200 && labels.split('.').all(fits)).then(|| format!("{labels}{suffix}"))
    }
}
