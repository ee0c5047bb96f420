//! What the sandbox remembers.

use crate::clock::now_ms;
use crate::faults::Fault;
use crate::{hubspot, marketo, slack};
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The simulated providers. Cheap to clone; clones share their state.
#[derive(Clone, Default)]
pub struct Sandbox {
    world: Arc<Mutex<World>>,
}

impl Sandbox {
    /// A sandbox with its orgs and no records.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything, in memory.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: Vec<Seen>,
    pub(crate) moved_ms: i64,
    /// Where the clock stands, if it does not run.
    pub(crate) stands_at_ms: Option<i64>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) tokens: Vec<Token>,
    /// Org, object, id.
    pub(crate) records: BTreeMap<(String, String), Vec<Record>>,
    pub(crate) calls: u64,
    pub(crate) hubspot: hubspot::World,
    pub(crate) marketo: marketo::World,
    pub(crate) slack: slack::World,
    made: u64,
}

/// The knobs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Each refresh gives a new refresh token and ends the old one.
    pub(crate) rotate_refresh_tokens: bool,
    /// How long an access token lives.
    pub(crate) access_token_life_s: i64,
    /// Calls per day of an org.
    pub(crate) daily_calls: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rotate_refresh_tokens: true, access_token_life_s: 7200, daily_calls: 15_000 }
    }
}

/// A request that came in.
#[derive(Clone, Serialize)]
pub(crate) struct Seen {
    pub(crate) at: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
}

/// An authorization code.
pub(crate) struct Code {
    pub(crate) user: &'static User,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) scope: String,
    pub(crate) until: i64,
    pub(crate) used: bool,
}

/// Tokens of one approval.
pub(crate) struct Token {
    pub(crate) family: String,
    pub(crate) user: &'static User,
    pub(crate) scope: String,
    pub(crate) access: String,
    pub(crate) access_until: i64,
    pub(crate) refresh: String,
    pub(crate) former: Vec<String>,
    pub(crate) revoked: bool,
}

/// A record of an org.
#[derive(Clone, Serialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) created_ms: i64,
    pub(crate) changed_ms: i64,
    pub(crate) deleted: bool,
    pub(crate) fields: Map<String, Value>,
}

/// A person who can sign in.
pub(crate) struct User {
    pub(crate) id: &'static str,
    pub(crate) org: &'static str,
    pub(crate) org_id: &'static str,
    pub(crate) login: &'static str,
    pub(crate) username: &'static str,
    pub(crate) name: &'static str,
}

/// Two production orgs and a sandbox.
pub(crate) const USERS: [User; 4] = [
    User {
        id: "005A00000000001AAA",
        org: "acme",
        org_id: "00DA00000000001AAA",
        login: "login",
        username: "ada@acme.example",
        name: "Ada Lovelace",
    },
    User {
        id: "005A00000000002AAA",
        org: "acme",
        org_id: "00DA00000000001AAA",
        login: "login",
        username: "grace@acme.example",
        name: "Grace Hopper",
    },
    User {
        id: "005B00000000001AAA",
        org: "globex",
        org_id: "00DB00000000001AAA",
        login: "login",
        username: "linus@globex.example",
        name: "Linus Pauling",
    },
    User {
        id: "005C00000000001AAA",
        org: "acme--dev",
        org_id: "00DC00000000001AAA",
        login: "test",
        username: "ada@acme.example.dev",
        name: "Ada Lovelace (sandbox)",
    },
];

/// The orgs, for pages.
pub(crate) const ORGS: [(&str, &str); 3] =
    [("acme", "Acme"), ("globex", "Globex"), ("acme--dev", "Acme (sandbox)")];

impl World {
    pub(crate) fn now(&self) -> i64 {
        self.stands_at_ms.unwrap_or_else(|| now_ms(self.moved_ms))
    }

    /// An 18-character id with the prefix of its object.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}S0{:010}AAA", self.made)
    }

    pub(crate) fn user_of_access(&self, token: &str) -> Option<&'static User> {
        let now = self.now();
        self.tokens
            .iter()
            .find(|own| own.access == token && !own.revoked && own.access_until > now)
            .map(|own| own.user)
    }
}

/// Unguessable, as tokens are.
pub(crate) fn secret() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..40).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}
