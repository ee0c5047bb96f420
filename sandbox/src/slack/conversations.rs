//! Channels and direct conversations: listed, looked at, opened, joined.

use super::World;
use super::api::Call;
use super::args::cursor;
use super::failure::{Answer, Failure};
use super::workspace::{Channel, Direct, Place, Who, Workspace};
use serde_json::{Value, json};

/// "Up to eight people" besides the one who asks.
const MOST_IN_GROUP: usize = 8;

/// `conversations.list`: "fewer than the requested number of items may be returned", even none, while
/// there is more.
pub(super) fn list(world: &mut World, call: &Call) -> Answer {
    let mut families = Vec::new();
    let types = call.args.text("types").unwrap_or_else(|| "public_channel".to_owned());
    for kind in types.split(',') {
        families.push(match kind.trim() {
            "public_channel" => "channels",
            "private_channel" => "groups",
            "im" => "im",
            "mpim" => "mpim",
            _ => return Err("invalid_types".into()),
        });
    }
    let needed: Vec<_> = families.iter().map(|family| format!("{family}:read")).collect();
    let missing: Vec<_> = needed.into_iter().filter(|scope| !call.has(scope)).collect();
    if !missing.is_empty() {
        return Err(Failure::scope(&missing.join(","), &call.scope));
    }
    let (start, limit) = call.args.window()?;
    let live = call.args.flag("exclude_archived");
    let workspace = call.workspace(world)?;
    let channels = workspace.channels.iter().map(Place::Channel);
    let places = channels.chain(workspace.directs.iter().map(Place::Direct));
    // A page is cut before it is filtered: that is why it can be short.
    let page = places.skip(start).take(limit).filter(|place| {
        families.contains(&place.family())
            && match place {
                Place::Channel(own) => own.seen_by(call.who) && !(live && own.archived),
                Place::Direct(own) => own.members.contains(&call.who),
            }
    });
    let shown: Vec<_> = page.map(|place| shown(workspace, call, &place)).collect();
    let all = workspace.channels.len() + workspace.directs.len();
    let next = cursor(start.saturating_add(limit), all);
    Ok(json!({ "ok": true, "channels": shown, "response_metadata": { "next_cursor": next } }))
}

/// `conversations.info`.
pub(super) fn info(world: &mut World, call: &Call) -> Answer {
    let id = call.args.required("channel")?;
    let workspace = call.workspace(world)?;
    let place = workspace.seen(&id, call.who).ok_or("channel_not_found")?;
    call.needs_for(&place, "read")?;
    let mut channel = shown(workspace, call, &place);
    // "Set to true to include the member count."
    if !call.args.flag("include_num_members")
        && let Some(fields) = channel.as_object_mut()
    {
        fields.remove("num_members");
    }
    Ok(json!({ "ok": true, "channel": channel }))
}

/// `conversations.open`: the direct conversation with one person, or a group's.
pub(super) fn open(world: &mut World, call: &Call) -> Answer {
    if let Some(id) = call.args.text("channel") {
        let place = call.workspace(world)?.seen(&id, call.who).ok_or("channel_not_found")?;
        return match place {
            Place::Channel(_) => Err("method_not_supported_for_channel_type".into()),
            Place::Direct(_) => opened(call.workspace(world)?, call, &id, true),
        };
    }
    let users = call.args.list("users");
    match users.len() {
        0 => return Err("users_list_not_supplied".into()),
        1 => call.needs(&["im:write"])?,
        2..=MOST_IN_GROUP => call.needs(&["mpim:write"])?,
        _ => return Err("too_many_users".into()),
    }
    let workspace = call.workspace_mut(world)?;
    let mut members = vec![call.who];
    for user in &users {
        members.push(reachable(workspace, call, user)?);
    }
    let (id, known) = workspace.direct(members);
    opened(workspace, call, &id, known)
}

/// Somebody who can be written to directly, by id.
pub(super) fn reachable(workspace: &Workspace, call: &Call, id: &str) -> Result<Who, Failure> {
    let who = workspace.who(call.team, id).ok_or("user_not_found")?;
    match workspace.person(who) {
        _ if who == call.who => Ok(who),
        None => Err("cannot_dm_bot".into()),
        Some(person) if person.bot => Err("cannot_dm_bot".into()),
        Some(person) if person.deleted => Err("user_disabled".into()),
        Some(_) => Ok(who),
    }
}

fn opened(workspace: &Workspace, call: &Call, id: &str, known: bool) -> Answer {
    let mut channel = json!({ "id": id });
    if call.args.flag("return_im") {
        let place = workspace.seen(id, call.who).ok_or("channel_not_found")?;
        channel = shown(workspace, call, &place);
    }
    Ok(if known {
        json!({ "ok": true, "no_op": true, "already_open": true, "channel": channel })
    } else {
        json!({ "ok": true, "channel": channel })
    })
}

/// `conversations.join`: public channels only.
pub(super) fn join(world: &mut World, call: &Call) -> Answer {
    let id = call.args.required("channel")?;
    let workspace = call.workspace_mut(world)?;
    match workspace.seen(&id, call.who).ok_or("channel_not_found")? {
        Place::Channel(own) if own.archived => return Err("is_archived".into()),
        Place::Channel(own) if !own.private => {}
        _ => return Err("method_not_supported_for_channel_type".into()),
    }
    let own = workspace.channels.iter_mut().find(|own| own.id == id);
    let own = own.ok_or("channel_not_found")?;
    let already = own.has(call.who);
    if !already {
        own.joined.insert(call.who);
    }
    let place = workspace.seen(&id, call.who).ok_or("channel_not_found")?;
    let mut body = json!({ "ok": true, "channel": shown(workspace, call, &place) });
    if !already {
        let user = workspace.id_of(call.team, call.who);
        let event = json!({
            "type": "member_joined_channel", "user": user, "channel": id, "team": call.team.id,
            "channel_type": "C",
        });
        world.happened(call.team, event, call.now);
    }
    if already {
        body["response_metadata"] = json!({ "warnings": ["already_in_channel"] });
    }
    Ok(body)
}

/// A conversation, as whoever asks sees it.
fn shown(workspace: &Workspace, call: &Call, place: &Place) -> Value {
    match place {
        Place::Channel(own) => channel(workspace, own, call.who),
        Place::Direct(own) => direct(workspace, call, own),
    }
}

fn channel(workspace: &Workspace, own: &Channel, who: Who) -> Value {
    let words = |value: &str| json!({ "value": value, "creator": "", "last_set": 0 });
    json!({
        "id": own.id, "name": own.name, "name_normalized": own.name, "is_channel": true,
        "is_group": false, "is_im": false, "is_mpim": false, "is_private": own.private,
        "is_archived": own.archived, "is_general": own.name == "general",
        "is_member": own.has(who), "is_read_only": own.read_only, "is_shared": false,
        "is_ext_shared": false, "is_org_shared": false, "unlinked": 0,
        "topic": words(""), "purpose": words(own.purpose), "previous_names": [],
        "num_members": workspace.members(own),
    })
}

fn direct(workspace: &Workspace, call: &Call, own: &Direct) -> Value {
    if own.group() {
        return json!({
            "id": own.id, "name": format!("mpdm-{}", own.id.to_lowercase()), "is_channel": false,
            "is_group": true, "is_im": false, "is_mpim": true, "is_private": true,
            "is_archived": false, "is_member": true, "num_members": own.members.len(),
        });
    }
    json!({
        "id": own.id, "is_im": true, "is_mpim": false, "is_private": true, "is_archived": false,
        "is_open": true, "user": workspace.id_of(call.team, own.other(call.who)),
    })
}
