//! What is there before anybody calls: orgs, their people and record types; and more, when asked for.

use super::World;
use super::objects::{MASTER, OBJECTS, object};
use super::store::Record;
use serde_json::{Map, Value, json};

/// A customer of Salesforce.
pub(super) struct Org {
    /// Its My Domain name.
    pub(super) domain: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The host where its people sign in, beside its own.
    pub(super) login: &'static str,
}

/// A person who can sign in.
pub(super) struct User {
    pub(super) id: &'static str,
    pub(super) org: &'static Org,
    pub(super) username: &'static str,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
}

/// Two production orgs and a sandbox.
pub(super) static ORGS: [Org; 3] = [
    Org { domain: "acme", id: "00DA00000000001MAA", name: "Acme", login: "login" },
    Org { domain: "globex", id: "00DB00000000001MAA", name: "Globex", login: "login" },
    Org { domain: "acme--dev", id: "00DC00000000001MAA", name: "Acme (sandbox)", login: "test" },
];

/// The people of all orgs.
pub(super) static USERS: [User; 4] = [
    User {
        id: "005A00000000001IAA",
        org: &ORGS[0],
        username: "ada@acme.example",
        first: "Ada",
        last: "Lovelace",
    },
    User {
        id: "005A00000000002IAA",
        org: &ORGS[0],
        username: "grace@acme.example",
        first: "Grace",
        last: "Hopper",
    },
    User {
        id: "005B00000000001IAA",
        org: &ORGS[1],
        username: "linus@globex.example",
        first: "Linus",
        last: "Pauling",
    },
    User {
        id: "005C00000000001IAA",
        org: &ORGS[2],
        username: "ada@acme.example.dev",
        first: "Ada",
        last: "Lovelace (sandbox)",
    },
];

impl User {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// When the orgs were set up: 2026-01-05.
const FOUNDED: i64 = 1_767_600_000_000;

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl World {
    /// People, record types and the org itself.
    pub(super) fn settle(&mut self) {
        for user in &USERS {
            let alias: String = user.username.chars().take_while(|own| *own != '@').collect();
            let known = json!({
                "Username": user.username, "Name": user.name(), "FirstName": user.first,
                "LastName": user.last, "Email": user.username, "Alias": alias, "IsActive": true,
                "UserType": "Standard",
            });
            self.put(user.org, "User", user.id, known);
        }
        for org in &ORGS {
            let is_sandbox = org.login == "test";
            let known = json!({
                "Name": org.name, "InstanceName": "EU42", "IsSandbox": is_sandbox,
                "OrganizationType": "Developer Edition",
            });
            self.put(org, "Organization", org.id, known);
            for (of, own) in
                OBJECTS.iter().flat_map(|of| of.record_types.iter().map(move |own| (of, own)))
            {
                let known = json!({
                    "Name": own.name, "DeveloperName": own.developer_name, "SobjectType": of.name,
                    "IsActive": true,
                });
                self.put(org, "RecordType", own.id, known);
            }
        }
    }

    fn put(&mut self, org: &'static Org, name: &'static str, id: &str, known: Value) {
        let by = USERS.iter().find(|own| own.org.id == org.id).map_or("", |own| own.id);
        let record = Record {
            id: id.to_owned(),
            created_ms: FOUNDED,
            changed_ms: FOUNDED,
            created_by: by,
            changed_by: by,
            deleted: false,
            fields: fields(known),
        };
        self.records.entry((org.domain, name)).or_default().insert(id.to_owned(), record);
    }

    /// So many more records of an object in every org.
    pub(super) fn seed(&mut self, name: &'static str, count: usize, now: i64) {
        let Some(kind) = object(name) else { return };
        for org in &ORGS {
            let by = USERS.iter().find(|own| own.org.id == org.id).map_or("", |own| own.id);
            for index in 0..count {
                let known = fields(sample(kind.name, org, index));
                self.insert(org, kind, known, (by, now));
            }
        }
    }
}

fn of<'v>(values: &[&'v str], index: usize) -> &'v str {
    values.get(index % values.len()).copied().unwrap_or_default()
}

/// A record that looks like those of its kind. Every seventh is out of the ordinary.
fn sample(name: &str, org: &Org, index: usize) -> Value {
    let host = format!("{}.example", org.domain);
    let day = format!("2026-{:02}-{:02}", index % 12 + 1, index % 28 + 1);
    match name {
        "Lead" => json!({
            "FirstName": of(&["Ada", "Grace", "Alan", "Edsger"], index),
            "LastName": format!("Lead {index:05}"), "Company": format!("Company {index:05}"),
            "Email": format!("lead{index:05}@{host}"),
            "LeadSource": of(&["Web", "Partner Referral", "Other"], index),
        }),
        "Contact" => json!({
            "FirstName": "Contact", "LastName": format!("{index:05}"),
            "Email": format!("contact{index:05}@{host}"),
        }),
        "Account" => json!({
            "Name": if index % 7 == 6 { format!("O'Hara & Söhne {index:05}") } else { format!("Account {index:05}") },
            "Industry": of(&["Energy", "Banking", "Technology"], index),
        }),
        "Opportunity" => json!({
            "Name": format!("Opportunity {index:05}"), "CloseDate": day,
            "StageName": of(&["Prospecting", "Qualification", "Closed Won", "Closed Lost"], index),
            "Amount": (index * 250) as f64,
            "RecordTypeId": of(&[MASTER, "012000000000001AAA", "012000000000002AAA"], index),
        }),
        "Campaign" => json!({
            "Name": format!("Campaign {index:05}"), "StartDate": day, "IsActive": index % 7 != 6,
            "Type": of(&["Webinar", "Conference", "Email"], index),
        }),
        "Task" => json!({ "Subject": format!("Call {index:05}"), "ActivityDate": day }),
        "Invoice__c" => json!({
            "Name": format!("INV-{index:05}"), "Amount__c": (index * 100) as f64,
            "External_Id__c": format!("invoice-{index:05}"), "Due_Date__c": day,
        }),
        _ => Value::Null,
    }
}
