//! Signing in to the dashboard: one-time links, passwords, sessions.

use crate::Services;
use crate::access::{internal, storage};
use crate::security::{password, ticket};
use portico_domain::view::{ProjectLink, Session};
use portico_domain::{Actor, AdminId, FieldProblem, ProjectId, Refusal, RefusalCode, Timestamp};
use portico_storage::{Admin, FirstAdmin};
use std::time::Duration;

/// How long a one-time link can be used.
const LINK_LIFE: Duration = Duration::from_secs(30 * 60);
/// How long a session lives without being used.
const SESSION_LIFE: Duration = Duration::from_secs(14 * 24 * 3600);
/// A session's end is moved at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(3600);

/// The longest e-mail address there is (RFC 5321 §4.5.3.1.3), in bytes.
const LONGEST_EMAIL: usize = 254;
/// The longest password that is taken, in bytes.
const LONGEST_PASSWORD: usize = 1024;
/// How many passwords are worked on at once.
pub(crate) const HASHING_AT_ONCE: usize = 4;

/// The name of the first project, until somebody names it.
const FIRST_PROJECT: &str = "My app";

/// A session that has just begun.
#[derive(Clone)]
pub struct SignedIn {
    /// The secret for the cookie, handed out once.
    pub secret: String,
    /// How long the cookie lives.
    pub life: Duration,
}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// There is no admin yet: it asks for name, e-mail and password.
    FirstAdmin,
    /// It signs the admin in.
    SignIn,
}

/// What the first admin says of themselves.
#[derive(Clone)]
pub struct NewAdmin {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their password, twelve characters at least.
    pub password: String,
}

impl Services {
    /// Makes a one-time link: it creates the first admin, or signs the oldest one in.
    ///
    /// # Errors
    /// Only the operator may; the database failed.
    pub async fn admin_link(&self, actor: &Actor) -> Result<String, Refusal> {
        if !matches!(actor, Actor::Operator) {
            return Err(signed_out());
        }
        let admin = self.store().admins().await.map_err(storage)?.first().map(|admin| admin.id);
        let ticket = ticket::Ticket::new(self.ports());
        let now = self.ports().now();
        self.store()
            .insert_admin_link(&ticket.hash, admin, now, now + LINK_LIFE)
            .await
            .map_err(storage)?;
        Ok(format!("{}/sign-in/{}", self.settings().base(), ticket.secret))
    }

    /// Whether nobody can sign in yet.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_no_admin(&self) -> Result<bool, Refusal> {
        Ok(self.store().admin_count().await.map_err(storage)? == 0)
    }

    /// What a one-time link is for, without using it up. `None`: it was used, has ended or never was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn link_kind(&self, link: &str) -> Result<Option<LinkKind>, Refusal> {
        let found = self
            .store()
            .admin_link(&ticket::hash(link), self.ports().now())
            .await
            .map_err(storage)?;
        Ok(found.map(|link| match link.admin {
            Some(_) => LinkKind::SignIn,
            None => LinkKind::FirstAdmin,
        }))
    }

    /// Uses up a link of an admin and signs them in.
    ///
    /// # Errors
    /// The link was used or has ended.
    pub async fn follow_link(&self, link: &str) -> Result<SignedIn, Refusal> {
        let session = ticket::Ticket::new(self.ports());
        let now = self.ports().now();
        let admin = self
            .store()
            .use_admin_link(&ticket::hash(link), &session.hash, now, now + SESSION_LIFE)
            .await
            .map_err(storage)?;
        match admin {
            Some(_) => Ok(SignedIn { secret: session.secret, life: SESSION_LIFE }),
            None => Err(link_ended()),
        }
    }

    /// Creates the first admin and the first project, and signs them in.
    ///
    /// # Errors
    /// A field is wrong; the link was used or has ended; there is an admin already.
    pub async fn create_first_admin(&self, link: &str, new: NewAdmin) -> Result<SignedIn, Refusal> {
        let email = new.email.trim().to_lowercase();
        let name = new.name.trim().to_owned();
        check_admin(&name, &email, &new.password)?;
        let password_hash = self.hash_password(new.password).await?;
        let session = ticket::Ticket::new(self.ports());
        let now = self.ports().now();
        let created = self
            .store()
            .create_first_admin(FirstAdmin {
                link_hash: ticket::hash(link),
                admin: Admin {
                    id: self.ports().id(AdminId::from_parts),
                    name,
                    email,
                    password_hash,
                    created_at: now,
                },
                project_id: self.ports().id(ProjectId::from_parts),
                project_name: FIRST_PROJECT.to_owned(),
                session_hash: session.hash,
                now,
                session_expires: now + SESSION_LIFE,
            })
            .await
            .map_err(storage)?;
        if created {
            Ok(SignedIn { secret: session.secret, life: SESSION_LIFE })
        } else {
            Err(link_ended())
        }
    }

    /// Signs in with e-mail and password.
    ///
    /// # Errors
    /// They do not fit, or there were too many attempts.
    pub async fn sign_in(&self, email: &str, password: String) -> Result<SignedIn, Refusal> {
        let email = email.trim();
        // Nobody has such an address or such a password: nothing of it is kept, not even to count it.
        if email.len() > LONGEST_EMAIL || password.len() > LONGEST_PASSWORD {
            return Err(no_fit());
        }
        let email = email.to_lowercase();
        let now = self.ports().now();
        self.inner.rates.sign_in(&email, now)?;
        let admin = self.store().admin_by_email(&email).await.map_err(storage)?;
        // A password is verified in any case, so that an unknown address takes as long as a known one.
        let (id, hash) = match admin {
            Some(admin) => (Some(admin.id), admin.password_hash),
            None => (None, password::NOBODYS.to_owned()),
        };
        let fits = self.hashing(move || password::verify(&password, &hash)).await?;
        let (true, Some(id)) = (fits, id) else { return Err(no_fit()) };
        let session = ticket::Ticket::new(self.ports());
        self.store()
            .insert_admin_session(&session.hash, id, now, now + SESSION_LIFE)
            .await
            .map_err(storage)?;
        Ok(SignedIn { secret: session.secret, life: SESSION_LIFE })
    }

    /// Who a session cookie belongs to.
    ///
    /// # Errors
    /// [`RefusalCode::SignInRequired`] if there is no such session any more.
    pub async fn resolve_session(&self, secret: &str) -> Result<Actor, Refusal> {
        let hash = ticket::hash(secret);
        let now = self.ports().now();
        let found = self.store().admin_session(&hash, now).await.map_err(storage)?;
        let admin = found.ok_or_else(signed_out)?;
        if self.inner.touches.due(&hash, now, TOUCH_EVERY) {
            self.store()
                .touch_admin_session(&hash, now, now + SESSION_LIFE)
                .await
                .map_err(storage)?;
        }
        Ok(Actor::Admin { id: admin.id })
    }

    /// Ends a session. Ending one that is not there is fine.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sign_out(&self, secret: &str) -> Result<(), Refusal> {
        self.store().delete_admin_session(&ticket::hash(secret)).await.map_err(storage)
    }

    /// The person who is signed in, and the projects there are.
    ///
    /// # Errors
    /// Nobody is.
    pub async fn session(&self, actor: &Actor) -> Result<Session, Refusal> {
        let Actor::Admin { id } = actor else { return Err(signed_out()) };
        let admin = self.store().admin(*id).await.map_err(storage)?.ok_or_else(signed_out)?;
        let projects = self.store().projects().await.map_err(storage)?;
        Ok(Session {
            name: admin.name,
            email: admin.email,
            projects: projects
                .into_iter()
                .map(|project| ProjectLink { id: project.id, name: project.name })
                .collect(),
        })
    }

    async fn hash_password(&self, password: String) -> Result<String, Refusal> {
        let ports = self.ports().clone();
        self.hashing(move || password::hash(&password, &ports)).await?.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            internal()
        })
    }

    /// Work on a password takes 19 MiB and a processor: a few at a time, the others wait.
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _place = self.inner.hashing.acquire().await.map_err(|_| internal())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| internal())
    }
}

fn check_admin(name: &str, email: &str, password: &str) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    let mut field = |field: &str, message: &str| {
        wrong.push(FieldProblem { field: field.to_owned(), message: message.to_owned() });
    };
    if name.is_empty() || name.chars().count() > 100 {
        field("name", "Write your name, 100 characters at most.");
    }
    let address = email
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if !address || email.contains(char::is_whitespace) || email.len() > LONGEST_EMAIL {
        field("email", "Write an e-mail address like ada@example.com.");
    }
    if password.chars().count() < password::MIN_LENGTH {
        field("password", "Choose a password of 12 characters or more.");
    } else if password.len() > LONGEST_PASSWORD {
        field("password", "Choose a password shorter than 1024 bytes.");
    }
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::fields(wrong)) }
}

fn no_fit() -> Refusal {
    Refusal::field("password", "E-mail address and password do not fit.")
}

fn signed_out() -> Refusal {
    Refusal::new(RefusalCode::SignInRequired, "Sign in to the dashboard to do this.")
}

fn link_ended() -> Refusal {
    Refusal::new(
        RefusalCode::NotFound,
        "This sign-in link was used or has ended. Make a new one with `portico admin link`.",
    )
}

/// Remembers what was written lately, so that "last seen" costs a write an hour, not one a request.
#[derive(Default)]
pub(crate) struct Touches(std::sync::Mutex<std::collections::HashMap<String, Timestamp>>);

/// More entries than this are forgotten all at once: each then costs one more write.
const MOST_TOUCHES: usize = 10_000;

impl Touches {
    /// Whether `key` has not been written for `every`; it counts as written from now on.
    pub(crate) fn due(&self, key: &str, now: Timestamp, every: Duration) -> bool {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.get(key).is_some_and(|at| now.since(*at) < every) {
            return false;
        }
        if known.len() >= MOST_TOUCHES {
            known.clear();
        }
        known.insert(key.to_owned(), now);
        true
    }
}
