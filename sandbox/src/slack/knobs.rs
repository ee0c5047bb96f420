//! The knobs of this provider: `/slack/_sandbox/…`.

use super::seed::{self, TEAMS};
use super::workspace::Who;
use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// The most that is seeded.
const MOST: usize = 100_000;

/// How the app is set up, and how patient Slack is. What is left out of a `PUT` is as usual.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    /// Refresh tokens are used once and access tokens end after twelve hours ("Using token rotation").
    pub(super) rotation: bool,
    /// The app is distributed but not in the Marketplace: histories are read once a minute, fifteen
    /// messages at a time ("Rate limit changes for non-Marketplace apps").
    pub(super) unlisted: bool,
    /// How many messages to a channel may come at once; one a second from then on.
    pub(super) message_burst: i64,
    /// How many minutes' worth of calls of a method may come at once.
    pub(super) call_burst_minutes: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rotation: false, unlisted: false, message_burst: 10, call_burst_minutes: 5 }
    }
}

pub(super) async fn settings(State(sandbox): State<Sandbox>) -> Json<Settings> {
    Json(sandbox.world().slack.settings.clone())
}

pub(super) async fn set_settings(
    State(sandbox): State<Sandbox>,
    Json(new): Json<Settings>,
) -> StatusCode {
    sandbox.world().slack.settings = new;
    StatusCode::NO_CONTENT
}

/// How much there is to choose from, in both workspaces.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    channels: Option<usize>,
    people: Option<usize>,
}

pub(super) async fn seed(State(sandbox): State<Sandbox>, Json(seed): Json<Seed>) -> StatusCode {
    let mut world = sandbox.world();
    for team in &TEAMS {
        let Some(workspace) = world.slack.workspaces.get_mut(team.id) else { continue };
        if let Some(count) = seed.channels {
            workspace.channels = seed::channels(count.min(MOST));
        }
        if let Some(count) = seed.people {
            workspace.people = seed::people(team, count.min(MOST));
            // Those in them may be gone.
            workspace.directs.clear();
        }
    }
    StatusCode::NO_CONTENT
}

/// Somebody leaves.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaves {
    user: String,
}

/// A person's account ends: their tokens are `account_inactive` from then on.
pub(super) async fn deactivate(
    State(sandbox): State<Sandbox>,
    Json(leaves): Json<Leaves>,
) -> StatusCode {
    let mut world = sandbox.world();
    for team in &TEAMS {
        let Some(workspace) = world.slack.workspaces.get_mut(team.id) else { continue };
        if let Some(Who::Person(place)) = workspace.who(team, &leaves.user) {
            if let Some(person) = workspace.people.get_mut(place) {
                person.deleted = true;
            }
            return StatusCode::NO_CONTENT;
        }
    }
    StatusCode::NOT_FOUND
}
