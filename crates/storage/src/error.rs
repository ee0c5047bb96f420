//! What can go wrong with storage. Missing rows and refused writes are not errors; they are answers.

/// A database could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The address names no database that Portico can use.
    #[error(
        "{0:?} is no database address; write sqlite:<file> or postgres://<user>@<host>/<database>"
    )]
    Address(String),
    /// The schema is newer than this program.
    #[error(
        "the database was migrated by a newer Portico; start that version, or restore a backup"
    )]
    Newer,
    /// The schema is older than this program and nobody migrated it.
    #[error("the database schema is not up to date; run `portico migrate`")]
    NotMigrated,
    /// Migrating failed.
    #[error("migrating the database failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database refused or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value cannot be read back: the database was changed by something else.
    #[error("the stored {what} cannot be read: {why}")]
    Corrupt {
        /// The column.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The writer has ended: the program is shutting down.
    #[error("storage is shutting down")]
    Closed,
}

impl StorageError {
    /// Whether it was a unique constraint that refused.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    /// Whether it is a stored value that cannot be read: trouble of its own row, not of the database.
    pub fn is_about_a_row(&self) -> bool {
        use sqlx::Error::{ColumnDecode, Decode};
        matches!(self, Self::Corrupt { .. } | Self::Database(ColumnDecode { .. } | Decode(_)))
    }

    pub(crate) fn corrupt(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { what, why: why.to_string() }
    }
}
