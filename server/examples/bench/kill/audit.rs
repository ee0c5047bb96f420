//! What the server tells of every execution, held against the sink's own book and against what the
//! publishers were told.

use super::callers::{Heard, ITEMS, Sent};
use super::course::{Effect, End, effects, ends, way};
use super::ticks::{Kept, Tick, kept};
use crate::sink::Seen;
use anyhow::{Context, Result};
use portico_domain::view::ExecutionSummary;
use portico_domain::{EventSource, ExecutionId, ExecutionStatus, ProjectId, Timestamp, time};
use portico_storage::{EventFilter, ExecutionFilter, Store, StoredEvent, StoredExecution};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// How many rows are read at once.
const PAGE: usize = 1000;
/// How long the workflow with a delay waits.
const DELAY: Duration = Duration::from_secs(3);

/// What others know.
pub(super) struct Books {
    /// The events that were published, by their names.
    pub(super) sent: HashMap<String, Sent>,
    /// The calls that were made, by the names of their records.
    pub(super) seen: HashMap<String, Seen>,
    /// When no server was there.
    pub(super) downs: Vec<(Timestamp, Timestamp)>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Findings {
    /// How many executions each workflow had.
    pub(super) executions: BTreeMap<String, usize>,
    /// Steps that were in flight at a kill, and ended as unknown.
    pub(super) told: usize,
    /// Those of them that had been carried out.
    pub(super) told_done: usize,
    /// The shortest time from an event to the step behind its delay.
    pub(super) soonest: Option<Duration>,
    /// The schedules of all users.
    pub(super) schedule: Kept,
    /// Acknowledged events.
    pub(super) acknowledged: usize,
    /// Acknowledged events without their executions.
    pub(super) lost: usize,
    /// Events that were stored though nobody heard so.
    pub(super) unheard: usize,
    /// Everything that should not have been.
    pub(super) wrong: Vec<String>,
}

/// What an audit has gone through.
#[derive(Default)]
struct Ledger {
    findings: Findings,
    executions: HashSet<ExecutionId>,
    /// Names of events that have an execution.
    events: HashSet<String>,
    /// Names of records that an execution accounts for.
    records: HashSet<String>,
    /// By user.
    ticks: BTreeMap<String, Vec<Tick>>,
}

/// An execution with what started it.
struct Told {
    summary: ExecutionSummary,
    execution: StoredExecution,
    event: StoredEvent,
}

/// Goes through everything that is stored.
pub(super) async fn audit(store: &Store, project: ProjectId, books: &Books) -> Result<Findings> {
    let mut ledger = Ledger::default();
    let mut after = None;
    loop {
        let page = store.execution_list(project, ExecutionFilter::default(), after, PAGE).await?;
        after = page.last().map(|last| last.id);
        for summary in page {
            let execution = store.execution(project, summary.id).await?.context("an execution")?;
            let event = store.event(project, summary.event_id).await?.context("an event")?;
            ledger.enter(books, &Told { summary, execution, event });
        }
        if after.is_none() {
            break;
        }
    }
    ledger.hold_against(books);
    let mut after = None;
    loop {
        let page = store.event_list(project, EventFilter::default(), after, PAGE).await?;
        after = page.last().map(|last| last.id);
        for event in page.iter().filter(|event| event.started != 1) {
            let words = format!("event {} started {} executions", event.id, event.started);
            ledger.findings.wrong.push(words);
        }
        if after.is_none() {
            return Ok(ledger.findings);
        }
    }
}

impl Ledger {
    fn enter(&mut self, books: &Books, told: &Told) {
        let workflow = &told.summary.workflow;
        *self.findings.executions.entry(workflow.clone()).or_default() += 1;
        self.executions.insert(told.summary.id);
        let looked = effects(workflow, &told.summary.user, &told.event.payload).and_then(|own| {
            // All that it accounts for, before it is looked at: one fault is told once.
            let begun = self.account(books, told, &own);
            begun.and(self.look_at(books, told, &own))
        });
        if let Err(why) = looked {
            self.findings.wrong.push(format!("{workflow}, execution {}: {why}", told.summary.id));
        }
    }

    /// What it was started by, and the records that are its own.
    fn account(&mut self, books: &Books, told: &Told, own: &[Effect]) -> Result<(), String> {
        let mut again = None;
        for Effect { name, .. } in own {
            if !self.records.insert(name.clone()) {
                again = Some(format!("{name} is of another execution too"));
            }
        }
        let payload = &told.event.payload;
        if told.event.source == EventSource::Schedule {
            let due = payload["scheduled_at"].as_str().and_then(time::date_time);
            let due = due.ok_or("it is not told when it was due")?;
            let tick = Tick { due, fired: told.event.received_at };
            self.ticks.entry(told.summary.user.clone()).or_default().push(tick);
        } else {
            let name = payload["name"].as_str().unwrap_or_default();
            self.events.insert(name.to_owned());
            match books.sent.get(name).map(|sent| &sent.heard) {
                None => return Err("nobody published its event".to_owned()),
                Some(Heard::Refused) => return Err("its event was refused".to_owned()),
                Some(Heard::Nothing) => self.findings.unheard += 1,
                Some(Heard::Acknowledged(_)) => {}
            }
        }
        again.map_or(Ok(()), Err)
    }

    /// Whether it did what it should, and nothing else.
    fn look_at(&mut self, books: &Books, told: &Told, own: &[Effect]) -> Result<(), String> {
        if !told.summary.status.is_final() {
            return Err("it has not ended".to_owned());
        }
        let mut ends = ends(&told.execution.entries)?;
        let mut ways = Vec::with_capacity(own.len());
        for Effect { path, name } in own {
            let end = ends.remove(path).ok_or_else(|| format!("{path} has no end"))?;
            let times = books.seen.get(name).map_or(0, |seen| seen.times);
            match (end, times) {
                (End::Done, 1) => {}
                (End::Told, 0 | 1) => {
                    self.findings.told += 1;
                    self.findings.told_done += usize::from(times == 1);
                }
                _ => return Err(format!("{path} ended as {end:?}, and was done {times} times")),
            }
            ways.push(end);
        }
        // Only of the last step it is not allowed to fail.
        let status = match ways.last() {
            Some(End::Told) => ExecutionStatus::Failed,
            _ => ExecutionStatus::Succeeded,
        };
        if told.summary.status != status {
            return Err(format!("it is {:?}, with {ways:?}", told.summary.status));
        }
        match told.summary.workflow.as_str() {
            "After a delay" if ends.remove("wait") != Some(End::Done) => {
                return Err("its delay has no end".to_owned());
            }
            "After a delay" => self.waited(books, told, own)?,
            "Each item" => is_seen_whole(books, own, &ways)?,
            _ => {}
        }
        match ends.pop_first() {
            Some((path, _)) => Err(format!("{path} is no step of it")),
            None => Ok(()),
        }
    }

    /// The step behind a delay, by the clocks of those outside.
    fn waited(&mut self, books: &Books, told: &Told, own: &[Effect]) -> Result<(), String> {
        let sent = told.event.payload["name"].as_str().and_then(|name| books.sent.get(name));
        let seen = own.first().and_then(|later| books.seen.get(&later.name));
        // Where it was interrupted, it may not have come at all.
        let Some((sent, seen)) = sent.zip(seen) else { return Ok(()) };
        let after = seen.first_at.since(sent.at);
        self.findings.soonest = Some(self.findings.soonest.map_or(after, |old| old.min(after)));
        if after < DELAY {
            return Err(format!("its delay was over after {} ms", after.as_millis()));
        }
        Ok(())
    }

    /// What others know and no execution told of.
    fn hold_against(&mut self, books: &Books) {
        let findings = &mut self.findings;
        for (name, sent) in &books.sent {
            if let Heard::Acknowledged(executions) = &sent.heard {
                findings.acknowledged += 1;
                let told = executions.iter().all(|id| self.executions.contains(id));
                if !told || !self.events.contains(name) {
                    findings.lost += 1;
                    findings.wrong.push(format!("{name} was acknowledged, and is lost"));
                }
            }
        }
        for (name, seen) in &books.seen {
            if !self.records.contains(name) {
                findings.wrong.push(format!("{name} is of no execution: {seen:?}"));
            }
        }
        for (user, ticks) in std::mem::take(&mut self.ticks) {
            let kept = kept(ticks, &books.downs);
            findings.schedule.fired += kept.fired;
            findings.schedule.made_up_for += kept.made_up_for;
            findings.schedule.missed += kept.missed;
            findings.wrong.extend(kept.wrong.into_iter().map(|why| format!("{user}: {why}")));
        }
    }
}

/// The step behind a fan-out was carried out after all rounds, and saw what came of each.
fn is_seen_whole(books: &Books, own: &[Effect], ways: &[End]) -> Result<(), String> {
    let Some((total, items)) = own.split_last() else { return Ok(()) };
    let Some(total) = books.seen.get(&total.name) else { return Ok(()) };
    let results = total.fields["Rounds__c"].as_array().map(Vec::as_slice).unwrap_or_default();
    if results.len() != ITEMS {
        return Err(format!("its total saw {} rounds: {}", results.len(), total.fields));
    }
    for (place, (effect, result)) in items.iter().zip(results).enumerate() {
        let brought = &result[way(place)];
        let fits = match ways.get(place) {
            Some(End::Done) => brought["id"] == effect.name.as_str(),
            Some(End::Told) => brought["error"]["code"] == "interrupted",
            None => false,
        };
        if !fits {
            return Err(format!("its total saw {result} of {}", effect.name));
        }
        if books.seen.get(&effect.name).is_some_and(|item| item.first_at > total.first_at) {
            return Err(format!("its total came before {}", effect.name));
        }
    }
    Ok(())
}
