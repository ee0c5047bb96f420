//! `cargo xtask dev`: the demo, rebuilt and restarted when a file changes.

use crate::demo::{self, Programs};
use crate::process::step;
use crate::site::{self, Profile, target_folder};
use crate::stack::{Ports, Settings, Stack};
use crate::{interrupt, setup};
use anyhow::{Context, Result};
use notify::{Event, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What is rebuilt when it changes.
const RUST: [&str; 7] =
    ["app", "crates", "frontend", "sandbox", "server", "integrations", "Cargo.toml"];
/// What is copied or bundled when it changes; Portico reads it from the disk.
const ASSETS: [&str; 3] = ["style", "public", "sdk/src"];

/// What a burst of changes asks for; the later includes the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Nothing,
    Assets,
    Rust,
}

/// Rebuilds until interrupted. Its data folder is its own, so that a demo's stays as it was.
pub(crate) fn run_dev() -> Result<()> {
    interrupt::listen()?;
    let ports = Ports { portico: 3000, demo: 4000, sandbox: 4100 };
    ports.are_free()?;
    setup::node()?;
    let (events, changed) = channel();
    let mut watcher = notify::recommended_watcher(events)?;
    for watched in RUST.iter().chain(&ASSETS) {
        watcher
            .watch(Path::new(watched), RecursiveMode::Recursive)
            .with_context(|| format!("watching {watched}"))?;
    }
    let site = site::build(Profile::Debug)?;
    let programs = demo::build(Programs::Debug)?;
    let data = target_folder().join("dev");
    let settings = Settings { ports, data, site: site.clone(), programs, verbose: true };
    let mut stack = Stack::start(settings)?;
    println!("{}", demo::welcome(&stack)?);
    let mut told = false;
    while !interrupt::raised() {
        let change = burst(&changed);
        // What does not build is said and waited out: the next change may repair it.
        if let Err(error) = follow(change, &mut stack, &site) {
            eprintln!("{error:#}");
        }
        match stack.check() {
            Ok(()) => told = false,
            Err(_) if told => {}
            Err(error) => {
                eprintln!("{error:#}\nWaiting for a change.");
                told = true;
            }
        }
    }
    Ok(())
}

fn follow(change: Change, stack: &mut Stack, site: &Path) -> Result<()> {
    match change {
        Change::Nothing => Ok(()),
        Change::Assets => step("Renewing style sheets, SDK and files", || site::assets(site)),
        Change::Rust => {
            site::build(Profile::Debug)?;
            demo::build(Programs::Debug)?;
            stack.stop_portico();
            step("Starting Portico again", || stack.start_portico())
        }
    }
}

/// Waits a moment for a change and, after one, until the changes pause: editors and version control
/// write many files at once.
fn burst(changed: &Receiver<notify::Result<Event>>) -> Change {
    const QUIET: Duration = Duration::from_millis(300);
    let mut change = Change::Nothing;
    while let Ok(event) = changed.recv_timeout(QUIET) {
        change = change.max(event.map_or(Change::Nothing, |event| asked_by(&event)));
    }
    change
}

fn asked_by(event: &Event) -> Change {
    // A compiler that reads a file is no change.
    if event.kind.is_access() {
        return Change::Nothing;
    }
    event.paths.iter().map(|path| kind_of(path)).max().unwrap_or(Change::Nothing)
}

fn kind_of(path: &Path) -> Change {
    let root = setup::workspace_root();
    let path = path.strip_prefix(&root).unwrap_or(path);
    let under = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    if is_editors(path) {
        Change::Nothing
    } else if under(&RUST) {
        Change::Rust
    } else if under(&ASSETS) {
        Change::Assets
    } else {
        Change::Nothing
    }
}

/// Backup and swap files of editors.
fn is_editors(path: &Path) -> bool {
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    let name = name.to_string_lossy();
    name.starts_with('.') || name.starts_with('#') || name.ends_with('~') || name == "4913"
}

#[cfg(test)]
mod tests {
    use super::{Change, asked_by};
    use notify::event::{AccessKind, CreateKind, EventKind, ModifyKind};
    use notify::{Event, event::AccessMode};

    fn asked(kind: EventKind, path: &str) -> Change {
        asked_by(&Event::new(kind).add_path(crate::setup::workspace_root().join(path)))
    }

    #[test]
    fn a_change_asks_for_what_it_needs_and_no_more() {
        let modified = EventKind::Modify(ModifyKind::Any);
        assert_eq!(asked(modified, "server/src/main.rs"), Change::Rust);
        assert_eq!(asked(modified, "style/tokens.css"), Change::Assets);
        assert_eq!(asked(EventKind::Create(CreateKind::File), "sdk/src/new.ts"), Change::Assets);
        assert_eq!(asked(modified, "server/src/.main.rs.swp"), Change::Nothing);
        let read = EventKind::Access(AccessKind::Open(AccessMode::Read));
        assert_eq!(asked(read, "server/src/main.rs"), Change::Nothing);
    }
}
