//! What providers send: whom it is for, and what is noted.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{IntegrationId, ProjectId};
use portico_storage::{Recipients, WebhookCounts, WebhookRecord};

crate::cases! {
    accounts_are_found_by_what_their_facts_say,
    what_is_noted_adds_up_and_keeps_the_latest,
}

fn integration(n: u64) -> IntegrationId {
    IntegrationId::from_parts(n, [7; 10])
}

async fn integrations(f: &Fixture) {
    people(f, 3).await;
    let (project, other) = (project(), ProjectId::from_parts(2, [0; 10]));
    let mut sql =
        format!("INSERT INTO projects (id, name, created_at) VALUES ('{other}', 'Other', 0);");
    for (n, project) in [(1, project), (2, other)] {
        sql += &format!(
            "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
             VALUES ('{}', '{project}', 'slack', '{{}}', 0, 0);",
            integration(n)
        );
    }
    let facts = [
        (1, 1, r#"{"team_id":"T_1"}"#),
        (2, 1, r#"{"team_id":"TX1"}"#),
        (3, 2, r#"{"team_id":"T_1"}"#),
    ];
    for (n, of, facts) in facts {
        sql += &format!(
            "INSERT INTO credentials (id, project_id, integration_id, user_id, status, account_type, \
             provider_data, created_at, updated_at) VALUES ('{}', '{project}', '{}', '{}', 'VALID', \
             'default', '{facts}', 0, 0);",
            credential(n),
            integration(of),
            user(n)
        );
    }
    f.run(&sql).await;
}

async fn accounts_are_found_by_what_their_facts_say(f: &Fixture) {
    integrations(f).await;
    let found = async |of| {
        let whose = Recipients { integration: integration(of), value: "T_1".to_owned() };
        let found = f.store.recipients(&whose).await.expect("read");
        found.iter().map(|own| own.id).collect::<Vec<_>>()
    };
    assert_eq!(found(1).await, [credential(1)], "an underscore is itself");
    assert_eq!(found(2).await, [credential(3)], "of one integration only");
    f.store.disconnect(project(), credential(1), NOW).await.expect("disconnected");
    assert_eq!(found(1).await, []);
    let all = f.store.integrations_of_type("slack").await.expect("read");
    assert_eq!(all.iter().map(|own| own.id).collect::<Vec<_>>(), [integration(1), integration(2)]);
}

async fn what_is_noted_adds_up_and_keeps_the_latest(f: &Fixture) {
    integrations(f).await;
    let note = async |n, added| {
        let counts = vec![WebhookCounts { integration: integration(n), added }];
        f.store.note_webhooks(counts).await.expect("noted");
    };
    let read = async || f.store.webhook_record(integration(1)).await.expect("read");
    assert_eq!(read().await, WebhookRecord::default());
    let good = WebhookRecord {
        deliveries: 3,
        delivered_at: Some(later(1)),
        strangers: 1,
        ..WebhookRecord::default()
    };
    note(1, good.clone()).await;
    let bad = WebhookRecord {
        refused: 2,
        refused_at: Some(later(2)),
        refused_why: Some("old".to_owned()),
        ..WebhookRecord::default()
    };
    note(1, bad.clone()).await;
    note(1, good.clone()).await;
    assert_eq!(
        read().await,
        WebhookRecord { deliveries: 6, strangers: 2, delivered_at: Some(later(1)), ..bad }
    );
    note(9, good).await;
    assert_eq!(f.number("SELECT COUNT(*) FROM webhooks").await, 1, "what is gone is not noted");
}
