//! Delivering messages to destinations: signed as Standard Webhooks says, tried again for more than a day, and not
//! at all once nobody answers.

use super::places::Places;
use crate::Services;
use crate::access::{internal, storage};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use portico_connector::{Delivery, HttpRequest, Method};
use portico_domain::view::HappeningKind;
use portico_domain::{Actor, DestinationId, Fact, Refusal, Timestamp};
use portico_storage::{DeliveryTried, Destination, DueDelivery};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// The waits before each further try.
const AGAIN_AFTER: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(10 * 3600),
];
/// For how long whoever takes a message holds it.
const HELD: Duration = Duration::from_secs(120);

impl Services {
    /// Begins to deliver messages that are due, as many as there are places for and a few per destination;
    /// answers how many. What becomes of each is noted by itself. For the worker.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_deliveries(&self, places: &mut Places) -> Result<usize, Refusal> {
        if places.free() == 0 {
            return Ok(0);
        }
        let now = self.ports().now();
        let lease = self.ports().id(DestinationId::from_parts).to_string();
        let most = i64::try_from(places.free()).unwrap_or(i64::MAX);
        let due = self.store().take_deliveries((now, now + HELD), &lease, most).await;
        let due = due.map_err(storage)?;
        let count = due.len();
        for delivery in due {
            let services = self.clone();
            // How many go to one destination was decided when they were taken, for all nodes.
            places.begin(Vec::new(), async move { services.deliver_one(&delivery).await });
        }
        Ok(count)
    }

    async fn deliver_one(&self, delivery: &DueDelivery) {
        let tried = match self.try_delivery(delivery).await {
            Ok(Some(tried)) => tried,
            // Removed meanwhile, and its messages with it.
            Ok(None) => return,
            Err(refusal) => {
                tracing::error!(message = delivery.message, %refusal, "a message cannot be made");
                unmade(delivery, &refusal, self.ports().now())
            }
        };
        if let Err(error) = self.store().note_delivery(delivery, tried).await {
            // Whoever takes it next waits until it is no longer held.
            tracing::error!(message = delivery.message, %error, "a delivery could not be noted");
        }
    }

    /// How sending a message went; nothing if there is no such destination any more.
    async fn try_delivery(&self, delivery: &DueDelivery) -> Result<Option<DeliveryTried>, Refusal> {
        let found = self.store().destination(delivery.project, delivery.destination).await;
        let Some(destination) = found.map_err(storage)? else { return Ok(None) };
        let failures = self.store().destination_failures(delivery.destination).await;
        let failures = failures.map_err(storage)?;
        let body = match &delivery.body {
            Some(body) => body.clone(),
            None => self.message(delivery).await?.to_string(),
        };
        let sent = self.send_message(&destination, delivery, &body).await?;
        Ok(Some(judged(delivery, (sent, body), failures, self.ports().now())))
    }

    async fn send_message(
        &self,
        destination: &Destination,
        delivery: &DueDelivery,
        body: &str,
    ) -> Result<Delivery, Refusal> {
        let id = destination.view.id.uuid();
        let place = ("destinations", "secret", id, destination.project);
        let secret = self.inner.vault.open(self.store(), place, &destination.secret).await?;
        let mut headers = match &destination.headers {
            None => BTreeMap::new(),
            Some(sealed) => {
                let place = ("destinations", "headers", id, destination.project);
                let plain = self.inner.vault.open(self.store(), place, sealed).await?;
                serde_json::from_slice::<BTreeMap<String, String>>(&plain)
                    .map_err(|_| internal())?
            }
        };
        let timestamp = self.ports().now().seconds().to_string();
        let signature = sign(&secret, (&delivery.message, &timestamp), body);
        headers.extend([
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), delivery.message.clone()),
            ("webhook-timestamp".to_owned(), timestamp),
            ("webhook-signature".to_owned(), signature),
        ]);
        let Ok(url) = Url::parse(&destination.view.url) else {
            return Ok(Delivery::NotSent { why: "the address cannot be read".to_owned() });
        };
        let headers = headers.into_iter().collect();
        let request = HttpRequest { method: Method::Post, url, headers, body: body.into() };
        Ok(self.ports().http.send(request).await)
    }

    /// What is told: who and what, and never what went through a workflow.
    async fn message(&self, delivery: &DueDelivery) -> Result<Value, Refusal> {
        let about = match delivery.kind {
            HappeningKind::ExecutionFailed => self.about_execution(delivery).await?,
            HappeningKind::CredentialFailed
            | HappeningKind::CredentialConnected
            | HappeningKind::CredentialDisconnected => self.about_credential(delivery).await?,
            HappeningKind::WorkflowDeployed => self.about_workflow(delivery).await?,
            HappeningKind::Test => json!({ "message": "This destination works." }),
        };
        Ok(json!({
            "id": delivery.message,
            "type": delivery.kind,
            "timestamp": delivery.happened_at.rfc3339(),
            "project_id": delivery.project,
            "data": about,
        }))
    }

    async fn about_execution(&self, delivery: &DueDelivery) -> Result<Value, Refusal> {
        let Ok(id) = delivery.subject.parse() else { return Ok(Value::Null) };
        let found = self.execution_detail(&Actor::Operator, delivery.project, id).await?;
        let step = found.history.iter().rev().find_map(|entry| match &entry.fact {
            Fact::StepFailed { path, .. } => Some(path.0.clone()),
            _ => None,
        });
        let (summary, base) = (found.summary, self.settings().base());
        Ok(json!({
            "execution_id": id,
            "replay_of": found.replay_of,
            "workflow_id": summary.workflow_id,
            "workflow": summary.workflow,
            "workflow_version": found.workflow_version,
            "user_id": summary.user,
            "event_id": summary.event_id,
            "event": found.event_name,
            "step": step,
            "failure": summary.failure.map(|failure| json!({
                "class": failure.class,
                "code": failure.code,
                "message": failure.message,
                "fields": failure.fields,
            })),
            "url": format!("{base}/dashboard/{}/executions/{id}", delivery.project),
        }))
    }

    async fn about_credential(&self, delivery: &DueDelivery) -> Result<Value, Refusal> {
        let Ok(id) = delivery.subject.parse() else { return Ok(Value::Null) };
        let project = delivery.project;
        let found = self.store().credential(project, id).await.map_err(storage)?;
        let Some(own) = found else { return Ok(json!({ "credential_id": id })) };
        let user = self.store().user(project, own.user).await.map_err(storage)?;
        let integration = self.store().integration(project, own.integration).await;
        let base = self.settings().base();
        Ok(json!({
            "credential_id": id,
            "integration": integration.map_err(storage)?.map(|own| own.kind),
            "account": own.provider_label,
            "user_id": user.map(|user| user.external_id),
            "failure": own.failure.map(|failure| json!({
                "class": failure.class,
                "code": failure.code,
                "message": failure.message,
            })),
            "url": format!("{base}/dashboard/{project}/users/{}", own.user),
        }))
    }

    async fn about_workflow(&self, delivery: &DueDelivery) -> Result<Value, Refusal> {
        let Ok(id) = delivery.subject.parse() else { return Ok(Value::Null) };
        let found = self.store().workflow(delivery.project, id).await.map_err(storage)?;
        let base = self.settings().base();
        Ok(json!({
            "workflow_id": id,
            "workflow": found.as_ref().map(|own| &own.name),
            "version": found.as_ref().and_then(|own| own.deployed_version),
            "url": format!("{base}/dashboard/{}/workflows/{id}", delivery.project),
        }))
    }
}

/// `v1,<base64>`: HMAC-SHA256 over `id.timestamp.body`.
fn sign(secret: &[u8], (id, timestamp): (&str, &str), body: &str) -> String {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
    for part in [id, ".", timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// What came of a try.
fn judged(
    delivery: &DueDelivery,
    (sent, body): (Delivery, String),
    failures: u64,
    now: Timestamp,
) -> DeliveryTried {
    let (status, problem) = match sent {
        Delivery::Answered(answer) if (200..300).contains(&answer.status) => {
            (Some(answer.status), None)
        }
        Delivery::Answered(answer) => {
            (Some(answer.status), Some(format!("It answered {}.", answer.status)))
        }
        Delivery::Refused { why } => (None, Some(format!("It may not be sent there: {why}."))),
        Delivery::NotSent { why } | Delivery::Lost { why } => {
            (None, Some(format!("It could not be reached: {why}.")))
        }
        Delivery::TooLarge { .. } => (None, Some("Its answer is too large.".to_owned())),
    };
    let gone = status == Some(410);
    let tries_again = delivery.kind != HappeningKind::Test && !gone;
    let again_at = problem.as_ref().and(again_at(delivery, now)).filter(|_| tries_again);
    // The last try of a message, and nothing has arrived since its first one.
    let silent = failures >= AGAIN_AFTER.len() as u64;
    let disable = match (&problem, again_at) {
        (Some(_), _) if gone => Some("It answered 410: it wants nothing more.".to_owned()),
        (Some(why), None) if silent && tries_again => {
            Some(format!("Nothing has arrived for more than a day. {why}"))
        }
        _ => None,
    };
    DeliveryTried { body: Some(body), status, problem, again_at, is_ours: false, disable, now }
}

/// A try that came to nothing before anything was sent: it counts for the message, not for the destination.
fn unmade(delivery: &DueDelivery, refusal: &Refusal, now: Timestamp) -> DeliveryTried {
    let again_at = again_at(delivery, now).filter(|_| delivery.kind != HappeningKind::Test);
    DeliveryTried {
        body: delivery.body.clone(),
        status: None,
        problem: Some(format!("Portico could not make the message: {}", refusal.message)),
        again_at,
        is_ours: true,
        disable: None,
        now,
    }
}

/// When a message is tried again that did not arrive, unless that was the last time.
fn again_at(delivery: &DueDelivery, now: Timestamp) -> Option<Timestamp> {
    let wait = AGAIN_AFTER.get(usize::try_from(delivery.attempts).unwrap_or(usize::MAX))?;
    Some(now + *wait)
}

#[cfg(test)]
mod tests {
    use super::sign;
    use crate::usecase::destinations::PREFIX;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // The example of Standard Webhooks.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".strip_prefix(PREFIX).expect("it");
        let secret = STANDARD.decode(secret).expect("base64");
        let body = r#"{"test": 2432232314}"#;
        let signed = sign(&secret, ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"), body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
