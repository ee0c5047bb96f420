//! The workflow editor: what it opens with, two tabs, files, and whose workflows it reaches.

mod deploying;
mod testing;

use crate::harness::{Got, World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A workflow that is edited by a signed-in admin.
struct Editor<'w> {
    world: &'w World,
    admin: String,
    name: String,
    workflow: String,
}

impl<'w> Editor<'w> {
    async fn of(world: &'w World, name: &str) -> Self {
        let admin = world.admin_cookie().await;
        Self::signed_in(world, admin, name).await
    }

    async fn signed_in(world: &'w World, admin: String, name: &str) -> Self {
        let sent = json!({ "project": world.project });
        let list = world.dashboard_form(&admin, "workflows/list", &sent).await.json();
        let own = list.as_array().expect("a list").iter().find(|own| own["name"] == name);
        let workflow = own.expect(name)["id"].as_str().expect("an id").to_owned();
        Self { world, admin, name: name.to_owned(), workflow }
    }

    async fn salesforce(world: &'w World) -> Self {
        Self::of(world, "Create a Salesforce lead").await
    }

    async fn ask(&self, function: &str, body: Value) -> Got {
        let mut sent = json!({ "project": self.world.project, "workflow": self.workflow });
        for (key, value) in body.as_object().expect("an object") {
            sent[key] = value.clone();
        }
        self.world.dashboard(&self.admin, &format!("editor/{function}"), sent).await
    }

    async fn answer(&self, function: &str, body: Value) -> Value {
        let got = self.ask(function, body).await;
        assert_eq!(got.status, StatusCode::OK, "{function}: {}", got.text);
        got.json()
    }

    /// Why something is refused, in words.
    async fn refusal(&self, function: &str, body: Value) -> String {
        let got = self.ask(function, body).await;
        assert_ne!(got.status, StatusCode::OK, "{function}: {}", got.text);
        got.text
    }

    async fn open(&self) -> Value {
        self.answer("open", json!({})).await
    }

    async fn save(&self, definition: &Value, revision: &Value) -> Value {
        let body = json!({ "name": self.name, "definition": definition, "revision": revision });
        self.answer("save", body).await
    }

    /// Saves a draft and deploys it.
    async fn deploy(&self, definition: &Value) {
        let saved = self.save(definition, &self.open().await["revision"]).await;
        assert_eq!(saved["result"], "stored", "{saved}");
        let sent = json!({ "project": self.world.project, "workflow": self.workflow, "revision": saved["revision"] });
        let done = self.world.dashboard_form(&self.admin, "workflows/deploy", &sent).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    }

    /// What a test is made with: a definition, as the newest account.
    async fn tested(&self, definition: &Value, trigger: Value) -> Value {
        let view = self.open().await;
        let preview = &view["previews"][0];
        json!({
            "definition": definition, "credential": preview["credential"],
            "configuration": preview["configuration"], "trigger": trigger, "steps": {},
        })
    }

    async fn executions(&self) -> usize {
        let project = self.world.project.parse().expect("an id");
        let query = portico_services::ExecutionQuery::default();
        let actor = portico_domain::Actor::Operator;
        let page = self.world.services.execution_list(&actor, project, query).await;
        page.expect("a list").rows.len()
    }
}

fn lead() -> Value {
    json!({ "first_name": "Ada", "last_name": "Lovelace", "company": "Engines", "email": "ada@example.com" })
}

/// The lead's record, then whatever is given.
fn definition(more: &[Value]) -> Value {
    let mut steps = vec![json!({
        "id": "create_record", "title": "Create record", "kind": "action",
        "integration": "salesforce", "action": "create_record",
        "inputs": { "object": "Lead", "fields": {
            "LastName": "{{ trigger.last_name }}", "Company": "{{ trigger.company }}",
        } },
    })];
    steps.extend_from_slice(more);
    json!({
        "format": 1,
        "trigger": { "kind": "app_event", "event": "Lead Created" },
        "steps": steps,
    })
}

#[tokio::test]
async fn the_editor_opens_with_everything_it_needs() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        assert_eq!(editor.open().await["previews"], json!([]), "nobody is connected");
        world.connect("ada").await;
        let view = editor.open().await;
        let names: Vec<_> = view["integrations"].as_array().expect("a list").iter().collect();
        assert_eq!(names[0]["kind"], "salesforce", "its own integration comes first");
        assert!(names.iter().any(|own| own["kind"] == "slack"), "{names:?}");
        let source = names[0]["sources"].as_array().expect("sources").iter();
        let fields = source.clone().find(|own| own["id"] == "fields").expect("fields");
        assert_eq!(fields["needs"], json!(["object"]));
        let preview = &view["previews"][0];
        assert_eq!(preview["external_id"], "ada");
        assert_eq!(preview["scope"]["user"]["id"], "ada");
        assert_eq!(preview["status"], "VALID");
        let event = view["events"].as_array().expect("events").iter();
        let event = event.clone().find(|own| own["name"] == "Lead Created").expect("the event");
        assert_eq!(event["example"]["first_name"], "Ada");
        assert_eq!(view["shared"][0]["key"], "lead_source");
        assert_eq!(view["deployed"], view["draft"]);
    })
    .await;
}

#[tokio::test]
async fn of_two_tabs_the_second_is_told_what_the_first_saved() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        let revision = editor.open().await["revision"].clone();
        let (mine, yours) = (
            definition(&[]),
            definition(&[json!({ "id": "wait", "title": "Wait", "kind": "delay" })]),
        );
        let first = editor.save(&mine, &revision).await;
        assert_eq!(first["result"], "stored");
        let second = editor.save(&yours, &revision).await;
        assert_eq!(second["result"], "conflict", "{second}");
        assert_eq!(second["revision"], first["revision"]);
        assert_eq!(second["theirs"]["steps"].as_array().map(Vec::len), Some(1));
        assert_eq!(editor.open().await["draft"]["steps"].as_array().map(Vec::len), Some(1));
        // Keeping one's own is saving it again, over what was seen.
        let kept = editor.save(&yours, &second["revision"]).await;
        assert_eq!(kept["result"], "stored");
        // An answer that was lost on its way is no conflict.
        let again = editor.save(&yours, &second["revision"]).await;
        assert_eq!(again, kept);
        // What is stored already is stored; nobody else is told of a change.
        let same = editor.save(&yours, &kept["revision"]).await;
        assert_eq!(same, kept);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_cannot_be_taken_keeps_nothing_else_from_being_saved() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        let mut revision = editor.open().await["revision"].clone();
        for (name, words) in
            [("Create a HubSpot contact", "choose another name"), ("  ", "1 to 100 characters")]
        {
            let draft = definition(&[json!({ "id": "wait", "title": name, "kind": "delay" })]);
            let body = json!({ "name": name, "definition": draft, "revision": revision });
            let saved = editor.answer("save", body.clone()).await;
            assert_eq!(saved["result"], "stored", "{saved}");
            assert!(
                saved["name_problem"].as_str().is_some_and(|why| why.contains(words)),
                "{saved}"
            );
            let now = editor.open().await;
            assert_eq!(now["summary"]["name"], editor.name, "it keeps the name that it had");
            assert_eq!(now["draft"]["steps"][1]["title"], name);
            // An answer that was lost on its way is no conflict here either.
            assert_eq!(editor.answer("save", body).await, saved);
            revision = saved["revision"].clone();
        }
        let body = json!({ "name": "Leads", "definition": definition(&[]), "revision": revision });
        let saved = editor.answer("save", body).await;
        assert_eq!(saved["name_problem"], Value::Null, "{saved}");
        assert_eq!(editor.open().await["summary"]["name"], "Leads");
    })
    .await;
}

#[tokio::test]
async fn a_file_becomes_a_workflow_of_its_own() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        let whole = editor.open().await["draft"].clone();
        let file = editor.answer("export", json!({ "definition": whole })).await;
        let file = file.as_str().expect("a file");
        let import = async |name: &str, kind: &str, file: &str| {
            let body =
                json!({ "project": world.project, "kind": kind, "name": name, "file": file });
            world.dashboard(&editor.admin, "workflows/import", body).await
        };
        let made = import("Brought here", "salesforce", file).await.json();
        assert_eq!(made["result"], "created", "{made}");
        let other = Editor::signed_in(&world, editor.admin.clone(), "Brought here").await;
        assert_eq!(other.open().await["draft"], whole);
        let broken = import("Broken", "salesforce", "format = 1\n[trigger").await.json();
        assert_eq!(
            (&broken["result"], &broken["problems"][0]["line"]),
            (&json!("unreadable"), &json!(2)),
            "{broken}"
        );
        let taken = import("Brought here", "salesforce", file).await;
        assert!(taken.text.contains("choose another name"), "{}", taken.text);
        let unknown = import("Elsewhere", "nobody", file).await;
        assert_ne!(unknown.status, StatusCode::OK, "{}", unknown.text);
        let list = world
            .dashboard_form(&editor.admin, "workflows/list", &json!({ "project": world.project }))
            .await
            .json();
        let names: Vec<_> =
            list.as_array().expect("a list").iter().map(|own| own["name"].clone()).collect();
        assert!(
            !names.contains(&json!("Broken")) && !names.contains(&json!("Elsewhere")),
            "{names:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn inputs_are_filled_with_what_the_account_has() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let credential = editor.open().await["previews"][0]["credential"].clone();
        let asked = |source: &str, inputs: Value| {
            json!({ "asked": { "credential": credential, "integration": "salesforce", "source": source, "inputs": inputs } })
        };
        let objects = editor.answer("choices", asked("objects", json!({}))).await;
        let all = objects["choices"].as_array().expect("choices");
        assert!(all.iter().any(|own| own["value"] == "Lead"), "{objects}");
        let fields = editor.answer("choices", asked("fields", json!({ "object": "Lead" }))).await;
        let all = fields["choices"].as_array().expect("choices");
        assert!(all.iter().any(|own| own["value"] == "LastName"), "{fields}");
        let words = editor.refusal("choices", asked("fields", json!({}))).await;
        assert!(words.contains("Choose \\\"object\\\" first") || words.contains("Choose \"object\" first"), "{words}");
        let words = editor.refusal("choices", asked("nothing", json!({}))).await;
        assert!(words.contains("no choices"), "{words}");
        // What a document says is a value; what it is called is asked.
        let called = async |value: &str| {
            let mut body = asked("fields", json!({ "object": "Lead" }));
            body["asked"]["value"] = json!(value);
            editor.answer("choices", body).await["choices"].clone()
        };
        let label = called("LastName").await;
        assert_eq!((label.as_array().map(Vec::len), &label[0]["label"]), (Some(1), &json!("Last Name")));
        assert_eq!(called("Nothing__c").await, json!([]));
        // A step of another integration: the same user's account there.
        let mut slack = asked("channels", json!({}));
        slack["asked"]["integration"] = json!("slack");
        let words = editor.refusal("choices", slack.clone()).await;
        assert!(words.contains("no account of Slack"), "{words}");
        world.connect_to("ada", "slack", "T0ACME").await;
        let channels = editor.answer("choices", slack).await;
        assert!(channels.to_string().contains("tasks"), "{channels}");
    })
    .await;
}

#[tokio::test]
async fn a_workflow_goes_out_as_a_file_and_comes_back() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        let whole = editor.open().await["draft"].clone();
        let file = editor.answer("export", json!({ "definition": whole })).await;
        let file = file.as_str().expect("a file");
        assert!(file.contains("action = \"create_record\""), "{file}");
        let read = editor.answer("import", json!({ "file": file })).await;
        assert_eq!((&read["result"], &read["definition"]), (&json!("workflow"), &whole));
        let slip = file.replace("title =", "titel =");
        let read = editor.answer("import", json!({ "file": slip })).await;
        assert_eq!(read["result"], "unreadable", "{read}");
        assert!(read["problems"][0]["line"].as_u64().expect("a line") > 1, "{read}");
        assert_eq!(editor.open().await["draft"], whole, "nothing was stored");
    })
    .await;
}

#[tokio::test]
async fn nothing_of_another_project_can_be_reached() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let mine = editor.tested(&definition(&[]), lead()).await;
        let created = world.dashboard_form(&editor.admin, "projects/create", &json!({ "name": "Other" })).await;
        let other = created.json()["id"].as_str().expect("an id").to_owned();
        let activate = json!({ "project": other, "kind": "salesforce", "client_id": "portico-demo", "client_secret": "portico-demo-secret" });
        let done = world.dashboard_form(&editor.admin, "integrations/activate", &activate).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        let create = json!({ "project": other, "kind": "salesforce", "name": "Mine" });
        let theirs = world.dashboard_form(&editor.admin, "workflows/create", &create).await.json();

        let asked = json!({ "credential": mine["credential"], "integration": "salesforce", "source": "objects" });
        let own = |function: &str| {
            let input = json!({ "input": mine, "step": "create_record" });
            match function {
                "save" => json!({ "name": "X", "definition": mine["definition"], "revision": 1 }),
                "version" => json!({ "number": 1 }),
                "test-step" | "test-workflow" => input,
                "export" => json!({ "definition": mine["definition"] }),
                "import" => json!({ "file": "format = 1" }),
                "choices" => json!({ "asked": asked }),
                _ => json!({}),
            }
        };
        // A workflow of this project under the name of the other one.
        for function in ["open", "save", "deploy-summary", "versions", "version", "test-step", "test-workflow", "export", "import", "choices"] {
            let mut body = own(function);
            body["project"] = json!(other);
            editor.refusal(function, body).await;
        }
        // The other one's workflow with an account of this one.
        for function in ["test-step", "test-workflow"] {
            let mut body = own(function);
            body["project"] = json!(other);
            body["workflow"] = theirs.clone();
            let words = editor.refusal(function, body).await;
            assert!(words.contains("no such account"), "{words}");
        }
        // A workflow with a configuration of another integration's account.
        world.connect_to("ada", "slack", "T0ACME").await;
        let sent = json!({ "project": world.project });
        let list = world.dashboard_form(&editor.admin, "workflows/list", &sent).await.json();
        let announced = list.as_array().expect("a list").iter().find(|own| own["integration"] == "slack");
        let mut body = own("test-step");
        body["workflow"] = announced.expect("a workflow")["id"].clone();
        let words = editor.refusal("test-step", body).await;
        assert!(words.contains("not one of the workflow's integration"), "{words}");
        assert_eq!(world.leads().await.len(), 0);
    })
    .await;
}
