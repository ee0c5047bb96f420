//! For tests that need a database of their own in a shared cluster.

use crate::{StorageError, Store};
use sqlx::{AssertSqlSafe, Executor};

impl Store {
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
