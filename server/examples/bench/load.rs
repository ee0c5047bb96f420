//! The load: users connected as real ones are, events by HTTP, executions to their end.

use crate::cold::resident_mb;
use crate::floor::{self, start};
use crate::project::{Bench, Place};
use crate::sink::Sink;
use anyhow::Result;
use hdrhistogram::Histogram;
use portico_domain::ProjectId;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many callers send at once.
const CALLERS: usize = 64;

const BUNDLE: &str = r#"
format = 1
project = { name = "Bench", signing_key = { name = "Bench", generate = true } }
[[integrations]]
type = "salesforce"
client_id = "c"
client_secret = "s"
[[app_events]]
name = "Lead Created"
example = { name = "x" }
[[workflows]]
name = "One step"
integration = "salesforce"
deploy = true
[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
steps = [{ id = "one", title = "One", kind = "action", integration = "salesforce", action = "create_record", inputs = { object = "Lead", fields = { LastName = "{{ trigger.name }}" } } }]
"#;

/// What is measured.
pub(crate) struct Plan {
    pub(crate) users: usize,
    pub(crate) events: usize,
    pub(crate) rate: u64,
    pub(crate) seconds: u64,
    pub(crate) database: Option<String>,
}

/// Sends one event; answers whether it was acknowledged.
async fn send(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    name: &str,
) -> Result<bool, reqwest::Error> {
    let body = json!({ "name": "Lead Created", "payload": { "name": name } });
    let answer = client.post(url).bearer_auth(token).json(&body).send().await?;
    let status = answer.status();
    answer.bytes().await?;
    Ok(status == reqwest::StatusCode::CREATED)
}

pub(crate) fn trigger(port: u16, project: ProjectId) -> String {
    format!("http://127.0.0.1:{port}/projects/{project}/sdk/events/trigger")
}

/// Measures and prints.
pub(crate) async fn run(plan: &Plan) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sink = Sink::default();
    let sink_port = sink.serve().await?;
    let place = Place {
        folder: folder.path(),
        database: plan.database.as_deref(),
        sink: sink_port,
        port: 3000,
    };
    let bench = Bench::new(&place, BUNDLE, plan.users).await?;
    let stop = CancellationToken::new();
    let port = bench.serve(stop.clone()).await?;
    let url = trigger(port, bench.project);

    let commits = floor::commits(folder.path()).await?;
    let bare = floor::requests(sink_port, CALLERS, plan.events).await?;
    println!("floor: {commits:.0} commits/s one by one, {bare:.0} bare requests/s");

    let (accepted, done) = saturate(plan, &bench, &url, &sink).await?;
    println!(
        "as fast as it goes: {accepted:.0} events/s acknowledged, {done:.0} executions/s to their end"
    );
    println!("  beside the floor: {:.1} executions per bare commit", done / commits);

    let acks = paced(plan, &bench, &url).await?;
    println!(
        "at {} events/s for {} s: acknowledged in p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({} events)",
        plan.rate,
        plan.seconds,
        ms(acks.value_at_quantile(0.5)),
        ms(acks.value_at_quantile(0.99)),
        ms(acks.max()),
        acks.len(),
    );
    wait_until_idle(&bench).await?;
    println!(
        "memory with load, sink and server in one process: {} MB",
        resident_mb(std::process::id())
    );
    stop.cancel();
    Ok(())
}

async fn saturate(plan: &Plan, bench: &Bench, url: &str, sink: &Sink) -> Result<(f64, f64)> {
    let client = reqwest::Client::new();
    let before = sink.calls();
    let each = plan.events / CALLERS;
    let begun = start();
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let (client, url, tokens) = (client.clone(), url.to_owned(), bench.tokens.clone());
        tasks.spawn(async move {
            let mut accepted = 0_usize;
            for index in 0..each {
                let token = &tokens[(caller + index * CALLERS) % tokens.len()];
                if send(&client, &url, token, "x").await? {
                    accepted += 1;
                }
            }
            Ok::<_, reqwest::Error>(accepted)
        });
    }
    let mut accepted = 0;
    while let Some(done) = tasks.join_next().await {
        accepted += done??;
    }
    let sending = begun.elapsed();
    wait_until_idle(bench).await?;
    let all = begun.elapsed();
    let calls = usize::try_from(sink.calls() - before)?;
    anyhow::ensure!(calls == accepted, "{accepted} accepted, {calls} carried out");
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let count = accepted as f64;
    Ok((count / sending.as_secs_f64(), count / all.as_secs_f64()))
}

async fn paced(plan: &Plan, bench: &Bench, url: &str) -> Result<Histogram<u64>> {
    let client = reqwest::Client::new();
    let mut acks = Histogram::<u64>::new(3)?;
    let begun = start();
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..plan.rate * plan.seconds {
        let due = Duration::from_micros(index * 1_000_000 / plan.rate);
        if let Some(wait) = due.checked_sub(begun.elapsed()) {
            pause(wait).await;
        }
        let token = bench.tokens[usize::try_from(index)? % bench.tokens.len()].clone();
        let (client, url) = (client.clone(), url.to_owned());
        tasks.spawn(async move {
            // From when it was due, not from when it was sent: waiting in line is waiting.
            let accepted = send(&client, &url, &token, "x").await;
            accepted.map(|accepted| (accepted, begun.elapsed().saturating_sub(due)))
        });
    }
    while let Some(done) = tasks.join_next().await {
        let (accepted, took) = done??;
        anyhow::ensure!(accepted, "an event was refused");
        acks.record(u64::try_from(took.as_micros())?)?;
    }
    Ok(acks)
}

async fn wait_until_idle(bench: &Bench) -> Result<()> {
    loop {
        let depth = bench.services.store().queue_depth().await?;
        if depth.ready + depth.leased == 0 {
            return Ok(());
        }
        pause(Duration::from_millis(5)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench waits in the machine's time")]
pub(crate) async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of an answer")]
fn ms(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
