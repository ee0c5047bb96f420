//! The people of a workspace.

use super::World;
use super::api::Call;
use super::args::cursor;
use super::failure::Answer;
use super::seed;
use super::workspace::{Person, Who};
use serde_json::{Value, json};

/// `users.list`. Bots are among them, and those who have left.
pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let (start, limit) = call.args.window()?;
    let people = &call.workspace(world)?.people;
    let members: Vec<_> =
        people.iter().skip(start).take(limit).map(|person| shown(call, person)).collect();
    let next = cursor(start.saturating_add(limit), people.len());
    Ok(json!({
        "ok": true, "members": members, "cache_ts": call.now / 1000,
        "response_metadata": { "next_cursor": next },
    }))
}

/// `users.info`.
pub(super) fn info(world: &mut World, call: &Call) -> Answer {
    let id = call.args.required("user")?;
    let workspace = call.workspace(world)?;
    let user = match workspace.who(call.team, &id).ok_or("user_not_found")? {
        Who::Bot => json!({
            "id": call.team.bot, "team_id": call.team.id, "name": seed::APP_HANDLE,
            "real_name": seed::APP_NAME, "deleted": false, "is_bot": true, "is_app_user": false,
            "profile": { "real_name": seed::APP_NAME, "api_app_id": seed::APP_ID },
        }),
        who => shown(call, workspace.person(who).ok_or("user_not_found")?),
    };
    Ok(json!({ "ok": true, "user": user }))
}

/// `users.lookupByEmail`: of those who are still there.
pub(super) fn by_email(world: &mut World, call: &Call) -> Answer {
    let email = call.args.required("email")?;
    let fits = |own: &&Person| own.email.eq_ignore_ascii_case(&email) && !own.deleted;
    let found = call.workspace(world)?.people.iter().find(fits);
    Ok(json!({ "ok": true, "user": shown(call, found.ok_or("users_not_found")?) }))
}

fn shown(call: &Call, person: &Person) -> Value {
    let mut profile = json!({
        "real_name": person.name, "real_name_normalized": person.name,
        "display_name": person.name, "display_name_normalized": person.name,
        "team": call.team.id,
    });
    // "users:read.email is required to access the email field."
    if call.has("users:read.email") && !person.bot {
        profile["email"] = json!(person.email);
    }
    json!({
        "id": person.id, "team_id": call.team.id, "name": person.handle,
        "real_name": person.name, "deleted": person.deleted, "is_bot": person.bot,
        "is_app_user": false, "is_admin": false, "is_owner": false, "is_restricted": false,
        "tz": "Europe/Berlin", "profile": profile,
    })
}
