//! Integrations that a project defines itself: from a form to a call, and who sees what of it.

use crate::harness::{Got, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::Actor;
use portico_domain::view::Saved;
use portico_services::Bundle;
use serde_json::{Value, json};

const KIND: &str = "custom.acmeleads";

/// The form, filled in for an API that the sandbox plays.
fn form() -> Value {
    json!({
        "name": "Acme Leads", "description": "Leads of Acme", "color": "#0b7cc1", "auth": "oauth_code",
        "authorize_url": "https://login.salesforce.com/services/oauth2/authorize",
        "token_url": "https://login.salesforce.com/services/oauth2/token",
        "scopes": "api refresh_token openid", "pkce": true,
        "key_place": "header", "key_name": "Authorization", "key_template": "Bearer {api_key}",
        "base_url": "https://acme.my.salesforce.com", "test_path": "/services/oauth2/userinfo",
        "account_id": "/user_id", "account_name": "/preferred_username", "inputs": [],
    })
}

fn with(mut form: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("changes") {
        form[key] = value.clone();
    }
    form
}

async fn add(world: &World, admin: &str, form: Value, icon: Value) -> Got {
    let body = json!({ "project": world.project, "form": form, "icon": icon });
    world.dashboard(admin, "custom/add", body).await
}

async fn read(world: &World, admin: &str) -> Value {
    let body = json!({ "project": world.project, "kind": KIND });
    let detail =
        world.services.custom_detail(&Actor::Operator, world.project.parse().expect("an id"), KIND);
    let seen = world.dashboard_form(admin, "custom/read", &body).await;
    assert_eq!(seen.json(), json!(detail.await.expect("a definition")));
    seen.json()
}

async fn activate(world: &World, admin: &str) {
    let body = json!({ "project": world.project, "kind": KIND, "client_id": "portico-demo", "client_secret": "portico-demo-secret" });
    let activated = world.dashboard_form(admin, "integrations/activate", &body).await;
    assert_eq!(activated.status, StatusCode::OK, "{}", activated.text);
}

async fn types(world: &World, admin: &str, project: &str) -> Vec<String> {
    let list =
        world.dashboard_form(admin, "integrations/list", &json!({ "project": project })).await;
    let list = list.json();
    let all = list.as_array().expect("a list").iter();
    all.map(|own| own["kind"].as_str().expect("a type").to_owned()).collect()
}

async fn get(world: &World, path: &str, admin: &str) -> Got {
    let request = Request::get(path).header(header::COOKIE, admin).body(Body::empty());
    world.send(request.expect("a request")).await
}

#[tokio::test]
async fn an_api_added_by_the_form_is_connected_like_any_other() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let added = add(&world, &admin, form(), Value::Null).await;
        assert_eq!(added.json(), json!({ "result": "stored", "kind": KIND, "revision": 1 }));
        activate(&world, &admin).await;
        let token = world.open_portal("ada", KIND).await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        assert_eq!(view["integration"]["name"], "Acme Leads");
        let icon = view["integration"]["icon"].as_str().expect("an icon").to_owned();
        let tile = get(&world, &icon, "").await;
        assert!(tile.text.contains(">A</text>"), "a letter tile: {}", tile.text);
        let policy = tile.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");

        world.connect_to("ada", KIND, "ada@acme.example").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let account = &view["accounts"][0];
        assert_eq!(account["label"], "ada@acme.example", "{view}");
        assert_eq!(account["checked"]["seconds_ago"], 0);
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        assert_eq!(me["integrations"][KIND]["allCredentials"][0]["status"], "VALID");
        let described = world.sdk("ada", "GET", "/metadata", Value::Null).await;
        assert!(described.text.contains(&icon), "{}", described.text);
    })
    .await;
}

#[tokio::test]
async fn what_the_form_does_not_take_stands_beside_its_field() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let script = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        for (changes, icon, field, words) in [
            (json!({ "name": "" }), Value::Null, "name", "Write a name"),
            (
                json!({ "token_url": "http://api.example.com/t" }),
                Value::Null,
                "tokenUrl",
                "https://",
            ),
            (json!({ "base_url": "https://localhost/api" }), Value::Null, "baseUrl", "public host"),
            (
                json!({ "base_url": "https://169.254.169.254" }),
                Value::Null,
                "baseUrl",
                "public host",
            ),
            (json!({ "test_path": "me" }), Value::Null, "testPath", "begins with /"),
            (json!({}), json!(script), "icon", "<script>"),
        ] {
            let answer = add(&world, &admin, with(form(), changes), icon).await.json();
            assert_eq!(answer["result"], "wrong", "{answer}");
            assert_eq!(answer["fields"][0]["field"], field, "{answer}");
            let said = answer["fields"][0]["message"].as_str().expect("words");
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(add(&world, &admin, form(), Value::Null).await.json()["result"], "stored");
        let again = add(&world, &admin, form(), Value::Null).await.json();
        assert_eq!(again["fields"][0]["field"], "name", "the name is taken: {again}");
    })
    .await;
}

#[tokio::test]
async fn a_file_with_a_mistake_names_its_line_and_changes_nothing() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        add(&world, &admin, form(), Value::Null).await;
        let own = read(&world, &admin).await;
        let file = own["files"]["definition"].as_str().expect("a file").to_owned();
        let save = async |definition: String, revision: i64| {
            let mut files = own["files"].clone();
            files["definition"] = json!(definition);
            let body = json!({ "project": world.project, "kind": KIND, "files": files, "revision": revision });
            world.dashboard(&admin, "custom/save", body).await
        };
        let line = |part: &str| file.lines().position(|line| line.contains(part)).expect(part) + 1;
        for (from, to, at, words) in [
            ("pkce = true", "pkse = true", line("pkce"), "pkce"),
            ("hosts = [\"acme", "hosts = [\"10.0.0.1\", \"acme", line("hosts"), "public host"),
            ("type = \"custom.acmeleads\"", "type = \"custom.other\"", line("type"), "stays"),
            ("base = \"https://acme", "base = \"https://{tenant}", line("base"), "tenant"),
        ] {
            let answer = save(file.replace(from, to), 1).await.json();
            assert_eq!(answer["result"], "unreadable", "{answer}");
            assert_eq!(answer["problems"][0]["line"], at, "{answer}");
            let said = answer["problems"][0]["message"].as_str().expect("words");
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(read(&world, &admin).await["revision"], 1, "nothing was stored");

        // What is right is stored, and what the form cannot say is the file's alone from then on.
        let more = format!("{file}\n[http]\nheaders = {{ accept = \"application/json\" }}\n");
        assert_eq!(save(more, 1).await.json()["revision"], 2);
        assert_eq!(read(&world, &admin).await["form"], Value::Null);
        let late = save(file.clone(), 1).await;
        assert!(late.text.contains("Somebody else saved"), "{}", late.text);
        assert_eq!(save(file.clone(), 2).await.json()["revision"], 3);
        let by_form = read(&world, &admin).await["form"].clone();
        let body = json!({
            "project": world.project, "kind": KIND, "icon": Value::Null, "revision": 3,
            "form": with(by_form, json!({ "description": "Other words" })),
        });
        let changed = world.dashboard(&admin, "custom/change", body).await.json();
        assert_eq!((&changed["result"], &changed["revision"]), (&json!("stored"), &json!(4)));
        let list = world
            .services
            .integration_list(&Actor::Operator, world.project.parse().expect("an id"))
            .await
            .expect("a list");
        let own = list.iter().find(|own| own.kind == KIND).expect("the integration");
        assert_eq!(own.description, "Other words", "every page sees the change at once");
    })
    .await;
}

#[tokio::test]
async fn another_project_sees_nothing_of_it() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        add(&world, &admin, form(), Value::Null).await;
        activate(&world, &admin).await;
        let made = world.services.create_project(&Actor::Operator, "Another").await.expect("made");
        let other = made.id.to_string();
        assert!(types(&world, &admin, &world.project).await.contains(&KIND.to_owned()));
        assert!(!types(&world, &admin, &other).await.contains(&KIND.to_owned()));
        let icon = format!("/cdn/icons/{other}/{KIND}.svg");
        assert_eq!(get(&world, &icon, "").await.status, StatusCode::NOT_FOUND);
        let shared = format!("/cdn/icons/{KIND}.svg");
        assert_eq!(get(&world, &shared, "").await.status, StatusCode::NOT_FOUND);
        let archive = format!("/_files/{other}/integrations/{KIND}");
        assert_eq!(get(&world, &archive, &admin).await.status, StatusCode::NOT_FOUND);
        for function in ["custom/read", "custom/delete", "integrations/read", "integrations/activate"] {
            let body = json!({ "project": other, "kind": KIND, "confirmed": 9, "client_id": "x", "client_secret": "y" });
            let refused = world.dashboard_form(&admin, function, &body).await;
            assert_ne!(refused.status, StatusCode::OK, "{function}: {}", refused.text);
        }
        // The other project can have one of the same name; it is another one.
        let body = json!({ "project": other, "form": with(form(), json!({ "description": "Theirs" })), "icon": Value::Null });
        assert_eq!(world.dashboard(&admin, "custom/add", body).await.json()["result"], "stored");
        assert_eq!(read(&world, &admin).await["form"]["description"], "Leads of Acme");
    })
    .await;
}

#[tokio::test]
async fn deleting_names_what_is_lost_and_disconnects_it() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        add(&world, &admin, form(), Value::Null).await;
        activate(&world, &admin).await;
        let made = json!({ "project": world.project, "kind": KIND, "name": "Ask Acme" });
        let made = world.dashboard_form(&admin, "workflows/create", &made).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        world.connect_to("ada", KIND, "ada@acme.example").await;
        let own = read(&world, &admin).await;
        assert_eq!((&own["accounts"], &own["workflows"]), (&json!(1), &json!(1)));
        let delete = async |confirmed: u64| {
            let body = json!({ "project": world.project, "kind": KIND, "confirmed": confirmed });
            world.dashboard_form(&admin, "custom/delete", &body).await
        };
        let refused = delete(0).await;
        assert!(refused.text.contains("One account is connected"), "{}", refused.text);
        assert_eq!(delete(1).await.status, StatusCode::OK);
        assert!(!types(&world, &admin, &world.project).await.contains(&KIND.to_owned()));
        let me = world.sdk("ada", "GET", "/me", Value::Null).await;
        assert!(!me.text.contains(KIND), "{}", me.text);
        let body = json!({ "integration": KIND });
        let begun = world.sdk("ada", "POST", "/authorizations", body).await;
        assert_eq!(begun.json()["code"], "integration_unknown");
        let workflows = json!({ "project": world.project });
        let workflows = world.dashboard_form(&admin, "workflows/list", &workflows).await;
        assert!(workflows.text.contains("Ask Acme"), "its draft stays: {}", workflows.text);
        // The name is free again.
        assert_eq!(add(&world, &admin, form(), Value::Null).await.json()["result"], "stored");
    })
    .await;
}

#[tokio::test]
async fn it_leaves_as_a_folder_that_can_be_mounted() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        add(&world, &admin, form(), Value::Null).await;
        let archive = world
            .services
            .export_custom_integration(
                &Actor::Operator,
                world.project.parse().expect("an id"),
                KIND,
            )
            .await
            .expect("an archive");
        let path = format!("/_files/{}/integrations/{KIND}", world.project);
        let got = get(&world, &path, &admin).await;
        assert!(got.header(header::CONTENT_DISPOSITION).contains("custom_acmeleads.tar"));
        assert_eq!(got.text, String::from_utf8_lossy(&archive));
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("own.tar");
        std::fs::write(&file, archive).expect("written");
        let unpacked = std::process::Command::new("tar")
            .arg("-xf")
            .arg(&file)
            .arg("-C")
            .arg(place.path())
            .status();
        assert!(unpacked.expect("tar runs").success());
        let mounted = portico::start::catalogue(&[place.path().to_owned()]).expect("it is mounted");
        let kinds: Vec<_> = mounted.definitions().map(|own| own.kind().to_owned()).collect();
        assert_eq!(kinds, [KIND]);
        let twice = [place.path().to_owned(), place.path().join("custom_acmeleads")];
        let clash = portico::start::catalogue(&twice).err().expect("a clash").to_string();
        assert!(clash.contains("both define the integration \"custom.acmeleads\""), "{clash}");
    })
    .await;
}

#[tokio::test]
async fn the_limits_of_one_project_are_not_anothers() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        add(&world, &admin, form(), Value::Null).await;
        let file = read(&world, &admin).await["files"]["definition"].as_str().expect("x").to_owned();
        let file = format!(
            "{file}\n[http]\nlimits = [\"calls\"]\n[[limits]]\nid = \"calls\"\ncalls = 1\nper_s = 1\n"
        );
        let import = async |name: &str| {
            let text = format!(
                "format = 1\n[project]\nname = \"{name}\"\n[[custom_integrations]]\n\
                 definition = '''\n{file}'''\noverview = \"Read me.\"\n"
            );
            let bundle = Bundle::parse(&text).unwrap_or_else(|why| panic!("{why}"));
            let done = world.services.import(&Actor::Operator, &bundle, None).await;
            done.unwrap_or_else(|why| panic!("{why}")).project
        };
        // What a call to the account of the same number must wait for.
        let key = async |project| {
            let catalogue = world.services.catalogue(project).await.expect("a catalogue");
            let (_, action) = catalogue.find(KIND, "request").expect("an action");
            let lanes = action.lanes("7", &serde_json::Map::new());
            assert_eq!(lanes.rates.len(), 1);
            lanes.rates[0].key.clone()
        };
        let (one, other) = (import("Acme CRM").await, import("Globex CRM").await);
        assert_ne!(one, other);
        assert_eq!(key(one).await, key(one).await);
        assert_ne!(key(one).await, key(other).await, "two projects name an API the same");
    })
    .await;
}

#[tokio::test]
async fn a_bundle_brings_it_and_brings_it_again() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let bundle = |definition: &str| {
            let text = format!(
                "format = 1\n[project]\nname = \"Acme CRM\"\n[[custom_integrations]]\n\
                 definition = '''\n{definition}'''\noverview = \"Read me.\"\n\
                 [[integrations]]\ntype = \"{KIND}\"\nclient_id = \"a\"\nclient_secret = \"b\"\n"
            );
            Bundle::parse(&text).expect("a bundle")
        };
        add(&world, &admin, form(), Value::Null).await;
        let file =
            read(&world, &admin).await["files"]["definition"].as_str().expect("x").to_owned();
        let import = async |definition: &str| {
            world.services.import(&Actor::Operator, &bundle(definition), None).await
        };
        import(&file).await.expect("imported");
        let once = read(&world, &admin).await;
        import(&file).await.expect("imported again");
        assert_eq!(read(&world, &admin).await, once, "nothing changes the second time");
        import(&file.replace("Leads of Acme", "Other words")).await.expect("imported");
        assert_ne!(read(&world, &admin).await["revision"], once["revision"]);
        let broken = import(&file.replace("pkce", "pkse")).await.expect_err("a mistake");
        let line = file.lines().position(|line| line.starts_with("pkce")).expect("a line") + 1;
        assert!(broken.to_string().contains(&format!("line {line}: ")), "{broken}");
        // A project's own file cannot take the place of a shared one.
        let project = world.project.parse().expect("an id");
        let shared = file.replace(KIND, "salesforce");
        let files = portico_domain::custom::CustomFiles {
            definition: shared,
            icon: "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned(),
            ..Default::default()
        };
        let put = world.services.put_custom_integration(&Actor::Operator, project, files).await;
        assert!(matches!(put.expect("an answer"), Saved::Unreadable { .. }));
    })
    .await;
}
