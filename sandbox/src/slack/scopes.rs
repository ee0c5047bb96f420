//! The scopes there are ("Scopes"): what is asked for must be among them.

/// What a bot can be granted, a person, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Bot,
    User,
    Both,
}

/// Those that apps like this one ask for.
const SCOPES: [(&str, For); 49] = [
    ("app_mentions:read", For::Bot),
    ("bookmarks:read", For::Both),
    ("bookmarks:write", For::Both),
    ("channels:history", For::Both),
    ("channels:join", For::Bot),
    ("channels:manage", For::Bot),
    ("channels:read", For::Both),
    ("channels:write", For::User),
    ("chat:write", For::Both),
    ("chat:write.customize", For::Bot),
    ("chat:write.public", For::Bot),
    ("commands", For::Bot),
    ("dnd:read", For::Both),
    ("email", For::User),
    ("emoji:read", For::Both),
    ("files:read", For::Both),
    ("files:write", For::Both),
    ("groups:history", For::Both),
    ("groups:read", For::Both),
    ("groups:write", For::Both),
    ("identity.basic", For::User),
    ("im:history", For::Both),
    ("im:read", For::Both),
    ("im:write", For::Both),
    ("incoming-webhook", For::Bot),
    ("links:read", For::Both),
    ("links:write", For::Both),
    ("metadata.message:read", For::Bot),
    ("mpim:history", For::Both),
    ("mpim:read", For::Both),
    ("mpim:write", For::Both),
    ("openid", For::User),
    ("pins:read", For::Both),
    ("pins:write", For::Both),
    ("profile", For::User),
    ("reactions:read", For::Both),
    ("reactions:write", For::Both),
    ("reminders:read", For::Both),
    ("reminders:write", For::Both),
    ("search:read", For::User),
    ("team:read", For::Both),
    ("usergroups:read", For::Both),
    ("usergroups:write", For::Both),
    ("users.profile:read", For::Both),
    ("users.profile:write", For::User),
    ("users:read", For::Both),
    ("users:read.email", For::Both),
    ("users:write", For::Both),
    ("workflow.steps:execute", For::Bot),
];

/// A list of scopes: with commas between them, though spaces do as well.
pub(super) fn listed(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for scope in text.split([',', ' ']).filter(|scope| !scope.is_empty()) {
        if !all.iter().any(|own| own == scope) {
            all.push(scope.to_owned());
        }
    }
    all
}

/// The first of these that no bot can have.
pub(super) fn unknown_to_bots(scopes: &[String]) -> Option<&String> {
    scopes.iter().find(|scope| !known(scope, For::Bot))
}

/// The first of these that no person can grant for themselves.
pub(super) fn unknown_to_users(scopes: &[String]) -> Option<&String> {
    scopes.iter().find(|scope| !known(scope, For::User))
}

fn known(scope: &str, wanted: For) -> bool {
    SCOPES.iter().any(|(name, whose)| *name == scope && (*whose == wanted || *whose == For::Both))
}
