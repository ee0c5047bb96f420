//! The browser of the end-to-end tests: the system's own Chromium, never a downloaded one.

use crate::process::{command, find, run, step};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Names that Chromium goes by.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where Chromium is, installed by apt when it is nowhere.
pub(crate) fn executable() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("CHROMIUM names {}, which is not a file", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = found() {
        return Ok(path);
    }
    step("Installing Chromium (the Debian package)", install)?;
    found().context("apt installed Chromium, and it is still not on the PATH")
}

fn found() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| find(name))
}

fn install() -> Result<()> {
    if find("apt-get").is_none() {
        bail!("Chromium is not installed; install it, or name its program in CHROMIUM");
    }
    let sorry = "apt could not install Chromium (it needs root); install the package `chromium`, \
                 or name a Chromium in CHROMIUM";
    for arguments in [
        vec!["update", "-qq"],
        vec!["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"],
    ] {
        let mut apt = command("apt-get", arguments);
        run(apt.env("DEBIAN_FRONTEND", "noninteractive")).context(sorry)?;
    }
    Ok(())
}
