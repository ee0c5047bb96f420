//! Every integration folder, by its own recorded exchanges.

use portico_connector::{
    Assets, Authorization, Connection, Definition, Delivery, HttpResponse, exchanges,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations");
    let entries = fs::read_dir(root).expect("the integrations");
    entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect()
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations").join(kind)
}

fn read(folder: &Path) -> Definition {
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect(name);
    let assets = Assets {
        overview: text("overview.md"),
        guide: text("guide.md"),
        icon_svg: text("icon.svg"),
    };
    Definition::parse("integration.toml", &text("integration.toml"), assets).unwrap_or_else(
        |problems| {
            let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("{}: {}", folder.display(), list.join("\n"))
        },
    )
}

#[test]
fn every_action_source_trigger_and_failure_is_covered_by_an_exchange() {
    let folders = folders();
    assert!(!folders.is_empty());
    for folder in folders {
        let definition = read(&folder);
        let mut actions = BTreeSet::new();
        let mut sources = BTreeSet::new();
        let mut triggers = BTreeSet::new();
        let mut webhook = BTreeSet::new();
        let mut own_failures = BTreeSet::new();
        let mut failures = BTreeSet::new();
        let mut auth_failures = BTreeSet::new();
        let mut values = BTreeSet::new();
        for file in fs::read_dir(folder.join("exchanges")).expect("exchanges") {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).expect("a text");
            let covered = exchanges::run(&definition, &text)
                .unwrap_or_else(|wrong| panic!("{}:\n{}", path.display(), wrong.join("\n")));
            actions.extend(covered.actions);
            sources.extend(covered.sources);
            triggers.extend(covered.triggers);
            webhook.extend(covered.webhook);
            own_failures.extend(covered.own_failures);
            failures.extend(covered.failures);
            auth_failures.extend(covered.auth_failures);
            values.extend(covered.values);
        }
        let (rows, auth_rows) = exchanges::rows(&definition);
        let name = definition.kind();
        // What every integration can do has tests of its own.
        let written = definition.actions().filter(|action| action.is_written());
        let own: BTreeSet<_> = written.map(|action| action.shape().id.clone()).collect();
        actions.remove("request");
        assert_eq!(actions, own, "{name}");
        let own: BTreeSet<_> = definition.sources().map(|source| source.id().to_owned()).collect();
        assert_eq!(sources, own, "{name}");
        let own: BTreeSet<_> =
            definition.triggers().map(|trigger| trigger.shape().id.clone()).collect();
        assert_eq!(triggers, own, "{name}: triggers");
        let own: BTreeSet<_> = exchanges::webhook_parts(&definition).into_iter().collect();
        assert_eq!(webhook, own, "{name}: refusals, challenge and foreign accounts of [webhook]");
        let own = exchanges::own_rows(&definition).into_iter();
        let own: BTreeSet<_> =
            own.flat_map(|(id, rows)| (0..rows).map(move |row| (id.clone(), row))).collect();
        assert_eq!(own_failures, own, "{name}: rows of [[actions.failures]]");
        assert_eq!(failures, (0..rows).collect(), "{name}: rows of [[failures]]");
        assert_eq!(auth_failures, (0..auth_rows).collect(), "{name}: rows of [[auth.failures]]");
        let untold: Vec<_> = exchanges::values(&definition).difference(&values).cloned().collect();
        assert!(untold.is_empty(), "{name}: no exchange has\n{}", untold.join("\n"));
    }
}

#[test]
fn a_mistake_names_its_line_and_what_to_write() {
    let folder = folder("salesforce");
    let text = fs::read_to_string(folder.join("integration.toml")).expect("a text");
    for (right, wrong, says) in [
        ("brand_color", "brand_colour", "brand_color"),
        ("idempotent = false", "idempotnt = false", "idempotent"),
        ("sobjects/{object}", "sobjects/{objekt}", "object"),
        ("class = \"quota\"", "class = \"quotta\"", "quota"),
        ("FROM {object} WHERE CreatedDate", "FROM {objekt} WHERE CreatedDate", "object"),
        ("overlap_s", "overlaps", "overlap_s"),
        ("base = \"{instance_url}\"", "base = \"{instance}\"", "instance_url"),
    ] {
        let changed = text.replacen(right, wrong, 1);
        assert_ne!(changed, text, "{right}");
        let line = 1 + changed[..changed.find(wrong).expect(wrong)].matches('\n').count();
        let problems = Definition::parse("integration.toml", &changed, Assets::default())
            .err()
            .unwrap_or_else(|| panic!("{wrong} was accepted"));
        assert!(
            problems.iter().any(|p| p.message.contains(says) && p.line.abs_diff(line) <= 1),
            "{wrong} (line {line}): {problems:?}"
        );
    }
}

#[test]
fn only_the_providers_own_hosts_are_called() {
    let definition = read(&folder("salesforce"));
    for (url, allowed) in [
        ("https://acme.my.salesforce.com/x", true),
        ("https://acme--dev.sandbox.my.salesforce.com/x", true),
        ("https://login.salesforce.com/", true),
        ("http://acme.my.salesforce.com/", false),
        ("https://my.salesforce.com/", false),
        ("https://my.salesforce.com.evil.test/", false),
        ("https://evilmy.salesforce.com/", false),
        ("https://user@acme.my.salesforce.com/", false),
        ("https://127.0.0.1/", false),
    ] {
        assert_eq!(definition.allows_host(&url.parse().expect(url)), allowed, "{url}");
    }
}

/// A definition with these limits, whose one action obeys what `action` says.
fn limited(limits: &str, action: &str) -> Result<Definition, Vec<String>> {
    let text = fs::read_to_string(folder("salesforce").join("integration.toml")).expect("a text");
    let at = text.find("[[failures]]").expect("failures");
    let text = format!("{}{limits}\n{}", &text[..at], &text[at..]);
    let text = text.replacen("idempotent = false", &format!("idempotent = false\n{action}"), 1);
    Definition::parse("integration.toml", &text, Assets::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn a_limit_is_checked_where_it_is_made_and_where_it_is_named() {
    let calls = "[[limits]]\nid = \"calls\"\ncalls = 5\nper_s = 1\n";
    for (limits, action, says) in [
        (calls, "limits = [\"cals\"]", "calls"),
        (calls, "serial = [\"object\"]", "begins with"),
        (calls, "serial = [\"/{objekt}\"]", "object"),
        ("[[limits]]\nid = \"calls\"\n", "", "`calls` in `per_s` seconds"),
        ("[[limits]]\nid = \"calls\"\ncalls = 0\nper_s = 1\n", "", "at least 1"),
        ("[[limits]]\nid = \"calls\"\nat_once = 0\n", "", "at least 1"),
        ("[[limits]]\nid = \"calls\"\ncals = 5\n", "", "calls"),
        (&format!("{calls}burst = 0\n"), "", "`burst`"),
        (&calls.repeat(2), "", "two limits"),
        (&format!("{calls}each = \"{{objekt}}\"\n"), "limits = [\"calls\"]", "object"),
        (
            "[[limits]]\nid = \"one\"\nat_once = 1\n[[limits]]\nid = \"two\"\nat_once = 2\n",
            "limits = [\"one\", \"two\"]",
            "Only one",
        ),
    ] {
        let problems = limited(limits, action).err().unwrap_or_else(|| panic!("{limits}{action}"));
        assert!(problems.iter().any(|own| own.contains(says)), "{says}: {problems:?}");
    }
}

#[test]
fn calls_share_a_lane_by_account_and_by_what_else_tells_them_apart() {
    let slack = read(&folder("slack"));
    let post = slack.action("send_message").expect("an action");
    let lanes = |team: &str, channel: &str| {
        let inputs = serde_json::json!({ "channel": channel, "text": "Hello" });
        post.lanes(team, inputs.as_object().expect("inputs"))
    };
    let keys = |team: &str, channel: &str| -> Vec<String> {
        lanes(team, channel).rates.into_iter().map(|lane| lane.key).collect()
    };
    let own = keys("T1", "C1");
    assert_eq!(own.len(), 2);
    assert_eq!(keys("T1", "C1"), own);
    let other = keys("T1", "C2");
    assert!(other[0] == own[0] && other[1] != own[1], "of the workspace, and of the channel");
    let team = keys("T2", "C1");
    assert!(team[0] != own[0] && team[1] != own[1]);
    let channel = &lanes("T1", "C1").rates[1];
    assert_eq!((channel.calls, channel.window_ms, channel.early_us), (1, 1000, 0));
    assert!(channel.every_us > 1_000_000);

    let any = slack.action("request").expect("an action");
    let of = |path: &str| {
        let inputs = json!({ "method": "GET", "path": path });
        any.lanes("T1", inputs.as_object().expect("inputs")).rates.remove(0).key
    };
    let history = of("/api/conversations.history");
    assert_eq!(of("/api/conversations.history"), history);
    assert_ne!(of("/api/pins.list"), history, "each method counts by itself");

    let hubspot = read(&folder("hubspot"));
    let search = hubspot.action("search_records").expect("an action");
    let keys = |lanes: portico_domain::Lanes| -> Vec<String> {
        lanes.rates.into_iter().map(|lane| lane.key).collect()
    };
    let search = keys(search.lanes("1", &serde_json::Map::new()));
    let create = hubspot.action("create_contact").expect("an action");
    let create = keys(create.lanes("1", &serde_json::Map::new()));
    assert_eq!(create, search[..1], "a search counts as a call too");
    let asked = portico_connector::Asked::default();
    let owners = hubspot.source("owners").expect("a source");
    assert_eq!(keys(owners.lanes("1", &asked)), create, "and so does a page of choices");
}

#[test]
fn upserts_of_one_lead_are_one_series() {
    let marketo = read(&folder("marketo"));
    let upsert = marketo.action("upsert_lead").expect("an action");
    let series = |inputs: serde_json::Value| {
        let lanes = upsert.lanes("123-abc-456", inputs.as_object().expect("inputs"));
        assert_eq!(lanes.crowd.expect("so many at once").most, 5);
        lanes.serial
    };
    let ada = series(serde_json::json!({ "lead": { "email": "ada@example.com" } }));
    assert!(ada.is_some());
    let same = serde_json::json!({ "lead": { "email": "Ada@Example.com", "firstName": "Ada" } });
    assert_eq!(series(same), ada);
    let named =
        serde_json::json!({ "lead": { "email": "ada@example.com" }, "lookup_field": "email" });
    assert_eq!(series(named), ada);
    let grace = serde_json::json!({ "lead": { "email": "grace@example.com" } });
    assert_ne!(series(grace), ada);
    let by_id = serde_json::json!({ "lead": { "id": 7, "email": "ada@example.com" }, "lookup_field": "id" });
    assert_ne!(series(by_id), ada);
    assert_eq!(series(serde_json::json!({ "lead": {} })), None);
    let key = ada.expect("a key");
    assert!(!key.contains("ada"), "what people entered is not kept in it: {key}");
    let read = marketo.action("get_lead").expect("an action");
    assert_eq!(read.lanes("123-abc-456", &serde_json::Map::new()).serial, None);
}

#[test]
fn a_list_view_with_more_records_than_can_be_reached_says_so() {
    let salesforce = read(&folder("salesforce"));
    let view = salesforce.action("get_list_view").expect("an action");
    let facts = json!({ "instance_url": "https://acme.my.salesforce.com" });
    let connection = Connection {
        facts: facts.as_object().expect("facts"),
        authorization: Authorization::Tokens { app: Some("token"), user: None },
    };
    let inputs = json!({ "object": "Lead", "list_view": "00B" });
    let inputs = inputs.as_object().expect("inputs");
    for (in_view, offsets, is_cut) in [
        (1999, vec![None], None),
        (2500, vec![None, Some("2000")], None),
        (9000, vec![None, Some("2000")], Some(true)),
    ] {
        let mut reading = view.begin(inputs).expect("a reading");
        let mut asked = Vec::new();
        let output = loop {
            let url = reading.request(&connection).expect("a request").url;
            let offset = url.query_pairs().find(|(key, _)| key == "offset");
            let offset = offset.map(|(_, offset)| offset.into_owned());
            let from = offset.as_deref().map_or(0, |own| own.parse().expect("a number"));
            asked.push(offset);
            let rows: Vec<usize> = (from..in_view).take(2000).collect();
            let body = json!({ "label": "My leads", "records": rows });
            let answer = HttpResponse {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: serde_json::to_vec(&body).expect("a body"),
            };
            if let Some(output) = reading.take(&Delivery::Answered(answer)).expect("a page") {
                break output;
            }
        };
        assert_eq!(asked.iter().map(Option::as_deref).collect::<Vec<_>>(), offsets, "{in_view}");
        let read = output["records"].as_array().expect("records");
        assert_eq!(read.len(), in_view.min(4000));
        assert_eq!(output.get("truncated").and_then(Value::as_bool), is_cut, "{in_view}");
    }
}
