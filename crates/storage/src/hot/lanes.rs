//! The provider's limits, obeyed when jobs are claimed: who finds no slot is put back until its
//! turn, so that no worker waits. Jobs without limits cost nothing here.
//!
//! With PostgreSQL a lane is locked until the commit. Lanes come after everything else that a
//! transaction locks, all of them in one statement and sorted by key; whoever holds one takes only
//! jobs that nobody else holds. So nobody can wait for another in a circle.

use super::slots::{Comer, Rate, Slots, Told};
use super::sql::{Parameter, Sql, all, column, json};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{Lanes, RateLane, Timestamp};
use serde::Serialize;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// When a call that waits itself may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Then. The slot is taken.
    At(Timestamp),
    /// Not before then, which is later than one would wait. Nothing was taken.
    NotBefore(Timestamp),
}

impl Store {
    /// Takes a slot for a call outside the queue, if one comes within `patience`. Somebody waits
    /// for it, so it goes in front of the jobs that do.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn take_slot(
        &self,
        lanes: Vec<RateLane>,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Slot, StorageError> {
        if lanes.is_empty() {
            return Ok(Slot::At(now));
        }
        let sql = Sql::of(self.dialect());
        self.write(move |tx| {
            Box::pin(async move {
                let keys = lanes.iter().map(|lane| lane.key.clone()).collect();
                let mut slots = Slots::new(now, lock(sql, tx, &keys).await?, HashMap::new());
                match slots.jump(&lanes, patience) {
                    Err(opens) => Ok(Slot::NotBefore(opens)),
                    Ok(slot) => {
                        keep(sql, tx, slots.into_rates()).await?;
                        Ok(Slot::At(slot))
                    }
                }
            })
        })
        .await
    }

    /// Keeps lanes closed, for every node and for the jobs that wait, because the provider says it
    /// had too many calls: for as long as it asks, or for the time in which it counts calls.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn pause_lanes(
        &self,
        lanes: Vec<RateLane>,
        asked: Option<Duration>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if lanes.is_empty() {
            return Ok(());
        }
        let sql = Sql::of(self.dialect());
        self.write(move |tx| {
            Box::pin(async move {
                let keys = lanes.iter().map(|lane| lane.key.clone()).collect();
                let mut slots = Slots::new(now, lock(sql, tx, &keys).await?, HashMap::new());
                let mut moved = Vec::new();
                for lane in &lanes {
                    let wait = asked.unwrap_or(Duration::from_millis(lane.window_ms));
                    let by_ms = slots.pause(lane, now + wait);
                    if by_ms > 0 {
                        moved.push(MovedRow { lane: &lane.key, by_ms });
                    }
                }
                keep(sql, tx, slots.into_rates()).await?;
                if !moved.is_empty() {
                    all(tx, sql.move_waiting, &[Parameter::Text(&json(&moved)?)]).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Forgets lanes that have been idle since `now`: they are as good as new.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn purge_lanes(&self, now: Timestamp) -> Result<u64, StorageError> {
        let sql = Sql::of(self.dialect());
        let now_us = now.millis().saturating_mul(1000);
        self.write(move |tx| {
            Box::pin(async move {
                let gone = all(tx, sql.forget_lanes, &[Parameter::Number(now_us)]).await?;
                Ok(gone.len() as u64)
            })
        })
        .await
    }
}

#[derive(Serialize)]
struct MovedRow<'a> {
    lane: &'a str,
    by_ms: i64,
}

/// A job that was leased and must obey limits.
struct Limited {
    id: String,
    run_at: Timestamp,
    due_at: Option<Timestamp>,
    lanes: Lanes,
}

/// The jobs of a transaction's claims that must obey limits.
#[derive(Default)]
pub(super) struct Admission(Vec<Limited>);

impl Admission {
    /// Notes a claimed job if it has limits.
    pub fn consider(&mut self, row: &AnyRow) -> Result<(), StorageError> {
        let Some(text) = column::<Option<String>>(row, "lanes")? else { return Ok(()) };
        let id: String = column(row, "id")?;
        match serde_json::from_str(&text) {
            Ok(lanes) => self.0.push(Limited {
                id,
                run_at: Timestamp::from_millis(column(row, "run_at")?),
                due_at: column::<Option<i64>>(row, "due_at")?.map(Timestamp::from_millis),
                lanes,
            }),
            // Whatever wrote it, the queue must not stop for it.
            Err(error) => tracing::error!(job = id, %error, "a job's limits cannot be read"),
        }
        Ok(())
    }

    /// Gives out slots; puts back whoever gets none, and answers these. Those that wait for what
    /// is `freed` become due.
    pub async fn admit(
        mut self,
        (sql, tx): (&Sql, &mut AnyConnection),
        freed: &Freed,
        now: Timestamp,
    ) -> Result<Admitted, StorageError> {
        if self.0.is_empty() && freed.is_empty() {
            return Ok(Admitted::default());
        }
        let limited = self.0.iter().flat_map(|job| exclusive(&job.lanes));
        let limited: BTreeSet<String> = limited.cloned().collect();
        let rates = self.0.iter().flat_map(|job| &job.lanes.rates).map(|lane| lane.key.clone());
        let mut keys: BTreeSet<String> = rates.collect();
        keys.extend(limited.iter().cloned());
        keys.extend(freed.lanes.keys().cloned());
        let rates = lock(sql, tx, &keys).await?;
        let woken = freed.wake(sql, tx).await?;
        let mut held = held(sql, tx, &limited).await?;
        for key in self.0.iter().flat_map(|job| exclusive(&job.lanes)) {
            // They are leased already, but whether they stay so is what is decided here.
            if let Some(count) = held.get_mut(key) {
                *count = count.saturating_sub(1);
            }
        }
        let mut slots = Slots::new(now, rates, held);
        self.0.sort_by(|a, b| {
            let order = |job: &Limited| (job.due_at.is_none(), job.run_at);
            order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id))
        });
        let mut put_back = Vec::new();
        for job in &self.0 {
            let comer = job.due_at.map_or(Comer::New, Comer::Expected);
            if let Told::Wait { until, lane } = slots.take(&job.lanes, comer) {
                let due_at = job.due_at.unwrap_or(job.run_at);
                put_back.push(WaitRow { id: job.id.clone(), run_at: until, lane, due_at });
            }
        }
        keep(sql, tx, slots.into_rates()).await?;
        if !put_back.is_empty() {
            all(tx, sql.put_back, &[Parameter::Text(&json(&put_back)?)]).await?;
        }
        Ok(Admitted { woken, put_back: put_back.into_iter().map(|row| row.id).collect() })
    }
}

/// What an admission led to.
#[derive(Default)]
pub(super) struct Admitted {
    /// Whether jobs became due.
    pub woken: bool,
    /// Jobs that are not leased after all.
    pub put_back: HashSet<String>,
}

#[derive(Serialize)]
struct WaitRow {
    id: String,
    run_at: Timestamp,
    lane: String,
    due_at: Timestamp,
}

/// Lanes of which only so many jobs are leased, and how many jobs have just ended in each.
#[derive(Default)]
pub(super) struct Freed {
    lanes: BTreeMap<String, i64>,
    /// Lanes in whose lines jobs stood that are gone.
    left: BTreeSet<String>,
    /// When the last of them ended.
    at: Timestamp,
}

impl Freed {
    /// Notes what a job that ends has held; its row has `crowd` and `serial`.
    pub fn note(&mut self, row: &AnyRow, at: Timestamp) -> Result<(), StorageError> {
        self.at = self.at.max(at);
        let (crowd, serial): (Option<String>, Option<String>) =
            (column(row, "crowd")?, column(row, "serial")?);
        for key in crowd.into_iter().chain(serial) {
            *self.lanes.entry(key).or_default() += 1;
        }
        Ok(())
    }

    /// Notes a lane for which a job waited that is gone.
    pub fn note_left(&mut self, lane: Option<String>) {
        self.left.extend(lane);
    }

    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty() && self.left.is_empty()
    }

    /// Makes due whoever waits longest for what is free; answers whether anybody does.
    pub async fn release(&self, sql: &Sql, tx: &mut AnyConnection) -> Result<bool, StorageError> {
        if self.is_empty() {
            return Ok(false);
        }
        // Who decides to wait holds the lane: it is found here, or finds the lane free.
        let keys = self.lanes.keys().chain(&self.left).cloned().collect();
        lock(sql, tx, &keys).await?;
        if !self.left.is_empty() {
            all(tx, sql.shorten_lines, &[Parameter::Text(&json(&self.left)?)]).await?;
        }
        self.wake(sql, tx).await
    }

    async fn wake(&self, sql: &Sql, tx: &mut AnyConnection) -> Result<bool, StorageError> {
        if self.lanes.is_empty() {
            return Ok(false);
        }
        let keys: Vec<_> = self.lanes.keys().collect();
        // One too many of a lane is only put back again.
        let most = self.lanes.values().copied().max().unwrap_or(0);
        let parameters = [
            Parameter::Text(&json(&keys)?),
            Parameter::Number(self.at.millis()),
            Parameter::Number(most),
        ];
        Ok(!all(tx, sql.wake_waiting, &parameters).await?.is_empty())
    }
}

/// The lanes of which only so many are leased.
fn exclusive(lanes: &Lanes) -> impl Iterator<Item = &String> {
    lanes.crowd.iter().map(|own| &own.key).chain(&lanes.serial)
}

/// Locks lanes and answers what they remember.
async fn lock(
    sql: &Sql,
    tx: &mut AnyConnection,
    keys: &BTreeSet<String>,
) -> Result<HashMap<String, Rate>, StorageError> {
    let rows = all(tx, sql.lock_lanes, &[Parameter::Text(&json(keys)?)]).await?;
    rows.iter()
        .map(|row| {
            let rate = Rate { next: column(row, "next_us")?, line: column(row, "line_us")? };
            Ok((column(row, "key")?, rate))
        })
        .collect()
}

/// How many jobs are leased of lanes that allow only so many.
async fn held(
    sql: &Sql,
    tx: &mut AnyConnection,
    keys: &BTreeSet<String>,
) -> Result<HashMap<String, u64>, StorageError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = all(tx, sql.held, &[Parameter::Text(&json(keys)?)]).await?;
    rows.iter()
        .map(|row| Ok((column(row, "key")?, column::<i64>(row, "jobs")?.cast_unsigned())))
        .collect()
}

#[derive(Serialize)]
struct LaneRow {
    key: String,
    next_us: i64,
    line_us: i64,
}

/// Stores what lanes remember.
async fn keep(
    sql: &Sql,
    tx: &mut AnyConnection,
    rates: HashMap<String, Rate>,
) -> Result<(), StorageError> {
    let used = rates.into_iter().filter(|(_, rate)| *rate != Rate::default());
    let rows: Vec<_> =
        used.map(|(key, rate)| LaneRow { key, next_us: rate.next, line_us: rate.line }).collect();
    if !rows.is_empty() {
        all(tx, sql.keep_lanes, &[Parameter::Text(&json(&rows)?)]).await?;
    }
    Ok(())
}
