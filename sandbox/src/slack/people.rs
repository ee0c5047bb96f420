//! The people of a workspace.

use super::args::Args;
use super::conversations::{cursor, window};
use super::seed::{Person, people};
use serde_json::{Value, json};

/// `users.list`.
pub(super) fn list(args: &Args) -> Result<Value, &'static str> {
    let (start, limit) = window(args)?;
    let all = people();
    let members: Vec<_> = all.iter().skip(start).take(limit).map(shown).collect();
    let next = cursor(start.saturating_add(limit), all.len());
    Ok(json!({ "ok": true, "members": members, "response_metadata": { "next_cursor": next } }))
}

/// `users.info`.
pub(super) fn info(args: &Args) -> Result<Value, &'static str> {
    let id = args.text("user").ok_or("user_not_found")?;
    let found = find(|person| person.id == id).ok_or("user_not_found")?;
    Ok(json!({ "ok": true, "user": shown(&found) }))
}

/// `users.lookupByEmail`.
pub(super) fn by_email(args: &Args) -> Result<Value, &'static str> {
    let email = args.text("email").ok_or("users_not_found")?;
    let found = find(|person| person.email == email && !person.deleted).ok_or("users_not_found")?;
    Ok(json!({ "ok": true, "user": shown(&found) }))
}

pub(super) fn find(fits: impl Fn(&Person) -> bool) -> Option<Person> {
    people().into_iter().find(|person| fits(person))
}

fn shown(person: &Person) -> Value {
    json!({
        "id": person.id, "name": person.email.split('@').next(), "real_name": person.name,
        "deleted": person.deleted, "is_bot": person.bot, "is_app_user": false,
        "profile": { "real_name": person.name, "display_name": person.name, "email": person.email },
    })
}
