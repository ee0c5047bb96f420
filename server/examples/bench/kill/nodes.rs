//! The servers that are killed.

use crate::program;
use crate::project::Place;
use anyhow::{Context, Result};
use portico_domain::Timestamp;
use portico_runtime::SystemClock;
use portico_services::Clock;
use serde_json::json;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// All of them, and what became of them.
pub(super) struct Nodes {
    program: PathBuf,
    configuration: PathBuf,
    log: PathBuf,
    nodes: Vec<Node>,
    /// How often one was killed.
    pub(super) kills: usize,
    /// When none was there.
    pub(super) downs: Vec<(Timestamp, Timestamp)>,
    /// Since the last one was killed.
    down_since: Option<Timestamp>,
}

struct Node {
    port: u16,
    life: Option<Life>,
}

/// A process, ended however the bench ends.
struct Life {
    child: Child,
    answers: bool,
}

impl Nodes {
    /// Writes their configuration. The first has the place's port.
    pub(super) fn new(place: &Place<'_>, count: usize) -> Result<Self> {
        let config = place.config()?;
        let origins: Vec<_> =
            config.origins.iter().map(|own| json!({ "from": own.from, "to": own.to })).collect();
        let file = json!({
            "public_url": config.public_url,
            "data": config.data,
            "database": config.database,
            "integrations": config.integrations,
            "site": config.site,
            "origins": origins,
        });
        let configuration = place.folder.join("portico.toml");
        fs::write(&configuration, toml::to_string(&file)?)?;
        let mut nodes = vec![Node { port: place.port, life: None }];
        while nodes.len() < count {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            nodes.push(Node { port, life: None });
        }
        Ok(Self {
            program: program::path()?,
            configuration,
            log: place.folder.join("portico.log"),
            nodes,
            kills: 0,
            downs: Vec::new(),
            down_since: None,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn ports(&self) -> impl Iterator<Item = u16> {
        self.nodes.iter().map(|node| node.port)
    }

    /// Starts one; it answers a little later.
    pub(super) fn start(&mut self, node: usize) -> Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let node = &mut self.nodes[node];
        let child = Command::new(&self.program)
            .arg("--config")
            .arg(&self.configuration)
            .arg("serve")
            .env("PORTICO_PORT", node.port.to_string())
            .env("PORTICO_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| self.program.display().to_string())?;
        node.life = Some(Life { child, answers: false });
        Ok(())
    }

    /// Starts those that are not there, and waits until every one answers.
    pub(super) async fn start_all(&mut self) -> Result<()> {
        for node in 0..self.count() {
            if self.nodes[node].life.is_none() {
                self.start(node)?;
            }
        }
        let client = reqwest::Client::new();
        for node in &mut self.nodes {
            if let Some(life) = node.life.as_mut().filter(|life| !life.answers) {
                program::until_ready(&mut life.child, &client, node.port).await?;
                life.answers = true;
                let now = SystemClock.now();
                self.downs.extend(self.down_since.take().map(|since| (since, now)));
            }
        }
        Ok(())
    }

    /// Kill -9.
    pub(super) fn kill(&mut self, node: usize) -> Result<()> {
        let Some(mut life) = self.nodes[node].life.take() else { return Ok(()) };
        let now = SystemClock.now();
        life.child.kill()?;
        life.child.wait()?;
        self.kills += 1;
        let is_there = |node: &Node| node.life.as_ref().is_some_and(|life| life.answers);
        if !self.nodes.iter().any(is_there) {
            self.down_since.get_or_insert(now);
        }
        Ok(())
    }

    /// Kill -9 of all of them.
    pub(super) fn kill_all(&mut self) -> Result<()> {
        (0..self.count()).try_for_each(|node| self.kill(node))
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // Nothing where it has ended; what fails here has failed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
