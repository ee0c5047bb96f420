//! Opening a database; reading through a pool; writing through one writer.

use crate::error::StorageError;
use crate::hot::{Changes, Groups, Wake, Writer, listen};
use futures_core::future::BoxFuture;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Once};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Which database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded: one process.
    Sqlite,
    /// Shared by any number of processes.
    Postgres,
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    reads: AnyPool,
    writer: Arc<Writer>,
    /// The way into the next commit of hot commands.
    pub(crate) groups: Groups,
    /// Told when jobs may have become ready.
    pub(crate) wake: Arc<Wake>,
    /// Told when executions have changed.
    pub(crate) changes: Arc<Changes>,
    /// Ends the listener, by a word or by being gone.
    closing: watch::Sender<bool>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the database at `sqlite:<file>` or `postgres://…`. A missing SQLite file is created.
    ///
    /// # Errors
    /// [`StorageError::Address`] for anything else, [`StorageError::Database`] if it cannot be opened.
    pub async fn open(address: &str) -> Result<Self, StorageError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let (dialect, address) = match address.split_once(':') {
            Some(("sqlite", file)) => {
                let file = file.trim_start_matches("//");
                if let Some(folder) = Path::new(file).parent() {
                    std::fs::create_dir_all(folder).map_err(sqlx::Error::from)?;
                }
                (Dialect::Sqlite, format!("sqlite://{file}?mode=rwc"))
            }
            Some(("postgres" | "postgresql", _)) => (Dialect::Postgres, address.to_owned()),
            _ => return Err(StorageError::Address(address.to_owned())),
        };
        let options = AnyConnectOptions::from_str(&address)?;
        if dialect == Dialect::Sqlite {
            give_back_pages(&options).await?;
        }
        let wake = Arc::new(Wake::default());
        let writer = Arc::new(Writer::open(dialect, options.clone(), Arc::clone(&wake)).await?);
        let reads = AnyPoolOptions::new()
            .max_connections(match dialect {
                Dialect::Sqlite => 4,
                Dialect::Postgres => 8,
            })
            .after_connect(move |connection, _| {
                Box::pin(async move { prepare(dialect, connection).await })
            })
            .connect_with(options)
            .await?;
        let changes = Arc::new(Changes::default());
        let (closing, closed) = watch::channel(false);
        let listener = match dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(tokio::spawn({
                let (wake, changes) = (Arc::clone(&wake), Arc::clone(&changes));
                listen(&address, wake, changes, closed).await?
            })),
        };
        let groups = Groups::start(Arc::clone(&writer), Arc::clone(&wake), Arc::clone(&changes));
        let listener = Mutex::new(listener);
        Ok(Self {
            inner: Arc::new(Inner { reads, writer, groups, wake, changes, closing, listener }),
        })
    }

    /// Does what waits, ends the tasks and disconnects. Whatever is asked of any clone afterwards
    /// is answered by [`StorageError::Closed`].
    pub async fn close(&self) {
        self.inner.groups.close().await;
        self.inner.writer.close().await;
        self.inner.closing.send_replace(true);
        if let Some(listener) = self.inner.listener.lock().await.take()
            && let Err(error) = listener.await
        {
            tracing::error!(%error, "the listening task did not end cleanly");
        }
        self.inner.reads.close().await;
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StorageError::Newer`] if the database was migrated by a newer program.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        let mut turn = self.inner.writer.turn().await;
        let mut writer = turn.take().await?;
        let done = self.migrator().run(&mut writer).await;
        turn.put(writer);
        match done {
            Err(sqlx::migrate::MigrateError::VersionMissing(_)) => Err(StorageError::Newer),
            done => Ok(done?),
        }
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.inner.writer.dialect()
    }

    /// The pool for reading.
    pub(crate) fn reads(&self) -> &AnyPool {
        &self.inner.reads
    }

    /// Runs a rare write: one transaction on the writer, committed if `work` succeeds. Once begun
    /// it is finished, even if nobody waits for it any more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StorageError>>
        + Send
        + 'static,
    ) -> Result<T, StorageError> {
        let writer = Arc::clone(&self.inner.writer);
        let done = tokio::spawn(async move { writer.turn().await.transact(work).await });
        match done.await {
            Ok(done) => done,
            Err(broken) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
            Err(_) => Err(StorageError::Closed),
        }
    }

    fn migrator(&self) -> &'static Migrator {
        match self.dialect() {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
        }
    }
}

/// Lets SQLite return the pages of what was deleted to the disk. It is a property of the file: set before anything
/// is in it, or by writing the file anew once, which takes a moment and as much space again.
async fn give_back_pages(options: &AnyConnectOptions) -> Result<(), StorageError> {
    const INCREMENTAL: i64 = 2;
    let mut connection = AnyConnection::connect_with(options).await?;
    let mode: i64 = sqlx::query_scalar("SELECT auto_vacuum FROM pragma_auto_vacuum")
        .fetch_one(&mut connection)
        .await?;
    if mode != INCREMENTAL {
        tracing::info!("the database file is made able to shrink, once");
        // Another process that has the file open keeps it as it is; the next start tries again.
        let done = connection
            .execute("PRAGMA busy_timeout = 5000; PRAGMA auto_vacuum = INCREMENTAL; VACUUM;")
            .await;
        if let Err(error) = done {
            tracing::warn!(%error, "the database file could not be written anew: it will not shrink yet");
        }
    }
    connection.close().await?;
    Ok(())
}

/// Per-connection settings, which an `Any` address cannot say.
pub(crate) async fn prepare(
    dialect: Dialect,
    connection: &mut AnyConnection,
) -> Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        // FULL: with NORMAL, acknowledged events can be lost on power loss, and no kill test can tell.
        connection
            .execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON;",
            )
            .await?;
    }
    Ok(())
}
