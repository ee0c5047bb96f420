//! `portico serve`.

use crate::pages;
use anyhow::{Context, Result};
use axum::Router;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Where to listen and what to serve.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port, on the loopback addresses of IPv4 and IPv6.
    #[arg(long, env = "PORTICO_PORT", default_value_t = 3000)]
    port: u16,
    /// The folder with the built pages.
    #[arg(long, env = "PORTICO_SITE", default_value = "target/site/debug")]
    site: PathBuf,
}

/// Serves until interrupted.
pub(crate) async fn run(args: Args) -> Result<()> {
    let app = pages::router(&args.site);
    let v4 = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).await?;
    // Browsers may try ::1 first for "localhost"; machines without IPv6 do without.
    let v6 = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, args.port))).await.ok();
    tracing::info!("Portico listens on http://localhost:{}", args.port);
    let second = async {
        match v6 {
            Some(listener) => serve(listener, app.clone()).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(serve(v4, app.clone()), second)?;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("port {} is in use; choose another with --port or PORTICO_PORT", address.port())
    })
}

async fn serve(listener: TcpListener, app: Router) -> Result<()> {
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await
        .context("serving")
}
