//! What is there before anybody calls: portals, their people, owners and lists.

use serde_json::{Value, json};

/// The scopes that come with a paid edition.
const PAID: &[&str] =
    &["crm.objects.custom.read", "crm.objects.custom.write", "crm.schemas.custom.read"];

/// An account, with the person who connects it.
pub(super) struct Portal {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    pub(super) user: &'static str,
    pub(super) user_id: u64,
    pub(super) currency: &'static str,
    /// Zones without summer time: when a day ends can be told without a table.
    pub(super) zone: &'static str,
    pub(super) ahead_ms: i64,
    /// Scopes that cannot be granted here.
    pub(super) lacks: &'static [&'static str],
}

/// Two portals to choose from, the second without custom objects.
pub(super) const PORTALS: [Portal; 2] = [
    Portal {
        id: 62515,
        name: "Acme",
        domain: "acme.example",
        user: "ada@acme.example",
        user_id: 1,
        currency: "EUR",
        zone: "Atlantic/Reykjavik",
        ahead_ms: 0,
        lacks: &[],
    },
    Portal {
        id: 62777,
        name: "Globex",
        domain: "globex.example",
        user: "linus@globex.example",
        user_id: 2,
        currency: "USD",
        zone: "America/Phoenix",
        ahead_ms: -7 * 3_600_000,
        lacks: PAID,
    },
];

/// When the accounts were set up, for what nobody has changed since.
pub(super) const FOUNDED: &str = "2026-01-05T10:00:00.000Z";

/// How many lists and owners a portal has.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) lists: usize,
    pub(super) owners: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { lists: 250, owners: 120 }
    }
}

/// Who has left: archived, and without a user.
const FORMER: usize = 900_000;

/// Owners of a portal, or those who have left.
pub(super) fn owners(portal: &Portal, size: Size, archived: bool) -> Vec<Value> {
    if archived {
        return vec![owner(portal, FORMER, true)];
    }
    (0..size.owners).map(|index| owner(portal, index, false)).collect()
}

/// An owner. The first is the person who connects.
fn owner(portal: &Portal, index: usize, archived: bool) -> Value {
    let email = match index {
        0 => portal.user.to_owned(),
        _ => format!("owner{index:03}@{}", portal.domain),
    };
    let mut owner = json!({
        "id": (index + 1).to_string(), "email": email, "type": "PERSON", "firstName": "Owner",
        "lastName": index.to_string(), "userIdIncludingInactive": index + 1,
        "createdAt": FOUNDED, "updatedAt": FOUNDED, "archived": archived,
    });
    if let (false, Some(owner)) = (archived, owner.as_object_mut()) {
        owner.insert("userId".to_owned(), json!(index + 1));
        let team = json!([{ "id": "1", "name": "Sales", "primary": true }]);
        owner.insert("teams".to_owned(), team);
    }
    owner
}

/// A list of records of one type.
pub(super) struct List {
    pub(super) id: u64,
    pub(super) name: String,
    /// `DYNAMIC` ones are filled by rules.
    pub(super) processing: &'static str,
    pub(super) type_id: &'static str,
}

/// The list with an id.
pub(super) fn list(size: Size, id: &str) -> Option<List> {
    let id: usize = id.parse().ok()?;
    (1..=size.lists).contains(&id).then(|| made(id - 1))
}

/// All lists of a portal.
pub(super) fn lists(size: Size) -> impl Iterator<Item = List> {
    (0..size.lists).map(made)
}

fn made(index: usize) -> List {
    List {
        id: index as u64 + 1,
        name: match index {
            0 => "Spring webinar".to_owned(),
            1 => "Customers".to_owned(),
            2 => "Trade fair".to_owned(),
            3 => "Partner companies".to_owned(),
            _ => format!("Segment {index:05}"),
        },
        processing: match index {
            2 => "SNAPSHOT",
            _ if index % 6 == 5 => "DYNAMIC",
            _ => "MANUAL",
        },
        type_id: if index == 3 { "0-2" } else { "0-1" },
    }
}
