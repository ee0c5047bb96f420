//! Everybody who connected an integration, a page at a time; and what was deployed of a workflow.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{ConfigurationId, CredentialId, IntegrationId, Timestamp, WorkflowId};
use portico_storage::{Credential, NewConnection, Reconnection};
use serde_json::{Map, json};

crate::cases! {
    accounts_come_in_pages_with_their_users,
    versions_are_listed_newest_first,
    an_account_is_connected_once_by_one_user,
}

async fn accounts_come_in_pages_with_their_users(f: &Fixture) {
    people(f, 7).await;
    let project = project();
    let own = IntegrationId::from_parts(1, [6; 10]);
    let other = IntegrationId::from_parts(2, [6; 10]);
    let mut sql = String::new();
    for (integration, kind) in [(own, "salesforce"), (other, "slack")] {
        sql += &format!(
            "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
             VALUES ('{integration}', '{project}', '{kind}', '{{}}', 0, 0);"
        );
    }
    // The sixth is another integration's; the seventh was disconnected.
    for n in 1..=7 {
        let integration = if n == 6 { other } else { own };
        let gone = if n == 7 { "1" } else { "NULL" };
        let (user, credential) = (user(n), CredentialId::from_parts(n, [7; 10]));
        let id = ConfigurationId::from_parts(n, [8; 10]);
        sql += &format!(
            "INSERT INTO credentials (id, project_id, integration_id, user_id, status, account_type, \
             provider_label, created_at, updated_at, disconnected_at) VALUES ('{credential}', \
             '{project}', '{integration}', '{user}', 'VALID', 'default', 'label-{n}', 0, 0, {gone});\
             INSERT INTO configurations (id, project_id, credential_id, is_default, shared_settings, \
             workflow_settings, created_at, updated_at) VALUES ('{id}', '{project}', '{credential}', 1, \
             '{{\"a\":{n},\"$labels\":{{\"a\":\"A\"}}}}', '{{}}', 0, 0);"
        );
    }
    f.run(&sql).await;
    let mut before = None;
    let mut seen = Vec::new();
    loop {
        let page = f.store.connected_accounts((project, own), before, 2).await.expect("a page");
        let Some(last) = page.last() else { break };
        before = Some(last.configuration.id);
        assert!(page.len() <= 2);
        for account in page {
            assert_eq!(account.credential.user, account.user.id);
            assert_eq!(account.configuration.credential, account.credential.id);
            assert_eq!(account.configuration.shared_labels["a"], json!("A"));
            let (user, label) = (account.user.external_id, account.credential.provider_label);
            seen.push((
                user,
                label.expect("a label"),
                account.configuration.shared_settings["a"].clone(),
            ));
        }
    }
    let expected: Vec<_> =
        (1..=5).rev().map(|n| (format!("user-{n}"), format!("label-{n}"), json!(n))).collect();
    assert_eq!(seen, expected);
}

async fn versions_are_listed_newest_first(f: &Fixture) {
    people(f, 1).await;
    let project = project();
    let integration = IntegrationId::from_parts(1, [6; 10]);
    let id = WorkflowId::from_parts(1, [9; 10]);
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'salesforce', '{{}}', 0, 0);\
         INSERT INTO workflows (id, project_id, integration_id, name, draft, created_at, updated_at) \
         VALUES ('{id}', '{project}', '{integration}', 'Sync', '{{}}', 0, 0);\
         INSERT INTO workflow_versions (workflow_id, number, definition, digests, created_at) \
         VALUES ('{id}', 1, '{{}}', '{{}}', 10), ('{id}', 2, '{{}}', '{{}}', 20);"
    ))
    .await;
    let versions = f.store.versions(id).await.expect("a list");
    let at = Timestamp::from_millis;
    assert_eq!(versions, [(2, at(20)), (1, at(10))]);
    let nobody = WorkflowId::from_parts(2, [9; 10]);
    assert_eq!(f.store.versions(nobody).await.expect("a list"), []);
}

/// What the update does with accounts that were connected twice before it.
fn once() -> String {
    let update = include_str!("../../migrations/sqlite/0013_safety.sql");
    let parts = update
        .split(';')
        .filter(|own| own.contains("ROW_NUMBER") || own.contains("credentials_once"));
    parts.map(|own| format!("{own};")).collect()
}

async fn an_account_is_connected_once_by_one_user(f: &Fixture) {
    people(f, 2).await;
    let project = project();
    let integration = IntegrationId::from_parts(1, [6; 10]);
    let account = |n: u64, of: u64, status: &str, provider_id: &str| {
        let (user, id) = (user(of), CredentialId::from_parts(n, [7; 10]));
        format!(
            "INSERT INTO credentials (id, project_id, integration_id, user_id, status, account_type, \
             provider_id, secret, created_at, updated_at, connected_at) VALUES ('{id}', '{project}', \
             '{integration}', '{user}', '{status}', 'default', {provider_id}, NULL, 5, 7, 5);"
        )
    };
    f.run(&format!(
        "DROP INDEX credentials_once; \
         INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'salesforce', '{{}}', 0, 0); {} {} {} {} {} {}",
        account(1, 1, "INVALID", "'x'"),
        account(2, 1, "VALID", "'x'"),
        account(3, 1, "VALID", "'x'"),
        account(4, 1, "VALID", "NULL"),
        account(5, 1, "VALID", "NULL"),
        account(6, 2, "VALID", "'x'"),
    ))
    .await;
    f.run(&once()).await;
    let left = |of| f.store.credentials_of(user(of));
    let ids = |all: Vec<Credential>| -> Vec<_> { all.into_iter().map(|own| own.id).collect() };
    let own = ids(left(1).await.expect("a list"));
    let expected = [2, 4, 5].map(|n| CredentialId::from_parts(n, [7; 10]));
    assert_eq!(own, expected, "one that works, the oldest; what has no name is let be");
    assert_eq!(left(2).await.expect("a list").len(), 1, "another user's is another's");

    // From now on the second one is told that there is one, and reconnects it.
    let kept = f.store.credential(project, expected[0]).await.expect("read").expect("an account");
    let sibling = f.store.has_sibling(&kept).await.expect("an answer");
    assert!(sibling, "the other user's");
    let again = NewConnection {
        credential: Credential { id: CredentialId::from_parts(9, [7; 10]), ..kept.clone() },
        configuration: ConfigurationId::from_parts(9, [8; 10]),
        workflow_settings: Map::new(),
        now: Timestamp::from_millis(9),
    };
    assert!(!f.store.connect(again.clone()).await.expect("an answer"), "nothing is stored");
    let reconnection = |provider_id: &str| Reconnection {
        account_type: "default".to_owned(),
        connection: Map::new(),
        provider_id: Some(provider_id.to_owned()),
        provider_label: None,
        provider_data: Map::new(),
        secret: vec![1],
        token_expires_at: None,
        probe_at: Timestamp::from_millis(9),
        now: Timestamp::from_millis(9),
    };
    let back = |id, name| f.store.reconnect(project, id, reconnection(name));
    assert!(back(expected[0], "x").await.expect("an answer"));
    assert!(!back(expected[1], "x").await.expect("an answer"), "another one has the name");
    assert!(back(expected[1], "y").await.expect("an answer"));
    let kept = f.store.credential(project, expected[0]).await.expect("read").expect("an account");
    assert_eq!((kept.created_at.millis(), kept.connected_at.millis()), (5, 9));

    // Once it is disconnected there is room; whoever has left shares nothing.
    f.store.disconnect(project, expected[0], Timestamp::from_millis(10)).await.expect("gone");
    assert!(f.store.connect(again.clone()).await.expect("an answer"));
    f.store
        .disconnect(project, again.credential.id, Timestamp::from_millis(11))
        .await
        .expect("gone");
    let other = f.store.credentials_of(user(2)).await.expect("a list").remove(0);
    assert!(!f.store.has_sibling(&other).await.expect("an answer"));
}
