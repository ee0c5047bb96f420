//! Packages from npm, always as their lock file says.

use crate::process::{command, exists, run, step};
use crate::site::target_folder;
use crate::stamp::Stamp;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const INSTALL: [&str; 5] = ["install", "--no-save", "--ignore-scripts", "--loglevel", "error"];

/// Installs a folder's packages when its lock file changed.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let name = folder.to_string_lossy().replace(['/', '\\'], "-");
    let (package, lock) = (folder.join("package.json"), folder.join("package-lock.json"));
    let stamp = Stamp::of(&format!("npm-{name}"), "", &[&package, &lock])?
        .leaving([folder.join("node_modules/.package-lock.json")]);
    stamp.unless_done(|| {
        step(&format!("Installing the npm packages of {}", folder.display()), || {
            if !exists("npm") {
                bail!("npm is not installed; install Node.js 20 or newer, which brings it");
            }
            // Not `npm ci`: it refuses a lock file that lacks another platform's optional packages,
            // and a registry mirror need not have those. `--no-save` leaves the lock file alone.
            // A browser is taken from the system, never downloaded by a package.
            run(in_folder("npm", folder, &INSTALL).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
                .context("the packages could not be installed; is there a way to the npm registry?")
        })
    })
}

/// Runs a script of a folder's `package.json`.
pub(crate) fn script(folder: &Path, name: &str) -> Result<()> {
    run(&mut in_folder("npm", folder, &["run", "--silent", name]))
}

/// Installs the tools pinned in `xtask/package.json` and returns the folder of their packages.
pub(crate) fn tools() -> Result<PathBuf> {
    let tools = target_folder().join("tools");
    fs::create_dir_all(&tools)?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        copy_if_changed(&Path::new("xtask").join(file), &tools.join(file))?;
    }
    install(&tools)?;
    Ok(tools.join("node_modules"))
}

fn in_folder(program: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = command(program, arguments);
    command.current_dir(folder);
    command
}

fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    if fs::read(to).is_ok_and(|was| was == text) {
        return Ok(());
    }
    fs::write(to, text).with_context(|| format!("writing {}", to.display()))
}
