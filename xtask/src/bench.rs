//! `cargo xtask bench`: how many events and executions a second, measured on this machine.

use crate::process::{command, run};
use anyhow::Result;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed on to the measuring program; `-- --help` shows what it takes.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Measures, optimised.
pub(crate) fn measure(args: &Args) -> Result<()> {
    run(&mut command("cargo", ["build", "--release", "-p", "portico", "--bin", "portico"]))?;
    let bench = ["run", "--release", "-p", "portico", "--example", "bench", "--"];
    run(command("cargo", bench).args(&args.arguments))
}
