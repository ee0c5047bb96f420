//! The one connection that writes, and whose turn it is.

use super::wake::Wake;
use crate::error::StorageError;
use crate::store::{Dialect, prepare};
use futures_core::future::BoxFuture;
use sqlx::any::AnyConnectOptions;
use sqlx::{Any, AnyConnection, Connection, Transaction};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// The writer of a [`crate::Store`].
pub(crate) struct Writer {
    dialect: Dialect,
    options: AnyConnectOptions,
    wake: Arc<Wake>,
    slot: Mutex<Slot>,
}

enum Slot {
    Open(AnyConnection),
    /// To be opened again by whoever comes next.
    Lost,
    /// The storage has ended.
    Closed,
}

impl Writer {
    /// Connects.
    pub async fn open(
        dialect: Dialect,
        options: AnyConnectOptions,
        wake: Arc<Wake>,
    ) -> Result<Self, StorageError> {
        let writer = Self { dialect, options, wake, slot: Mutex::new(Slot::Lost) };
        let connection = writer.connect().await?;
        writer.turn().await.put(connection);
        Ok(writer)
    }

    /// Which database it writes to.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Waits until nobody else writes. Turns are given in the order of asking.
    pub async fn turn(&self) -> Turn<'_> {
        Turn { writer: self, slot: self.slot.lock().await }
    }

    /// Lets the last transaction end, then disconnects for good.
    pub async fn close(&self) {
        let slot = std::mem::replace(&mut *self.slot.lock().await, Slot::Closed);
        if let Slot::Open(connection) = slot
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database connection did not close cleanly");
        }
    }

    async fn connect(&self) -> Result<AnyConnection, StorageError> {
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        prepare(self.dialect, &mut connection).await?;
        if self.dialect == Dialect::Postgres {
            let backend = sqlx::query_scalar("SELECT pg_backend_pid()");
            self.wake.speaks_as(backend.fetch_one(&mut connection).await?);
        }
        Ok(connection)
    }
}

/// The right to write, until it is dropped.
pub(crate) struct Turn<'w> {
    writer: &'w Writer,
    slot: MutexGuard<'w, Slot>,
}

impl Turn<'_> {
    /// Takes the connection, opened again if it was lost. Unless it is put back it counts as lost:
    /// work that breaks off cannot leave half a transaction to its successor.
    pub async fn take(&mut self) -> Result<AnyConnection, StorageError> {
        match std::mem::replace(&mut *self.slot, Slot::Lost) {
            Slot::Open(connection) => Ok(connection),
            Slot::Lost => self.writer.connect().await,
            Slot::Closed => {
                *self.slot = Slot::Closed;
                Err(StorageError::Closed)
            }
        }
    }

    /// Puts the connection back.
    pub fn put(&mut self, connection: AnyConnection) {
        *self.slot = Slot::Open(connection);
    }

    /// Runs `work` in a transaction and commits it if `work` succeeds.
    pub async fn transact<T>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let dialect = self.writer.dialect;
        let mut connection = self.take().await?;
        let first = match begin(dialect, &mut connection).await {
            Ok(tx) => Ok(finish(tx, work).await),
            // It died unnoticed while nobody wrote: that is no reason to fail.
            Err(error) if is_lost(&error) => Err(work),
            Err(error) => Ok(Err(error)),
        };
        let done = match first {
            Ok(done) => done,
            Err(work) => {
                connection = self.writer.connect().await?;
                finish(begin(dialect, &mut connection).await?, work).await
            }
        };
        if !matches!(&done, Err(error) if is_lost(error)) {
            self.put(connection);
        }
        done
    }
}

async fn finish<T>(
    mut tx: Transaction<'_, Any>,
    work: impl for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StorageError>>,
) -> Result<T, StorageError> {
    match work(&mut tx).await {
        Ok(done) => {
            tx.commit().await?;
            Ok(done)
        }
        Err(error) => {
            // Why the work failed is the better answer; a connection that cannot roll back is
            // noticed by whoever begins next.
            if let Err(second) = tx.rollback().await {
                tracing::warn!(error = %second, "rolling back failed");
            }
            Err(error)
        }
    }
}

async fn begin(
    dialect: Dialect,
    connection: &mut AnyConnection,
) -> Result<Transaction<'_, Any>, StorageError> {
    Ok(match dialect {
        // A deferred transaction that turns into a write loses at once against another process.
        Dialect::Sqlite => connection.begin_with("BEGIN IMMEDIATE").await?,
        Dialect::Postgres => connection.begin().await?,
    })
}

/// Whether the connection is of no more use.
pub(super) fn is_lost(error: &StorageError) -> bool {
    match error {
        StorageError::Database(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed,
        ) => true,
        // 57P..: the server ends the connection; 08...: there is none.
        StorageError::Database(sqlx::Error::Database(error)) => {
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        _ => false,
    }
}

/// Whether the same transaction may well succeed if it is tried again.
pub(super) fn is_passing(error: &StorageError) -> bool {
    // 40...: PostgreSQL gave it up for another one.
    is_lost(error)
        || matches!(error, StorageError::Database(sqlx::Error::Database(error))
            if error.code().is_some_and(|code| code.starts_with("40")))
}
