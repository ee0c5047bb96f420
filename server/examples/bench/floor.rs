//! What this machine can do at best: bare answers over HTTP, bare commits to disk.

use anyhow::Result;
use portico_domain::{DataKeyId, ProjectId};
use portico_runtime::SystemClock;
use portico_services::Clock;
use portico_storage::Store;
use std::path::Path;

/// A monotonic clock: what a bench is for.
#[expect(clippy::disallowed_methods, reason = "a bench measures the machine's time")]
pub(crate) fn start() -> std::time::Instant {
    std::time::Instant::now()
}

/// Commits a second, one row each, one after the other, flushed to disk.
pub(crate) async fn commits(folder: &Path) -> Result<f64> {
    let store = Store::open(&format!("sqlite:{}", folder.join("floor.db").display())).await?;
    store.migrate().await?;
    let now = SystemClock.now();
    let project = ProjectId::from_parts(1, [1; 10]);
    store.create_project(project, "floor", now).await?;
    let begun = start();
    let rounds: u16 = 500;
    for round in 0..rounds {
        let [high, low] = round.to_be_bytes();
        let id = DataKeyId::from_parts(2, [high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
        store.insert_data_key(id, project, vec![0; 64], now).await?;
    }
    Ok(f64::from(rounds) / begun.elapsed().as_secs_f64())
}

/// Bare requests answered a second, with as many callers as the load has.
pub(crate) async fn requests(port: u16, callers: usize, count: usize) -> Result<f64> {
    let client = reqwest::Client::new();
    let begun = start();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let client = client.clone();
        tasks.spawn(async move {
            for _ in 0..count / callers {
                let sent = client.post(format!("http://127.0.0.1:{port}/floor")).body("{}").send();
                sent.await?.bytes().await?;
            }
            Ok::<_, reqwest::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    Ok((count / callers * callers) as f64 / begun.elapsed().as_secs_f64())
}
