//! Static lists and who is on them ("Static lists").

use super::activities::{self, Activity};
use super::ask::{Ask, sealed};
use super::envelope::{Desk, Error, Outcome, call, error, no_method, skipped};
use super::find;
use super::leads::{self, of};
use super::seed::{List, MADE_MS};
use super::time::iso;
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The lists, page by page, by id or by their whole name.
pub(super) async fn list(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| paged(desk, &ask))
}

/// The same with its parameters in a form, as long filters need it.
pub(super) async fn list_by_post(state: State<Sandbox>, ask: Ask) -> Response {
    if ask.reads { list(state, ask).await } else { no_method(state, ask).await }
}

/// Who is on a list, asked for with a form.
pub(super) async fn members_by_post(state: State<Sandbox>, ask: Ask) -> Response {
    if ask.reads { members(state, ask).await } else { no_method(state, ask).await }
}

fn paged(desk: &Desk<'_>, ask: &Ask) -> Outcome {
    let size = ask.batch()?;
    let start = ask.cursor("list")?.and_then(|at| at.first().copied()).unwrap_or(0);
    let start = usize::try_from(start).unwrap_or(0);
    let (ids, names) = (ask.many("id"), ask.many("name"));
    let (programs, workspaces) = (ask.many("programName"), ask.many("workspaceName"));
    let among = |all: &[&str], own: &str| all.is_empty() || all.contains(&own);
    let fits = |list: &List| {
        among(&ids, &list.id.to_string())
            && among(&names, &list.name)
            && among(&programs, list.program)
            && among(&workspaces, "Default")
    };
    // A page begins at a place among all lists: where the page before ended.
    let mut left = desk.own.lists_from(start).enumerate().filter(|(_, list)| fits(list));
    let page: Vec<_> = left.by_ref().take(size).collect();
    let result: Vec<_> = page.iter().map(|(_, list)| told(list)).collect();
    let next = left.next().and_then(|(index, _)| i64::try_from(start + index).ok());
    Ok(match next {
        Some(next) => json!({ "result": result, "nextPageToken": sealed("list", &[next]) }),
        None => json!({ "result": result }),
    })
}

fn told(list: &List) -> Value {
    json!({
        "id": list.id, "name": list.name, "programName": list.program, "workspaceName": "Default",
        "createdAt": iso(MADE_MS), "updatedAt": iso(MADE_MS),
    })
}

/// One list.
pub(super) async fn read(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| Ok(json!({ "result": [told(&known(desk, ask.id()?)?)] })))
}

fn known(desk: &Desk<'_>, id: u64) -> Result<List, Error> {
    desk.own.list(id).ok_or_else(|| error("1013", format!("List '{id}' not found")))
}

/// Adds leads to a list.
pub(super) async fn add(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let (list, leads) = (known(desk, ask.id()?)?, leads::named(&ask)?);
        let mut result = Vec::new();
        for lead in leads {
            result.push(added(desk, &list, lead));
        }
        Ok(json!({ "result": result }))
    })
}

fn added(desk: &mut Desk<'_>, list: &List, lead: u64) -> Value {
    if desk.own.leads.get(lead).is_none() {
        return of(lead, skipped(error("1004", "Lead not found")));
    }
    if !desk.own.members.entry(list.id).or_default().insert(lead) {
        return json!({ "id": lead, "status": "memberof" });
    }
    note(desk, list, lead, activities::ADDED);
    json!({ "id": lead, "status": "added" })
}

/// Takes leads out of a list.
pub(super) async fn remove(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let (list, leads) = (known(desk, ask.id()?)?, leads::named(&ask)?);
        let mut result = Vec::new();
        for lead in leads {
            result.push(removed(desk, &list, lead));
        }
        Ok(json!({ "result": result }))
    })
}

fn removed(desk: &mut Desk<'_>, list: &List, lead: u64) -> Value {
    if desk.own.leads.get(lead).is_none() {
        return of(lead, skipped(error("1004", "Lead not found")));
    }
    if !desk.own.members.entry(list.id).or_default().remove(&lead) {
        return of(lead, skipped(error("1015", "Lead not in list")));
    }
    note(desk, list, lead, activities::REMOVED);
    json!({ "id": lead, "status": "removed" })
}

fn note(desk: &mut Desk<'_>, list: &List, lead: u64, kind: u64) {
    desk.own.activities.note(Activity {
        about: Some((list.id, list.name.clone())),
        ..Activity::new(lead, kind, desk.now)
    });
}

/// Who is on a list, page by page.
pub(super) async fn members(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let list = known(desk, ask.id()?)?;
        let members = desk.own.members.get(&list.id).into_iter().flatten();
        find::paged(members.filter_map(|id| Some((*id, desk.own.leads.get(*id)?))), &ask)
    })
}

/// Whether leads are on a list.
pub(super) async fn is_member(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let (list, leads) = (known(desk, ask.id()?)?, leads::named(&ask)?);
        let none = BTreeSet::new();
        let members = desk.own.members.get(&list.id).unwrap_or(&none);
        let told = |lead: u64| match (desk.own.leads.get(lead), members.contains(&lead)) {
            (None, _) => of(lead, skipped(error("1004", "Lead not found"))),
            (_, true) => json!({ "id": lead, "status": "memberof" }),
            (_, false) => json!({ "id": lead, "status": "notmemberof" }),
        };
        Ok(json!({ "result": leads.into_iter().map(told).collect::<Vec<_>>() }))
    })
}
