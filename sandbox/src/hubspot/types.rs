//! The types of objects ("Object type IDs", "CRM objects").

use super::contact::CONTACT;
use super::envelope::Scope;
use super::failure::Error;
use super::others::{
    CALL, CAR, COMPANY, DEAL, EMAIL, LEAD, LINE_ITEM, MEETING, NOTE, PRODUCT, TASK, TICKET,
};
use super::property::{Property, Type};

/// A type of object.
pub(super) struct Kind {
    pub(super) plural: &'static str,
    pub(super) singular: &'static str,
    pub(super) id: &'static str,
    pub(super) properties: &'static [Property],
    /// Each of them is needed for a new record.
    pub(super) required: &'static [&'static str],
    /// One of them is.
    pub(super) one_of: &'static [&'static str],
    read: &'static [&'static str],
    write: &'static [&'static str],
    /// What the text of a search is looked for in.
    pub(super) searched: &'static [&'static str],
    /// What is answered when no properties are named, beside the id and the dates.
    pub(super) usual: &'static [&'static str],
}

/// Every type.
pub(super) const KINDS: [Kind; 13] = [
    Kind {
        plural: "contacts",
        singular: "contact",
        id: "0-1",
        properties: &CONTACT,
        required: &[],
        one_of: &["email", "firstname", "lastname"],
        read: &["crm.objects.contacts.read"],
        write: &["crm.objects.contacts.write"],
        searched: &["firstname", "lastname", "email", "phone", "mobilephone", "fax", "company"],
        usual: &["email", "firstname", "lastname"],
    },
    Kind {
        plural: "companies",
        singular: "company",
        id: "0-2",
        properties: &COMPANY,
        required: &[],
        one_of: &["name", "domain"],
        read: &["crm.objects.companies.read"],
        write: &["crm.objects.companies.write"],
        searched: &["name", "domain", "phone", "website"],
        usual: &["name", "domain"],
    },
    Kind {
        plural: "deals",
        singular: "deal",
        id: "0-3",
        properties: &DEAL,
        required: &["dealname", "dealstage"],
        one_of: &[],
        read: &["crm.objects.deals.read"],
        write: &["crm.objects.deals.write"],
        searched: &["dealname", "pipeline", "dealstage", "description", "dealtype"],
        usual: &["dealname", "amount", "pipeline", "dealstage", "closedate"],
    },
    Kind {
        plural: "tickets",
        singular: "ticket",
        id: "0-5",
        properties: &TICKET,
        required: &["subject", "hs_pipeline_stage"],
        one_of: &[],
        read: &["tickets"],
        write: &["tickets"],
        searched: &["subject", "content", "hs_pipeline_stage", "hs_ticket_category"],
        usual: &["subject", "content", "hs_pipeline", "hs_pipeline_stage"],
    },
    engagement("notes", "note", "0-46", &NOTE, &["hs_note_body"]),
    engagement("tasks", "task", "0-27", &TASK, &["hs_task_subject", "hs_task_body"]),
    engagement("calls", "call", "0-48", &CALL, &["hs_call_title", "hs_call_body"]),
    engagement("meetings", "meeting", "0-47", &MEETING, &["hs_meeting_title"]),
    Kind {
        required: &["hs_timestamp", "hs_email_direction"],
        ..engagement("emails", "email", "0-49", &EMAIL, &["hs_email_subject"])
    },
    Kind {
        plural: "line_items",
        singular: "line_item",
        id: "0-8",
        properties: &LINE_ITEM,
        required: &[],
        one_of: &[],
        read: &["crm.objects.line_items.read", "e-commerce"],
        write: &["crm.objects.line_items.write", "e-commerce"],
        searched: &["name"],
        usual: &["name", "price", "quantity"],
    },
    Kind {
        plural: "products",
        singular: "product",
        id: "0-7",
        properties: &PRODUCT,
        required: &[],
        one_of: &[],
        read: &["crm.objects.products.read", "e-commerce"],
        write: &["crm.objects.products.write", "e-commerce"],
        searched: &["name", "description", "price", "hs_sku"],
        usual: &["name", "price", "description"],
    },
    Kind {
        plural: "leads",
        singular: "lead",
        id: "0-136",
        properties: &LEAD,
        required: &["hs_lead_name"],
        one_of: &[],
        read: &["crm.objects.leads.read"],
        write: &["crm.objects.leads.write"],
        searched: &["hs_lead_name"],
        usual: &["hs_lead_name"],
    },
    Kind {
        plural: "cars",
        singular: "car",
        id: "2-123",
        properties: &CAR,
        required: &["name"],
        one_of: &[],
        read: &["crm.objects.custom.read"],
        write: &["crm.objects.custom.write"],
        searched: &["name", "vin"],
        usual: &[],
    },
];

/// Engagements come with the scopes of contacts.
const fn engagement(
    plural: &'static str,
    singular: &'static str,
    id: &'static str,
    properties: &'static [Property],
    searched: &'static [&'static str],
) -> Kind {
    Kind {
        plural,
        singular,
        id,
        properties,
        required: &["hs_timestamp"],
        one_of: &[],
        read: &["crm.objects.contacts.read"],
        write: &["crm.objects.contacts.write"],
        searched,
        usual: &[],
    }
}

/// The type with a plural, a singular, an id, or a name with `p_`, as custom ones have.
pub(super) fn named(name: &str) -> Option<&'static Kind> {
    let lower = name.to_lowercase();
    KINDS.iter().find(|kind| {
        let own = [kind.plural, kind.singular, kind.id].contains(&lower.as_str());
        let custom = kind.is_custom() && lower.starts_with('p');
        own || (custom && lower.split_once('_').is_some_and(|(_, rest)| rest == kind.plural))
    })
}

/// The type with a name, or the answer that there is none.
pub(super) fn kind(name: &str) -> Result<&'static Kind, Error> {
    named(name).ok_or_else(|| Error::invalid(format!("Unable to infer object type from: {name}")))
}

impl Kind {
    pub(super) fn is_custom(&self) -> bool {
        self.id.starts_with("2-")
    }

    pub(super) fn read(&self) -> Scope {
        Scope::Any(self.read)
    }

    pub(super) fn write(&self) -> Scope {
        Scope::Any(self.write)
    }

    /// The scopes of an object show what it is made of; so do those of its schema.
    pub(super) fn describe(&self) -> Scope {
        Scope::Any(match self.plural {
            "contacts" => &[
                "crm.objects.contacts.read",
                "crm.objects.contacts.write",
                "crm.schemas.contacts.read",
            ],
            "companies" => &[
                "crm.objects.companies.read",
                "crm.objects.companies.write",
                "crm.schemas.companies.read",
            ],
            "deals" => {
                &["crm.objects.deals.read", "crm.objects.deals.write", "crm.schemas.deals.read"]
            }
            "cars" => {
                &["crm.objects.custom.read", "crm.objects.custom.write", "crm.schemas.custom.read"]
            }
            _ => self.read,
        })
    }

    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|own| own.name == name)
    }

    /// Where it is said when a record was made.
    pub(super) fn created(&self) -> &'static str {
        if self.property("createdate").is_some() { "createdate" } else { "hs_createdate" }
    }

    /// Where it is said when a record was changed.
    pub(super) fn modified(&self) -> &'static str {
        if self.id == "0-1" { "lastmodifieddate" } else { "hs_lastmodifieddate" }
    }

    /// The property that names a record's pipeline, and the one that names its stage.
    pub(super) fn pipeline(&self) -> Option<(&'static str, &'static str)> {
        let pipeline = self.properties.iter().find(|own| matches!(own.type_, Type::Pipeline))?;
        let stage = self.properties.iter().find(|own| matches!(own.type_, Type::Stage))?;
        Some((pipeline.name, stage.name))
    }
}
