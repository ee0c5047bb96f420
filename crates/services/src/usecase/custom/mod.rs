//! Integrations that a project defines itself: the use cases, the form that writes their files, and
//! what is looked at before a file or an icon is taken.

mod auth;
mod fields;
pub(crate) mod files;
pub(crate) mod form;
pub(crate) mod icon;
pub(crate) mod integrations;
