//! `cargo xtask bench`: events in over HTTP, one-step executions done at a local sink, each figure beside
//! its floor from the same run. `bench kill` kills a server at random instants and counts what was lost.

mod cold;
mod floor;
mod kill;
mod load;
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
    /// The database; a new SQLite file by default.
    #[arg(long)]
    database: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Kill the server again and again while events come in, and count what was lost.
    Kill {
        /// How often.
        #[arg(long, default_value_t = 100)]
        cycles: usize,
    },
    /// The server that `kill` kills.
    #[command(hide = true)]
    Victim {
        /// Its data folder.
        folder: std::path::PathBuf,
        /// Where its provider is.
        sink: u16,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    portico_runtime::http::choose_tls();
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Kill { cycles }) => kill::run(cycles).await,
        Some(Command::Victim { folder, sink }) => kill::victim(&folder, sink).await,
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
