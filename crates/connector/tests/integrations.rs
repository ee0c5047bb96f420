//! Every integration folder, by its own recorded exchanges.

use portico_connector::{Assets, Definition, exchanges};
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
