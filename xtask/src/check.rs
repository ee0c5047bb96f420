//! `cargo xtask check`: what a person runs between two edits.

use crate::process::{self, command, step};
use anyhow::Result;

/// The crates that decide: no I/O, no clock, no randomness, and so fit for the browser too.
const PURE: [&str; 3] = ["portico-domain", "portico-connector", "portico-engine"];

/// Formatting, lints and the unit tests of the default members.
pub(crate) fn run() -> Result<()> {
    lints()?;
    step("Unit tests", || tests(&["--lib", "--bins"]))
}

/// Formatting and lints, for the host and for wasm32.
pub(crate) fn lints() -> Result<()> {
    step("Formatting", || cargo(&["fmt", "--all", "--check"]))?;
    step("Lints", || cargo(&["clippy", "--all-targets", "--", "-D", "warnings"]))?;
    crate::setup::wasm_target()?;
    step("Lints of the wasm roots and the pure crates for wasm32", || {
        let mut clippy = command("cargo", ["clippy", "--target", "wasm32-unknown-unknown"]);
        for package in ["portico-portal", "portico-dashboard"].into_iter().chain(PURE) {
            clippy.args(["--package", package]);
        }
        process::run(clippy.args(["--", "-D", "warnings"]))
    })
}

/// `cargo test` of the default members.
pub(crate) fn tests(arguments: &[&str]) -> Result<()> {
    cargo(&[&["test"], arguments].concat())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(&mut command("cargo", arguments))
}
