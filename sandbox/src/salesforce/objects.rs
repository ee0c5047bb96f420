//! The objects of an org, and their fields.

use super::field::{Field, Key, Type};

/// A kind of record.
pub(super) struct Object {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) plural: &'static str,
    pub(super) prefix: &'static str,
    /// Whether an app may write to it.
    pub(super) writable: bool,
    pub(super) fields: &'static [Field],
    pub(super) record_types: &'static [RecordType],
}

/// A way in which an object is used, with the values that it leaves of picklists.
pub(super) struct RecordType {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) developer_name: &'static str,
    pub(super) values: &'static [(&'static str, &'static [&'static str])],
}

/// The record type of those that have none.
pub(super) const MASTER: &str = "012000000000000AAA";

const fn text(name: &'static str, length: usize) -> Field {
    Field::text(name, length)
}

const fn of(name: &'static str, type_: Type) -> Field {
    Field::new(name, type_)
}

const SOURCES: Type =
    Type::Picklist(&["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"]);
const INDUSTRIES: Type =
    Type::Picklist(&["Agriculture", "Banking", "Education", "Energy", "Technology"]);
const RATINGS: Type = Type::Picklist(&["Hot", "Warm", "Cold"]);
const STAGES: &[&str] = &[
    "Prospecting",
    "Qualification",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
];

/// What every object has.
pub(super) static SYSTEM: [Field; 7] = [
    of("Id", Type::Id).filled().found_by(Key::Lookup),
    of("IsDeleted", Type::Boolean).filled(),
    of("CreatedDate", Type::DateTime).filled(),
    of("CreatedById", Type::Reference(&["User"])).filled(),
    of("LastModifiedDate", Type::DateTime).filled(),
    of("LastModifiedById", Type::Reference(&["User"])).filled(),
    of("SystemModstamp", Type::DateTime).filled(),
];

const LEAD: &[Field] = &[
    text("FirstName", 40),
    text("LastName", 80).required(),
    text("Name", 121).filled(),
    text("Company", 255).required(),
    text("Title", 128),
    of("Email", Type::Email).found_by(Key::Lookup),
    of("Phone", Type::Phone),
    of("MobilePhone", Type::Phone),
    of("Website", Type::Url),
    text("Street", 255),
    text("City", 40),
    text("State", 80),
    text("PostalCode", 20),
    text("Country", 80),
    of("LeadSource", SOURCES),
    of(
        "Status",
        Type::Picklist(&[
            "Open - Not Contacted",
            "Working - Contacted",
            "Closed - Converted",
            "Closed - Not Converted",
        ]),
    )
    .usually("Open - Not Contacted"),
    of("Rating", RATINGS),
    of("Industry", INDUSTRIES),
    of("AnnualRevenue", Type::Currency),
    of("NumberOfEmployees", Type::Int),
    of("HasOptedOutOfEmail", Type::Boolean).usually("false"),
    of("IsConverted", Type::Boolean).filled(),
    of("Description", Type::Area),
    Field::owner(),
    text("External_Id__c", 64).found_by(Key::External),
];

const CONTACT: &[Field] = &[
    text("FirstName", 40),
    text("LastName", 80).required(),
    text("Name", 121).filled(),
    of("AccountId", Type::Reference(&["Account"])),
    text("Title", 128),
    text("Department", 80),
    of("Email", Type::Email).found_by(Key::Lookup),
    of("Phone", Type::Phone),
    of("MobilePhone", Type::Phone),
    text("MailingStreet", 255),
    text("MailingCity", 40),
    text("MailingCountry", 80),
    of("Birthdate", Type::Date),
    of("LeadSource", SOURCES),
    of("HasOptedOutOfEmail", Type::Boolean).usually("false"),
    of("Description", Type::Area),
    Field::owner(),
    text("External_Id__c", 64).found_by(Key::Unique),
];

const ACCOUNT: &[Field] = &[
    text("Name", 255).required(),
    of("Type", Type::Picklist(&["Prospect", "Customer - Direct", "Partner", "Other"])),
    of("Industry", INDUSTRIES),
    of("ParentId", Type::Reference(&["Account"])),
    of("Phone", Type::Phone),
    of("Website", Type::Url),
    text("BillingStreet", 255),
    text("BillingCity", 40),
    text("BillingCountry", 80),
    of("AnnualRevenue", Type::Currency),
    of("NumberOfEmployees", Type::Int),
    of("Rating", RATINGS),
    of("Description", Type::Area),
    Field::owner(),
    text("External_Id__c", 64).found_by(Key::External),
];

const OPPORTUNITY: &[Field] = &[
    text("Name", 120).required(),
    of("AccountId", Type::Reference(&["Account"])),
    of("StageName", Type::Picklist(STAGES)).required(),
    of("CloseDate", Type::Date).required(),
    of("Amount", Type::Currency),
    of("Probability", Type::Percent),
    of("Type", Type::Picklist(&["New Customer", "Existing Customer - Upgrade"])),
    of("LeadSource", SOURCES),
    text("NextStep", 255),
    of("CampaignId", Type::Reference(&["Campaign"])),
    of("IsClosed", Type::Boolean).filled(),
    of("IsWon", Type::Boolean).filled(),
    of("RecordTypeId", Type::Reference(&["RecordType"])).usually(MASTER),
    of("Description", Type::Area),
    Field::owner(),
    text("External_Id__c", 64).found_by(Key::Unique),
];

const TASK: &[Field] = &[
    of("WhoId", Type::Reference(&["Contact", "Lead"])),
    of("WhatId", Type::Reference(&["Account", "Opportunity", "Campaign", "Invoice__c"])),
    text("Subject", 255),
    of("ActivityDate", Type::Date),
    of("Status", Type::Picklist(&["Not Started", "In Progress", "Completed", "Deferred"]))
        .usually("Not Started"),
    of("Priority", Type::Picklist(&["High", "Normal", "Low"])).usually("Normal"),
    of("IsClosed", Type::Boolean).filled(),
    of("Description", Type::Area),
    Field::owner(),
];

const CAMPAIGN: &[Field] = &[
    text("Name", 80).required(),
    of("Type", Type::Picklist(&["Conference", "Webinar", "Trade Show", "Email", "Other"])),
    of("Status", Type::Picklist(&["Planned", "In Progress", "Completed", "Aborted"]))
        .usually("Planned"),
    of("StartDate", Type::Date),
    of("EndDate", Type::Date),
    of("IsActive", Type::Boolean).usually("false"),
    of("BudgetedCost", Type::Currency),
    of("ExpectedResponse", Type::Percent),
    of("NumberSent", Type::Double).usually("0"),
    of("Description", Type::Area),
    Field::owner(),
];

const INVOICE: &[Field] = &[
    text("Name", 80).filled(),
    text("External_Id__c", 64).found_by(Key::Unique),
    of("Account__c", Type::Reference(&["Account"])),
    of("Amount__c", Type::Currency).required(),
    of("Discount__c", Type::Percent),
    of("Lines__c", Type::Double),
    of("Status__c", Type::Picklist(&["Draft", "Sent", "Paid"])).usually("Draft"),
    of("Tags__c", Type::Several(&["Consulting", "Hardware", "Licences", "Travel"])),
    of("Due_Date__c", Type::Date),
    of("Paid_At__c", Type::DateTime),
    of("Is_Paid__c", Type::Boolean).usually("false"),
    of("Portal_Link__c", Type::Url),
    of("Notes__c", Type::Area),
    Field::owner(),
];

const USER: &[Field] = &[
    text("Username", 80).filled().found_by(Key::Lookup),
    text("Name", 121).filled(),
    text("FirstName", 40).filled(),
    text("LastName", 80).filled(),
    of("Email", Type::Email).filled(),
    text("Alias", 8).filled(),
    of("IsActive", Type::Boolean).filled(),
    of("UserType", Type::Picklist(&["Standard"])).filled(),
];

const RECORD_TYPE: &[Field] = &[
    text("Name", 80).filled(),
    text("DeveloperName", 80).filled(),
    text("SobjectType", 40).filled(),
    of("IsActive", Type::Boolean).filled(),
];

const ORGANIZATION: &[Field] = &[
    text("Name", 80).filled(),
    text("InstanceName", 5).filled(),
    text("OrganizationType", 40).filled(),
    of("IsSandbox", Type::Boolean).filled(),
];

const fn open(
    names: (&'static str, &'static str, &'static str),
    prefix: &'static str,
    fields: &'static [Field],
) -> Object {
    let (name, label, plural) = names;
    Object { name, label, plural, prefix, writable: true, fields, record_types: &[] }
}

const fn closed(
    names: (&'static str, &'static str, &'static str),
    prefix: &'static str,
    fields: &'static [Field],
) -> Object {
    Object { writable: false, ..open(names, prefix, fields) }
}

pub(super) static OBJECTS: [Object; 10] = [
    open(("Lead", "Lead", "Leads"), "00Q", LEAD),
    open(("Contact", "Contact", "Contacts"), "003", CONTACT),
    open(("Account", "Account", "Accounts"), "001", ACCOUNT),
    Object {
        record_types: &[
            RecordType {
                id: "012000000000001AAA",
                name: "New business",
                developer_name: "New_Business",
                values: &[],
            },
            RecordType {
                id: "012000000000002AAA",
                name: "Renewal",
                developer_name: "Renewal",
                values: &[
                    (
                        "StageName",
                        &["Qualification", "Negotiation/Review", "Closed Won", "Closed Lost"],
                    ),
                    ("Type", &["Existing Customer - Upgrade"]),
                ],
            },
        ],
        ..open(("Opportunity", "Opportunity", "Opportunities"), "006", OPPORTUNITY)
    },
    open(("Task", "Task", "Tasks"), "00T", TASK),
    open(("Campaign", "Campaign", "Campaigns"), "701", CAMPAIGN),
    open(("Invoice__c", "Invoice", "Invoices"), "a00", INVOICE),
    closed(("User", "User", "Users"), "005", USER),
    closed(("RecordType", "Record Type", "Record Types"), "012", RECORD_TYPE),
    closed(("Organization", "Organization", "Organization"), "00D", ORGANIZATION),
];

/// The object with a name, in any case.
pub(super) fn object(name: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.name.eq_ignore_ascii_case(name))
}

impl Object {
    /// All its fields, the system's first.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        SYSTEM.iter().chain(self.fields)
    }

    /// A field, by its name in any case.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// The field that names a record.
    pub(super) fn name_field(&self) -> &'static str {
        if self.name == "Task" { "Subject" } else { "Name" }
    }
}
