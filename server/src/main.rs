//! The binary `portico`: command line, configuration, wiring.

mod pages;
mod serve;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Portico: the embedded integration platform that a company can own.
#[derive(Parser)]
#[command(name = "portico", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the dashboard, the Connect Portal and the APIs.
    Serve(serve::Args),
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("PORTICO_LOG")
                .unwrap_or_else(|_| "info".into()),
        )
        .init();
    match Cli::parse().command {
        Command::Serve(args) => serve::run(args).await,
    }
}
