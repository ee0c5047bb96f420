//! The workflow editor: two tabs, tests with a real account, and what a deploy would do to whom.

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
        let (mine, yours) = (definition(&[]), definition(&[json!({ "id": "wait", "title": "Wait", "kind": "delay" })]));
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
        let body = json!({ "name": "Create a HubSpot contact", "definition": mine, "revision": kept["revision"] });
        let words = editor.refusal("save", body).await;
        assert!(words.contains("choose another name"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn a_step_is_tested_with_the_real_account_and_leaves_no_execution() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let mut input = editor.tested(&definition(&[]), lead()).await;
        let body = json!({ "input": input, "step": "create_record" });
        let done = editor.answer("test-step", body).await;
        assert_eq!(done["failure"], Value::Null, "{done}");
        assert_eq!(done["input"]["json"]["fields"]["LastName"], "Lovelace");
        assert_eq!(done["call"]["status"], 201);
        let leads = world.leads().await;
        assert_eq!(leads.len(), 1);
        assert_eq!(done["output"]["id"], leads[0]["id"]);
        assert_eq!(editor.executions().await, 0);
        assert_eq!(world.work().await, 0, "nothing is queued");

        // What the provider refuses stands beside what was sent.
        input["definition"]["steps"][0]["inputs"]["fields"]["Agee"] = json!(7);
        let done =
            editor.answer("test-step", json!({ "input": input, "step": "create_record" })).await;
        assert_eq!(done["output"], Value::Null);
        assert_eq!(done["input"]["json"]["fields"]["Agee"], 7);
        assert!(done["failure"]["message"].as_str().expect("words").contains("Agee"), "{done}");
        // What cannot be filled is told before anything is sent.
        input["definition"]["steps"][0]["inputs"]["object"] = json!("{{ trigger.nothing }}");
        let done =
            editor.answer("test-step", json!({ "input": input, "step": "create_record" })).await;
        assert_eq!((&done["input"], &done["call"]), (&Value::Null, &Value::Null));
        assert!(done["failure"]["message"].as_str().expect("words").contains("trigger.nothing"));
        assert_eq!(world.leads().await.len(), 1);
        let words = editor.refusal("test-step", json!({ "input": input, "step": "gone" })).await;
        assert!(words.contains("gone"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn a_failed_call_of_a_test_is_not_tried_again() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let fault = json!({ "method": "POST", "path_contains": "/sobjects/", "times": 1, "kind": "status", "status": 503,
            "body": [{ "errorCode": "SERVER_UNAVAILABLE", "message": "down", "fields": [] }] });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        let input = editor.tested(&definition(&[]), lead()).await;
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(done["status"], "failed", "{done}");
        assert_eq!(world.leads().await.len(), 0);
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert_eq!(world.leads().await.len(), 1);
        assert_eq!(editor.executions().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_whole_workflow_is_tested_down_its_branches_without_waiting() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let create = |id: &str, name: &str| json!({
            "id": id, "title": id, "kind": "action", "integration": "salesforce", "action": "create_record",
            "inputs": { "object": "Lead", "fields": { "LastName": name, "Company": "{{ trigger.company }}" } },
        });
        let whole = definition(&[
            json!({ "id": "wait", "title": "Wait", "kind": "delay", "inputs": { "amount": 30, "unit": "days" } }),
            json!({ "id": "if", "title": "If", "kind": "condition",
                "rules": [[{ "left": "{{ steps.create_record.id }}", "operator": "exists" }]],
                "then": [{ "id": "each", "title": "Each", "kind": "fan_out",
                    "inputs": { "items": "{{ trigger.friends }}" }, "body": [create("friend", "{{ item }}")] }],
                "else": [create("never", "Never")] }),
        ]);
        let mut trigger = lead();
        trigger["friends"] = (0..30).map(|number| json!(format!("Friend {number}"))).collect();
        let before = portico_services::Clock::now(&*world.clock);
        let input = editor.tested(&whole, trigger).await;
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        let passed = portico_services::Clock::now(&*world.clock).since(before);
        assert!(passed.as_secs() < 60, "thirty days were not waited for");
        assert_eq!(world.leads().await.len(), 21, "lists are cut to twenty");
        let history = done["history"].as_array().expect("a history");
        let decided = history.iter().find(|entry| entry["fact"] == "decided").expect("a decision");
        assert_eq!((&decided["path"], &decided["holds"]), (&json!("if"), &json!(true)));
        assert!(history.iter().all(|entry| entry["path"] != "never"));
        // One step inside is tested with the first item.
        let done = editor.answer("test-step", json!({ "input": input, "step": "friend" })).await;
        assert_eq!(done["input"]["json"]["fields"]["LastName"], "Friend 0", "{done}");
        let done = editor.answer("test-step", json!({ "input": input, "step": "if" })).await;
        assert_eq!(done["output"], json!({ "holds": false }), "that step brought nothing yet");
    })
    .await;
}

#[tokio::test]
async fn a_test_that_would_go_on_for_long_is_ended() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let wait = |id: &str| {
            let inputs = json!({ "amount": 1, "unit": "seconds" });
            json!({ "id": id, "title": "Wait", "kind": "delay", "inputs": inputs })
        };
        let rounds = |id: &str, body: &[Value]| {
            let inputs = json!({ "items": "{{ trigger.many }}" });
            json!({ "id": id, "title": id, "kind": "fan_out", "inputs": inputs, "body": body })
        };
        let mut whole = definition(&[]);
        let inner = rounds("inner", &[wait("first"), wait("second")]);
        whole["steps"] = json!([rounds("outer", &[inner])]);
        let many: Vec<u32> = (0..20).collect();
        let input = editor.tested(&whole, json!({ "many": many })).await;
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(
            done["status"],
            "cancelled",
            "{} entries",
            done["history"].as_array().map_or(0, Vec::len)
        );
        let last = done["history"].as_array().and_then(|all| all.last()).expect("an entry");
        assert_eq!(last["reason"], "test_too_long");
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_does_not_hold_is_told_before_anything_is_done() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let mut filtered = definition(&[]);
        filtered["only_if"] =
            json!([[{ "left": "{{ trigger.company }}", "operator": "equals", "right": "Other" }]]);
        let input = editor.tested(&filtered, lead()).await;
        let words = editor.refusal("test-workflow", json!({ "input": input })).await;
        assert!(words.contains("filter"), "{words}");
        assert_eq!(world.leads().await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_step_of_another_integration_takes_the_same_user_s_account_there() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let announce = definition(&[json!({
            "id": "announce", "title": "Announce", "kind": "action", "integration": "slack", "action": "send_message",
            "inputs": { "channel": "C0001", "text": "{{ trigger.last_name }}" },
        })]);
        let input = editor.tested(&announce, lead()).await;
        let body = json!({ "input": input, "step": "announce" });
        let done = editor.answer("test-step", body.clone()).await;
        assert_eq!(done["failure"]["code"], "not_connected", "{done}");
        let asked = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.text;
        assert!(!asked.contains("chat.postMessage"), "no token goes to another provider");
        let asked = json!({ "credential": input["credential"], "integration": "slack", "source": "channels" });
        let words = editor.refusal("choices", json!({ "asked": asked })).await;
        assert!(words.contains("no account of Slack"), "{words}");

        world.connect_to("ada", "slack", "T0ACME").await;
        let channels = editor.answer("choices", json!({ "asked": asked })).await;
        let channel = &channels["choices"][0]["value"];
        assert!(channel.is_string(), "{channels}");
        let mut body = body;
        body["input"]["definition"]["steps"][1]["inputs"]["channel"] = channel.clone();
        let done = editor.answer("test-step", body).await;
        assert_eq!(done["failure"], Value::Null, "{done}");

        // What is deployed does the same.
        let mut live = announce;
        live["steps"][1]["inputs"]["channel"] = channel.clone();
        editor.deploy(&live).await;
        world.switch_on("ada").await;
        for (user, status) in [("ada", "succeeded"), ("bob", "failed")] {
            if user == "bob" {
                world.connect(user).await;
                world.switch_on(user).await;
            }
            let accepted = world.lead_created(user, "Lovelace").await.json();
            for _ in 0..4 {
                world.work().await;
                // The second message waits for the provider's limit.
                world.clock.advance(2);
            }
            let execution = world.execution(&accepted).await;
            assert_eq!(execution["summary"]["status"], status, "{user}: {execution}");
        }
        let told = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
        let told = told.as_array().expect("requests").iter().map(ToString::to_string);
        assert_eq!(told.filter(|own| own.contains("chat.postMessage")).count(), 2, "bob has none");
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
    })
    .await;
}

#[tokio::test]
async fn a_deploy_tells_what_changes_and_whom_it_stops() {
    on_each_database(async |world: World| {
        for user in ["ada", "bob", "cleo"] {
            world.connect(user).await;
        }
        world.switch_on("ada").await;
        world.switch_on("bob").await;
        let editor = Editor::salesforce(&world).await;
        let before = editor.answer("deploy-summary", json!({})).await;
        assert_eq!(before, json!({ "problems": [], "changes": [], "enabled": 2, "affected": [] }));

        let view = editor.open().await;
        let mut draft = view["draft"].clone();
        draft["settings"] = json!([{ "key": "team", "title": "Team", "type": "TEXT_NO_VARS", "required": true }]);
        draft["steps"][0]["inputs"]["fields"]["Title"] = json!("{{ settings.team }}");
        draft["steps"].as_array_mut().expect("steps").push(json!({
            "id": "announce", "title": "Announce", "kind": "action", "integration": "slack", "action": "send_message",
            "inputs": { "channel": "C0001", "text": "{{ steps.gone.id }}" },
        }));
        editor.save(&draft, &view["revision"]).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        let problems = summary["problems"].as_array().expect("problems");
        assert_eq!(problems.len(), 1, "{summary}");
        assert_eq!(problems[0]["pointer"], "/steps/1/inputs/text");
        let told: Vec<_> = summary["changes"].as_array().expect("changes").iter().collect();
        assert!(told.iter().any(|own| own["what"] == "Setting \"Team\"" && own["kind"] == "added"), "{told:?}");
        assert!(told.iter().any(|own| own["what"] == "Step \"Create record\": Fields › Title"), "{told:?}");
        assert!(told.iter().any(|own| own["what"] == "Step \"Announce\"" && own["kind"] == "added"), "{told:?}");
        assert_eq!(summary["enabled"], 2, "cleo has it off");
        let affected = summary["affected"].as_array().expect("the affected");
        let about = |words: &str| {
            let found = affected.iter().find(|own| own["reason"].as_str().is_some_and(|own| own.contains(words)));
            found.unwrap_or_else(|| panic!("no {words}: {summary}"))
        };
        let missing = about("\"Team\" has no value");
        assert_eq!(missing["count"], 2);
        let mut examples: Vec<_> = missing["examples"].as_array().expect("examples").iter().collect();
        examples.sort_by_key(|own| own.to_string());
        assert_eq!(examples, ["ada", "bob"]);
        assert_eq!(about("No account of Slack")["count"], 2);
        world.connect_to("ada", "slack", "T0ACME").await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        let slack = summary["affected"].as_array().expect("the affected").iter();
        let slack = slack.clone().find(|own| own["reason"] == "No account of Slack is connected");
        assert_eq!(slack.expect("bob")["examples"], json!(["bob"]));
    })
    .await;
}

#[tokio::test]
async fn a_deploy_names_accounts_that_do_not_allow_what_a_trigger_needs() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        let editor = Editor::of(&world, "Announce tasks in Slack").await;
        let channel = json!({ "channel": "C0001" });
        let token = world.open_portal("ada", "slack").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let answer = json!({
            "configurationId": view["accounts"][0]["configuration_id"],
            "workflowId": editor.workflow, "settings": channel, "labels": {},
        });
        let answered = world.portal(&token, "POST", "/settings", answer).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
        world.switch_on_at("ada", "slack").await;
        let view = editor.open().await;
        let mut draft = view["draft"].clone();
        draft["trigger"] = json!({
            "kind": "integration", "integration": "slack", "trigger": "message_posted",
            "inputs": channel,
        });
        editor.save(&draft, &view["revision"]).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        assert_eq!((&summary["enabled"], &summary["affected"][0]["count"]), (&json!(1), &json!(1)));
        let reason = summary["affected"][0]["reason"].as_str().expect("a reason");
        assert!(reason.contains("channels:history"), "{summary}");
    })
    .await;
}

#[tokio::test]
async fn what_was_deployed_can_be_looked_at_and_restored() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        let first = editor.open().await["draft"].clone();
        editor.deploy(&definition(&[])).await;
        let versions = editor.answer("versions", json!({})).await;
        let told: Vec<_> = versions
            .as_array()
            .expect("versions")
            .iter()
            .map(|own| (own["number"].as_i64(), own["current"].as_bool()))
            .collect();
        assert_eq!(told, [(Some(2), Some(true)), (Some(1), Some(false))]);
        assert_eq!(editor.answer("version", json!({ "number": 1 })).await, first);
        let words = editor.refusal("version", json!({ "number": 9 })).await;
        assert!(words.contains("no version 9"), "{words}");
        editor.deploy(&first).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        assert_eq!(summary["changes"], json!([]));
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
