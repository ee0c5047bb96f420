//! A server in this process with a clock that is moved by hand, a sandbox, and a project.

mod accounts;
mod calls;
mod clock;
mod in_step;
mod runs;
mod triggers;

use axum::Router;
use calls::read;
use clock::MovedClock;
use portico_connector::{Assets, Definition};
use portico_domain::Actor;
use portico_runtime::{GuardedHttp, OriginMap, OriginRule, QuickJs, SystemEntropy};
use portico_services::{Bundle, Catalogue, MasterKey, Ports, Services, Settings};
use portico_storage::Store;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

pub(crate) use calls::Got;
pub(crate) use runs::outcome;
pub(crate) use triggers::polled;

/// The page that uses Portico in these stories.
pub(crate) const HOST: &str = "http://127.0.0.1:4000";

/// The demo's own: what people try is what is tested.
const BUNDLE: &str = include_str!("../../../demo/project.toml");

/// Everything that a story needs.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) project: String,
    app: Router,
    sandbox: Router,
    key: String,
    address: String,
    _folder: tempfile::TempDir,
}

/// A provider of a story's own, beside those of the sandbox.
pub(crate) struct Own {
    /// Its `integration.toml`.
    pub(crate) definition: &'static str,
    /// The origin under which it is reached.
    pub(crate) origin: &'static str,
    /// What it answers.
    pub(crate) provider: Router,
    /// What a project needs to use it, for `portico import`.
    pub(crate) bundle: &'static str,
}

/// The databases of this run: SQLite always, PostgreSQL where one was started for the tests.
pub(crate) async fn on_each_database<F: Future<Output = ()>>(story: impl Fn(World) -> F) {
    story(World::on_sqlite().await).await;
    if let Ok(address) = std::env::var("PORTICO_TEST_POSTGRES") {
        story(World::on_postgres(&address).await).await;
    }
}

/// The same, with a provider of the story's own.
pub(crate) async fn on_each_database_with<F: Future<Output = ()>>(
    own: impl Fn() -> Own,
    story: impl Fn(World) -> F,
) {
    let (folder, address) = World::fresh();
    story(World::with(&address, folder, "http://localhost:3000", Some(own())).await).await;
    if let Ok(cluster) = std::env::var("PORTICO_TEST_POSTGRES") {
        let (folder, address) = World::fresh_on(&cluster).await;
        story(World::with(&address, folder, "http://localhost:3000", Some(own())).await).await;
    }
}

impl World {
    async fn on_sqlite() -> Self {
        Self::reached_at("http://localhost:3000").await
    }

    /// On SQLite, with this `public_url`.
    pub(crate) async fn reached_at(public_url: &str) -> Self {
        let (folder, address) = Self::fresh();
        Self::with(&address, folder, public_url, None).await
    }

    /// A folder, and the address of a database in it.
    fn fresh() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite:{}", folder.path().join("portico.db").display());
        (folder, address)
    }

    async fn on_postgres(cluster: &str) -> Self {
        let (folder, address) = Self::fresh_on(cluster).await;
        Self::with(&address, folder, "http://localhost:3000", None).await
    }

    /// A database of its own in the cluster.
    async fn fresh_on(cluster: &str) -> (tempfile::TempDir, String) {
        let mut random = [0; 8];
        portico_services::Entropy::fill(&SystemEntropy, &mut random);
        let name = format!("journey_{:016x}", u64::from_be_bytes(random));
        let (server, _) = cluster.rsplit_once('/').expect("an address with a database");
        let admin = Store::open(cluster).await.expect("the cluster");
        admin.create_database(&name).await.expect("a database");
        let query =
            cluster.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let folder = tempfile::tempdir().expect("a folder");
        (folder, format!("{server}/{name}{query}"))
    }

    async fn with(
        address: &str,
        folder: tempfile::TempDir,
        public_url: &str,
        own: Option<Own>,
    ) -> Self {
        let sandbox = portico_sandbox::router(portico_sandbox::Sandbox::new());
        let port = serve(sandbox.clone()).await;
        let to = |path: &str| format!("http://127.0.0.1:{port}/{path}");
        let rule = |from: &str, to: String| OriginRule { from: from.to_owned(), to };
        let mut rules = vec![
            rule("https://login.salesforce.com", to("salesforce/login")),
            rule("https://test.salesforce.com", to("salesforce/test")),
            rule("https://*.my.salesforce.com", to("salesforce/{1}")),
            rule("https://app.hubspot.com", to("hubspot")),
            rule("https://api.hubapi.com", to("hubspot")),
            rule("https://*.mktorest.com", to("marketo/{1}")),
            rule("https://slack.com", to("slack")),
        ];
        if let Some(own) = &own {
            let port = serve(own.provider.clone()).await;
            rules.push(rule(own.origin, format!("http://127.0.0.1:{port}")));
        }
        let origins = OriginMap::new(&rules).expect("origins");
        #[expect(clippy::disallowed_methods, reason = "tokens are signed with the machine's time")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis();
        let clock = Arc::new(MovedClock::at(i64::try_from(now).expect("a time")));
        let ports = Ports {
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            http: Arc::new(GuardedHttp::new(origins).expect("a client")),
            functions: Arc::new(QuickJs::default()),
        };
        let store = Store::open(address).await.expect("a database");
        store.migrate().await.expect("a schema");
        let settings = Settings {
            public_url: public_url.parse().expect("a URL"),
            max_event_bytes: 1024 * 1024,
            retention_days: 90,
        };
        let integrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../integrations");
        let catalogue = catalogue(&integrations, own.as_ref());
        let (master, _) = MasterKey::from_bytes([7; 32]);
        let services =
            Services::start(store, ports, settings, catalogue, master).await.expect("services");
        let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key pair");
        let public = private.to_public_key().to_public_key_pem(LineEnding::LF).expect("a PEM");
        let bundle = Bundle::parse(BUNDLE).expect("a bundle");
        let imported =
            services.import(&Actor::Operator, &bundle, Some(&public)).await.expect("an import");
        if let Some(own) = &own {
            let bundle = Bundle::parse(own.bundle).expect("a bundle");
            services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        }
        Self {
            app: portico::router(services.clone(), Path::new("no-site"), CancellationToken::new()),
            sandbox,
            clock,
            project: imported.project.to_string(),
            key: private.to_pkcs8_pem(LineEnding::LF).expect("a PEM").to_string(),
            services,
            address: address.to_owned(),
            _folder: folder,
        }
    }
}

/// Serves on a port of its own.
async fn serve(router: Router) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

/// The integrations of the repository, and the story's own.
fn catalogue(integrations: &Path, own: Option<&Own>) -> Catalogue {
    let folders = std::fs::read_dir(integrations).expect("the integrations");
    let folders = folders.map(|entry| entry.expect("an entry").path());
    let folders = folders.filter(|path| path.join("integration.toml").is_file());
    let mut definitions: Vec<_> =
        folders.map(|path| portico::start::definition(&path).expect("an integration")).collect();
    if let Some(own) = own {
        let read = Definition::parse("own.toml", own.definition, Assets::default());
        definitions.push(read.unwrap_or_else(|problems| panic!("{problems:?}")));
    }
    Catalogue::new(definitions).expect("a catalogue")
}
