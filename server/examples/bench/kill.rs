//! Kill -9 at random instants: what was acknowledged is there, and ends; nothing is done twice.

use crate::load::{Bench, pause, send, trigger, wait_until_idle};
use crate::sink::Sink;
use anyhow::{Context, Result, ensure};
use portico_domain::{Actor, ExecutionStatus};
use portico_runtime::SystemEntropy;
use portico_services::{Entropy, ExecutionQuery};
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many users send.
const USERS: usize = 20;

/// The server that is killed: it prints its port and tokens, then serves.
pub(crate) async fn victim(folder: &Path, sink: u16) -> Result<()> {
    let bench = Bench::new(folder, None, sink, USERS).await?;
    let port = bench.serve(CancellationToken::new()).await?;
    println!("{port} {} {}", bench.project, bench.tokens.join(","));
    std::future::pending::<()>().await;
    Ok(())
}

fn begin(folder: &Path, sink: u16) -> Result<(Child, String, Vec<String>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["victim", &folder.display().to_string(), &sink.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let out = child.stdout.take().context("its output")?;
    BufReader::new(out).read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let port = words.next().context("a port")?.parse()?;
    let project = words.next().context("a project")?.parse()?;
    let tokens = words.next().context("tokens")?.split(',').map(str::to_owned).collect();
    Ok((child, trigger(port, project), tokens))
}

/// Kills, restarts, and at the end counts.
pub(crate) async fn run(cycles: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sink = Sink::default();
    let sink_port = sink.serve().await?;
    let mut acknowledged = HashSet::new();
    let mut next = 0_u64;
    for _ in 0..cycles {
        let (mut child, url, tokens) = begin(folder.path(), sink_port)?;
        let client = reqwest::Client::new();
        let mut random = [0; 2];
        SystemEntropy.fill(&mut random);
        let lives = Duration::from_millis(20 + u64::from(u16::from_be_bytes(random)) % 400);
        let mut tasks = tokio::task::JoinSet::new();
        for caller in 0..16_u64 {
            let (client, url) = (client.clone(), url.clone());
            let token = tokens[usize::try_from(caller)? % tokens.len()].clone();
            let first = next + caller * 100_000;
            tasks.spawn(async move {
                let mut names = Vec::new();
                for index in first.. {
                    let name = format!("n{index}");
                    match send(&client, &url, &token, &name).await {
                        Ok(true) => names.push(name),
                        // 429: the burst is used up; the rest of this life goes on with what it has.
                        Ok(false) => pause(Duration::from_millis(10)).await,
                        Err(_) => break,
                    }
                }
                names
            });
        }
        next += 10_000_000;
        pause(lives).await;
        child.kill()?;
        child.wait()?;
        while let Some(names) = tasks.join_next().await {
            acknowledged.extend(names?);
        }
    }
    let bench = Bench::new(folder.path(), None, sink_port, 1).await?;
    let stop = CancellationToken::new();
    // Leases of the dead run out: a minute at most.
    bench.serve(stop.clone()).await?;
    wait_until_idle(&bench).await?;
    stop.cancel();
    let seen = sink.names();
    let told = told(&bench).await?;
    let lost = acknowledged
        .iter()
        .filter(|name| !seen.contains_key(*name) && !told.contains(*name))
        .count();
    let twice = seen.values().filter(|times| **times > 1).count();
    let depth = bench.services.store().queue_depth().await?;
    println!(
        "{cycles} kills, {} events acknowledged, {lost} lost; {} were in flight at a kill and ended as \
         unknown, {twice} were carried out twice; {} jobs dead",
        acknowledged.len(),
        told.len(),
        depth.dead
    );
    ensure!(lost == 0 && twice == 0 && depth.dead == 0, "something went wrong");
    Ok(())
}

/// The names of events whose outcome is for a person to look at. Every other execution has
/// succeeded.
async fn told(bench: &Bench) -> Result<HashSet<String>> {
    let mut names = HashSet::new();
    for status in [ExecutionStatus::Failed, ExecutionStatus::Cancelled, ExecutionStatus::Running] {
        let mut after = None;
        loop {
            let query = ExecutionQuery { status: Some(status), after, ..ExecutionQuery::default() };
            let page =
                bench.services.execution_list(&Actor::Operator, bench.project, query).await?;
            for own in &page.rows {
                let code = own.failure.as_ref().map(|failure| failure.code.as_str());
                ensure!(code == Some("interrupted"), "{} ended as {code:?}", own.id);
                let id = own.id;
                let detail =
                    bench.services.execution_detail(&Actor::Operator, bench.project, id).await?;
                names.insert(detail.payload["name"].as_str().unwrap_or_default().to_owned());
            }
            let Some(next) = page.next else { break };
            after = Some(next.parse()?);
        }
    }
    Ok(names)
}
