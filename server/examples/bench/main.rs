//! `cargo xtask bench`: events in over HTTP, one-step executions done at a local sink, each figure beside
//! its floor from the same run. `bench kill` kills the server at random instants and proves that nothing is
//! lost, done twice, or done before its time.

mod cold;
mod floor;
mod kill;
mod load;
mod program;
mod project;
mod sink;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// How many users send events.
    #[arg(long, default_value_t = 200)]
    users: usize,
    /// How many events are sent as fast as they are taken.
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// The paced rate, in events a second.
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The database's address, `postgres://…`; a new SQLite file by default.
    #[arg(long, global = true)]
    database: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Kill the server again and again while events come in and delays, fan-outs and schedules are in
    /// the air, and hold what it tells against what its provider saw.
    Kill {
        /// How often.
        #[arg(long, default_value_t = 100)]
        cycles: usize,
        /// How many there are; one after the other is killed while the others go on.
        #[arg(long, default_value_t = 1)]
        nodes: usize,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    portico_runtime::http::choose_tls();
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Kill { cycles, nodes }) => {
            kill::run(&kill::Plan { cycles, nodes: nodes.max(1), database: cli.database }).await
        }
        None => {
            let plan = load::Plan {
                users: cli.users,
                events: cli.events,
                rate: cli.rate,
                seconds: cli.seconds,
                database: cli.database,
            };
            cold::run().await?;
            load::run(&plan).await
        }
    }
}
