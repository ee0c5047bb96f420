//! `portico-sandbox`: simulated providers on a loopback port.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use portico_sandbox::{Sandbox, router};
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

/// Simulated providers, for demos and tests.
#[derive(Parser)]
#[command(name = "portico-sandbox", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the sandbox on 127.0.0.1.
    Serve {
        /// The port.
        #[arg(long, env = "PORTICO_SANDBOX_PORT", default_value_t = 4100)]
        port: u16,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().init();
    let Command::Serve { port } = Cli::parse().command;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("port {port} is in use; choose another with --port"))?;
    tracing::info!("the sandbox listens on http://127.0.0.1:{port}");
    axum::serve(listener, router(Sandbox::new()))
        .with_graceful_shutdown(interrupted())
        .await
        .context("serving")
}

/// Ctrl-C, or being told to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
