//! The simulation keeps Salesforce's rules. The stories know it over HTTP only.

#[path = "salesforce/batches.rs"]
mod batches;
#[path = "salesforce/client.rs"]
mod client;
#[path = "salesforce/consent.rs"]
mod consent;
#[path = "salesforce/limits.rs"]
mod limits;
#[path = "salesforce/pages.rs"]
mod pages;
#[path = "salesforce/pickers.rs"]
mod pickers;
#[path = "salesforce/queries.rs"]
mod queries;
#[path = "salesforce/records.rs"]
mod records;
#[path = "salesforce/tokens.rs"]
mod tokens;
#[path = "salesforce/values.rs"]
mod values;
