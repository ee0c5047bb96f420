//! Ending a token at its provider (RFC 7009).

use crate::file::OAuthFile;
use crate::http::HttpRequest;
use crate::oauth::{ClientCredentials, on_host, posted};
use crate::slip::{Slip, named};
use crate::text::Text;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The tokens that are held for an account, or for its person.
#[derive(Clone, Copy, Default)]
pub struct HeldTokens<'a> {
    /// What calls carry.
    pub access: Option<&'a str>,
    /// What it is renewed with.
    pub refresh: Option<&'a str>,
}

/// How a provider is told.
pub(crate) struct Revocation {
    /// A path on the login host, or a whole address.
    address: String,
    /// Empty: the access token goes where it goes in calls.
    form: Vec<(String, Text)>,
}

/// What a form can say; `{token}` is the refresh token, or the access token where there is no other.
const KNOWN: [&str; 4] = ["token", "token_type", "client_id", "client_secret"];

impl Revocation {
    pub(crate) fn read(file: &OAuthFile, slips: &mut Vec<Slip>) -> Option<Self> {
        let Some(address) = file.revoke.clone() else {
            if file.revoke_form.is_some() {
                slips.push(Slip::new("revoke_form", "Say where it is sent: `revoke`."));
            }
            return None;
        };
        // RFC 7009 §2.1: the one parameter that every server takes.
        let usual = || BTreeMap::from([("token".to_owned(), "{token}".to_owned())]);
        let written = file.revoke_form.clone().unwrap_or_else(usual);
        let known = KNOWN.map(str::to_owned);
        let mut form = Vec::new();
        for (key, text) in &written {
            form.push((key.clone(), named(text, &known, slips)?));
        }
        Some(Self { address, form })
    }

    /// The request that ends a token; nothing where there is none to end.
    pub(crate) fn request(
        &self,
        login_host: &str,
        client: ClientCredentials<'_>,
        held: HeldTokens<'_>,
    ) -> Option<HttpRequest> {
        let url = on_host(login_host, &self.address).ok()?;
        if self.form.is_empty() {
            let mut request = posted(url, &[]);
            let bearer = format!("Bearer {}", held.access?);
            request.headers.push(("authorization".to_owned(), bearer));
            return Some(request);
        }
        let (token, kind) = match (held.refresh, held.access) {
            (Some(refresh), _) => (refresh, "refresh_token"),
            (None, Some(access)) => (access, "access_token"),
            (None, None) => return None,
        };
        let values = KNOWN.iter().zip([token, kind, client.id, client.secret]);
        let values: Map<_, _> =
            values.map(|(name, text)| ((*name).to_owned(), Value::from(text))).collect();
        let form: Vec<_> = self
            .form
            .iter()
            .filter_map(|(key, text)| Some((key.as_str(), text.plain(&values).ok()?)))
            .collect();
        let form: Vec<_> = form.iter().map(|(key, text)| (*key, text.as_str())).collect();
        Some(posted(url, &form))
    }
}
