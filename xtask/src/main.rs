//! The project's commands, the same for people, the README and CI.
//!
//! Each command does its own set-up on a fresh machine and says what it is doing while it works.
//! One file per command; `process` runs programs, `setup` installs what is missing, `site` builds
//! what the browser loads.

#![expect(clippy::disallowed_methods, reason = "a build tool measures and waits in real time")]

mod check;
mod process;
mod setup;
mod site;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};
use site::Profile;

/// The project's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything CI runs, with its own set-up.
    Test(test::Args),
    /// The seconds-long subset: formatting, lints, unit tests of what can be tested without a browser.
    Check,
    /// Build what the browser loads into target/site.
    Site {
        /// Optimised, as it is shipped.
        #[arg(long)]
        release: bool,
    },
}

fn main() -> Result<()> {
    std::env::set_current_dir(setup::workspace_root())?;
    match Cli::parse().command {
        Command::Test(args) => test::run(&args),
        Command::Check => check::run(),
        Command::Site { release } => {
            setup::wasm_target()?;
            site::build(if release { Profile::Release } else { Profile::Debug })?;
            Ok(())
        }
    }
}
