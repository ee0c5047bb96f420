//! A server in this process with a clock that is moved by hand, a sandbox, and a project.

mod triggers;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures::future::{BoxFuture, FutureExt};
use portico::command::sign;
use portico_connector::{Assets, Definition};
use portico_domain::{Actor, Timestamp};
use portico_runtime::{
    GuardedHttp, OriginMap, OriginRule, QuickJs, SystemEntropy, Worker, WorkerOptions,
};
use portico_services::{Bundle, Catalogue, Clock, MasterKey, NewAdmin, Ports, Services, Settings};
use portico_storage::Store;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The page that uses Portico in these stories.
pub(crate) const HOST: &str = "http://127.0.0.1:4000";

/// The demo's own: what people try is what is tested.
const BUNDLE: &str = include_str!("../../../demo/project.toml");

/// Time that stands still until it is moved; it starts at the machine's, as tokens are signed with it.
pub(crate) struct MovedClock {
    now: AtomicI64,
    stopped: AtomicBool,
}

impl MovedClock {
    fn at(now: i64) -> Self {
        Self { now: AtomicI64::new(now), stopped: AtomicBool::new(false) }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// From now on whoever waits for a time waits for ever: something else must come first.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    /// Nobody waits for a clock that is moved by hand: waiting moves it.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        if self.stopped.load(Ordering::SeqCst) {
            return std::future::pending().boxed();
        }
        self.now.fetch_max(at.millis(), Ordering::SeqCst);
        tokio::task::yield_now().boxed()
    }
}

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

/// An answer, read.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> String {
        let value = self.headers.get(&name).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        value.to_str().expect("text").to_owned()
    }
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

    /// The first admin, signed in.
    pub(crate) async fn admin_cookie(&self) -> String {
        let link = self.services.admin_link(&Actor::Operator).await.expect("a link");
        let link = link.rsplit('/').next().expect("a secret");
        let new = NewAdmin {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            password: "correct horse battery".to_owned(),
        };
        let signed_in = self.services.create_first_admin(link, new).await.expect("an admin");
        format!("__Host-portico_session={}", signed_in.secret)
    }

    pub(crate) fn token(&self, user: &str) -> String {
        sign(&self.key, &self.project, user, 12 * 3600).expect("a token")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        read(self.answer(request).await).await
    }

    /// An answer that is yet to be read.
    pub(crate) async fn answer(&self, request: Request<Body>) -> axum::response::Response {
        self.app.clone().oneshot(request).await.expect("an answer")
    }

    /// A call of the SDK by a user.
    pub(crate) async fn sdk(&self, user: &str, method: &str, path: &str, body: Value) -> Got {
        self.send(
            self.request(user, method, path).body(Body::from(body.to_string())).expect("a request"),
        )
        .await
    }

    pub(crate) fn request(
        &self,
        user: &str,
        method: &str,
        path: &str,
    ) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/projects/{}/sdk{path}", self.project))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token(user)))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, HOST)
    }

    /// A request to the sandbox.
    pub(crate) async fn sandbox(&self, method: &str, path: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        read(self.sandbox.clone().oneshot(request).await.expect("an answer")).await
    }

    pub(crate) async fn leads(&self) -> Vec<Value> {
        let records = self.sandbox("GET", "/_sandbox/records/acme/Lead", Value::Null).await.json();
        records.as_array().expect("a list").clone()
    }

    /// Works until nothing is due.
    pub(crate) async fn work(&self) -> usize {
        let worker = Worker::new(self.services.clone(), WorkerOptions::default());
        worker.drain().await.expect("work")
    }

    /// Connects Salesforce for a user, as a browser would; answers the authorization's id.
    pub(crate) async fn connect(&self, user: &str) -> String {
        let (id, location, cookie) = self.begin(user).await;
        let back = self.allow(&location).await;
        let done = self.callback(&back, Some(&cookie)).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        id
    }

    /// The portal of a user: its session's secret.
    pub(crate) async fn open_portal(&self, user: &str, integration: &str) -> String {
        let made =
            self.sdk(user, "POST", "/portal-sessions", json!({ "integration": integration })).await;
        let url = made.json()["url"].as_str().expect("a URL").to_owned();
        let ticket = url.rsplit('/').next().expect("a ticket");
        let opened = self.services.open_portal(ticket).await.expect("an answer").expect("a portal");
        opened.session_token
    }

    /// Switches the first workflow of an integration on for a user who is connected.
    pub(crate) async fn switch_on_at(&self, user: &str, integration: &str) {
        let list = self.sdk(user, "GET", "/integrations", Value::Null).await.json();
        let own = list.as_array().expect("a list").iter().find(|own| own["type"] == integration);
        let workflow = own.expect(integration)["workflows"][0]["id"].as_str();
        let path = format!("/workflows/{}", workflow.expect("a workflow"));
        let switched = self.sdk(user, "POST", &path, Value::Null).await;
        assert_eq!(switched.status, StatusCode::NO_CONTENT, "{}", switched.text);
    }

    /// An event of a user's, worked through: what became of the first execution.
    pub(crate) async fn run(&self, user: &str, name: &str, payload: Value) -> Value {
        let event = json!({ "name": name, "payload": payload });
        let accepted = self.sdk(user, "POST", "/events/trigger", event).await;
        assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
        assert_eq!(self.work().await, 1, "{}", accepted.text);
        self.execution(&accepted.json()).await
    }

    /// Connects an account of another provider; `choice` is what the person picks there.
    pub(crate) async fn connect_to(&self, user: &str, integration: &str, choice: &str) {
        let (_, location, cookie) = self.begin_with(user, integration).await;
        let back = self
            .decide_with(
                &location,
                &[("portal", choice), ("team", choice), ("user", choice)],
                "allow",
            )
            .await;
        let done = self.callback(&back, Some(&cookie)).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    }

    /// A call of the dashboard by an admin.
    pub(crate) async fn dashboard(&self, cookie: &str, function: &str, body: Value) -> Got {
        let request = Request::post(format!("/_fn/dashboard/{function}"))
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.send(request).await
    }

    /// The same, where the function takes a form.
    pub(crate) async fn dashboard_form(&self, cookie: &str, function: &str, body: &Value) -> Got {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in body.as_object().expect("fields") {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form.append_pair(key, &text);
        }
        let request = Request::post(format!("/_fn/dashboard/{function}"))
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form.finish()))
            .expect("a request");
        self.send(request).await
    }

    /// A call of the portal.
    pub(crate) async fn portal(&self, token: &str, method: &str, path: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(format!("/_fn/portal{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.send(request).await
    }

    /// Begins an authorization: its id, where the browser is sent, its cookie.
    pub(crate) async fn begin(&self, user: &str) -> (String, String, String) {
        self.begin_with(user, "salesforce").await
    }

    pub(crate) async fn begin_with(
        &self,
        user: &str,
        integration: &str,
    ) -> (String, String, String) {
        let body = json!({ "integration": integration });
        let begun = self.sdk(user, "POST", "/authorizations", body).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
        let begun = begun.json();
        let started = self.start(begun["ticket"].as_str().expect("a ticket")).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
        let cookie = started.header(header::SET_COOKIE);
        for rule in ["__Host-portico_auth_", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(rule), "{cookie}");
        }
        let pair = cookie.split(';').next().expect("a cookie").to_owned();
        (begun["id"].as_str().expect("an id").to_owned(), started.header(header::LOCATION), pair)
    }

    pub(crate) async fn start(&self, ticket: &str) -> Got {
        let request = Request::post("/connect/start")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(format!("ticket={ticket}")))
            .expect("a request");
        self.send(request).await
    }

    /// Says yes at the provider; answers where the browser comes back to.
    pub(crate) async fn allow(&self, location: &str) -> String {
        self.decide(location, "allow").await
    }

    pub(crate) async fn decide(&self, location: &str, decision: &str) -> String {
        self.decide_with(location, &[("user", "ada@acme.example")], decision).await
    }

    async fn decide_with(
        &self,
        location: &str,
        choices: &[(&str, &str)],
        decision: &str,
    ) -> String {
        let url = url::Url::parse(location).expect("a URL");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(url.query_pairs());
        form.extend_pairs(choices).append_pair("decision", decision);
        let request = Request::post(url.path())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))
            .expect("a request");
        let answered = read(self.sandbox.clone().oneshot(request).await.expect("an answer")).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text);
        answered.header(header::LOCATION)
    }

    pub(crate) async fn callback(&self, back: &str, cookie: Option<&str>) -> Got {
        let url = url::Url::parse(back).expect("a URL");
        let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Switches the workflow on for a user who is connected.
    pub(crate) async fn switch_on(&self, user: &str) {
        self.switch_on_at(user, "salesforce").await;
    }

    pub(crate) async fn lead_created(&self, user: &str, last_name: &str) -> Got {
        let payload = json!({ "first_name": "Ada", "last_name": last_name, "company": "Engines" });
        let event = json!({ "name": "Lead Created", "payload": payload });
        self.sdk(user, "POST", "/events/trigger", event).await
    }

    /// An execution by the answer to its event.
    pub(crate) async fn execution(&self, accepted: &Value) -> Value {
        let id = accepted["executions"][0]["id"].as_str().expect("an execution");
        let project = self.project.parse().expect("an id");
        let found = self
            .services
            .execution_detail(&Actor::Operator, project, id.parse().expect("an id"))
            .await
            .expect("an execution");
        json!(found)
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

/// What was decided for the workflow of an integration.
pub(crate) fn outcome(accepted: &Value, integration: &str) -> String {
    let decisions = accepted["decisions"].as_array().expect("decisions");
    let own = decisions.iter().find(|own| own["integration"] == integration).expect(integration);
    own["outcome"].as_str().expect("an outcome").to_owned()
}

async fn read(response: axum::response::Response) -> Got {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Got {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
