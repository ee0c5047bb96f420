//! Connections that end: by a wish, by the server, by a crash.

use crate::fixture::Fixture;
use crate::work::*;
use portico_storage::{Accepted, StorageError};

crate::cases! {
    what_is_acknowledged_is_there_for_the_next_process,
    closing_finishes_what_waits_and_refuses_the_rest,
    a_lost_connection_is_opened_again,
}

async fn what_is_acknowledged_is_there_for_the_next_process(f: &Fixture) {
    people(f, 1).await;
    let first = f.second_process().await;
    store(&first, event(1, 1)).await;
    // No farewell: as if it had been killed.
    drop(first);
    let next = f.second_process().await;
    assert_eq!(claim_one(&next, "b", NOW).await.id, job_id(1));
    next.close().await;
}

async fn closing_finishes_what_waits_and_refuses_the_rest(f: &Fixture) {
    people(f, 1).await;
    let ending = f.second_process().await;
    let waiting: Vec<_> = (1..=20)
        .map(|n| {
            let ending = ending.clone();
            tokio::spawn(async move { ending.accept(event(n, 1)).await })
        })
        .collect();
    // The callers above run first: they were spawned before this waits.
    tokio::task::yield_now().await;
    ending.close().await;
    for answer in waiting {
        let answer = answer.await.expect("the caller lives");
        assert_eq!(answer.expect("it was waiting"), Accepted::Stored);
    }
    let refused = ending.accept(event(99, 1)).await;
    assert!(matches!(refused, Err(StorageError::Closed)), "{refused:?}");
    let refused = ending.reap(NOW, LEASE).await;
    assert!(matches!(refused, Err(StorageError::Closed)), "{refused:?}");
    ending.close().await;
    assert_eq!(f.number("SELECT count(*) FROM events").await, 20);
}

async fn a_lost_connection_is_opened_again(f: &Fixture) {
    // An embedded database has no connection to lose.
    if !f.is_postgres() {
        return;
    }
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let others = "WITH other AS MATERIALIZED (SELECT pid FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()) \
                  SELECT count(*) FROM other WHERE pg_terminate_backend(pid)";
    assert!(f.number(others).await >= 2, "the writer and the listener");
    store(&f.store, event(2, 1)).await;
    f.number(others).await;
    f.store.reap(NOW, LEASE).await.expect("a rare write opens it again as well");

    // The listener is back too: it hears of what others do.
    let other = f.second_process().await;
    let mut sent = 2;
    let woken = async {
        // The wake-ups of its own event and of the lost connection may come first.
        for _ in 0..3 {
            f.store.woken().await;
        }
    };
    tokio::pin!(woken);
    let deadline = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        loop {
            sent += 1;
            tokio::select! {
                () = &mut woken => return,
                () = store(&other, event(sent, 1)) => {}
            }
        }
    });
    assert!(deadline.await.is_ok(), "it still hears others");
    other.close().await;
}
