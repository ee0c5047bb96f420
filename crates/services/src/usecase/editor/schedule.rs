//! When a schedule that is being written would come round.

use crate::Services;
use crate::access::administrate;
use portico_domain::{Actor, Refusal};
use portico_engine::schedule::Schedule;

/// How many occurrences are told.
const TOLD: usize = 3;

impl Services {
    /// The next occurrences of a schedule, as the clocks of its place show them.
    ///
    /// # Errors
    /// The expression or the time zone cannot be understood, in words.
    pub fn upcoming(
        &self,
        actor: &Actor,
        cron: &str,
        time_zone: &str,
    ) -> Result<Vec<String>, Refusal> {
        administrate(actor)?;
        let schedule =
            Schedule::read(cron, time_zone).map_err(|why| Refusal::field("cron", why))?;
        Ok(schedule.upcoming(self.ports().now(), TOLD))
    }
}
