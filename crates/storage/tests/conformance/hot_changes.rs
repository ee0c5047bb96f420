//! What onlookers hear.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{Entry, Fact};
use portico_storage::ExecutionChange;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

crate::cases! {
    onlookers_hear_of_every_change_after_it_is_stored,
    other_processes_hear_of_it_too,
}

fn change(n: u64) -> ExecutionChange {
    ExecutionChange { project: project(), execution: execution_id(n) }
}

/// What comes next; a message that never comes is a failure, not a hang.
async fn next(changes: &mut Receiver<ExecutionChange>) -> ExecutionChange {
    let heard = tokio::time::timeout(Duration::from_secs(30), changes.recv()).await;
    heard.expect("something is heard").expect("nothing was missed")
}

async fn onlookers_hear_of_every_change_after_it_is_stored(f: &Fixture) {
    people(f, 1).await;
    let mut changes = f.store.changes();
    store(&f.store, event(1, 1)).await;
    assert_eq!(next(&mut changes).await, change(1), "it began");
    let job = claim_one(&f.store, "a", NOW).await;
    f.store.settle(success(&job)).await.expect("settled");
    assert_eq!(next(&mut changes).await, change(1), "it ended");
    store(&f.store, event(2, 1)).await;
    assert_eq!(next(&mut changes).await, change(2));
    let entry = Entry { at: later(9), fact: Fact::Cancelled { reason: "disconnected".to_owned() } };
    f.store.cancel_running(credential(1), entry).await.expect("cancelled");
    assert_eq!(next(&mut changes).await, change(2), "it was cancelled");
    assert!(changes.is_empty(), "each change is told once");
}

async fn other_processes_hear_of_it_too(f: &Fixture) {
    // An embedded database has one process.
    if !f.is_postgres() {
        return;
    }
    people(f, 1).await;
    let other = f.second_process().await;
    let mut changes = other.changes();
    store(&f.store, event(1, 1)).await;
    assert_eq!(next(&mut changes).await, change(1));
    other.close().await;
}
