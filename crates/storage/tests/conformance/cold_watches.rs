//! Watches: they follow the routing, and each of their steps is taken once.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::workflow::Trigger;
use portico_domain::{ConfigurationId, IntegrationId, ProjectId, Timestamp, WatchId, WorkflowId};
use portico_storage::{
    AcceptEvent, CarriedWatch, Found, NewWatch, Store, Watch, WatchChanges, WatchStep,
};
use serde_json::json;

crate::cases! {
    whoever_is_changed_is_looked_at_until_it_is_followed,
    a_change_of_the_project_is_one_of_all_who_are_connected,
    a_watch_begins_once_and_waits_or_ends_with_the_routing,
    what_is_due_is_found_by_kind_longest_waiting_first,
    an_occurrence_is_stored_once_on_however_many_nodes,
    nothing_is_stored_of_a_plan_that_is_stale,
    what_a_dead_node_took_upon_itself_is_taken_by_another,
    whatever_is_deleted_ends_its_watches,
    who_cannot_be_followed_is_looked_at_later_and_each_project_has_its_turn,
    what_cannot_be_read_is_put_off_and_the_others_are_found,
    a_watch_that_moved_on_is_not_carried_over,
    those_who_have_enough_polls_are_left_out,
}

fn configuration(n: u64) -> ConfigurationId {
    ConfigurationId::from_parts(n, [6; 10])
}

fn workflow(n: u64) -> WorkflowId {
    WorkflowId::from_parts(n, [8; 10])
}

fn watch_id(n: u64) -> WatchId {
    WatchId::from_parts(n, [9; 10])
}

fn hourly() -> Trigger {
    Trigger::Scheduler { cron: "0 * * * *".to_owned(), time_zone: "UTC".to_owned() }
}

/// Users with an account and a configuration each, and two workflows.
async fn connected(f: &Fixture, users: u64) {
    people(f, users).await;
    let project = project();
    let integration = IntegrationId::from_parts(1, [7; 10]);
    let mut sql = format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'salesforce', '{{}}', 0, 0);"
    );
    for n in 1..=2 {
        sql += &format!(
            "INSERT INTO workflows (id, project_id, integration_id, name, draft, created_at, updated_at) \
             VALUES ('{}', '{project}', '{integration}', 'Workflow {n}', '{{}}', 0, 0);",
            workflow(n)
        );
    }
    for n in 1..=users {
        sql += &format!(
            "INSERT INTO credentials (id, project_id, integration_id, user_id, status, account_type, \
             created_at, updated_at) VALUES ('{}', '{project}', '{integration}', '{}', 'VALID', \
             'default', 0, 0); \
             INSERT INTO configurations (id, project_id, credential_id, is_default, created_at, updated_at) \
             VALUES ('{}', '{project}', '{}', 1, 0, 0);",
            credential(n),
            user(n),
            configuration(n),
            credential(n)
        );
    }
    f.run(&sql).await;
}

fn changes(of: u64, revision: i64) -> WatchChanges {
    WatchChanges {
        project: project(),
        user: user(of),
        revision,
        ended: Vec::new(),
        begun: Vec::new(),
        carried: Vec::new(),
        due: Vec::new(),
        now: NOW,
    }
}

fn new(n: u64, of: u64, trigger: Trigger, due_at: Option<Timestamp>) -> NewWatch {
    NewWatch {
        id: watch_id(n),
        credential: credential(of),
        configuration: configuration(of),
        workflow: workflow(1),
        trigger,
        state: None,
        due_at,
    }
}

async fn begin(f: &Fixture, own: NewWatch, of: u64) {
    let own = WatchChanges { begun: vec![own], ..changes(of, 1) };
    assert!(f.store.follow_user(own).await.expect("followed"));
}

async fn watches(store: &Store, of: u64) -> Vec<Watch> {
    store.watches_of(user(of)).await.expect("read")
}

fn step(watch: &Watch, due_at: Option<Timestamp>) -> WatchStep {
    WatchStep {
        watch: watch.id,
        revision: watch.revision,
        state: None,
        due_at,
        failures: 0,
        failure: None,
        done_at: None,
    }
}

async fn whoever_is_changed_is_looked_at_until_it_is_followed(f: &Fixture) {
    connected(f, 2).await;
    let unfollowed = async || f.store.users_to_watch(NOW, 10).await.expect("read");
    assert_eq!(unfollowed().await, [], "who is new has nothing to be looked after");
    f.store.set_user_active(project(), user(1), true).await.expect("changed");
    assert_eq!(unfollowed().await, [(project(), user(1))]);
    assert!(!f.store.follow_user(changes(1, 1)).await.expect("an answer"), "it is at 2 by now");
    assert_eq!(unfollowed().await.len(), 1);
    assert!(f.store.follow_user(changes(1, 2)).await.expect("followed"));
    assert_eq!(unfollowed().await, []);
}

async fn a_change_of_the_project_is_one_of_all_who_are_connected(f: &Fixture) {
    connected(f, 2).await;
    f.run(&format!("DELETE FROM credentials WHERE id = '{}'", credential(2))).await;
    assert_eq!(f.store.projects_to_watch().await.expect("read"), []);
    f.store.undeploy(project(), workflow(1)).await.expect("undeployed");
    let found = f.store.projects_to_watch().await.expect("read");
    assert_eq!(found, [(project(), 2)]);
    f.store.follow_project(project(), 2).await.expect("followed");
    assert_eq!(f.store.projects_to_watch().await.expect("read"), []);
    let users = f.store.users_to_watch(NOW, 10).await.expect("read");
    assert_eq!(users, [(project(), user(1))], "who has no account starts nothing");
    assert!(f.store.follow_user(changes(1, 1)).await.expect("followed"));
    f.store.follow_project(project(), 2).await.expect("followed");
    assert_eq!(f.store.users_to_watch(NOW, 10).await.expect("read"), [], "it was followed before");
}

async fn a_watch_begins_once_and_waits_or_ends_with_the_routing(f: &Fixture) {
    connected(f, 1).await;
    begin(f, new(1, 1, hourly(), Some(later(60))), 1).await;
    begin(f, new(2, 1, hourly(), Some(later(90))), 1).await;
    let found = watches(&f.store, 1).await;
    assert_eq!(found.len(), 1, "one of a workflow and a configuration");
    let own = &found[0];
    assert_eq!((own.id, own.due_at, &own.trigger), (watch_id(1), Some(later(60)), &hourly()));
    let waits = WatchChanges { due: vec![(own.id, None)], ..changes(1, 1) };
    assert!(f.store.follow_user(waits).await.expect("followed"));
    assert_eq!(watches(&f.store, 1).await[0].due_at, None);
    assert!(!f.store.step_watch(step(own, Some(NOW))).await.expect("an answer"), "it was changed");
    let ends = WatchChanges { ended: vec![own.id], ..changes(1, 1) };
    assert!(f.store.follow_user(ends).await.expect("followed"));
    assert_eq!(watches(&f.store, 1).await, []);
}

async fn what_is_due_is_found_by_kind_longest_waiting_first(f: &Fixture) {
    connected(f, 3).await;
    let poll = Trigger::Integration {
        integration: "salesforce".to_owned(),
        trigger: "record_created".to_owned(),
        inputs: serde_json::Map::from_iter([("object".to_owned(), json!("Lead"))]),
    };
    begin(f, new(1, 1, hourly(), Some(later(5))), 1).await;
    begin(f, new(2, 2, poll.clone(), Some(later(4))), 2).await;
    begin(f, new(3, 3, hourly(), Some(later(3))), 3).await;
    let due = async |kind, seconds| {
        let found = f.store.due_watches(kind, later(seconds), 10).await.expect("read");
        found.iter().map(|own| own.id).collect::<Vec<_>>()
    };
    assert_eq!(due("scheduler", 2).await, []);
    assert_eq!(due("scheduler", 5).await, [watch_id(3), watch_id(1)]);
    assert_eq!(due("integration", 5).await, [watch_id(2)]);
    assert_eq!(watches(&f.store, 2).await[0].trigger, poll);
}

/// An event of the watch's user.
fn found(n: u64) -> AcceptEvent {
    event(n, 1)
}

async fn an_occurrence_is_stored_once_on_however_many_nodes(f: &Fixture) {
    connected(f, 1).await;
    begin(f, new(1, 1, hourly(), Some(NOW)), 1).await;
    let second = f.second_process().await;
    for round in 0..5 {
        let own = watches(&f.store, 1).await.remove(0);
        let next = WatchStep { state: Some(json!({ "round": round })), ..step(&own, Some(NOW)) };
        let (one, two) = tokio::join!(
            f.store.accept_found(next.clone(), vec![found(2 * round + 1)]),
            second.accept_found(next, vec![found(2 * round + 2)]),
        );
        let mut both = [one.expect("an answer"), two.expect("an answer")];
        both.sort_by_key(|found| *found == Found::Lost);
        assert_eq!(both, [Found::Stored, Found::Lost]);
        let own = watches(&f.store, 1).await.remove(0);
        assert_eq!(own.state, Some(json!({ "round": round })));
    }
    second.close().await;
    assert_eq!(f.number("SELECT COUNT(*) FROM events").await, 5);
    assert_eq!(f.number("SELECT COUNT(*) FROM executions").await, 5);
    assert_eq!(f.number("SELECT COUNT(*) FROM jobs").await, 5);
}

async fn nothing_is_stored_of_a_plan_that_is_stale(f: &Fixture) {
    connected(f, 1).await;
    begin(f, new(1, 1, hourly(), Some(NOW)), 1).await;
    let own = watches(&f.store, 1).await.remove(0);
    f.store.set_user_active(project(), user(1), false).await.expect("refused");
    let events = vec![found(1), found(2)];
    let done = f.store.accept_found(step(&own, Some(later(60))), events).await;
    assert_eq!(done.expect("an answer"), Found::Stale);
    assert_eq!(f.number("SELECT COUNT(*) FROM events").await, 0);
    assert_eq!(watches(&f.store, 1).await.remove(0), own, "its step is still to be taken");
}

async fn what_a_dead_node_took_upon_itself_is_taken_by_another(f: &Fixture) {
    connected(f, 1).await;
    begin(f, new(1, 1, hourly(), Some(NOW)), 1).await;
    let second = f.second_process().await;
    let own = watches(&second, 1).await.remove(0);
    assert!(second.step_watch(step(&own, Some(later(180)))).await.expect("taken"));
    // It dies here, with what it found in its hands.
    second.close().await;
    assert_eq!(f.store.due_watches("scheduler", later(179), 9).await.expect("read"), []);
    let again = f.store.due_watches("scheduler", later(180), 9).await.expect("read").remove(0);
    let late = f.store.accept_found(step(&own, None), vec![found(1)]).await;
    assert_eq!(late.expect("an answer"), Found::Lost, "what comes back from the dead is not heard");
    let done = f.store.accept_found(step(&again, None), vec![found(2)]).await;
    assert_eq!(done.expect("an answer"), Found::Stored);
    assert_eq!(f.number("SELECT COUNT(*) FROM events").await, 1);
}

async fn whatever_is_deleted_ends_its_watches(f: &Fixture) {
    connected(f, 2).await;
    begin(f, new(1, 1, hourly(), Some(NOW)), 1).await;
    begin(f, new(2, 2, hourly(), Some(NOW)), 2).await;
    f.run(&format!("DELETE FROM credentials WHERE id = '{}'", credential(1))).await;
    assert_eq!(watches(&f.store, 1).await, []);
    f.run(&format!("DELETE FROM workflows WHERE id = '{}'", workflow(1))).await;
    assert_eq!(watches(&f.store, 2).await, []);
}

async fn who_cannot_be_followed_is_looked_at_later_and_each_project_has_its_turn(f: &Fixture) {
    connected(f, 5).await;
    let other = ProjectId::from_parts(2, [0; 10]);
    f.run(&format!(
        "INSERT INTO projects (id, name, created_at) VALUES ('{other}', 'Other', 0); \
         UPDATE connected_users SET project_id = '{other}' WHERE id = '{}'; \
         UPDATE connected_users SET routing_revision = 2",
        user(5)
    ))
    .await;
    let found = async |now, most| f.store.users_to_watch(now, most).await.expect("read");
    let turns = [(project(), user(1)), (other, user(5))];
    assert_eq!(found(NOW, 2).await, turns, "nobody waits for another project");
    f.store.watch_user_later(user(1), later(60)).await.expect("put off");
    assert_eq!(found(NOW, 2).await, [(project(), user(2)), turns[1]]);
    assert_eq!(found(later(60), 10).await.len(), 5);
    assert_eq!(found(later(60), 10).await[3], turns[0], "behind those who waited");
}

async fn what_cannot_be_read_is_put_off_and_the_others_are_found(f: &Fixture) {
    connected(f, 3).await;
    for n in 1..=3 {
        begin(f, new(n, n, hourly(), Some(later(n))), n).await;
    }
    f.run(&format!("UPDATE watches SET spec = 'broken' WHERE id = '{}'", watch_id(1))).await;
    let due = f.store.due_watches("scheduler", later(10), 2).await.expect("read");
    assert_eq!(due.iter().map(|own| own.id).collect::<Vec<_>>(), [watch_id(2)]);
    let due = f.store.due_watches("scheduler", later(10), 2).await.expect("read");
    assert_eq!(due.len(), 2, "it is in nobody's way");
    let again = format!("SELECT due_at FROM watches WHERE id = '{}'", watch_id(1));
    assert_eq!(f.number(&again).await, later(70).millis());
}

fn polled(object: &str) -> Trigger {
    Trigger::Integration {
        integration: "salesforce".to_owned(),
        trigger: "record_created".to_owned(),
        inputs: [("object".to_owned(), json!(object))].into_iter().collect(),
    }
}

async fn a_watch_that_moved_on_is_not_carried_over(f: &Fixture) {
    connected(f, 1).await;
    let first = NewWatch { state: Some(json!(1)), ..new(1, 1, polled("Lead"), Some(NOW)) };
    begin(f, first, 1).await;
    let before = watches(&f.store, 1).await.remove(0);
    let carried = |watch: &Watch| CarriedWatch {
        id: watch.id,
        revision: watch.revision,
        trigger: polled("Account"),
        state: json!(2),
        due_at: Some(later(1)),
    };
    f.store.step_watch(step(&before, Some(later(60)))).await.expect("a poll ended meanwhile");
    let late = WatchChanges { carried: vec![carried(&before)], ..changes(1, 1) };
    assert!(!f.store.follow_user(late).await.expect("an answer"));
    let found = f.store.users_to_watch(NOW, 10).await.expect("read");
    assert_eq!(found, [(project(), user(1))], "once more, from where it is now");
    let now = watches(&f.store, 1).await.remove(0);
    assert_eq!((&now.trigger, &now.state), (&polled("Lead"), &Some(json!(1))));
    let own = WatchChanges { carried: vec![carried(&now)], ..changes(1, 1) };
    assert!(f.store.follow_user(own).await.expect("followed"));
    let after = watches(&f.store, 1).await.remove(0);
    assert_eq!((&after.trigger, &after.state), (&polled("Account"), &Some(json!(2))));
    assert!(
        !f.store.step_watch(step(&now, None)).await.expect("an answer"),
        "what was asked is old"
    );
}

async fn those_who_have_enough_polls_are_left_out(f: &Fixture) {
    connected(f, 3).await;
    for n in 1..=3 {
        begin(f, new(n, n, polled("Lead"), Some(later(n))), n).await;
    }
    let due = async |without: &[String]| {
        let due = f.store.due_polls(without, later(10), 2).await.expect("read");
        due.iter().map(|own| own.id).collect::<Vec<_>>()
    };
    assert_eq!(due(&[]).await, [watch_id(1), watch_id(2)]);
    assert_eq!(due(&[credential(1).to_string()]).await, [watch_id(2), watch_id(3)]);
    for all in [project().to_string(), "salesforce".to_owned()] {
        assert_eq!(due(&[all]).await, []);
    }
}
