//! Workspaces, their people and channels, and the knobs over them.

use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// How many channels a workspace has unless it is seeded otherwise.
pub(super) const CHANNELS: usize = 40;
/// How many people a workspace has.
const PEOPLE: usize = 60;

/// A workspace.
pub(super) struct Team {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    /// Its bot, once the app is installed.
    pub(super) bot: &'static str,
}

/// Two workspaces to choose from.
pub(super) const TEAMS: [Team; 2] = [
    Team { id: "T0ACME", name: "Acme", domain: "acme", bot: "U0ACMEBOT" },
    Team { id: "T0GLOBEX", name: "Globex", domain: "globex", bot: "U0GLOBEXBOT" },
];

/// A channel; every workspace has the same ones.
#[derive(Clone)]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) purpose: &'static str,
    pub(super) private: bool,
    pub(super) archived: bool,
    /// Whether the bot is in it.
    pub(super) member: bool,
}

/// A person.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) deleted: bool,
    pub(super) bot: bool,
}

/// The named ones first: some that people know, a private one, one that has been archived.
pub(super) fn channels(count: usize) -> Vec<Channel> {
    const NAMED: [(&str, &str, bool, bool); 7] = [
        ("general", "For everybody", false, false),
        ("leads", "New leads", false, false),
        ("tasks", "What is to be done", false, false),
        ("random", "Everything else", false, false),
        ("deals-private", "Only for some", true, false),
        ("secret", "The bot is not in here", true, false),
        ("old-news", "No longer used", false, true),
    ];
    (0..count.max(NAMED.len()))
        .map(|index| match NAMED.get(index) {
            Some((name, purpose, private, archived)) => Channel {
                id: format!("C0{}", name.to_uppercase().replace('-', "")),
                name: (*name).to_owned(),
                purpose,
                private: *private,
                archived: *archived,
                member: *name != "secret" && *name != "random",
            },
            None => Channel {
                id: format!("C{index:07}"),
                name: format!("project-{index:05}"),
                purpose: "",
                private: false,
                archived: false,
                member: false,
            },
        })
        .collect()
}

/// The people of every workspace; one has left, one is a bot.
pub(super) fn people() -> Vec<Person> {
    const NAMED: [&str; 5] =
        ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Former Person", "Deploy Bot"];
    (0..PEOPLE)
        .map(|index| {
            let name = NAMED
                .get(index)
                .map_or_else(|| format!("Person {index:02}"), |name| (*name).to_owned());
            let handle = name.to_lowercase().replace(' ', ".");
            Person {
                id: format!("U{index:07}"),
                email: format!("{handle}@acme.example"),
                deleted: name == "Former Person",
                bot: name == "Deploy Bot",
                name,
            }
        })
        .collect()
}

/// The knobs of this provider.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    rotation: bool,
}

pub(super) async fn settings(State(sandbox): State<Sandbox>) -> Json<Settings> {
    Json(Settings { rotation: sandbox.world().slack.rotation })
}

pub(super) async fn set_settings(
    State(sandbox): State<Sandbox>,
    Json(new): Json<Settings>,
) -> StatusCode {
    sandbox.world().slack.rotation = new.rotation;
    StatusCode::NO_CONTENT
}

/// How much there is to choose from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    channels: usize,
}

pub(super) async fn seed(State(sandbox): State<Sandbox>, Json(seed): Json<Seed>) -> StatusCode {
    sandbox.world().slack.channels = channels(seed.channels.min(100_000));
    StatusCode::NO_CONTENT
}
