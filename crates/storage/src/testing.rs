//! For tests that need a database of their own in a shared cluster, or one that something else has changed.

use crate::{StorageError, Store};
use sqlx::{AssertSqlSafe, Executor};

impl Store {
    /// Runs SQL past everything here: what nothing of ours writes must not stop us either.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn tamper(&self, sql: &str) -> Result<(), StorageError> {
        self.reads().execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    /// Makes an empty database beside this one. PostgreSQL only; `name` is letters, digits and `_`.
    ///
    /// # Errors
    /// The name is taken or unusable.
    pub async fn create_database(&self, name: &str) -> Result<(), StorageError> {
        let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !plain {
            return Err(StorageError::Address(name.to_owned()));
        }
        let sql = format!("CREATE DATABASE {name}");
        self.reads().execute(AssertSqlSafe(sql)).await?;
        Ok(())
    }
}
