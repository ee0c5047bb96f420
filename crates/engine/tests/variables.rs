//! The menu of variables: what it offers, and that it offers what a document may say.

use portico_domain::execution::Scope;
use portico_domain::view::{AppEventView, EventContract};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{ActionShape, TriggerShape};
use portico_engine::variables::{
    Origin, Place, ValueKind, VariableContext, VariableGroup, search, variables,
};
use portico_engine::{Actions, Engine};
use serde_json::{Map, Value, json};

struct Known {
    action: ActionShape,
    trigger: TriggerShape,
}

impl Actions for Known {
    fn action(&self, _: &str, action: &str) -> Option<&ActionShape> {
        (action == "create").then_some(&self.action)
    }

    fn trigger(&self, _: &str, trigger: &str) -> Option<&TriggerShape> {
        (trigger == "created").then_some(&self.trigger)
    }
}

fn known() -> Known {
    let action = json!({
        "id": "create",
        "title": "Create record",
        "inputs": [{ "key": "x", "title": "X", "type": "json" }],
        "outputs": [
            { "key": "id", "title": "ID", "type": "text" },
            { "key": "record", "title": "Record", "type": "json" },
            { "key": "properties.email", "title": "E-mail", "type": "text" },
        ],
    });
    let trigger = json!({
        "id": "created",
        "title": "Record created",
        "inputs": [],
        "outputs": [{ "key": "record", "title": "Record", "type": "fields" }],
    });
    Known {
        action: serde_json::from_value(action).expect("a shape"),
        trigger: serde_json::from_value(trigger).expect("a shape"),
    }
}

fn create(id: &str) -> Value {
    json!({ "id": id, "title": format!("Create {id}"), "kind": "action", "integration": "crm", "action": "create", "inputs": {} })
}

fn workflow() -> WorkflowDefinition {
    serde_json::from_value(json!({
        "format": 1,
        "trigger": { "kind": "app_event", "event": "Lead Created" },
        "settings": [
            { "key": "list", "title": "List", "type": "DYNAMIC_ENUM", "source": "lists" },
            { "key": "token", "title": "Token", "type": "PASSWORD" },
            { "key": "map", "title": "Map", "type": "FIELD_MAPPER", "object": "Lead", "fields": "fields",
              "labels": [{ "key": "mail", "label": "E-mail" }], "app_object": "Contact" },
            { "key": "link", "title": "Link", "type": "COPYABLE_BUTTON_INPUT", "value": "{{ user.id }}" },
        ],
        "steps": [
            create("first"),
            { "id": "if", "title": "If", "kind": "condition",
              "rules": [[{ "left": "{{ trigger.email }}", "operator": "exists" }]],
              "then": [create("yes"), create("yes_after")],
              "else": [create("no")] },
            { "id": "each", "title": "Each", "kind": "fan_out",
              "inputs": { "items": "{{ trigger.contacts }}" },
              "body": [create("in"), create("in_after")] },
            create("last"),
        ],
    }))
    .expect("a workflow")
}

fn event() -> AppEventView {
    AppEventView {
        name: "Lead Created".to_owned(),
        example: json!({
            "email": "bowie@example.com",
            "born": "1947-01-08",
            "score": 7,
            "company": { "name": "Acme", "number of seats": 3 },
            "contacts": [{ "name": "Ada" }, { "name": "Bob" }],
            "tags": ["hot"],
        }),
        workflows: 1,
        contract: EventContract::default(),
    }
}

struct Given {
    workflow: WorkflowDefinition,
    known: Known,
    events: Vec<AppEventView>,
    secrets: Vec<String>,
    scope: Scope,
    samples: Map<String, Value>,
}

impl Given {
    fn new() -> Self {
        let of = |value: Value| value.as_object().cloned().unwrap_or_default();
        Self {
            workflow: workflow(),
            known: known(),
            events: vec![event()],
            secrets: vec!["api_key".to_owned(), "old key".to_owned()],
            scope: Scope {
                settings: of(json!({ "list": "7" })),
                sealed: vec!["token".to_owned()],
                user: of(json!({ "id": "u1", "meta": { "plan": "pro" } })),
                account: of(json!({ "label": "ada@acme.com", "region": "eu" })),
            },
            samples: Map::new(),
        }
    }

    fn at(&self, place: Place<'_>) -> Vec<VariableGroup> {
        let context = VariableContext {
            events: &self.events,
            actions: &self.known,
            shared: &[],
            secrets: &self.secrets,
            scope: Some(&self.scope),
            samples: &self.samples,
        };
        variables(&self.workflow, &context, place)
    }
}

fn paths(groups: &[VariableGroup], origin: &Origin) -> Vec<String> {
    let group = groups.iter().find(|group| group.origin == *origin);
    group.into_iter().flat_map(|group| &group.variables).map(|own| own.path.clone()).collect()
}

fn step_ids(groups: &[VariableGroup]) -> Vec<&str> {
    let ids = groups.iter().filter_map(|group| match &group.origin {
        Origin::Step(id) => Some(id.as_str()),
        _ => None,
    });
    ids.collect()
}

#[test]
fn an_event_s_example_becomes_paths_with_their_kinds() {
    let given = Given::new();
    let groups = given.at(Place::Step("first"));
    let found: Vec<_> =
        groups[0].variables.iter().map(|own| (own.path.as_str(), own.kind, own.depth)).collect();
    assert_eq!(
        found,
        [
            ("trigger.email", ValueKind::Text, 0),
            ("trigger.born", ValueKind::Date, 0),
            ("trigger.score", ValueKind::Number, 0),
            ("trigger.company", ValueKind::Object, 0),
            ("trigger.company.name", ValueKind::Text, 1),
            ("trigger.company[\"number of seats\"]", ValueKind::Number, 1),
            ("trigger.contacts", ValueKind::List, 0),
            ("trigger.contacts[0].name", ValueKind::Text, 1),
            ("trigger.tags", ValueKind::List, 0),
            ("trigger", ValueKind::Object, 0),
        ]
    );
    assert_eq!(groups[0].variables[0].example, Some(json!("bowie@example.com")));
}

#[test]
fn only_what_comes_before_is_offered() {
    let given = Given::new();
    for (at, seen) in [
        ("first", &[][..]),
        ("if", &["first"]),
        ("yes", &["first", "if"]),
        ("yes_after", &["first", "if", "yes"]),
        ("no", &["first", "if"]),
        ("each", &["first", "yes", "yes_after", "no", "if"]),
        ("in", &["first", "yes", "yes_after", "no", "if"]),
        ("in_after", &["first", "yes", "yes_after", "no", "if", "in"]),
    ] {
        assert_eq!(step_ids(&given.at(Place::Step(at))), seen, "{at}");
    }
    assert_eq!(given.at(Place::Step("gone")), []);
    assert_eq!(step_ids(&given.at(Place::Filter)), [""; 0]);
    let origins = |place| given.at(place).into_iter().map(|group| group.origin).collect::<Vec<_>>();
    assert_eq!(origins(Place::Permissions), [Origin::User]);
    assert_eq!(origins(Place::Setting), [Origin::User, Origin::Account]);
    // What narrows a trigger is looked at before anything has happened.
    assert_eq!(origins(Place::Trigger), [Origin::Settings, Origin::User, Origin::Account]);
}

#[test]
fn a_fan_out_s_item_is_known_inside_of_it() {
    let mut given = Given::new();
    let inside = given.at(Place::Step("in"));
    assert_eq!(paths(&inside, &Origin::Item), ["item", "item.name", "index"]);
    let item = inside.iter().find(|group| group.origin == Origin::Item).expect("an item");
    assert_eq!(item.variables[0].example, Some(json!({ "name": "Ada" })));
    for outside in ["each", "last"] {
        assert_eq!(paths(&given.at(Place::Step(outside)), &Origin::Item), [""; 0], "{outside}");
    }
    given.samples.insert("trigger".to_owned(), json!({ "contacts": [{ "nick": "X" }] }));
    assert_eq!(paths(&given.at(Place::Step("in")), &Origin::Item), ["item", "item.nick", "index"]);
}

#[test]
fn a_step_offers_what_it_declares_and_more_once_it_ran() {
    let mut given = Given::new();
    let first = Origin::Step("first".to_owned());
    let before = given.at(Place::Step("last"));
    let declared = ["id", "record", "properties.email"].map(|key| format!("steps.first.{key}"));
    assert_eq!(paths(&before, &first)[..3], declared, "a key with dots stands for a value inside");
    assert_eq!(paths(&before, &first)[3..], ["steps.first"]);
    let properties = json!({ "email": "a@example.com", "score": 3 });
    given.samples.insert(
        "first".to_owned(),
        json!({ "id": "00Q", "record": { "Name": "Foo" }, "properties": properties }),
    );
    let after = given.at(Place::Step("last"));
    let expected =
        ["id", "record", "record.Name", "properties.email", "properties", "properties.score"];
    let mut expected: Vec<_> = expected.iter().map(|key| format!("steps.first.{key}")).collect();
    expected.push("steps.first".to_owned());
    assert_eq!(paths(&after, &first), expected);
    let own = |path: &str| {
        let all = after.iter().flat_map(|group| &group.variables);
        all.clone().find(|own| own.path == path).cloned().unwrap_or_else(|| panic!("no {path}"))
    };
    assert_eq!(own("steps.first.id").title, "ID");
    assert_eq!(own("steps.first.record").kind, ValueKind::Object);
    assert_eq!(own("steps.first.record.Name").example, Some(json!("Foo")));
    assert_eq!(own("steps.first.properties.email").example, Some(json!("a@example.com")));
    assert_eq!(own("steps.first.properties.email").title, "E-mail");
}

#[test]
fn secrets_are_offered_where_they_can_be_sent_and_only_there() {
    let given = Given::new();
    let sent = given.at(Place::Step("first"));
    assert_eq!(paths(&sent, &Origin::Secrets), ["secrets.api_key", "secrets[\"old key\"]"]);
    assert!(paths(&sent, &Origin::Settings).contains(&"settings.token".to_owned()));
    assert!(paths(&sent, &Origin::Account).contains(&"account.access_token".to_owned()));
    let all = sent.iter().flat_map(|group| &group.variables);
    let shown = all.filter(|own| own.kind == ValueKind::Secret && own.example.is_some());
    assert_eq!(shown.count(), 0, "a secret has no example");
    for place in [Place::Step("if"), Place::Filter, Place::Setting] {
        let groups = given.at(place);
        let mut all = groups.iter().flat_map(|group| &group.variables);
        assert!(all.all(|own| own.kind != ValueKind::Secret), "{place:?}");
    }
}

#[test]
fn settings_user_and_account_are_those_of_the_preview_user() {
    let given = Given::new();
    let groups = given.at(Place::Step("first"));
    assert_eq!(
        paths(&groups, &Origin::Settings),
        [
            "settings.list",
            "settings.token",
            "settings.map",
            "settings.map.objectMapping",
            "settings.map.fieldMappings",
            "settings.map.fieldMappings.mail",
            "settings.map.dynamicMappings",
        ]
    );
    assert_eq!(paths(&groups, &Origin::User), ["user.id", "user.meta", "user.meta.plan"]);
    assert_eq!(
        paths(&groups, &Origin::Account),
        [
            "account.label",
            "account.provider_id",
            "account.id",
            "account.region",
            "account.access_token"
        ]
    );
}

#[test]
fn a_provider_s_trigger_offers_what_it_declares() {
    let mut given = Given::new();
    given.workflow.trigger = serde_json::from_value(
        json!({ "kind": "integration", "integration": "crm", "trigger": "created" }),
    )
    .expect("a trigger");
    let groups = given.at(Place::Filter);
    assert_eq!(paths(&groups, &Origin::Trigger), ["trigger.record", "trigger"]);
}

#[test]
fn a_request_offers_what_it_must_carry() {
    let mut given = Given::new();
    given.workflow.trigger = serde_json::from_value(json!({ "kind": "request", "fields": [
        { "in": "body", "name": "people", "type": "array" },
        { "in": "body", "name": "any" },
        { "in": "query", "name": "mode", "equals": "live" },
    ] }))
    .expect("a trigger");
    let groups = given.at(Place::Filter);
    assert_eq!(
        paths(&groups, &Origin::Trigger),
        [
            "trigger.body",
            "trigger.body.people",
            "trigger.body.any",
            "trigger.query",
            "trigger.query.mode",
            "trigger.headers",
            "trigger"
        ]
    );
}

#[test]
fn a_variable_is_found_by_what_is_typed() {
    let given = Given::new();
    let groups = given.at(Place::Step("last"));
    let first = |query: &str| {
        let found = search(&groups, query);
        found.first().map(|group| group.variables[0].path.clone())
    };
    for (query, path) in [
        ("ema", "trigger.email"),
        ("trigger.sco", "trigger.score"),
        ("name company", "trigger.company.name"),
        ("create yes id", "steps.yes.id"),
        ("secrets", "secrets.api_key"),
        ("PLAN", "user.meta.plan"),
    ] {
        assert_eq!(first(query).as_deref(), Some(path), "{query}");
    }
    assert_eq!(search(&groups, "  "), groups);
    assert_eq!(search(&groups, "nowhere"), []);
}

#[test]
fn examples_are_looked_into_only_so_far() {
    let mut given = Given::new();
    let mut deep = json!("end");
    for _ in 0..20 {
        deep = json!({ "a": deep });
    }
    let wide: Map<String, Value> =
        (0..5_000).map(|index| (format!("k{index}"), json!(index))).collect();
    given.samples.insert("trigger".to_owned(), json!({ "deep": deep, "wide": wide }));
    let groups = given.at(Place::Step("first"));
    let trigger = &groups[0].variables;
    assert!(trigger.len() <= 300, "{}", trigger.len());
    assert!(trigger.iter().all(|own| own.depth < 5));
}

/// What is offered can be written, and of what is not offered nothing can be.
#[test]
fn the_menu_and_the_check_of_a_document_agree() {
    let given = Given::new();
    let engine = Engine::new();
    let ids: Vec<String> = given.workflow.walk().iter().map(|own| own.step.id.clone()).collect();
    for at in ids.iter().filter(|id| *id != "if" && *id != "each") {
        let problems = |path: &str| {
            let mut workflow = given.workflow.clone();
            let edit = portico_engine::edit::Edit::SetInput {
                id: at.clone(),
                key: "x".to_owned(),
                value: Some(json!(format!("{{{{ {path} }}}}"))),
            };
            portico_engine::edit::apply(&mut workflow, edit).expect("an input");
            engine.validate(&workflow, &[], &given.known)
        };
        let groups = given.at(Place::Step(at));
        for own in groups.iter().flat_map(|group| &group.variables) {
            assert_eq!(problems(&own.path), [], "{} at {at}", own.path);
        }
        for other in ids.iter().filter(|id| !step_ids(&groups).contains(&id.as_str())) {
            assert_ne!(problems(&format!("steps.{other}.id")), [], "{other} at {at}");
        }
        if paths(&groups, &Origin::Item).is_empty() {
            assert_ne!(problems("item"), [], "item at {at}");
        }
    }
}
