//! The vault: seals and opens the secrets of projects, keeping their data keys unwrapped in memory.

use crate::StartError;
use crate::ports::Ports;
use crate::security::seal::{self, MasterKey, Place, SecretKey};
use portico_domain::{DataKeyId, ProjectId, Refusal};
use portico_storage::{StorageError, Store};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What the canary says once opened.
const CANARY: &[u8] = b"portico";

pub(crate) struct Vault {
    master: MasterKey,
    keys: Mutex<HashMap<DataKeyId, SecretKey>>,
    current: Mutex<HashMap<ProjectId, DataKeyId>>,
}

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Seal(#[from] seal::SealError),
    #[error("the data key of a sealed value is not in the database")]
    KeyMissing,
}

impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Storage(error) => crate::access::storage(error),
            other => {
                tracing::error!(error = %other, "a secret could not be sealed or opened");
                crate::access::internal()
            }
        }
    }
}

impl Vault {
    /// Checks the master key against the canary, and leaves one where there is none yet.
    pub(crate) async fn unlock(
        store: &Store,
        ports: &Ports,
        master: MasterKey,
    ) -> Result<Self, StartError> {
        let place =
            Place { table: "meta", column: "sealed", row: Uuid::nil(), project: Uuid::nil() };
        let id = DataKeyId::from(Uuid::nil());
        if store.canary().await?.is_none() {
            let canary = seal::seal(master.key(), id, ports.random(), place, CANARY);
            store.set_canary_if_absent(canary).await?;
        }
        let canary = store.canary().await?.unwrap_or_default();
        match seal::open(master.key(), place, &canary) {
            Ok(plain) if plain.as_slice() == CANARY => {
                Ok(Self { master, keys: Mutex::default(), current: Mutex::default() })
            }
            _ => Err(StartError::WrongMasterKey),
        }
    }

    /// Seals `plain` for its place.
    pub(crate) async fn seal(
        &self,
        store: &Store,
        ports: &Ports,
        place: (&str, &str, Uuid, ProjectId),
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let (table, column, row, project) = place;
        let (id, key) = self.current_key(store, ports, project).await?;
        Ok(seal::seal(&key, id, ports.random(), Place::new(table, column, row, project), plain))
    }

    /// Opens what was sealed for this place.
    pub(crate) async fn open(
        &self,
        store: &Store,
        place: (&str, &str, Uuid, ProjectId),
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (table, column, row, project) = place;
        let id = seal::key_id(sealed)?;
        let key = match self.known(id) {
            Some(key) => key,
            None => {
                self.load(store, project).await?;
                self.known(id).ok_or(VaultError::KeyMissing)?
            }
        };
        Ok(seal::open(&key, Place::new(table, column, row, project), sealed)?)
    }

    /// Proves that this installation made `bytes`, for one purpose. Another master key proves nothing of it.
    pub(crate) fn proof(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        self.master.key().proof(purpose, bytes)
    }

    async fn current_key(
        &self,
        store: &Store,
        ports: &Ports,
        project: ProjectId,
    ) -> Result<(DataKeyId, SecretKey), VaultError> {
        if let Some(found) = self.current(project) {
            return Ok(found);
        }
        self.load(store, project).await?;
        if let Some(found) = self.current(project) {
            return Ok(found);
        }
        let id = ports.id(DataKeyId::from_parts);
        let plain = Zeroizing::new(ports.random::<32>());
        let wrapped =
            seal::seal(self.master.key(), id, ports.random(), wrapping_place(id, project), &*plain);
        store.insert_data_key(id, project, wrapped, ports.now()).await?;
        // Another process may have made one at the same moment: both work, the oldest is current.
        self.load(store, project).await?;
        self.current(project).ok_or(VaultError::KeyMissing)
    }

    async fn load(&self, store: &Store, project: ProjectId) -> Result<(), VaultError> {
        let stored = store.data_keys(project).await?;
        for data_key in &stored {
            let plain = seal::open(
                self.master.key(),
                wrapping_place(data_key.id, project),
                &data_key.wrapped,
            )?;
            let plain: [u8; 32] =
                plain.as_slice().try_into().map_err(|_| seal::SealError::Format)?;
            lock(&self.keys).insert(data_key.id, SecretKey::new(plain));
        }
        if let Some(first) = stored.first() {
            lock(&self.current).insert(project, first.id);
        }
        Ok(())
    }

    fn known(&self, id: DataKeyId) -> Option<SecretKey> {
        lock(&self.keys).get(&id).cloned()
    }

    fn current(&self, project: ProjectId) -> Option<(DataKeyId, SecretKey)> {
        let id = *lock(&self.current).get(&project)?;
        Some((id, self.known(id)?))
    }
}

fn wrapping_place(id: DataKeyId, project: ProjectId) -> Place<'static> {
    Place::new("data_keys", "wrapped", id.uuid(), project)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
