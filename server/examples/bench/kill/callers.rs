//! Host apps that publish events all the time, whether somebody answers or not, and remember what they
//! were told.

use crate::load::pause;
use anyhow::Result;
use portico_domain::{ExecutionId, Timestamp};
use portico_runtime::SystemClock;
use portico_services::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How many publish at once.
const CALLERS: usize = 8;
/// The wait after each event.
const BETWEEN: Duration = Duration::from_millis(60);
/// How many items an order has.
pub(crate) const ITEMS: usize = 6;

/// Who publishes.
pub(crate) struct Callers {
    stop: CancellationToken,
    tasks: JoinSet<Vec<(String, Sent)>>,
}

/// An event that was published.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Just before it was.
    pub(crate) at: Timestamp,
    /// What was heard of it.
    pub(crate) heard: Heard,
}

/// What was heard of an event.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    /// It is on disk, and these executions with it.
    Acknowledged(Vec<ExecutionId>),
    /// It was refused: nothing was stored.
    Refused,
    /// Nothing: the server died meanwhile, or was not there. It may be on disk.
    Nothing,
}

impl Callers {
    /// Begins, shared out over the nodes.
    pub(crate) fn start(urls: &[String], tokens: &[String]) -> Result<Self> {
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
        for caller in 0..CALLERS {
            let (client, stop) = (client.clone(), stop.clone());
            let (url, tokens) = (urls[caller % urls.len()].clone(), tokens.to_vec());
            tasks.spawn(async move {
                let mut sent = Vec::new();
                for index in 0.. {
                    if stop.is_cancelled() {
                        break;
                    }
                    let name = format!("{caller}-{index}");
                    let token = &tokens[(caller + index * CALLERS) % tokens.len()];
                    let at = SystemClock.now();
                    let heard = publish(client.post(&url).bearer_auth(token), &name, index).await;
                    sent.push((name, Sent { at, heard }));
                    pause(BETWEEN).await;
                }
                sent
            });
        }
        Ok(Self { stop, tasks })
    }

    /// Ends, and tells what was published, by its name.
    pub(crate) async fn stop(mut self) -> Result<HashMap<String, Sent>> {
        self.stop.cancel();
        let mut all = HashMap::new();
        while let Some(sent) = self.tasks.join_next().await {
            all.extend(sent?);
        }
        Ok(all)
    }
}

async fn publish(request: reqwest::RequestBuilder, name: &str, index: usize) -> Heard {
    let body = match index % 4 {
        0 => {
            let items: Vec<_> = (0..ITEMS).map(|place| json!({ "gift": is_gift(place) })).collect();
            json!({ "name": "Order Placed", "payload": { "name": name, "items": items } })
        }
        1 => json!({ "name": "Trial Started", "payload": { "name": name } }),
        _ => json!({ "name": "Lead Created", "payload": { "name": name } }),
    };
    let Ok(answer) = request.json(&body).send().await else { return Heard::Nothing };
    match answer.status() {
        // That it was cut off takes nothing from what it said.
        StatusCode::CREATED => {
            Heard::Acknowledged(started(&answer.json().await.unwrap_or_default()))
        }
        _ => Heard::Refused,
    }
}

/// Which items go the one way and which the other.
pub(crate) fn is_gift(place: usize) -> bool {
    place.is_multiple_of(3)
}

fn started(answer: &Value) -> Vec<ExecutionId> {
    let executions = answer["executions"].as_array().into_iter().flatten();
    executions.filter_map(|own| own["id"].as_str()?.parse().ok()).collect()
}
