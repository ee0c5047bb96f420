//! The load: users connected as real ones are, events by HTTP, executions to their end.

use crate::cold::resident_mb;
use crate::floor::{self, start};
use crate::sink::Sink;
use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use portico::command::sign;
use portico::config::Config;
use portico_domain::actor::Via;
use portico_domain::{Actor, ProjectId};
use portico_runtime::{OriginRule, Worker, WorkerOptions};
use portico_services::{Bundle, CallbackQuery, NewAuthorization, Services};
use portico_storage::WorkflowSwitch;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::json;
use std::path::Path;
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

/// A server under load.
pub(crate) struct Bench {
    pub(crate) services: Services,
    pub(crate) project: ProjectId,
    pub(crate) tokens: Vec<String>,
}

impl Bench {
    /// Services over a folder, with their provider at the sink, and users who are connected.
    pub(crate) async fn new(
        folder: &Path,
        database: Option<String>,
        sink: u16,
        users: usize,
    ) -> Result<Self> {
        let integrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../integrations");
        let rule = |from: &str, to: &str| OriginRule {
            from: from.to_owned(),
            to: format!("http://127.0.0.1:{sink}/{to}"),
        };
        let config = Config {
            retention_days: 90,
            public_url: "http://localhost:3000".parse()?,
            port: 0,
            data: folder.to_owned(),
            database: database
                .unwrap_or_else(|| format!("sqlite:{}", folder.join("portico.db").display())),
            integrations: vec![integrations],
            site: folder.to_owned(),
            max_event_bytes: 1024 * 1024,
            origins: vec![
                rule("https://login.salesforce.com", "login"),
                rule("https://*.my.salesforce.com", "{1}"),
            ],
        };
        let services = portico::start::services(&config).await?;
        let private = known_or_new(&folder.join("bench-key.pem"))?;
        let public = private.to_public_key().to_public_key_pem(LineEnding::LF)?;
        let pem = private.to_pkcs8_pem(LineEnding::LF)?;
        let imported =
            services.import(&Actor::Operator, &Bundle::parse(BUNDLE)?, Some(&public)).await?;
        let mut bench = Self { services, project: imported.project, tokens: Vec::new() };
        for index in 0..users {
            let token = sign(&pem, &bench.project.to_string(), &format!("user-{index}"), 36_000)?;
            bench.connect(&token).await?;
            bench.tokens.push(token);
        }
        Ok(bench)
    }

    async fn connect(&self, token: &str) -> Result<()> {
        let user = self.services.authenticate(&self.project.to_string(), Some(token)).await?;
        let new = NewAuthorization { integration: "salesforce".to_owned(), ..Default::default() };
        let begun = self.services.begin_authorization(&user.actor, new).await?;
        let started = self.services.start_authorization(&begun.ticket).await?;
        let state = started.location.query_pairs().find(|(key, _)| key == "state");
        let query = CallbackQuery {
            state: state.map(|(_, state)| state.into_owned()),
            code: Some("c".to_owned()),
            ..CallbackQuery::default()
        };
        let cookie = started.cookie.clone();
        let project = self.project.to_string();
        self.services
            .finish_callback(&project, "salesforce", query, move |_| Some(cookie.clone()))
            .await?;
        let Actor::ConnectedUser { via: Via::UserToken, .. } = user.actor else {
            anyhow::bail!("a token speaks for a user");
        };
        let deployed = self.services.store().deployed(self.project).await?;
        let workflow = deployed.first().context("a workflow")?.id;
        let on = WorkflowSwitch { enabled: Some(true), ..WorkflowSwitch::default() };
        self.services.switch_workflow(&user.actor, None, workflow, on).await?;
        Ok(())
    }

    /// Serves on a free port and works the queue.
    pub(crate) async fn serve(&self, stop: CancellationToken) -> Result<u16> {
        let worker = Worker::new(self.services.clone(), WorkerOptions::default());
        tokio::spawn(worker.run(stop.clone()));
        let app = portico::router(self.services.clone(), Path::new("no-site"), stop.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move {
            axum::serve(listener, app)
                .with_graceful_shutdown(async move { stop.cancelled().await })
                .await
        });
        Ok(port)
    }
}

/// A project has ten active keys at most: a server that comes back keeps its own.
fn known_or_new(file: &Path) -> Result<RsaPrivateKey> {
    if file.is_file() {
        return Ok(RsaPrivateKey::from_pkcs8_pem(&std::fs::read_to_string(file)?)?);
    }
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)?;
    portico::start::write_private(file, &key.to_pkcs8_pem(LineEnding::LF)?)?;
    Ok(key)
}

/// Sends one event; answers whether it was acknowledged.
pub(crate) async fn send(
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
    let bench = Bench::new(folder.path(), plan.database.clone(), sink_port, plan.users).await?;
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

pub(crate) async fn wait_until_idle(bench: &Bench) -> Result<()> {
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
