//! Installing what is missing: the wasm target, npm packages, Chromium, PostgreSQL.

use crate::process::{command, exists, read, run, step};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the workspace")
        .to_path_buf()
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
    })
}
