//! The program as it is shipped: `portico serve` as a process of its own.

use crate::floor::start;
use crate::load::pause;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

/// How long a start may take before something is wrong; an unoptimised one takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where it is: `portico` is built beside the examples.
pub(crate) fn path() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.parent().and_then(Path::parent).context("a folder")?.join("portico");
    ensure!(
        program.is_file(),
        "{} is missing: build it with cargo build -p portico, in the profile of this bench",
        program.display()
    );
    Ok(program)
}

/// Waits until it answers.
pub(crate) async fn until_ready(
    child: &mut Child,
    client: &reqwest::Client,
    port: u16,
) -> Result<()> {
    let url = format!("http://127.0.0.1:{port}/readyz");
    let begun = start();
    while begun.elapsed() < PATIENCE {
        if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        ensure!(child.try_wait()?.is_none(), "the program ended instead of serving");
        pause(Duration::from_millis(1)).await;
    }
    anyhow::bail!("the program was not ready in {} s", PATIENCE.as_secs())
}
