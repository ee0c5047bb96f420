//! What a workspace is: its people, its channels and who is in them, its direct conversations.

use super::messages::Message;
use super::seed::{self, Team};
use std::collections::BTreeSet;

/// Somebody who can be in a channel and post.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// The app's bot.
    Bot,
    /// A person, by place among the workspace's people.
    Person(usize),
}

/// A workspace's state.
pub(super) struct Workspace {
    pub(super) people: Vec<Person>,
    pub(super) channels: Vec<Channel>,
    pub(super) directs: Vec<Direct>,
    pub(super) messages: Vec<Message>,
}

/// A person.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    /// What stands before the `@` of their address.
    pub(super) handle: String,
    pub(super) email: String,
    pub(super) deleted: bool,
    pub(super) bot: bool,
}

/// A channel.
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) purpose: &'static str,
    pub(super) private: bool,
    pub(super) archived: bool,
    /// Only its managers post here.
    pub(super) read_only: bool,
    /// Who was in it from the beginning.
    pub(super) members: Members,
    /// Who has joined since.
    pub(super) joined: BTreeSet<Who>,
}

/// Who is in a channel, without a list for each of fifty thousand.
#[derive(Clone, Copy)]
pub(super) enum Members {
    /// Everybody, with or without the bot.
    All { bot: bool },
    /// These people, with or without the bot.
    Only { people: &'static [usize], bot: bool },
    /// Every fifth person.
    Fifth(usize),
}

impl Members {
    fn has(self, who: Who) -> bool {
        match (self, who) {
            (Self::All { bot } | Self::Only { bot, .. }, Who::Bot) => bot,
            (Self::Fifth(_), Who::Bot) => false,
            (Self::All { .. }, Who::Person(_)) => true,
            (Self::Only { people, .. }, Who::Person(place)) => people.contains(&place),
            (Self::Fifth(first), Who::Person(place)) => place % 5 == first % 5,
        }
    }

    fn count(self, people: usize) -> usize {
        match self {
            Self::All { bot } => people + usize::from(bot),
            Self::Only { people, bot } => people.len() + usize::from(bot),
            Self::Fifth(first) => people.saturating_sub(first % 5).div_ceil(5),
        }
    }
}

impl Channel {
    pub(super) fn has(&self, who: Who) -> bool {
        self.joined.contains(&who) || self.members.has(who)
    }

    /// Private channels are seen by their members only.
    pub(super) fn seen_by(&self, who: Who) -> bool {
        !self.private || self.has(who)
    }
}

/// A direct conversation of two, or a group's.
pub(super) struct Direct {
    pub(super) id: String,
    /// In order, so that it is found again.
    pub(super) members: Vec<Who>,
}

impl Direct {
    pub(super) fn group(&self) -> bool {
        self.members.len() > 2
    }

    /// The other one, for a member of two.
    pub(super) fn other(&self, who: Who) -> Who {
        self.members.iter().copied().find(|own| *own != who).unwrap_or(who)
    }
}

/// Where a message goes or a history is read.
pub(super) enum Place<'w> {
    Channel(&'w Channel),
    Direct(&'w Direct),
}

impl Place<'_> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Channel(channel) => &channel.id,
            Self::Direct(direct) => &direct.id,
        }
    }

    /// Which of the four families of scopes it takes: `channels:read`, `groups:read`, `im:read`, `mpim:read`.
    pub(super) fn family(&self) -> &'static str {
        match self {
            Self::Channel(channel) if channel.private => "groups",
            Self::Channel(_) => "channels",
            Self::Direct(direct) if direct.group() => "mpim",
            Self::Direct(_) => "im",
        }
    }
}

impl Workspace {
    pub(super) fn new(team: &Team) -> Self {
        Self {
            people: seed::people(team, seed::PEOPLE),
            channels: seed::channels(seed::CHANNELS),
            directs: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// A conversation that somebody can see, by id.
    pub(super) fn seen(&self, id: &str, by: Who) -> Option<Place<'_>> {
        if let Some(direct) = self.directs.iter().find(|own| own.id == id) {
            return direct.members.contains(&by).then_some(Place::Direct(direct));
        }
        self.channels.iter().find(|own| own.id == id && own.seen_by(by)).map(Place::Channel)
    }

    pub(super) fn person(&self, who: Who) -> Option<&Person> {
        match who {
            Who::Bot => None,
            Who::Person(place) => self.people.get(place),
        }
    }

    /// Whose id it is.
    pub(super) fn who(&self, team: &Team, id: &str) -> Option<Who> {
        if id == team.bot {
            return Some(Who::Bot);
        }
        self.people.iter().position(|person| person.id == id).map(Who::Person)
    }

    pub(super) fn id_of(&self, team: &Team, who: Who) -> String {
        self.person(who).map_or_else(|| team.bot.to_owned(), |person| person.id.clone())
    }

    pub(super) fn name_of(&self, who: Who) -> &str {
        self.person(who).map_or(seed::APP_NAME, |person| &person.name)
    }

    /// How many are in a channel.
    pub(super) fn members(&self, channel: &Channel) -> usize {
        channel.members.count(self.people.len()) + channel.joined.len()
    }

    /// The direct conversation of these, begun now if there was none; and whether there was.
    pub(super) fn direct(&mut self, mut members: Vec<Who>) -> (String, bool) {
        members.sort_unstable();
        members.dedup();
        if let Some(known) = self.directs.iter().find(|own| own.members == members) {
            return (known.id.clone(), true);
        }
        let letter = if members.len() > 2 { 'G' } else { 'D' };
        let id = format!("{letter}{:07}", self.directs.len());
        self.directs.push(Direct { id: id.clone(), members });
        (id, false)
    }

    /// What a conversation is called, for pages.
    pub(super) fn title(&self, id: &str) -> Option<String> {
        if let Some(channel) = self.channels.iter().find(|own| own.id == id) {
            return Some(format!("# {}", channel.name));
        }
        let direct = self.directs.iter().find(|own| own.id == id)?;
        let people = direct.members.iter().filter(|who| **who != Who::Bot);
        let names: Vec<_> = people.map(|who| self.name_of(*who)).collect();
        Some(format!("@ {}", names.join(", ")))
    }
}
