//! Everybody who connected an integration, a page at a time; and what was deployed of a workflow.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{ConfigurationId, CredentialId, IntegrationId, Timestamp, WorkflowId};
use serde_json::json;

crate::cases! {
    accounts_come_in_pages_with_their_users,
    versions_are_listed_newest_first,
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
