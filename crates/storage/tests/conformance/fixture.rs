//! A fresh database for one case.

use portico_storage::{Dialect, Store};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use tempfile::TempDir;

/// The variable that holds the address of a PostgreSQL server.
const POSTGRES: &str = "PORTICO_TEST_POSTGRES";

/// A migrated database that nobody else uses.
pub struct Fixture {
    /// The storage under test.
    pub store: Store,
    /// Where it is, for a second process or for a look past the API.
    pub address: String,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Database { server: String, name: String },
}

impl Fixture {
    /// A file in a folder that is removed afterwards.
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let address = format!("sqlite:{}", folder.path().join("portico.db").display());
        Self::open(address, Place::Folder(folder)).await
    }

    /// A new database on the given server; nothing if none is given.
    pub async fn postgres(case: &str) -> Option<Self> {
        let Ok(server) = std::env::var(POSTGRES) else {
            eprintln!("skipped: {POSTGRES} names no server");
            return None;
        };
        let name = database_name(case);
        on_server(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        let address = with_database(&server, &name);
        Some(Self::open(address, Place::Database { server, name }).await)
    }

    async fn open(address: String, place: Place) -> Self {
        let store = Store::open(&address).await.expect("the database opens");
        store.migrate().await.expect("the schema is made");
        Self { store, address, place }
    }

    /// The same database, opened as another process would.
    pub async fn second_process(&self) -> Store {
        Store::open(&self.address).await.expect("the database opens again")
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.store.dialect() == Dialect::Postgres
    }

    /// Runs SQL past the API.
    pub async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut self.connection().await)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// The one number that `sql` answers.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.connection().await)
            .await
            .and_then(|row| row.try_get(0))
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// The first column of what `sql` answers, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .fetch_all(&mut self.connection().await)
            .await
            .and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// Ends the storage and removes the database.
    pub async fn finish(self) {
        self.store.close().await;
        match self.place {
            Place::Folder(folder) => folder.close().expect("the folder is removed"),
            Place::Database { server, name } => {
                on_server(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }

    async fn connection(&self) -> AnyConnection {
        let address = match self.address.strip_prefix("sqlite:") {
            Some(file) => format!("sqlite://{file}"),
            None => self.address.clone(),
        };
        AnyConnection::connect(&address).await.expect("a connection past the API")
    }
}

async fn on_server(server: &str, sql: &str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(server).await.expect("the server answers");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// A name PostgreSQL takes: the case's own, its end kept, 63 bytes at most.
fn database_name(case: &str) -> String {
    let name: String =
        case.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = name.replace("__postgres__", "_").to_lowercase();
    format!("t_{}", &name[name.len().saturating_sub(60)..])
}

/// `server` with its database replaced.
fn with_database(server: &str, name: &str) -> String {
    let (address, parameters) = server.split_once('?').map_or((server, ""), |(a, p)| (a, p));
    let (host, _) = address.rsplit_once('/').expect("postgres://<user>@<host>/<database>");
    let query = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
    format!("{host}/{name}{query}")
}
