//! Two workspaces, and what is in them before anybody comes.

use super::workspace::{Channel, Members, Person};
use std::collections::BTreeSet;

/// How many channels a workspace has unless it is seeded otherwise.
pub(super) const CHANNELS: usize = 40;
/// How many people it has.
pub(super) const PEOPLE: usize = 60;

/// The app, as its messages show it and as the API names it.
pub(super) const APP_NAME: &str = "Portico demo";
pub(super) const APP_HANDLE: &str = "portico-demo";
pub(super) const APP_ID: &str = "A0PORTICO";
pub(super) const BOT_ID: &str = "B0PORTICO";

/// A workspace's own facts.
pub(super) struct Team {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    /// The user id of the app's bot there.
    pub(super) bot: &'static str,
    /// What the ids of its people begin with.
    people: &'static str,
}

/// Two workspaces to choose from.
pub(super) const TEAMS: [Team; 2] = [
    Team { id: "T0ACME", name: "Acme", domain: "acme", bot: "U0ACMEBOT", people: "U0" },
    Team { id: "T0GLOBEX", name: "Globex", domain: "globex", bot: "U0GLOBEXBOT", people: "U1" },
];

/// A workspace, by id.
pub(super) fn team(id: &str) -> Option<&'static Team> {
    TEAMS.iter().find(|team| team.id == id)
}

/// A channel that people know by name.
struct Named {
    name: &'static str,
    purpose: &'static str,
    private: bool,
    archived: bool,
    members: Members,
}

const fn public(name: &'static str, purpose: &'static str, bot: bool) -> Named {
    Named { name, purpose, private: false, archived: false, members: Members::All { bot } }
}

const fn private(name: &'static str, purpose: &'static str, members: Members) -> Named {
    Named { name, purpose, private: true, archived: false, members }
}

/// The bot is in some of them; one has been archived; in the last one only managers post.
const NAMED: [Named; 8] = [
    public("general", "For everybody", true),
    public("leads", "New leads", true),
    public("tasks", "What is to be done", true),
    public("random", "Everything else", false),
    private("deals-private", "Only for some", Members::Only { people: &[0, 1], bot: true }),
    private("secret", "The bot is not in here", Members::Only { people: &[1], bot: false }),
    Named { archived: true, ..public("old-news", "No longer used", true) },
    public(READ_ONLY, "Only managers post here", true),
];
const READ_ONLY: &str = "announcements";

/// So many channels: the named ones first.
pub(super) fn channels(count: usize) -> Vec<Channel> {
    (0..count.max(NAMED.len()))
        .map(|index| match NAMED.get(index) {
            Some(named) => Channel {
                id: format!("C0{}", named.name.to_uppercase().replace('-', "")),
                name: named.name.to_owned(),
                purpose: named.purpose,
                private: named.private,
                archived: named.archived,
                read_only: named.name == READ_ONLY,
                members: named.members,
                joined: BTreeSet::new(),
            },
            None => Channel {
                id: format!("C{index:07}"),
                name: format!("project-{index:05}"),
                purpose: "",
                private: false,
                archived: false,
                read_only: false,
                members: Members::Fifth(index),
                joined: BTreeSet::new(),
            },
        })
        .collect()
}

/// The people of a workspace: the first two can sign in, one has left, one is a bot.
pub(super) fn people(team: &Team, count: usize) -> Vec<Person> {
    const NAMED: [&str; 5] =
        ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Former Person", "Deploy Bot"];
    (0..count.max(NAMED.len()))
        .map(|index| {
            let name = NAMED
                .get(index)
                .map_or_else(|| format!("Person {index:02}"), |name| (*name).to_owned());
            let handle = name.to_lowercase().replace(' ', ".");
            Person {
                id: format!("{}{index:06}", team.people),
                email: format!("{handle}@{}.example", team.domain),
                handle,
                deleted: name == "Former Person",
                bot: name == "Deploy Bot",
                name,
            }
        })
        .collect()
}
