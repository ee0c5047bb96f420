//! Secrets of a project: one of each name, the newest value, nobody else's.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{ProjectId, ProjectSecretId};
use portico_storage::ProjectSecret;

crate::cases! { a_secret_has_one_value_at_a_time }

fn secret(n: u8, name: &str) -> ProjectSecret {
    ProjectSecret {
        id: ProjectSecretId::from_parts(1, [n; 10]),
        project: project(),
        name: name.to_owned(),
        sealed: vec![n, 0, 255],
        created_at: later(n.into()),
        updated_at: later(n.into()),
    }
}

async fn a_secret_has_one_value_at_a_time(f: &Fixture) {
    people(f, 1).await;
    for own in [secret(1, "crm_key"), secret(2, "api_key"), secret(3, "crm_key")] {
        f.store.set_project_secret(&own).await.expect("a secret");
    }
    let renewed = ProjectSecret { created_at: later(1), ..secret(3, "crm_key") };
    let all = f.store.project_secrets(project()).await.expect("read");
    assert_eq!(all, [secret(2, "api_key"), renewed.clone()], "by name, as first set");
    let found = f.store.project_secret(project(), "crm_key").await.expect("read");
    assert_eq!(found, Some(renewed), "the value and the row that it was sealed for");
    let other = ProjectId::from_parts(9, [9; 10]);
    assert_eq!(f.store.project_secret(other, "crm_key").await.expect("read"), None);
    assert!(f.store.delete_project_secret(project(), "crm_key").await.expect("removed"));
    assert!(!f.store.delete_project_secret(project(), "crm_key").await.expect("looked"));
    assert_eq!(f.store.project_secret(project(), "crm_key").await.expect("read"), None);
}
