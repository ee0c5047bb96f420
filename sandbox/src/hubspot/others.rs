//! The properties of all objects but contacts.

use super::property::{Choices, Property, Type, own};
use Type::{Bool, Date, Html, Lines, Many, Number, One, Owner, Phone, Pipeline, Stage, Text, Time};

const INDUSTRIES: Choices = &[
    ("COMPUTER_SOFTWARE", "Computer Software"),
    ("CONSUMER_GOODS", "Consumer Goods"),
    ("FINANCIAL_SERVICES", "Financial Services"),
    ("INFORMATION_TECHNOLOGY_AND_SERVICES", "Information Technology and Services"),
    ("MACHINERY", "Machinery"),
];
const COMPANY_TYPES: Choices =
    &[("PROSPECT", "Prospect"), ("PARTNER", "Partner"), ("VENDOR", "Vendor"), ("OTHER", "Other")];
const DEAL_TYPES: Choices =
    &[("newbusiness", "New Business"), ("existingbusiness", "Existing Business")];
const PRIORITIES: Choices = &[("low", "Low"), ("medium", "Medium"), ("high", "High")];
const TICKET_PRIORITIES: Choices =
    &[("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High"), ("URGENT", "Urgent")];
const TICKET_CATEGORIES: Choices = &[
    ("PRODUCT_ISSUE", "Product Issue"),
    ("BILLING_ISSUE", "Billing Issue"),
    ("FEATURE_REQUEST", "Feature Request"),
    ("GENERAL_INQUIRY", "General Inquiry"),
];
const TASK_STATUS: Choices = &[
    ("NOT_STARTED", "Not started"),
    ("IN_PROGRESS", "In progress"),
    ("WAITING", "Waiting"),
    ("DEFERRED", "Deferred"),
    ("COMPLETED", "Completed"),
];
const TASK_PRIORITIES: Choices = &[("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")];
const TASK_TYPES: Choices = &[("EMAIL", "Email"), ("CALL", "Call"), ("TODO", "To-do")];
const DIRECTIONS: Choices = &[
    ("EMAIL", "Email"),
    ("INCOMING_EMAIL", "Incoming email"),
    ("FORWARDED_EMAIL", "Forwarded email"),
];
const CALL_DIRECTIONS: Choices = &[("INBOUND", "Inbound"), ("OUTBOUND", "Outbound")];

const fn id(group: &'static str) -> Property {
    own("hs_object_id", "Record ID", Number, group).read_only().unique()
}

const fn external(group: &'static str) -> Property {
    own("external_id", "External id", Text, group).custom().unique()
}

const fn owner(group: &'static str) -> Property {
    own("hubspot_owner_id", "Owner", Owner, group)
}

/// Objects that began as others did have `createdate`, newer ones `hs_createdate`.
const fn created(name: &'static str, group: &'static str) -> Property {
    own(name, "Create Date", Time, group).read_only()
}

const fn modified(group: &'static str) -> Property {
    own("hs_lastmodifieddate", "Last Modified Date", Time, group).read_only()
}

const CO: &str = "companyinformation";
pub(super) const COMPANY: [Property; 20] = [
    own("name", "Company name", Text, CO),
    own("domain", "Company Domain Name", Text, CO),
    own("industry", "Industry", One(INDUSTRIES), CO),
    own("phone", "Phone Number", Phone, CO),
    own("website", "Website URL", Text, CO),
    own("address", "Street Address", Text, CO),
    own("city", "City", Text, CO),
    own("state", "State/Region", Text, CO),
    own("zip", "Postal Code", Text, CO),
    own("country", "Country/Region", Text, CO),
    own("type", "Type", One(COMPANY_TYPES), CO),
    own("description", "Description", Lines, CO),
    own("numberofemployees", "Number of Employees", Number, CO),
    own("annualrevenue", "Annual Revenue", Number, CO),
    own("is_public", "Is Public", Bool, CO),
    owner(CO),
    external(CO),
    created("createdate", CO),
    modified(CO),
    id(CO),
];

const DE: &str = "dealinformation";
pub(super) const DEAL: [Property; 14] = [
    own("dealname", "Deal Name", Text, DE),
    own("amount", "Amount", Number, DE),
    own("pipeline", "Pipeline", Pipeline, DE),
    own("dealstage", "Deal Stage", Stage, DE),
    own("closedate", "Close Date", Time, DE),
    own("dealtype", "Deal Type", One(DEAL_TYPES), DE),
    own("hs_priority", "Priority", One(PRIORITIES), DE),
    own("description", "Deal Description", Lines, DE),
    own("hs_is_closed_won", "Is Closed Won", Bool, DE).calculated(),
    owner(DE),
    external(DE),
    created("createdate", DE),
    modified(DE),
    id(DE),
];

const TI: &str = "ticketinformation";
pub(super) const TICKET: [Property; 11] = [
    own("subject", "Ticket name", Text, TI),
    own("content", "Ticket description", Lines, TI),
    own("hs_pipeline", "Pipeline", Pipeline, TI),
    own("hs_pipeline_stage", "Ticket status", Stage, TI),
    own("hs_ticket_priority", "Priority", One(TICKET_PRIORITIES), TI),
    own("hs_ticket_category", "Category", Many(TICKET_CATEGORIES), TI),
    owner(TI),
    external(TI),
    created("createdate", TI),
    modified(TI),
    id(TI),
];

const EN: &str = "engagement";

const fn when() -> Property {
    own("hs_timestamp", "Activity date", Time, EN)
}

pub(super) const NOTE: [Property; 7] = [
    own("hs_note_body", "Note body", Html, EN),
    when(),
    own("hs_attachment_ids", "Attached file IDs", Text, EN),
    owner(EN),
    created("hs_createdate", EN),
    modified(EN),
    id(EN),
];
pub(super) const TASK: [Property; 10] = [
    own("hs_task_subject", "Task title", Text, EN),
    own("hs_task_body", "Task notes", Html, EN),
    own("hs_task_status", "Task status", One(TASK_STATUS), EN),
    own("hs_task_priority", "Priority", One(TASK_PRIORITIES), EN),
    own("hs_task_type", "Task type", One(TASK_TYPES), EN),
    when(),
    owner(EN),
    created("hs_createdate", EN),
    modified(EN),
    id(EN),
];
pub(super) const CALL: [Property; 9] = [
    own("hs_call_title", "Call title", Text, EN),
    own("hs_call_body", "Call notes", Html, EN),
    own("hs_call_direction", "Call direction", One(CALL_DIRECTIONS), EN),
    own("hs_call_duration", "Call duration", Number, EN),
    when(),
    owner(EN),
    created("hs_createdate", EN),
    modified(EN),
    id(EN),
];
pub(super) const MEETING: [Property; 9] = [
    own("hs_meeting_title", "Meeting name", Text, EN),
    own("hs_meeting_body", "Meeting description", Html, EN),
    own("hs_meeting_start_time", "Meeting start time", Time, EN),
    own("hs_meeting_end_time", "Meeting end time", Time, EN),
    when(),
    owner(EN),
    created("hs_createdate", EN),
    modified(EN),
    id(EN),
];
pub(super) const EMAIL: [Property; 8] = [
    own("hs_email_subject", "Email subject", Text, EN),
    own("hs_email_text", "Email body", Lines, EN),
    own("hs_email_direction", "Email direction", One(DIRECTIONS), EN),
    when(),
    owner(EN),
    created("hs_createdate", EN),
    modified(EN),
    id(EN),
];

const PR: &str = "productinformation";
pub(super) const LINE_ITEM: [Property; 7] = [
    own("name", "Name", Text, PR),
    own("price", "Unit price", Number, PR),
    own("quantity", "Quantity", Number, PR),
    own("hs_product_id", "Product ID", Number, PR),
    created("createdate", PR),
    modified(PR),
    id(PR),
];
pub(super) const PRODUCT: [Property; 7] = [
    own("name", "Name", Text, PR),
    own("price", "Unit price", Number, PR),
    own("hs_sku", "SKU", Text, PR),
    own("description", "Product description", Lines, PR),
    created("createdate", PR),
    modified(PR),
    id(PR),
];

const LE: &str = "leadinformation";
pub(super) const LEAD: [Property; 5] = [
    own("hs_lead_name", "Lead name", Text, LE),
    owner(LE),
    created("hs_createdate", LE),
    modified(LE),
    id(LE),
];

const CA: &str = "cars_information";
/// A custom object of the account.
pub(super) const CAR: [Property; 8] = [
    own("name", "Name", Text, CA).custom(),
    own("vin", "VIN", Text, CA).custom().unique(),
    own("price", "Price", Number, CA).custom(),
    own("built", "Built", Date, CA).custom(),
    owner(CA),
    created("hs_createdate", CA),
    modified(CA),
    id(CA),
];
