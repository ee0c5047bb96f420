//! Integrations that a project defines itself.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::custom::CustomFiles;
use portico_domain::{CustomIntegrationId, IntegrationId, ProjectId, Timestamp};
use portico_storage::{CustomIntegration, CustomSaved, CustomStamp};

crate::cases! {
    a_definition_is_found_by_its_own_project_only,
    two_editors_of_a_definition_notice_each_other,
    a_change_of_a_definition_makes_events_be_planned_again,
    a_deleted_definition_takes_its_integration_out_of_use_and_keeps_its_drafts,
}

fn other() -> ProjectId {
    ProjectId::from_parts(2, [0; 10])
}

fn files(definition: &str) -> CustomFiles {
    CustomFiles {
        definition: definition.to_owned(),
        overview: "Read me.".to_owned(),
        guide: "Do this.".to_owned(),
        icon: "<svg/>".to_owned(),
    }
}

fn acme(project: ProjectId, id: u64) -> CustomIntegration {
    CustomIntegration {
        id: CustomIntegrationId::from_parts(id, [8; 10]),
        project,
        kind: "custom.acme".to_owned(),
        files: files("first"),
        revision: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn two_projects(f: &Fixture) {
    people(f, 1).await;
    f.run(&format!("INSERT INTO projects (id, name, created_at) VALUES ('{}', 'B', 0)", other()))
        .await;
}

async fn project_revision(f: &Fixture) -> i64 {
    f.number(&format!("SELECT routing_revision FROM projects WHERE id = '{}'", project())).await
}

async fn a_definition_is_found_by_its_own_project_only(f: &Fixture) {
    two_projects(f).await;
    let own = acme(project(), 1);
    assert!(f.store.insert_custom_integration(&own).await.expect("added"));
    assert!(!f.store.insert_custom_integration(&acme(project(), 2)).await.expect("taken"));
    let found = f.store.custom_integration(project(), "custom.acme").await.expect("read");
    assert_eq!(found.as_ref(), Some(&own));
    assert_eq!(f.store.custom_integrations(project()).await.expect("read"), [own]);
    assert_eq!(f.store.custom_integration(other(), "custom.acme").await.expect("read"), None);
    assert_eq!(f.store.custom_stamps(other()).await.expect("read"), []);
    // The same type in another project is another definition.
    assert!(f.store.insert_custom_integration(&acme(other(), 3)).await.expect("added"));
}

async fn two_editors_of_a_definition_notice_each_other(f: &Fixture) {
    two_projects(f).await;
    let own = acme(project(), 1);
    f.store.insert_custom_integration(&own).await.expect("added");
    let place = (project(), "custom.acme");
    let save = async |revision, text: &str| {
        f.store
            .save_custom_integration(place, revision, files(text), later(1))
            .await
            .expect("saved")
    };
    assert_eq!(save(1, "second").await, CustomSaved::Stored(2));
    assert_eq!(save(1, "third").await, CustomSaved::Stale);
    let found = f.store.custom_integration(project(), "custom.acme").await.expect("read");
    let found = found.expect("a definition");
    assert_eq!((found.files.definition.as_str(), found.updated_at), ("second", later(1)));
    let stamp = CustomStamp { kind: own.kind, id: own.id, revision: 2 };
    assert_eq!(f.store.custom_stamps(project()).await.expect("read"), [stamp]);
    let missing = f.store.save_custom_integration((other(), "custom.acme"), 2, files("x"), NOW);
    assert_eq!(missing.await.expect("an answer"), CustomSaved::Missing);
}

async fn a_change_of_a_definition_makes_events_be_planned_again(f: &Fixture) {
    two_projects(f).await;
    let mut revisions = vec![project_revision(f).await];
    f.store.insert_custom_integration(&acme(project(), 1)).await.expect("added");
    revisions.push(project_revision(f).await);
    let place = (project(), "custom.acme");
    f.store.save_custom_integration(place, 1, files("second"), NOW).await.expect("saved");
    revisions.push(project_revision(f).await);
    f.store.delete_custom_integration(project(), "custom.acme", NOW).await.expect("deleted");
    revisions.push(project_revision(f).await);
    assert!(revisions.is_sorted_by(|before, after| before < after), "{revisions:?}");
}

async fn a_deleted_definition_takes_its_integration_out_of_use_and_keeps_its_drafts(f: &Fixture) {
    two_projects(f).await;
    f.store.insert_custom_integration(&acme(project(), 1)).await.expect("added");
    let integration = IntegrationId::from_parts(1, [6; 10]);
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, active, client_id, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'custom.acme', 1, 'client', '{{}}', 0, 0);\
         INSERT INTO workflows (id, project_id, integration_id, name, draft, deployed_version, created_at, updated_at) \
         VALUES ('w', '{project}', '{integration}', 'W', '{{}}', 1, 0, 0);",
        project = project()
    ))
    .await;
    let deleted = f.store.delete_custom_integration(project(), "custom.acme", later(5)).await;
    assert!(deleted.expect("deleted"));
    assert_eq!(f.store.custom_integrations(project()).await.expect("read"), []);
    let left = f.store.integration(project(), integration).await.expect("read").expect("a row");
    assert_eq!((left.active, left.client_id, left.updated_at), (false, None, later(5)));
    let deployed = "SELECT count(*) FROM workflows WHERE deployed_version IS NOT NULL";
    assert_eq!(f.number(deployed).await, 0);
    assert_eq!(f.number("SELECT count(*) FROM workflows").await, 1, "the draft stays");
    let again =
        f.store.delete_custom_integration(project(), "custom.acme", Timestamp::from_millis(0));
    assert!(!again.await.expect("an answer"));
}
