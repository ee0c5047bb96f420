//! What has ended is forgotten, what has not is kept.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::IntegrationId;

crate::cases! {
    sessions_and_authorizations_are_forgotten_once_they_have_ended,
}

async fn sessions_and_authorizations_are_forgotten_once_they_have_ended(f: &Fixture) {
    people(f, 1).await;
    let (project, user) = (project(), user(1));
    let integration = IntegrationId::from_parts(1, [6; 10]);
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'salesforce', '{{}}', 0, 0);\
         INSERT INTO admins (id, name, email, password_hash, created_at) VALUES ('a', 'A', 'a@x', 'h', 0);"
    ))
    .await;
    for (name, ends) in [("old", later(10)), ("new", later(30))] {
        let ends = ends.millis();
        f.run(&format!(
            "INSERT INTO portal_sessions (id, project_id, user_id, integration_id, origin, options, ticket_hash, \
             ticket_expires_at, created_at, seen_at, expires_at) \
             VALUES ('{name}', '{project}', '{user}', '{integration}', 'o', '{{}}', '{name}', 0, 0, 0, {ends});\
             INSERT INTO authorizations (id, project_id, integration_id, user_id, account_type, login_host, redirect_uri, \
             status, created_at, expires_at) \
             VALUES ('{name}', '{project}', '{integration}', '{user}', 'default', 'h', 'r', 'pending', 0, {ends});\
             INSERT INTO admin_sessions (token_hash, admin_id, created_at, seen_at, expires_at) \
             VALUES ('{name}', 'a', 0, 0, {ends});"
        ))
        .await;
    }
    assert_eq!(f.store.purge_ended(later(20)).await.expect("purged"), 3);
    for table in ["portal_sessions", "authorizations", "admin_sessions"] {
        assert_eq!(f.number(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
    assert_eq!(f.store.purge_ended(later(20)).await.expect("purged"), 0);
}
