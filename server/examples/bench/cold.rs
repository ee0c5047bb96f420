//! The program by itself: how large it is, how soon it answers, what it keeps in memory with nothing to do.

use crate::floor::start;
use crate::program;
use crate::project::integrations;
use anyhow::{Context, Result};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How often the start is measured.
const STARTS: usize = 5;

/// Measures and prints.
pub(crate) async fn run() -> Result<()> {
    let program = program::path()?;
    let size = std::fs::metadata(&program)?.len();
    let folder = tempfile::tempdir()?;
    let mut first = Duration::ZERO;
    let mut later = Vec::new();
    let mut idle = 0;
    for index in 0..STARTS {
        let (took, memory) = once(&program, folder.path()).await?;
        idle = idle.max(memory);
        if index == 0 { first = took } else { later.push(took) }
    }
    later.sort_unstable();
    let median = later.get(later.len() / 2).context("a start")?;
    println!(
        "the program: {:.1} MB; ready in {} ms with an empty folder (keys made, database laid out), \
         in {} ms after that; {idle} MB resident when idle",
        mb(size),
        first.as_millis(),
        median.as_millis(),
    );
    Ok(())
}

async fn once(program: &Path, folder: &Path) -> Result<(Duration, u64)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let client = reqwest::Client::new();
    let begun = start();
    let mut child = Command::new(program)
        .arg("serve")
        .current_dir(folder)
        .env("PORTICO_PORT", port.to_string())
        .env("PORTICO_DATA", folder.join("data"))
        .env("PORTICO_INTEGRATIONS", integrations())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let answered = program::until_ready(&mut child, &client, port).await.map(|()| begun.elapsed());
    let memory = resident_mb(child.id());
    child.kill()?;
    child.wait()?;
    Ok((answered?, memory))
}

/// Linux tells it in pages of 4 kB.
pub(crate) fn resident_mb(process: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4 / 1024
}

#[expect(clippy::cast_precision_loss, reason = "the size of a program")]
fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
