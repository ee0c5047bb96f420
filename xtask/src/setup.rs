//! `cargo xtask setup`: installing what is missing, so that no command has to be told to first.

use crate::process::{command, exists, read, run, step};
use crate::{chromium, npm};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the workspace")
        .to_path_buf()
}

/// Everything that any command would install.
pub(crate) fn run_all() -> Result<()> {
    wasm_target()?;
    node()?;
    npm::tools()?;
    npm::install(Path::new("sdk"))?;
    npm::install(Path::new("end2end"))?;
    let chromium = chromium::executable()?;
    eprintln!("Everything is there; Chromium is {}.", chromium.display());
    Ok(())
}

/// Adds the wasm target to the toolchain in use.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = read(&mut command("rustc", ["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown/lib").exists() {
        return Ok(());
    }
    step("Adding the wasm32-unknown-unknown target", || {
        if !exists("rustup") {
            bail!("rustup is not installed; add the wasm32-unknown-unknown target to your Rust");
        }
        // `rustup target add` never updates rustup itself, as `toolchain install` may.
        run(&mut command("rustup", ["target", "add", "wasm32-unknown-unknown"]))
            .context("rustup could not add the target; is there a way to its server?")
    })
}

/// Node.js, new enough for the SDK's tools and the demo's host app.
pub(crate) fn node() -> Result<()> {
    const NEEDED: u32 = 20;
    if !exists("node") {
        bail!("Node.js is not installed; install version {NEEDED} or newer");
    }
    let version = read(&mut command("node", ["--version"]))?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    match major.and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= NEEDED => Ok(()),
        _ => bail!("Node.js is {}; install version {NEEDED} or newer", version.trim()),
    }
}
