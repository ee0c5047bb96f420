//! User tokens: from the host app's JWT to an actor, quickly and always with the same refusal.

use crate::Services;
use crate::access::storage;
use crate::security::TokenProblem;
use crate::security::user_token::{Expectation, VerifyingKey, verify};
use jsonwebtoken::DecodingKey;
use portico_domain::actor::Via;
use portico_domain::{Actor, ConnectedUserId, ProjectId, Refusal, SigningKeyId, Timestamp};
use portico_storage::{Project, RefusedToken};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long an accepted token is believed without looking at the database: after this, a key
/// revoked or a user disabled by another process is noticed.
const CACHE_LIFE: Duration = Duration::from_secs(60);
/// More cached tokens than this are forgotten all at once.
const MOST_CACHED: usize = 10_000;
/// The longest life of a token unless the project says otherwise, in seconds.
const USUAL_LIFE_S: i64 = 24 * 3600;
/// The longest life a project may allow, in seconds.
const LONGEST_LIFE_S: i64 = 30 * 24 * 3600;
/// "Last used" of a key is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Who a user token speaks for.
#[derive(Clone, Debug)]
pub struct TokenUser {
    /// The connected user.
    pub actor: Actor,
    /// The key that signed the token: what is made with it dies with it.
    pub signing_key: SigningKeyId,
}

/// Tokens that were verified lately, by their SHA-256.
#[derive(Default)]
pub(crate) struct TokenCache {
    entries: Mutex<HashMap<[u8; 32], Cached>>,
    /// Raised by every revocation: a verification that began before one is not cached after it.
    epoch: AtomicU64,
}

#[derive(Clone, Copy)]
struct Cached {
    project: ProjectId,
    user: ConnectedUserId,
    key: SigningKeyId,
    until: Timestamp,
}

impl TokenCache {
    /// Forgets the tokens of a project: its keys have changed, or a user was disabled.
    pub(crate) fn forget_project(&self, project: ProjectId) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.entries().retain(|_, cached| cached.project != project);
    }

    fn find(&self, digest: &[u8; 32], project: ProjectId, now: Timestamp) -> Option<Cached> {
        let found = *self.entries().get(digest)?;
        (found.project == project && now < found.until).then_some(found)
    }

    fn keep(&self, digest: [u8; 32], cached: Cached, epoch: u64) {
        let mut entries = self.entries();
        if self.epoch.load(Ordering::SeqCst) != epoch {
            return;
        }
        if entries.len() >= MOST_CACHED {
            entries.clear();
        }
        entries.insert(digest, cached);
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Cached>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Services {
    /// Verifies a user token for the project in the path. Every refusal is byte-identical; the
    /// reason goes to *Recent refusals* and to the log.
    ///
    /// # Errors
    /// [`portico_domain::RefusalCode::UserTokenInvalid`], or the database failed.
    pub async fn authenticate(
        &self,
        project: &str,
        token: Option<&str>,
    ) -> Result<TokenUser, Refusal> {
        let Ok(project) = project.parse::<ProjectId>() else {
            return Err(Refusal::user_token());
        };
        let now = self.ports().now();
        let digest: [u8; 32] = Sha256::digest(token.unwrap_or_default().as_bytes()).into();
        if let Some(cached) = self.inner.tokens.find(&digest, project, now) {
            return Ok(token_user(&cached));
        }
        let epoch = self.inner.tokens.epoch.load(Ordering::SeqCst);
        match self.verified(project, token, now).await? {
            Ok(cached) => {
                self.inner.tokens.keep(digest, cached, epoch);
                Ok(token_user(&cached))
            }
            Err(problem) => {
                self.remember_refusal(project, &problem, now).await;
                Err(Refusal::user_token())
            }
        }
    }

    async fn verified(
        &self,
        id: ProjectId,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Result<Cached, TokenProblem>, Refusal> {
        let Some(token) = token else { return Ok(Err(TokenProblem::Missing)) };
        let Some(project) = self.store().project(id).await.map_err(storage)? else {
            return Ok(Err(TokenProblem::UnknownProject));
        };
        let keys = self.store().active_signing_keys(id).await.map_err(storage)?;
        let keys: Vec<_> = keys
            .into_iter()
            .filter_map(|key| {
                let decoding = DecodingKey::from_rsa_pem(key.public_pem.as_bytes()).ok()?;
                Some(VerifyingKey { id: key.id, kid: key.kid, key: decoding })
            })
            .collect();
        let expectation = Expectation {
            project: id,
            public_url: self.settings().base(),
            max_seconds: longest_life(&project),
            now,
        };
        let accepted = match verify(token, &keys, &expectation) {
            Ok(accepted) => accepted,
            Err(problem) => return Ok(Err(problem)),
        };
        let fresh = self.ports().id(ConnectedUserId::from_parts);
        let user =
            self.store().upsert_user(fresh, id, &accepted.user, now).await.map_err(storage)?;
        if !user.active {
            return Ok(Err(TokenProblem::UserDisabled));
        }
        if self.inner.touches.due(&accepted.key.to_string(), now, TOUCH_EVERY) {
            self.store().touch_signing_key(accepted.key, now).await.map_err(storage)?;
        }
        let until = accepted.ends.min(now + CACHE_LIFE);
        Ok(Ok(Cached { project: id, user: user.id, key: accepted.key, until }))
    }

    /// A refusal is worth a row only so often: a flood of bad tokens must not become a flood of
    /// writes.
    async fn remember_refusal(&self, project: ProjectId, problem: &TokenProblem, now: Timestamp) {
        tracing::info!(%project, reason = problem.code(), "a user token was refused");
        if *problem == TokenProblem::UnknownProject || !self.inner.rates.refusal(project, now) {
            return;
        }
        let refused = RefusedToken {
            id: self.ports().id(|ms, random| SigningKeyId::from_parts(ms, random).uuid()),
            project,
            at: now,
            reason: problem.code().to_owned(),
            detail: problem.to_string(),
        };
        if let Err(error) = self.store().insert_refusal(&refused).await {
            tracing::warn!(%error, "a refused token could not be noted");
        }
    }
}

fn token_user(cached: &Cached) -> TokenUser {
    TokenUser {
        actor: Actor::ConnectedUser {
            project: cached.project,
            user: cached.user,
            via: Via::UserToken,
        },
        signing_key: cached.key,
    }
}

fn longest_life(project: &Project) -> i64 {
    project
        .settings
        .get("max_token_seconds")
        .and_then(serde_json::Value::as_i64)
        .unwrap_or(USUAL_LIFE_S)
        .clamp(60, LONGEST_LIFE_S)
}
