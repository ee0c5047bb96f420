//! Stopping what runs for a credential, or of a workflow.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{Entry, ExecutionStatus, Fact, WorkflowId};
use portico_storage::Settled;

crate::cases! {
    everything_running_for_a_credential_ends,
    everything_running_of_a_workflow_ends,
    what_has_ended_stays_as_it_is,
}

fn cancelled() -> Entry {
    Entry { at: later(9), fact: Fact::Cancelled { reason: "disconnected".to_owned() } }
}

async fn everything_running_for_a_credential_ends(f: &Fixture) {
    people(f, 2).await;
    for n in 1..=3 {
        store(&f.store, event(n, 1)).await;
    }
    store(&f.store, event(4, 2)).await;
    let held = claim(&f.store, 3, "a", NOW).await;
    let ours = held.iter().find(|job| job.run.user == user(1)).expect("a job of user 1");

    assert_eq!(f.store.cancel_running(credential(1), cancelled()).await.expect("cancel"), 3);
    for n in 1..=3 {
        let run = f.store.execution(project(), execution_id(n)).await.expect("read");
        let run = run.expect("there");
        assert_eq!((run.status, run.ended_at), (ExecutionStatus::Cancelled, Some(later(9))));
        assert_eq!(run.entries, [started(), cancelled()]);
    }
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 1, "user 2's");
    assert_eq!(f.store.settle(success(ours)).await.expect("settle"), Settled::LeaseLost);
    let other = f.store.execution(project(), execution_id(4)).await.expect("read").expect("there");
    assert_eq!(other.status, ExecutionStatus::Running);
    let line = format!("SELECT count(*) FROM tenants WHERE id = '{}'", user(1));
    assert_eq!(f.number(&line).await, 0);
    assert_eq!(f.store.cancel_running(credential(1), cancelled()).await.expect("cancel"), 0);
}

async fn everything_running_of_a_workflow_ends(f: &Fixture) {
    people(f, 2).await;
    let (mut ours, mut other) = (event(1, 1), event(2, 2));
    let (own, another) = (WorkflowId::from_parts(1, [8; 10]), WorkflowId::from_parts(2, [8; 10]));
    ours.executions[0].workflow = own;
    other.executions[0].workflow = another;
    store(&f.store, ours).await;
    store(&f.store, other).await;
    assert_eq!(f.store.running_of(own).await.expect("a count"), 1);
    assert_eq!(f.store.cancel_running_of(own, cancelled()).await.expect("cancel"), 1);
    assert_eq!(f.store.running_of(own).await.expect("a count"), 0);
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("there");
    assert_eq!((run.status, run.entries.len()), (ExecutionStatus::Cancelled, 2));
    assert_eq!(f.store.running_of(another).await.expect("a count"), 1);
    assert_eq!(claim_one(&f.store, "a", NOW).await.execution, execution_id(2));
}

async fn what_has_ended_stays_as_it_is(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    f.store.settle(success(&job)).await.expect("settle");
    // Another run of the user keeps its place in the line.
    let mut other = event(2, 1);
    other.executions[0].credential = credential(77);
    store(&f.store, other).await;
    let mut third = event(3, 1);
    third.event.received_at = later(1);
    store(&f.store, third).await;
    assert_eq!(f.store.cancel_running(credential(1), cancelled()).await.expect("cancel"), 1);
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("there");
    assert_eq!((run.status, run.entries.len()), (ExecutionStatus::Succeeded, 2));
    assert_eq!(claim_one(&f.store, "a", NOW).await.execution, execution_id(2));
}
