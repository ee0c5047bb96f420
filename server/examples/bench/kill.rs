//! Kill -9 at random instants, with something of everything that waits: steps that are queued or under
//! way, delays, rounds of fan-outs, schedules. What was acknowledged is there, and ends; nothing is
//! done twice, nothing before its time.

mod audit;
mod callers;
mod course;
mod nodes;
mod ticks;

use crate::floor::start;
use crate::load::{pause, trigger};
use crate::project::{Bench, Place};
use crate::sink::Sink;
use anyhow::{Context, Result, ensure};
use audit::{Books, Findings};
use callers::Callers;
use nodes::Nodes;
use portico_domain::{Actor, ProjectId};
use portico_runtime::{SystemClock, SystemEntropy};
use portico_services::{Clock, Entropy, Services};
use portico_storage::QueueDepth;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// Everything that waits.
const BUNDLE: &str = include_str!("kill/project.toml");
/// How many users there are, each with everything on.
const USERS: usize = 10;
/// The longest time between two kills while everybody answers, in milliseconds.
const LONGEST_LIFE: u64 = 4_000;
/// Every so often a node is killed once more, while it starts.
const IN_ITS_START: usize = 5;
/// At the latest after so many milliseconds.
const LONGEST_START: u64 = 1_000;
/// Once, no node is there for so long: what is missed then is not made up for one by one.
const LONG_DOWN: Duration = Duration::from_secs(65);
/// For how long something is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(300);
/// How many faults are shown.
const SHOWN: usize = 20;

/// What is done.
pub(crate) struct Plan {
    pub(crate) cycles: usize,
    pub(crate) nodes: usize,
    pub(crate) database: Option<String>,
}

/// Kills, restarts, and at the end counts.
pub(crate) async fn run(plan: &Plan) -> Result<()> {
    let shared = plan.database.as_ref().is_some_and(|address| address.starts_with("postgres"));
    ensure!(plan.nodes == 1 || shared, "SQLite is for one process; several nodes share PostgreSQL");
    let folder = tempfile::tempdir()?;
    match kill(plan, folder.path()).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let kept = folder.keep();
            Err(error.context(format!("the logs and what was stored are in {}", kept.display())))
        }
    }
}

async fn kill(plan: &Plan, folder: &Path) -> Result<()> {
    let sink = Sink::default();
    let place = Place {
        folder,
        database: plan.database.as_deref(),
        sink: sink.serve().await?,
        port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
    };
    let Bench { services, project, tokens } = Bench::new(&place, BUNDLE, USERS).await?;
    let used = services.store().execution_list(project, Default::default(), None, 1).await?;
    ensure!(used.is_empty(), "the database is that of an earlier run; give an empty one");
    // One process at a time, as SQLite wants it.
    services.store().close().await;
    let mut nodes = Nodes::new(&place, plan.nodes)?;
    let urls: Vec<_> = nodes.ports().map(|port| trigger(port, project)).collect();
    let callers = Callers::start(&urls, &tokens)?;
    let begun = start();
    cycles(plan.cycles, &mut nodes).await?;
    until_everybody_ticks(&mut nodes, &sink).await?;
    let took = begun.elapsed();
    let sent = callers.stop().await?;
    let services = portico::start::services(&place.config()?).await?;
    end_schedule(&services, project).await?;
    let depth = drain(&mut nodes, &services).await?;
    let seen = std::mem::take(&mut *sink.seen());
    let whom = match plan.nodes {
        1 => "one server".to_owned(),
        nodes => format!("{nodes} nodes"),
    };
    println!("{} kills of {whom} in {} s", nodes.kills, took.as_secs());
    let books = Books { sent, seen, downs: nodes.downs };
    let findings = audit::audit(services.store(), project, &books).await?;
    services.store().close().await;
    tell(&findings, &books, depth);
    ensure!(findings.wrong.is_empty(), "{} things went wrong", findings.wrong.len());
    ensure!(depth == QueueDepth::default(), "the queue is not empty: {depth:?}");
    Ok(())
}

/// Lives and deaths: of several nodes one after the other, while the others go on.
async fn cycles(cycles: usize, nodes: &mut Nodes) -> Result<()> {
    nodes.start_all().await?;
    for cycle in 1..=cycles {
        let node = cycle % nodes.count();
        pause(random(LONGEST_LIFE)).await;
        nodes.kill(node)?;
        if cycle % IN_ITS_START == 0 {
            nodes.start(node)?;
            pause(random(LONGEST_START)).await;
            nodes.kill(node)?;
        }
        if cycle == cycles.div_ceil(2) {
            nodes.kill_all()?;
            pause(LONG_DOWN).await;
        }
        nodes.start_all().await?;
    }
    nodes.kill_all()
}

/// One more life, until every user's schedule has come to what is due in it.
async fn until_everybody_ticks(nodes: &mut Nodes, sink: &Sink) -> Result<()> {
    nodes.start_all().await?;
    let since = SystemClock.now().rfc3339();
    let begun = start();
    loop {
        let ticking = (0..USERS).filter(|user| {
            let user = format!("user-{user}/");
            let seen = sink.seen();
            seen.keys().any(|name| name.strip_prefix(&user).is_some_and(|due| *due > *since))
        });
        let still = USERS - ticking.count();
        if still == 0 {
            return nodes.kill_all();
        }
        ensure!(begun.elapsed() < PATIENCE, "the schedules of {still} users stand still");
        pause(Duration::from_millis(100)).await;
    }
}

async fn end_schedule(services: &Services, project: ProjectId) -> Result<()> {
    let deployed = services.store().deployed(project).await?;
    let own = deployed.iter().find(|own| own.name == "Every second").context("the schedule")?;
    services.undeploy_workflow(&Actor::Operator, project, own.id).await?;
    Ok(())
}

/// The last life: until nothing waits any more. Leases of the dead run out within a minute.
async fn drain(nodes: &mut Nodes, services: &Services) -> Result<QueueDepth> {
    nodes.start_all().await?;
    let begun = start();
    loop {
        let depth = services.store().queue_depth().await?;
        if depth.ready + depth.leased == 0 || begun.elapsed() > PATIENCE {
            nodes.kill_all()?;
            return Ok(depth);
        }
        pause(Duration::from_millis(100)).await;
    }
}

fn tell(findings: &Findings, books: &Books, depth: QueueDepth) {
    println!(
        "  {} events acknowledged, {} lost; {} of those that nobody answered were stored",
        findings.acknowledged, findings.lost, findings.unheard
    );
    for (workflow, count) in &findings.executions {
        println!("  {workflow}: {count} executions");
    }
    let twice = books.seen.values().filter(|seen| seen.times > 1).count();
    println!(
        "  {} records made, {twice} of them twice; {} steps were in flight at a kill and ended as \
         unknown, {} of them had been carried out",
        books.seen.len(),
        findings.told,
        findings.told_done
    );
    println!(
        "  the step behind a delay of 3 s came after {} ms at the soonest",
        findings.soonest.unwrap_or_default().as_millis()
    );
    println!(
        "  the schedule fired {} times, {} of them late; {} occurrences were missed for more than a \
         minute, and not made up for",
        findings.schedule.fired, findings.schedule.made_up_for, findings.schedule.missed
    );
    println!("  jobs left: {} waiting, {} held", depth.ready, depth.leased);
    for wrong in findings.wrong.iter().take(SHOWN) {
        println!("  WRONG: {wrong}");
    }
}

fn random(most_ms: u64) -> Duration {
    let mut random = [0; 4];
    SystemEntropy.fill(&mut random);
    Duration::from_millis(u64::from(u32::from_be_bytes(random)) % most_ms)
}
