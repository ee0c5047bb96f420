//! Reading columns: from the few types that both databases share to ours.

use crate::StorageError;
use portico_domain::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::fmt::Display;
use std::str::FromStr;

/// A row whose columns are read by name.
pub(crate) struct Columns<'r>(pub(crate) &'r AnyRow);

impl Columns<'_> {
    pub(crate) fn text(&self, name: &'static str) -> Result<String, StorageError> {
        Ok(self.0.try_get(name)?)
    }

    pub(crate) fn maybe_text(&self, name: &'static str) -> Result<Option<String>, StorageError> {
        Ok(self.0.try_get(name)?)
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<i64, StorageError> {
        Ok(self.0.try_get(name)?)
    }

    pub(crate) fn maybe_number(&self, name: &'static str) -> Result<Option<i64>, StorageError> {
        Ok(self.0.try_get(name)?)
    }

    pub(crate) fn count(&self, name: &'static str) -> Result<u64, StorageError> {
        Ok(u64::try_from(self.number(name)?).unwrap_or(0))
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, StorageError> {
        Ok(self.number(name)? != 0)
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Result<Vec<u8>, StorageError> {
        Ok(self.0.try_get(name)?)
    }

    pub(crate) fn maybe_bytes(&self, name: &'static str) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.0.try_get(name)?)
    }

    pub(crate) fn at(&self, name: &'static str) -> Result<Timestamp, StorageError> {
        self.number(name).map(Timestamp::from_millis)
    }

    pub(crate) fn maybe_at(&self, name: &'static str) -> Result<Option<Timestamp>, StorageError> {
        Ok(self.maybe_number(name)?.map(Timestamp::from_millis))
    }

    /// An id, or an enum kept as its name.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<T, StorageError> {
        self.text(name)?.parse().map_err(|why| StorageError::corrupt(name, why))
    }

    pub(crate) fn maybe_parsed<T: FromStr<Err: Display>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, StorageError> {
        self.maybe_text(name)?
            .map(|text| text.parse().map_err(|why| StorageError::corrupt(name, why)))
            .transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, StorageError> {
        serde_json::from_str(&self.text(name)?).map_err(|why| StorageError::corrupt(name, why))
    }

    pub(crate) fn maybe_json<T: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, StorageError> {
        self.maybe_text(name)?
            .map(|text| serde_json::from_str(&text).map_err(|why| StorageError::corrupt(name, why)))
            .transpose()
    }
}

/// A value as JSON text. Our own types always have one.
pub(crate) fn json_text(value: &impl serde::Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|why| StorageError::corrupt("a value to be stored", why))
}

/// Reads all rows.
pub(crate) fn each<T>(
    rows: &[AnyRow],
    read: impl Fn(&Columns<'_>) -> Result<T, StorageError>,
) -> Result<Vec<T>, StorageError> {
    rows.iter().map(|row| read(&Columns(row))).collect()
}

/// Reads the rows that can be read; of each of the others answers which it was, and why not. Whoever reads
/// what many strangers wait for must not stop for one of them.
pub(crate) fn readable<T>(
    rows: &[AnyRow],
    read: impl Fn(&Columns<'_>) -> Result<T, StorageError>,
) -> (Vec<T>, Vec<(&AnyRow, StorageError)>) {
    let (mut found, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match read(&Columns(row)) {
            Ok(own) => found.push(own),
            Err(why) => unreadable.push((row, why)),
        }
    }
    (found, unreadable)
}

/// Reads the row, if there is one.
pub(crate) fn one<T>(
    row: Option<AnyRow>,
    read: impl Fn(&Columns<'_>) -> Result<T, StorageError>,
) -> Result<Option<T>, StorageError> {
    row.as_ref().map(|row| read(&Columns(row))).transpose()
}
