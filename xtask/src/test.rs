//! `cargo xtask test`: everything CI runs.

use crate::process::step;
use crate::site::{self, Profile};
use crate::{check, setup};
use anyhow::Result;

/// What to leave out while working on something else.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Runs it all.
pub(crate) fn run(_: &Args) -> Result<()> {
    setup::wasm_target()?;
    check::lints()?;
    site::build(Profile::Debug)?;
    step("Tests", || check::tests(&[]))
}
