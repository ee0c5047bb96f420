//! A project whose provider is the sink, and users who are connected as real ones are.

use anyhow::{Context, Result};
use portico::command::sign;
use portico::config::Config;
use portico_domain::{Actor, ProjectId};
use portico_runtime::{OriginRule, Worker, WorkerOptions};
use portico_services::{Bundle, CallbackQuery, NewAuthorization, Services};
use portico_storage::WorkflowSwitch;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What a bench runs on.
pub(crate) struct Place<'a> {
    /// Its data folder.
    pub(crate) folder: &'a Path,
    /// The database's address; a file in the folder without one.
    pub(crate) database: Option<&'a str>,
    /// The sink's port.
    pub(crate) sink: u16,
    /// Where Portico is reached.
    pub(crate) port: u16,
}

/// A project with users.
pub(crate) struct Bench {
    pub(crate) services: Services,
    pub(crate) project: ProjectId,
    pub(crate) tokens: Vec<String>,
}

impl Place<'_> {
    /// The configuration: as usual, but the providers are at the sink.
    pub(crate) fn config(&self) -> Result<Config> {
        let rule = |from: &str, to: &str| OriginRule {
            from: from.to_owned(),
            to: format!("http://127.0.0.1:{}/{to}", self.sink),
        };
        Ok(Config {
            retention_days: 90,
            public_url: format!("http://localhost:{}", self.port).parse()?,
            port: self.port,
            data: self.folder.to_owned(),
            database: match self.database {
                Some(address) => address.to_owned(),
                None => format!("sqlite:{}", self.folder.join("portico.db").display()),
            },
            integrations: vec![integrations()],
            site: self.folder.to_owned(),
            max_event_bytes: 1024 * 1024,
            origins: vec![
                rule("https://login.salesforce.com", "login"),
                rule("https://*.my.salesforce.com", "{1}"),
            ],
        })
    }
}

/// The folder of the definitions.
pub(crate) fn integrations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../integrations")
}

impl Bench {
    /// Imports a project and connects its users, every workflow on.
    pub(crate) async fn new(place: &Place<'_>, bundle: &str, users: usize) -> Result<Self> {
        let services = portico::start::services(&place.config()?).await?;
        let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)?;
        let public = private.to_public_key().to_public_key_pem(LineEnding::LF)?;
        let pem = private.to_pkcs8_pem(LineEnding::LF)?;
        let imported =
            services.import(&Actor::Operator, &Bundle::parse(bundle)?, Some(&public)).await?;
        let mut bench = Self { services, project: imported.project, tokens: Vec::new() };
        for index in 0..users {
            let token = sign(&pem, &bench.project.to_string(), &format!("user-{index}"), 36_000)?;
            bench.connect(&token).await?;
            bench.tokens.push(token);
        }
        Ok(bench)
    }

    async fn connect(&self, token: &str) -> Result<()> {
        let user = self.services.authenticate(&self.project.to_string(), Some(token)).await?;
        let new = NewAuthorization { integration: "salesforce".to_owned(), ..Default::default() };
        let begun = self.services.begin_authorization(&user.actor, new).await?;
        let started = self.services.start_authorization(&begun.ticket).await?;
        let state = started.location.query_pairs().find(|(key, _)| key == "state");
        let query = CallbackQuery {
            state: state.map(|(_, state)| state.into_owned()),
            code: Some("c".to_owned()),
            ..CallbackQuery::default()
        };
        let cookie = started.cookie.clone();
        let project = self.project.to_string();
        self.services
            .finish_callback(&project, "salesforce", query, move |_| Some(cookie.clone()))
            .await?;
        for workflow in self.services.store().deployed(self.project).await? {
            let on = WorkflowSwitch { enabled: Some(true), ..WorkflowSwitch::default() };
            self.services
                .switch_workflow(&user.actor, None, workflow.id, on)
                .await
                .with_context(|| format!("switching {:?} on", workflow.name))?;
        }
        Ok(())
    }

    /// Serves on a free port and works the queue.
    pub(crate) async fn serve(&self, stop: CancellationToken) -> Result<u16> {
        let worker = Worker::new(self.services.clone(), WorkerOptions::default());
        tokio::spawn(worker.run(stop.clone()));
        let app = portico::router(self.services.clone(), Path::new("no-site"), stop.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move {
            axum::serve(listener, app)
                .with_graceful_shutdown(async move { stop.cancelled().await })
                .await
        });
        Ok(port)
    }
}
