//! `cargo xtask check`: what a person runs between two edits.

use crate::process::{self, command, step};
use anyhow::Result;

/// The crates that decide: no I/O, no clock, no randomness, and so fit for the browser too.
const PURE: [&str; 3] = ["portico-domain", "portico-connector", "portico-engine"];

/// Formatting, lints and the unit tests of the default members.
pub(crate) fn run() -> Result<()> {
    step("Formatting", formatting)?;
    lints()?;
    step("Unit tests", || cargo(&["test", "--lib", "--bins"]))
}

/// Whether everything looks as `cargo fmt` would write it.
pub(crate) fn formatting() -> Result<()> {
    cargo(&["fmt", "--all", "--check"])
}

/// Lints, once for the host and once for wasm32: one build of both would unify leptos' features
/// (docs/adr/0002).
pub(crate) fn lints() -> Result<()> {
    step("Lints", || cargo(&["clippy", "--all-targets", "--", "-D", "warnings"]))?;
    crate::setup::wasm_target()?;
    for root in ["portico-portal", "portico-editor", "portico-dashboard"] {
        step(&format!("Lints of {root} for wasm32"), || clippy_wasm(&[root]))?;
    }
    // By themselves: what the wasm roots switch on must not be what lets these compile.
    step("Lints of the pure crates for wasm32", || clippy_wasm(&PURE))
}

fn clippy_wasm(packages: &[&str]) -> Result<()> {
    let mut clippy = command("cargo", ["clippy", "--target", "wasm32-unknown-unknown"]);
    for package in packages {
        clippy.args(["--package", package]);
    }
    process::run(clippy.args(["--", "-D", "warnings"]))
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(&mut command("cargo", arguments))
}
