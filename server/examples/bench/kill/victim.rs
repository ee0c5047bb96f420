//! The server that is killed.

use crate::program;
use crate::project::Place;
use anyhow::{Context, Result};
use portico_domain::Timestamp;
use portico_runtime::SystemClock;
use portico_services::Clock;
use serde_json::json;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// How to start it.
pub(crate) struct Victim {
    program: PathBuf,
    configuration: PathBuf,
    log: PathBuf,
    port: u16,
}

/// One of its lives. Ended with it, however the bench ends.
pub(crate) struct Life(Child);

impl Victim {
    /// Writes its configuration.
    pub(crate) fn at(place: &Place<'_>) -> Result<Self> {
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
        let log = place.folder.join("portico.log");
        Ok(Self { program: program::path()?, configuration, log, port: place.port })
    }

    /// Starts it; it answers a little later.
    pub(crate) fn start(&self) -> Result<Life> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.program)
            .arg("--config")
            .arg(&self.configuration)
            .arg("serve")
            .env("PORTICO_PORT", self.port.to_string())
            .env("PORTICO_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| self.program.display().to_string())?;
        Ok(Life(child))
    }

    /// Waits until it answers; tells when that was.
    pub(crate) async fn ready(&self, life: &mut Life) -> Result<Timestamp> {
        program::until_ready(&mut life.0, &reqwest::Client::new(), self.port).await?;
        Ok(SystemClock.now())
    }
}

impl Life {
    /// Kill -9; tells when that was.
    pub(crate) fn kill(mut self) -> Result<Timestamp> {
        let at = SystemClock.now();
        self.0.kill()?;
        self.0.wait()?;
        Ok(at)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // Nothing where it has ended; what fails here has failed before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
