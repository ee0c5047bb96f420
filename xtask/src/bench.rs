//! `cargo xtask bench`: how many events and executions a second, measured on this machine; with `kill`,
//! whether a server that is killed loses anything.

use crate::interrupt;
use crate::postgres::Cluster;
use crate::process::{command, run};
use anyhow::Result;
use clap::ValueEnum;

/// The master key on a database that is gone after the run: PostgreSQL wants one that is given.
const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// On which database; it is made for the run, and gone after it.
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// Unoptimised programs: built sooner, and good for `kill`.
    #[arg(long)]
    debug: bool,
    /// Passed on to the measuring program; `-- --help` shows what it takes.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// What there is to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Database {
    /// A new file.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// Measures, optimised unless told otherwise.
pub(crate) fn measure(args: &Args) -> Result<()> {
    let profile: &[&str] = if args.debug { &[] } else { &["--release"] };
    let package = ["-p", "portico"];
    // Together: apart, what they share would be built twice.
    let both = ["--bin", "portico", "--example", "bench"];
    run(command("cargo", ["build"]).args(profile).args(package).args(both))?;
    let mut bench = command("cargo", ["run"]);
    bench.args(profile).args(package).args(["--example", "bench", "--"]).args(&args.arguments);
    match args.database {
        Database::Sqlite => run(&mut bench),
        Database::Postgres => {
            // Ctrl-C ends the bench; the server is ended after it.
            interrupt::listen()?;
            let cluster = Cluster::start()?;
            bench.args(["--database", &cluster.url()]).env("PORTICO_MASTER_KEY", MASTER_KEY);
            bench.env_remove("PORTICO_MASTER_KEY_FILE");
            run(&mut bench)
        }
    }
}
