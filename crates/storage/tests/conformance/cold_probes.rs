//! When accounts are looked at, and what is noted.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{CredentialStatus, Failure, FailureClass, IntegrationId};
use portico_storage::DueProbe;

crate::cases! {
    an_account_is_due_once_its_time_has_come_and_for_one_node,
    accounts_that_do_not_work_are_not_due,
    an_account_that_works_again_changes_what_events_start,
    a_refused_account_was_looked_at_too,
}

/// Accounts of user 1: number `n` is due `n` seconds after [`NOW`].
async fn accounts(f: &Fixture, count: u64) {
    people(f, 1).await;
    let integration = IntegrationId::from_parts(1, [6; 10]);
    let project = project();
    let mut sql = format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'salesforce', '{{}}', 0, 0);"
    );
    for n in 1..=count {
        sql += &format!(
            "INSERT INTO credentials (id, project_id, integration_id, user_id, status, account_type, \
             probe_at, created_at, updated_at) VALUES ('{}', '{project}', '{integration}', '{}', 'VALID', \
             'default', {}, 0, 0);",
            credential(n),
            user(1),
            later(n).millis()
        );
    }
    f.run(&sql).await;
}

async fn due(f: &Fixture, seconds: u64) -> Vec<DueProbe> {
    f.store.due_probes(later(seconds), 10).await.expect("read")
}

async fn an_account_is_due_once_its_time_has_come_and_for_one_node(f: &Fixture) {
    accounts(f, 3).await;
    assert_eq!(due(f, 0).await, []);
    let found = due(f, 2).await;
    let ids: Vec<_> = found.iter().map(|due| due.credential).collect();
    assert_eq!(ids, [credential(1), credential(2)], "longest waiting first");
    assert_eq!(f.store.due_probes(later(9), 1).await.expect("read").len(), 1);
    let second = f.second_process().await;
    assert!(second.claim_probe(found[0], later(100)).await.expect("an answer"));
    assert!(!f.store.claim_probe(found[0], later(100)).await.expect("an answer"), "one node only");
    second.close().await;
    assert_eq!(due(f, 2).await.len(), 1);
    assert_eq!(due(f, 100).await.len(), 3, "it comes back by itself");
}

async fn accounts_that_do_not_work_are_not_due(f: &Fixture) {
    accounts(f, 2).await;
    let why = Failure::new(FailureClass::Revoked, "invalid_grant", "The token was revoked.");
    let place = (project(), credential(1));
    assert!(f.store.mark_invalid(place, 1, &why, later(3)).await.expect("marked"));
    f.store.disconnect(project(), credential(2), later(3)).await.expect("disconnected");
    assert_eq!(due(f, 50).await, []);
}

async fn an_account_that_works_again_changes_what_events_start(f: &Fixture) {
    accounts(f, 1).await;
    let place = (project(), credential(1));
    let user_revision = "SELECT routing_revision FROM connected_users";
    let before = f.number(user_revision).await;
    let noted = f.store.mark_checked(place, 1, later(10), later(20)).await.expect("noted");
    assert_eq!(
        (noted, f.number(user_revision).await),
        (None, before),
        "nothing changed for events"
    );
    let read =
        async || f.store.credential(place.0, place.1).await.expect("read").expect("an account");
    let own = read().await;
    assert_eq!((own.checked_at, own.probe_at), (Some(later(10)), later(20)));

    let why = Failure::new(FailureClass::Revoked, "invalid_grant", "The token was revoked.");
    assert!(f.store.mark_invalid(place, 1, &why, later(11)).await.expect("marked"));
    let between = f.number(user_revision).await;
    assert_eq!(f.store.mark_checked(place, 7, later(12), later(30)).await.expect("noted"), None);
    assert_eq!(
        read().await.status,
        CredentialStatus::Invalid,
        "another token says nothing of this one"
    );
    let noted = f.store.mark_checked(place, 1, later(12), later(30)).await.expect("noted");
    assert_eq!(noted, Some(user(1)));
    assert!(f.number(user_revision).await > between);
    let own = read().await;
    assert_eq!((own.status, own.failure), (CredentialStatus::Valid, None));
}

async fn a_refused_account_was_looked_at_too(f: &Fixture) {
    accounts(f, 1).await;
    let why = Failure::new(FailureClass::Revoked, "invalid_grant", "The token was revoked.");
    let place = (project(), credential(1));
    assert!(f.store.mark_invalid(place, 1, &why, later(3)).await.expect("marked"));
    let own = f.store.credential(place.0, place.1).await.expect("read").expect("an account");
    assert_eq!((own.checked_at, own.failure), (Some(later(3)), Some(why)));
}
