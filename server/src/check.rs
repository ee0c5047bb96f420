//! `portico integrations check`: what is right with a folder, what is wrong, and what to do about it.

use crate::start;
use anyhow::{Result, bail};
use portico_connector::exchanges::{self, Covered, WebhookPart};
use portico_connector::{Auth, Definition, Disbelief};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of an integration, and what each is for.
const FILES: [(&str, &str); 4] = [
    ("integration.toml", "says what the provider is; docs/integrations.md lists what it can say"),
    ("overview.md", "is what an end user reads before connecting"),
    (
        "guide.md",
        "tells an admin how to set up the provider's side; {redirect_url} and {webhook_url} are replaced",
    ),
    ("icon.svg", "is its mark: a square SVG, 32 kB at most"),
];

/// Checks a folder of one integration, or of several. Answers a report.
///
/// # Errors
/// Everything that is wrong, with what to do.
pub fn check(folder: &Path) -> Result<String> {
    let folders = folders(folder)?;
    let mut report = String::new();
    let mut wrong = Vec::new();
    for folder in &folders {
        match check_one(folder) {
            Ok(own) => report.push_str(&own),
            Err(error) => wrong.push(format!("{error:#}")),
        }
    }
    if wrong.is_empty() {
        if folders.len() > 1 {
            start::catalogue(&folders)?;
        }
        return Ok(report);
    }
    bail!("{report}{}", wrong.join("\n"))
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        bail!("{} is no folder; name the folder that holds integration.toml", folder.display());
    }
    let has = |path: &Path| FILES.iter().any(|(name, _)| path.join(name).is_file());
    if has(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let mut inner = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && has(&path) {
            inner.push(path);
        }
    }
    inner.sort();
    if inner.is_empty() {
        bail!(
            "{} holds no integration; an integration is a folder with\n{}",
            folder.display(),
            FILES.map(|(name, what)| format!("  {name}, which {what}")).join("\n")
        );
    }
    Ok(inner)
}

fn check_one(folder: &Path) -> Result<String> {
    let missing: Vec<_> = FILES
        .iter()
        .filter(|(name, _)| !folder.join(name).is_file())
        .map(|(name, what)| format!("{}: it is missing; it {what}", folder.join(name).display()))
        .collect();
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    let definition = start::definition(folder)?;
    if let Err(why) = portico_services::check_icon(definition.icon_svg()) {
        bail!("{}: {why}", folder.join("icon.svg").display());
    }
    let covered = run_exchanges(folder, &definition)?;
    let mut report = format!(
        "{} ({}): {}, {}, {}; {}.\n",
        definition.name(),
        definition.kind(),
        counted(definition.actions().filter(|action| action.is_written()).count(), "action"),
        counted(definition.triggers().count(), "trigger"),
        counted(definition.sources().count(), "list of choices"),
        match definition.auth() {
            Auth::OAuthCode(_) => "its users sign in there",
            Auth::ClientCredentials(_) | Auth::Key(_) =>
                "its users enter what they have from there",
        },
    );
    let _ = match covered.exchanges {
        0 => writeln!(
            report,
            "  ! No recorded exchanges. Put what was sent and answered into {}, one file per subject: \
             they are its tests.",
            folder.join("exchanges").display()
        ),
        count => {
            writeln!(report, "  ✓ {}, all as expected", counted(count, "recorded exchange"))
        }
    };
    if covered.exchanges > 0 {
        for part in unexercised(&definition, &covered) {
            let _ = writeln!(report, "  ! No exchange exercises {part}");
        }
    }
    Ok(report)
}

fn run_exchanges(folder: &Path, definition: &Definition) -> Result<Covered> {
    let mut all = Covered::default();
    let mut wrong = Vec::new();
    let Ok(entries) = fs::read_dir(folder.join("exchanges")) else { return Ok(all) };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "toml"));
    paths.sort();
    for path in paths {
        match exchanges::run(definition, &fs::read_to_string(&path)?) {
            Ok(own) => {
                all.exchanges += own.exchanges;
                all.actions.extend(own.actions);
                all.sources.extend(own.sources);
                all.triggers.extend(own.triggers);
                all.webhook.extend(own.webhook);
                all.own_failures.extend(own.own_failures);
                all.failures.extend(own.failures);
                all.auth_failures.extend(own.auth_failures);
            }
            Err(lines) => {
                wrong.extend(lines.iter().map(|line| format!("{}: {line}", path.display())));
            }
        }
    }
    if wrong.is_empty() { Ok(all) } else { bail!("{}", wrong.join("\n")) }
}

/// What no exchange exercises, in words.
fn unexercised(definition: &Definition, covered: &Covered) -> Vec<String> {
    let mut parts = Vec::new();
    for action in definition.actions().filter(|action| action.is_written()) {
        let id = &action.shape().id;
        if !covered.actions.contains(id) {
            parts.push(format!("the action {id:?}"));
        }
    }
    for source in definition.sources() {
        if !covered.sources.iter().any(|id| id == source.id()) {
            parts.push(format!("the choices {:?}", source.id()));
        }
    }
    for trigger in definition.triggers() {
        let id = &trigger.shape().id;
        if !covered.triggers.contains(id) {
            parts.push(format!("the trigger {id:?}"));
        }
    }
    for part in exchanges::webhook_parts(definition) {
        if !covered.webhook.contains(&part) {
            parts.push(format!("the webhook's {}", webhook_words(part)));
        }
    }
    for (id, rows) in exchanges::own_rows(definition) {
        for row in (0..rows).filter(|row| !covered.own_failures.contains(&(id.clone(), *row))) {
            parts.push(format!("row {} of the failures of {id:?}", row + 1));
        }
    }
    let (rows, auth_rows) = exchanges::rows(definition);
    for (table, rows, seen) in [
        ("[[failures]]", rows, &covered.failures),
        ("[[auth.failures]]", auth_rows, &covered.auth_failures),
    ] {
        for row in (0..rows).filter(|row| !seen.contains(row)) {
            parts.push(format!("row {} of {table}", row + 1));
        }
    }
    parts
}

fn webhook_words(part: WebhookPart) -> &'static str {
    match part {
        WebhookPart::Refusal(Disbelief::Missing) => "refusal of a delivery without a signature",
        WebhookPart::Refusal(Disbelief::Wrong) => "refusal of a wrong signature",
        WebhookPart::Refusal(Disbelief::Unreadable) => "refusal of what cannot be read",
        WebhookPart::Refusal(Disbelief::Old) => "refusal of an old delivery",
        WebhookPart::Challenge => "answer to the provider's question",
        WebhookPart::ForeignAccount => "silence about accounts that are not connected",
    }
}

fn counted(count: usize, thing: &str) -> String {
    match (count, thing.split_once(' ')) {
        (1, _) => format!("1 {thing}"),
        (count, Some(("list", rest))) => format!("{count} lists {rest}"),
        (count, _) => format!("{count} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn own() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../integrations")
    }

    /// A copy of one of ours, to be spoiled.
    fn copy() -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("salesforce");
        fs::create_dir_all(folder.join("exchanges")).expect("a folder");
        let from = own().join("salesforce");
        for inner in [PathBuf::new(), PathBuf::from("exchanges")] {
            for entry in fs::read_dir(from.join(&inner)).expect("files") {
                let path = entry.expect("a file").path();
                if path.is_file() {
                    let to = folder.join(&inner).join(path.file_name().expect("a name"));
                    fs::copy(&path, to).expect("copied");
                }
            }
        }
        (place, folder)
    }

    fn change(file: &Path, from: &str, to: &str) {
        let text = fs::read_to_string(file).expect("a file");
        assert!(text.contains(from), "{from}");
        fs::write(file, text.replacen(from, to, 1)).expect("written");
    }

    #[test]
    fn our_own_folders_are_all_right() {
        let report = check(&own()).expect("a report");
        assert!(report.contains("(salesforce): "), "{report}");
        assert!(report.contains("recorded exchanges, all as expected"), "{report}");
        assert!(!report.contains('!'), "everything is exercised: {report}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (file, from, to, says) in [
            ("integration.toml", "brand_color", "brand_colour", "Did you mean \"brand_color\"?"),
            (
                "exchanges/connect.toml",
                "005gK000001AbCdQAK",
                "other",
                "who was connected: it answered",
            ),
            ("icon.svg", "<svg ", "<svg onload=\"x()\" ", "has a handler"),
        ] {
            let (_place, folder) = copy();
            change(&folder.join(file), from, to);
            let said = check(&folder).expect_err(file).to_string();
            assert!(said.contains(file) && said.contains(says), "{said}");
        }
        let (_place, folder) = copy();
        fs::remove_file(folder.join("guide.md")).expect("removed");
        let said = check(&folder).expect_err("a missing file").to_string();
        assert!(said.contains("guide.md: it is missing; it tells an admin"), "{said}");
        let empty = tempfile::tempdir().expect("a folder");
        let said = check(empty.path()).expect_err("nothing there").to_string();
        assert!(said.contains("holds no integration"), "{said}");
    }

    #[test]
    fn what_no_exchange_exercises_is_told() {
        let (_place, folder) = copy();
        fs::remove_file(folder.join("exchanges/connect.toml")).expect("removed");
        let report = check(&folder).expect("a report");
        assert!(report.contains("! No exchange exercises row 1 of [[auth.failures]]"), "{report}");
        fs::remove_dir_all(folder.join("exchanges")).expect("removed");
        let report = check(&folder).expect("a report");
        assert!(report.contains("No recorded exchanges. Put what was sent"), "{report}");
    }
}
