//! The properties of contacts, some of them of the account's own making ("Contact properties").

use super::property::{Choices, Property, Type, own};
use Type::{Bool, Date, Email, Lines, Many, Number, One, Owner, Phone, Text, Time};

const INFO: &str = "contactinformation";
const WEB: &str = "analyticsinformation";
const MAIL: &str = "emailinformation";
const ACME: &str = "account_properties";

/// The stages that HubSpot knows; an account can add some.
const LIFECYCLE: Choices = &[
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
];
const LEAD_STATUS: Choices = &[
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In Progress"),
    ("OPEN_DEAL", "Open Deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to Contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad Timing"),
];
const SOURCES: Choices = &[
    ("ORGANIC_SEARCH", "Organic Search"),
    ("PAID_SEARCH", "Paid Search"),
    ("EMAIL_MARKETING", "Email Marketing"),
    ("DIRECT_TRAFFIC", "Direct Traffic"),
    ("OFFLINE", "Offline Sources"),
];
const ROLES: Choices = &[
    ("BLOCKER", "Blocker"),
    ("BUDGET_HOLDER", "Budget Holder"),
    ("CHAMPION", "Champion"),
    ("DECISION_MAKER", "Decision Maker"),
    ("END_USER", "End User"),
];
const INTERESTS: Choices =
    &[("newsletter", "Newsletter"), ("webinars", "Webinars"), ("fairs", "Trade fairs")];
const PLANS: Choices = &[("free", "Free"), ("team", "Team"), ("enterprise", "Enterprise")];

/// Sixty of them.
pub(super) const CONTACT: [Property; 60] = [
    own("email", "Email", Email, INFO).unique(),
    own("firstname", "First Name", Text, INFO),
    own("lastname", "Last Name", Text, INFO),
    own("company", "Company Name", Text, INFO),
    own("phone", "Phone Number", Phone, INFO),
    own("mobilephone", "Mobile Phone Number", Phone, INFO),
    own("fax", "Fax Number", Phone, INFO),
    own("jobtitle", "Job Title", Text, INFO),
    own("salutation", "Salutation", Text, INFO),
    own("website", "Website URL", Text, INFO),
    own("address", "Street Address", Text, INFO),
    own("city", "City", Text, INFO),
    own("state", "State/Region", Text, INFO),
    own("zip", "Postal Code", Text, INFO),
    own("country", "Country/Region", Text, INFO),
    own("industry", "Industry", Text, INFO),
    own("annualrevenue", "Annual Revenue", Text, INFO),
    own("numemployees", "Number of Employees", Text, INFO),
    own("date_of_birth", "Date of birth", Text, INFO),
    own("gender", "Gender", Text, INFO),
    own("degree", "Degree", Text, INFO),
    own("school", "School", Text, INFO),
    own("field_of_study", "Field of study", Text, INFO),
    own("seniority", "Seniority", Text, INFO),
    own("job_function", "Job function", Text, INFO),
    own("message", "Message", Lines, INFO),
    own("twitterhandle", "Twitter Username", Text, INFO),
    own("hs_linkedin_url", "LinkedIn URL", Text, INFO),
    own("hs_language", "Preferred language", Text, INFO),
    own("hs_timezone", "Time Zone", Text, INFO),
    own("lifecyclestage", "Lifecycle Stage", One(LIFECYCLE), INFO),
    own("hs_lead_status", "Lead Status", One(LEAD_STATUS), INFO),
    own("hs_buying_role", "Buying Role", Many(ROLES), INFO),
    own("hubspot_owner_id", "Contact owner", Owner, INFO),
    own("hs_additional_emails", "Additional email addresses", Text, INFO),
    own("closedate", "Close Date", Time, INFO),
    own("hs_persona", "Persona", Text, INFO),
    own("hs_email_optout", "Unsubscribed from all email", Bool, MAIL).read_only(),
    own("hs_email_bounce", "Marketing emails bounced", Number, MAIL).read_only(),
    own("hs_email_open", "Marketing emails opened", Number, MAIL).read_only(),
    own("hs_analytics_source", "Original Traffic Source", One(SOURCES), WEB),
    own("hs_analytics_num_visits", "Number of Sessions", Number, WEB).read_only(),
    own("hs_analytics_last_visit_timestamp", "Time of Last Session", Time, WEB).read_only(),
    own("num_associated_deals", "Number of Associated Deals", Number, INFO).calculated(),
    own("hs_email_domain", "Email Domain", Text, INFO).calculated(),
    own("hs_full_name_or_email", "Full name or email", Text, INFO).calculated().hidden(),
    own("createdate", "Create Date", Time, INFO).read_only(),
    own("lastmodifieddate", "Last Modified Date", Time, INFO).read_only(),
    own("hs_object_id", "Record ID", Number, INFO).read_only().unique(),
    own("hs_object_source", "Record source", Text, INFO).read_only().hidden(),
    own("external_id", "External id", Text, ACME).custom().unique(),
    own("vip", "VIP", Bool, ACME).custom(),
    own("score", "Score", Number, ACME).custom(),
    own("plan", "Plan", One(PLANS), ACME).custom(),
    own("seats", "Seats", Number, ACME).custom(),
    own("renewal_date", "Renewal date", Date, ACME).custom(),
    own("trial_ends_at", "Trial ends at", Time, ACME).custom(),
    own("interests", "Interests", Many(INTERESTS), ACME).custom(),
    own("account_notes", "Notes of the account", Lines, ACME).custom(),
    own("referred_by", "Referred by", Text, ACME).custom(),
];
