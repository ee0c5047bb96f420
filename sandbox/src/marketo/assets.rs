//! Programs, campaigns, folders and the asset view of lists: what people choose from ("Asset API",
//! "Campaigns").

use super::activities::{self, Activity};
use super::ask::{Ask, sealed};
use super::envelope::{Desk, Error, Outcome, call, error, missing};
use super::seed::MADE_MS;
use super::time::{asset, iso};
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

const PROGRAMS: usize = 250;
const CAMPAIGNS: u64 = 24;
const FIRST_CAMPAIGN: u64 = 7001;
/// "A maximum of 100 leads are allowed per call."
const MOST_LEADS: usize = 100;

/// The programs, by offset.
pub(super) async fn programs(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let (start, size) = ask.window()?;
        let told = |index| {
            json!({
                "id": 5000 + index, "name": format!("Program {index:03}"), "channel": "Webinar",
                "type": "Event", "status": "", "workspace": "Default",
                "folder": { "type": "Folder", "value": 13, "folderName": "Marketing" },
                "createdAt": asset(MADE_MS), "updatedAt": asset(MADE_MS),
            })
        };
        Ok(assets((start..PROGRAMS).take(size).map(told)))
    })
}

/// The lists, as the asset API tells them.
pub(super) async fn static_lists(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let (start, size) = ask.window()?;
        let told = |list: super::seed::List| {
            json!({
                "id": list.id, "name": list.name, "workspace": "Default",
                "folder": { "id": 13, "type": "Folder" },
                "createdAt": asset(MADE_MS), "updatedAt": asset(MADE_MS),
            })
        };
        Ok(assets(desk.own.lists_from(start).take(size).map(told)))
    })
}

/// The folders.
pub(super) async fn folders(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        const NAMES: [&str; 4] = ["Marketing", "Events", "Newsletter", "Archive"];
        let (start, size) = ask.window()?;
        let told = |(index, name): (usize, &&str)| {
            json!({
                "id": 13 + index, "name": name, "workspace": "Default",
                "folderId": { "id": 13 + index, "type": "Folder" }, "folderType": "Marketing Folder",
                "parent": { "id": 3, "type": "Folder" }, "isArchive": *name == "Archive",
                "isSystem": false, "accessZoneId": 1, "description": "",
                "url": format!("https://app-sandbox.marketo.com/#MF{}A1", 13 + index),
                "path": format!("/Marketing Activities/Default/{name}"),
                "createdAt": asset(MADE_MS), "updatedAt": asset(MADE_MS),
            })
        };
        Ok(assets(NAMES.iter().enumerate().skip(start).take(size).map(told)))
    })
}

/// An empty answer of the asset API has no result at all.
fn assets(page: impl Iterator<Item = Value>) -> Value {
    let page: Vec<_> = page.collect();
    match page.as_slice() {
        [] => json!({ "warnings": ["No assets found for the given search criteria."] }),
        page => json!({ "warnings": [], "result": page }),
    }
}

/// A campaign: each sixth is a batch, each eighth is not active.
struct Campaign {
    id: u64,
    batch: bool,
    active: bool,
}

impl Campaign {
    fn all() -> impl Iterator<Item = Self> {
        (1..=CAMPAIGNS).map(|number| Self {
            id: FIRST_CAMPAIGN - 1 + number,
            batch: number % 6 == 0,
            active: number % 8 != 0,
        })
    }

    fn name(&self) -> String {
        format!("Campaign {}", self.id - FIRST_CAMPAIGN + 1)
    }

    fn kind(&self) -> &'static str {
        if self.batch { "batch" } else { "trigger" }
    }

    /// Whether it can be requested.
    fn triggerable(&self) -> bool {
        !self.batch && self.active
    }
}

/// The smart campaigns, by offset.
pub(super) async fn smart_campaigns(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let (start, size) = ask.window()?;
        let active_only = ask.param("isActive") == Some("true");
        let told = |own: Campaign| {
            json!({
                "id": own.id, "name": own.name(), "type": own.kind(), "isActive": own.active,
                "isRequestable": own.triggerable(), "workspace": "Default",
                "createdAt": asset(MADE_MS), "updatedAt": asset(MADE_MS),
            })
        };
        let all = Campaign::all().filter(|own| !active_only || own.active);
        Ok(assets(all.skip(start).take(size).map(told)))
    })
}

/// The campaigns, page by page; `isTriggerable` leaves those that can be requested.
pub(super) async fn campaigns(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let size = ask.batch()?;
        let after = ask.cursor("campaign")?.and_then(|at| at.first().copied());
        let after = after.and_then(|id| u64::try_from(id).ok()).unwrap_or(0);
        let triggerable = ask.param("isTriggerable") == Some("true");
        let (ids, names) = (ask.many("id"), ask.many("name"));
        let fits = |own: &Campaign| {
            own.id > after
                && (!triggerable || own.triggerable())
                && (ids.is_empty() || ids.contains(&own.id.to_string().as_str()))
                && (names.is_empty() || names.contains(&own.name().as_str()))
        };
        let mut left = Campaign::all().filter(fits);
        let page: Vec<_> = left.by_ref().take(size).collect();
        let result: Vec<_> = page.iter().map(in_list).collect();
        let last = page.last().and_then(|own| i64::try_from(own.id).ok());
        Ok(match (left.next(), last) {
            (Some(_), Some(last)) => {
                json!({ "result": result, "nextPageToken": sealed("campaign", &[last]) })
            }
            _ => json!({ "result": result }),
        })
    })
}

fn in_list(own: &Campaign) -> Value {
    json!({
        "id": own.id, "name": own.name(), "type": own.kind(), "active": own.active,
        "programId": 5001, "programName": "Webinars", "workspaceName": "Default",
        "createdAt": iso(MADE_MS), "updatedAt": iso(MADE_MS),
    })
}

#[derive(Deserialize)]
struct Trigger {
    input: Run,
}

#[derive(Deserialize)]
struct Run {
    #[serde(default)]
    leads: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

/// Runs leads through a campaign. Doing it twice runs them twice.
pub(super) async fn trigger(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let id = ask.id()?;
        let found = Campaign::all().find(|own| own.id == id);
        let campaign = found.ok_or_else(|| error("1013", format!("Campaign '{id}' not found")))?;
        let Trigger { input } = ask.input()?;
        run(desk, &campaign, &input.leads)
    })
}

fn run(desk: &mut Desk<'_>, campaign: &Campaign, leads: &[Id]) -> Outcome {
    refused(campaign, leads)?;
    if let Some(gone) = leads.iter().find(|lead| desk.own.leads.get(lead.id).is_none()) {
        return Err(error("1004", format!("Lead '{}' not found", gone.id)));
    }
    for lead in leads {
        desk.own.activities.note(Activity {
            about: Some((campaign.id, campaign.name())),
            ..Activity::new(lead.id, activities::REQUESTED, desk.now)
        });
    }
    Ok(json!({ "result": [{ "id": campaign.id }] }))
}

fn refused(campaign: &Campaign, leads: &[Id]) -> Result<(), Error> {
    match leads.len() {
        0 => Err(missing("leads")),
        1..=MOST_LEADS if campaign.triggerable() => Ok(()),
        1..=MOST_LEADS => Err(error("1003", "The campaign is not an active trigger campaign")),
        _ => Err(error("1003", format!("Too many leads: the maximum is {MOST_LEADS}"))),
    }
}
