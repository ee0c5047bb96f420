//! The project's commands, the same for people, the README and CI.
//!
//! Each command does its own set-up on a fresh machine and says what it is doing while it works.
//! One file per command; `process` runs programs, `setup`, `npm` and `chromium` install what is
//! missing, `site` builds what the browser loads, `stack` runs the programs together.

#![expect(clippy::disallowed_methods, reason = "a build tool measures and waits in real time")]

mod bench;
mod budgets;
mod check;
mod chromium;
mod demo;
mod dev;
mod end2end;
mod interrupt;
mod npm;
mod postgres;
mod process;
mod setup;
mod site;
mod stack;
mod stamp;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};
use site::Profile;
use std::process::ExitCode;

/// The project's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start Portico with simulated providers and a host app, at addresses to click on.
    Demo(demo::Args),
    /// Run everything CI runs, with its own set-up.
    Test(test::Args),
    /// The quick subset: formatting, lints, unit tests.
    Check,
    /// The demo, rebuilt and restarted when a file changes.
    Dev,
    /// Measure events and executions a second on this machine.
    Bench(bench::Args),
    /// Measure how smoothly the editor shows and edits a workflow of 200 steps.
    Frames,
    /// Install what is missing: the wasm target, npm packages, Chromium.
    Setup,
    /// Build what the browser loads into target/site.
    Site {
        /// Optimised, as it is shipped.
        #[arg(long)]
        release: bool,
    },
    /// Build the site as it is shipped and hold it against its limits.
    Budgets,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        // A sentence, whatever RUST_BACKTRACE says: what failed is a command, not this program.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    std::env::set_current_dir(setup::workspace_root())?;
    match command {
        Command::Demo(args) => demo::run_demo(&args),
        Command::Test(args) => test::run(&args),
        Command::Check => check::run(),
        Command::Dev => dev::run_dev(),
        Command::Bench(args) => bench::measure(&args),
        Command::Frames => end2end::frames(),
        Command::Setup => setup::run_all(),
        Command::Site { release } => {
            let profile = if release { Profile::Release } else { Profile::Debug };
            let site = site::build(profile)?;
            println!("{}", site.display());
            Ok(())
        }
        Command::Budgets => budgets::check(&site::build(Profile::Release)?),
    }
}
