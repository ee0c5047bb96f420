//! Portico, the sandbox and the demo's host app, running together: `demo` shows them to people,
//! `dev` restarts Portico in them, `test` drives a browser through them.

mod child;
mod configuration;
mod probe;

pub(crate) use configuration::Ports;

use crate::process::{command, read};
use crate::{interrupt, setup};
use anyhow::{Context, Result, bail};
use child::{Child, Output};
use configuration::Configuration;
use serde::Deserialize;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What to run, and where.
pub(crate) struct Settings {
    pub(crate) ports: Ports,
    /// The data folder; kept from one start to the next.
    pub(crate) data: PathBuf,
    /// What `site::build` made.
    pub(crate) site: PathBuf,
    /// The folder with the built programs.
    pub(crate) programs: PathBuf,
    /// Whether the programs' logs go to the terminal instead of files.
    pub(crate) verbose: bool,
}

/// What `portico import` prints.
#[derive(Deserialize)]
struct Imported {
    project: String,
    name: String,
    signing_key: PathBuf,
}

/// All of it, running. Ended when dropped.
pub(crate) struct Stack {
    settings: Settings,
    configuration: Configuration,
    imported: Imported,
    // In the order in which they are ended: those who call before those who are called.
    host: Child,
    portico: Child,
    sandbox: Child,
}

/// How long a program may take until it answers; a debug build on a busy machine takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

impl Stack {
    /// Seeds the data folder, starts the three programs and waits until each answers.
    pub(crate) fn start(settings: Settings) -> Result<Self> {
        settings.ports.are_free()?;
        fs::create_dir_all(&settings.data)?;
        // Programs are given absolute paths: none of them has to know where it was started.
        let settings = Settings {
            data: fs::canonicalize(&settings.data)?,
            site: fs::canonicalize(&settings.site)?,
            programs: fs::canonicalize(&settings.programs)?,
            ..settings
        };
        let configuration = Configuration::write(&settings.ports, &settings.data)?;
        let imported = import(&settings, &configuration)?;
        let sandbox = start_sandbox(&settings)?;
        let portico = start_portico(&settings, &configuration)?;
        let host = start_host(&settings, &imported)?;
        let mut stack = Self { settings, configuration, imported, host, portico, sandbox };
        stack.wait_until_ready()?;
        Ok(stack)
    }

    /// The address of the dashboard and the APIs.
    pub(crate) fn portico_url(&self) -> String {
        self.settings.ports.portico_url()
    }

    /// The address of the host app's page.
    pub(crate) fn host_url(&self) -> String {
        self.settings.ports.host_url()
    }

    /// The address of the simulated providers.
    pub(crate) fn sandbox_url(&self) -> String {
        self.settings.ports.sandbox_url()
    }

    /// The imported project's name and id.
    pub(crate) fn project(&self) -> (&str, &str) {
        (&self.imported.name, &self.imported.project)
    }

    /// The private key with which the host app signs user tokens.
    pub(crate) fn signing_key(&self) -> &Path {
        &self.imported.signing_key
    }

    /// Where the programs' logs are.
    pub(crate) fn logs(&self) -> String {
        match output(&self.settings) {
            Output::Terminal => "this terminal".to_owned(),
            Output::Folder(folder) => folder.display().to_string(),
        }
    }

    /// A link that signs an administrator in, once.
    pub(crate) fn admin_link(&self) -> Result<String> {
        let link = read(&mut self.admin_link_command()).context("making a sign-in link")?;
        match link.trim() {
            "" => bail!("`portico admin link` printed nothing"),
            link => Ok(link.to_owned()),
        }
    }

    /// The command that makes such a link; its environment says which Portico is meant.
    pub(crate) fn admin_link_command(&self) -> Command {
        portico(&self.settings, &self.configuration, &["admin", "link"])
    }

    /// An error as soon as one of the programs has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        for child in [&mut self.portico, &mut self.sandbox, &mut self.host] {
            child.check()?;
        }
        Ok(())
    }

    /// Ends Portico; the others stay.
    pub(crate) fn stop_portico(&mut self) {
        self.portico.end();
    }

    /// Starts Portico again, after a build, and waits until it is ready.
    pub(crate) fn start_portico(&mut self) -> Result<()> {
        self.portico = start_portico(&self.settings, &self.configuration)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let ports = self.settings.ports;
        for (port, path) in
            [(ports.sandbox, "/healthz"), (ports.portico, "/readyz"), (ports.demo, "/healthz")]
        {
            let mut waited = Duration::ZERO;
            while !probe::answers(port, path) {
                interrupt::check()?;
                self.check()?;
                if waited > PATIENCE {
                    bail!(
                        "http://127.0.0.1:{port}{path} has not answered for {} s; the logs are in {}",
                        PATIENCE.as_secs(),
                        self.logs()
                    );
                }
                waited += interrupt::pause();
            }
        }
        Ok(())
    }
}

fn import(settings: &Settings, configuration: &Configuration) -> Result<Imported> {
    let mut import = portico(settings, configuration, &["import"]);
    let printed =
        read(import.arg(configuration.project())).context("importing demo/project.toml")?;
    let line = printed.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str(line)
        .with_context(|| format!("`portico import` printed no result, but: {printed}"))
}

/// A command of the server's binary, with everything that says which Portico is meant.
fn portico(settings: &Settings, configuration: &Configuration, arguments: &[&str]) -> Command {
    let mut command = command(&program(settings, "portico").to_string_lossy(), ["--config"]);
    command
        .arg(configuration.portico())
        .arg("--data")
        .arg(&settings.data)
        .args(arguments)
        .env("PORTICO_PORT", settings.ports.portico.to_string())
        .env("PORTICO_PUBLIC_URL", settings.ports.portico_url())
        .env("PORTICO_SITE", &settings.site)
        .env("PORTICO_INTEGRATIONS", setup::workspace_root().join("integrations"))
        .env("PORTICO_LOG", log_filter(settings));
    command
}

fn start_portico(settings: &Settings, configuration: &Configuration) -> Result<Child> {
    let command = portico(settings, configuration, &["serve"]);
    Child::start("portico", command, &output(settings))
}

fn start_sandbox(settings: &Settings) -> Result<Child> {
    let port = settings.ports.sandbox.to_string();
    let sandbox = program(settings, "portico-sandbox");
    let command = command(&sandbox.to_string_lossy(), ["serve", "--port", &port]);
    Child::start("sandbox", command, &output(settings))
}

fn start_host(settings: &Settings, imported: &Imported) -> Result<Child> {
    let mut node = command("node", ["demo/server.mjs"]);
    node.env("DEMO_PORT", settings.ports.demo.to_string())
        .env("PORTICO_URL", settings.ports.portico_url())
        .env("PORTICO_PROJECT", &imported.project)
        .env("PORTICO_SIGNING_KEY_FILE", &imported.signing_key)
        .env("SANDBOX_URL", settings.ports.sandbox_url());
    Child::start("host", node, &output(settings))
}

fn program(settings: &Settings, name: &str) -> PathBuf {
    settings.programs.join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

/// A person's own choice goes first.
fn log_filter(settings: &Settings) -> OsString {
    let usual = if settings.verbose { "info,portico=debug" } else { "info" };
    std::env::var_os("PORTICO_LOG").unwrap_or_else(|| usual.into())
}

fn output(settings: &Settings) -> Output {
    if settings.verbose { Output::Terminal } else { Output::Folder(settings.data.join("logs")) }
}
