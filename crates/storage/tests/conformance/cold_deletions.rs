//! Workflows: what is stored already keeps its revision, and what is deleted is gone for all but its executions.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{IntegrationId, WorkflowId};
use portico_storage::{Deployed, DraftSaved, Workflow};
use serde_json::json;

crate::cases! {
    a_draft_that_is_stored_already_keeps_its_revision,
    a_deleted_workflow_is_found_by_nobody_and_its_name_is_free,
    it_is_forgotten_with_its_last_execution,
}

fn integration() -> IntegrationId {
    IntegrationId::from_parts(1, [7; 10])
}

async fn integrated(f: &Fixture) {
    people(f, 1).await;
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{}', '{}', 'salesforce', '{{}}', 0, 0);",
        integration(),
        project()
    ))
    .await;
}

async fn add(f: &Fixture, id: WorkflowId, name: &str) -> bool {
    let new = Workflow {
        id,
        project: project(),
        integration: integration(),
        name: name.to_owned(),
        draft: json!({ "format": 1 }),
        revision: 1,
        deployed_version: None,
        created_at: NOW,
        updated_at: NOW,
    };
    f.store.insert_workflow(&new).await.expect("stored")
}

fn id(n: u64) -> WorkflowId {
    WorkflowId::from_parts(n, [8; 10])
}

async fn a_draft_that_is_stored_already_keeps_its_revision(f: &Fixture) {
    integrated(f).await;
    add(f, id(1), "Leads").await;
    let save = async |name: &str, draft, expected| {
        let place = (project(), id(1));
        f.store.save_draft(place, name, &draft, Some(expected), later(1)).await.expect("an answer")
    };
    assert_eq!(save("Leads", json!({ "format": 1 }), 1).await, DraftSaved::Stored(1));
    assert_eq!(save("Leads", json!({ "format": 1, "steps": [] }), 1).await, DraftSaved::Stored(2));
    assert_eq!(save("Lead", json!({ "format": 1, "steps": [] }), 2).await, DraftSaved::Stored(3));
    assert_eq!(save("Lead", json!({ "format": 1, "steps": [] }), 2).await, DraftSaved::Stale);
}

async fn a_deleted_workflow_is_found_by_nobody_and_its_name_is_free(f: &Fixture) {
    integrated(f).await;
    for n in 1..=3 {
        assert!(add(f, id(n), "Leads").await, "the name is free again");
        let place = (project(), id(n));
        let nothing = json!({});
        let deployed = f.store.deploy(place, 1, &nothing, &nothing, NOW).await.expect("deployed");
        assert_eq!(deployed, Deployed::Version(1));
        assert!(f.store.delete_workflow(project(), id(n), later(1)).await.expect("deleted"));
        assert!(!f.store.delete_workflow(project(), id(n), later(2)).await.expect("an answer"));
        assert_eq!(f.store.workflow(project(), id(n)).await.expect("read"), None);
        let saved = f.store.save_draft(place, "Leads", &nothing, None, later(2)).await;
        assert_eq!(saved.expect("an answer"), DraftSaved::Missing);
        let again = f.store.deploy(place, 1, &nothing, &nothing, later(2)).await;
        assert_eq!(again.expect("an answer"), Deployed::Missing);
    }
    assert_eq!(f.store.workflows(project()).await.expect("read"), []);
    assert_eq!(f.store.workflow_named(project(), "Leads").await.expect("read"), None);
    assert_eq!(f.store.deployed(project()).await.expect("read"), []);
    let mut names = Vec::new();
    for n in 1..=3 {
        let name = f.store.workflow_name(project(), id(n)).await.expect("read");
        names.push(name.expect("kept"));
    }
    assert_eq!(names, ["Leads (deleted)", "Leads (deleted, 2)", "Leads (deleted, 3)"]);
}

async fn it_is_forgotten_with_its_last_execution(f: &Fixture) {
    integrated(f).await;
    let sent = event(1, 1);
    let own = sent.executions[0].workflow;
    add(f, own, "Leads").await;
    store(&f.store, sent).await;
    let running = async || f.store.running_of(own).await.expect("a count");
    assert_eq!(running().await, 1);
    f.store.delete_workflow(project(), own, NOW).await.expect("deleted");
    while f.store.purge_old(later(9)).await.expect("purged") > 0 {}
    assert!(f.store.workflow_name(project(), own).await.expect("read").is_some(), "one runs");
    let job = claim_one(&f.store, "a", NOW).await;
    f.store.settle(success(&job)).await.expect("settle");
    assert_eq!(running().await, 0);
    while f.store.purge_old(later(9)).await.expect("purged") > 0 {}
    assert_eq!(f.store.workflow_name(project(), own).await.expect("read"), None);
}
