//! Event destinations: who hears of what, and with which secret it is signed.

use crate::Services;
use crate::access::{administrate, internal, storage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_domain::view::{
    DeliveryView, DestinationForm, DestinationSecret, DestinationView, HappeningKind,
};
use portico_domain::{Actor, DestinationId, FieldProblem, ProjectId, Refusal, RefusalCode};
use portico_storage::Destination;
use std::collections::BTreeMap;
use url::Url;
use zeroize::Zeroizing;

/// What stands before a secret (Standard Webhooks).
pub(crate) const PREFIX: &str = "whsec_";
/// The most destinations of a project.
const MOST: usize = 20;
/// How many messages the log shows.
const LOGGED: i64 = 50;
/// Headers that are not anybody's to choose.
const RESERVED: [&str; 6] =
    ["host", "content-length", "content-type", "connection", "transfer-encoding", "user-agent"];

impl Services {
    /// The destinations of a project, without their secrets.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn destination_list(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<Vec<DestinationView>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let found = self.store().destinations(project).await.map_err(storage)?;
        Ok(found.into_iter().map(|own| own.view).collect())
    }

    /// Makes a destination; its secret is answered this once.
    ///
    /// # Errors
    /// A field is wrong, or there are too many destinations.
    pub async fn add_destination(
        &self,
        actor: &Actor,
        project: ProjectId,
        form: DestinationForm,
    ) -> Result<DestinationSecret, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        if self.store().destinations(project).await.map_err(storage)?.len() >= MOST {
            let words = format!("A project has {MOST} destinations at most; remove one first.");
            return Err(Refusal::field("name", words));
        }
        let (form, headers) = checked(form)?;
        let id = self.ports().id(DestinationId::from_parts);
        let (secret, sealed) = self.new_destination_secret(project, id).await?;
        let names = headers.keys().cloned().collect();
        let headers = match headers.is_empty() {
            true => None,
            false => Some(self.seal_headers(project, id, &headers).await?),
        };
        let new = Destination {
            view: DestinationView {
                id,
                name: form.name,
                url: form.url,
                kinds: form.kinds,
                headers: names,
                active: true,
                reason: None,
                created_at: self.ports().now(),
            },
            project,
            secret: sealed,
            headers,
        };
        self.store().add_destination(new).await.map_err(storage)?;
        Ok(DestinationSecret { id, secret })
    }

    /// Gives a destination another secret, answered this once. The old one signs nothing from now on.
    ///
    /// # Errors
    /// There is no such destination.
    pub async fn rotate_destination(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<DestinationSecret, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let (secret, sealed) = self.new_destination_secret(project, id).await?;
        let now = self.ports().now();
        let done = self.store().set_destination_secret((project, id), sealed, now).await;
        done.map_err(storage)?.then_some(DestinationSecret { id, secret }).ok_or_else(unknown)
    }

    /// Switches a destination on or off.
    ///
    /// # Errors
    /// There is no such destination.
    pub async fn switch_destination(
        &self,
        actor: &Actor,
        (project, id): (ProjectId, DestinationId),
        active: i64,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let now = self.ports().now();
        let done = self.store().switch_destination((project, id), active, now).await;
        done.map_err(storage)?.then_some(()).ok_or_else(unknown)
    }

    /// Removes a destination with its log and what waits for it.
    ///
    /// # Errors
    /// There is no such destination.
    pub async fn remove_destination(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let done = self.store().remove_destination(project, id).await;
        done.map_err(storage)?.then_some(()).ok_or_else(unknown)
    }

    /// Sends a message that tells of nothing; the log says what came of it.
    ///
    /// # Errors
    /// There is no such destination.
    pub async fn test_destination(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let found = self.store().destination(project, id).await.map_err(storage)?;
        found.ok_or_else(unknown)?;
        let now = self.ports().now();
        self.store().add_test_delivery(project, id, now).await.map_err(storage)
    }

    /// The newest messages of a destination, and what became of them.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn delivery_list(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<Vec<DeliveryView>, Refusal> {
        administrate(actor)?;
        self.store().deliveries(project, id, LOGGED).await.map_err(storage)
    }

    async fn new_destination_secret(
        &self,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<(String, Vec<u8>), Refusal> {
        let plain = Zeroizing::new(self.ports().random::<32>());
        let place = ("destinations", "secret", id.uuid(), project);
        let sealed = self.inner.vault.seal(self.store(), self.ports(), place, &*plain).await?;
        Ok((format!("{PREFIX}{}", STANDARD.encode(*plain)), sealed))
    }

    async fn seal_headers(
        &self,
        project: ProjectId,
        id: DestinationId,
        headers: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, Refusal> {
        let plain = Zeroizing::new(serde_json::to_vec(headers).map_err(|error| {
            tracing::error!(%error, "headers could not be written");
            internal()
        })?);
        let place = ("destinations", "headers", id.uuid(), project);
        Ok(self.inner.vault.seal(self.store(), self.ports(), place, &plain).await?)
    }
}

fn unknown() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is no such destination.")
}

/// What was written, checked, and its headers.
fn checked(form: DestinationForm) -> Result<(DestinationForm, BTreeMap<String, String>), Refusal> {
    let mut wrong = Vec::new();
    let mut tell = |field: &str, message: String| {
        wrong.push(FieldProblem { field: field.to_owned(), message });
    };
    let name = form.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 80 {
        tell("name", "Write a name of 1 to 80 characters.".to_owned());
    }
    let url = form.url.trim().to_owned();
    match Url::parse(&url) {
        Ok(own)
            if own.scheme() == "https" && own.username().is_empty() && own.password().is_none() => {
        }
        _ => tell("url", "Write an https address, without a name and a password in it.".to_owned()),
    }
    let kinds: Vec<_> =
        HappeningKind::CHOSEN.into_iter().filter(|kind| form.kinds.contains(kind)).collect();
    if kinds.is_empty() {
        tell("kinds", "Choose at least one thing that it hears of.".to_owned());
    }
    let mut headers = BTreeMap::new();
    for line in form.headers.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match header(line) {
            Ok((name, value)) => {
                headers.insert(name, value);
            }
            Err(words) => tell("headers", words),
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::fields(wrong));
    }
    Ok((DestinationForm { name, url, kinds, headers: String::new() }, headers))
}

/// `Authorization: Bearer …`.
fn header(line: &str) -> Result<(String, String), String> {
    // The value may be a secret: words name the header alone.
    let (name, value) = line.split_once(':').ok_or("Write each header as `name: value`.")?;
    let name = name.trim().to_ascii_lowercase();
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(format!("{name:?} is no name of a header."));
    }
    if name.starts_with("webhook-") || RESERVED.contains(&name.as_str()) {
        return Err(format!("The header {name:?} is Portico's own; leave it out."));
    }
    let value = value.trim();
    if value.is_empty() || !value.bytes().all(|c| (0x20..0x7f).contains(&c)) {
        return Err(format!("The value of the header {name:?} must be printable ASCII."));
    }
    Ok((name, value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{checked, header};
    use portico_domain::view::{DestinationForm, HappeningKind};

    #[test]
    fn headers_are_read_and_those_of_our_own_refused() {
        let read = header("Authorization: Bearer abc:def").expect("a header");
        assert_eq!(read, ("authorization".to_owned(), "Bearer abc:def".to_owned()));
        for line in ["nothing", "webhook-signature: x", "Host: x", "a b: c", "x: \u{e9}", "x:"] {
            let words = header(line).expect_err(line);
            assert!(!words.contains("abc"), "{words}");
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let form = DestinationForm {
            url: "http://10.0.0.1/".to_owned(),
            kinds: vec![HappeningKind::Test],
            ..DestinationForm::default()
        };
        let refusal = checked(form).expect_err("a refusal");
        let meta = refusal.meta.expect("fields").to_string();
        for field in ["name", "url", "kinds"] {
            assert!(meta.contains(field), "{meta}");
        }
    }
}
