//! When a schedule is due: a cron expression in a time zone.
//!
//! The expression is read everywhere, a browser included. Zones (feature `zones`) bring the IANA
//! database with them and stay on the server.

mod cron;
#[cfg(feature = "zones")]
mod zone;

pub use cron::Cron;
#[cfg(feature = "zones")]
pub use zone::Schedule;

/// Whether a schedule can be kept.
///
/// # Errors
/// What is wrong with it, in words.
#[cfg(feature = "zones")]
pub fn check(cron: &str, time_zone: &str) -> Result<(), String> {
    Schedule::read(cron, time_zone).map(|_| ())
}

/// Whether the expression can be kept; the zone is looked at by the server.
///
/// # Errors
/// What is wrong with it, in words.
#[cfg(not(feature = "zones"))]
pub fn check(cron: &str, time_zone: &str) -> Result<(), String> {
    if time_zone.trim().is_empty() {
        return Err("Name a time zone, such as Europe/Vienna.".to_owned());
    }
    Cron::read(cron).map(|_| ())
}
