//! Failures as troubles: what fails in the same way is one thing to look at, whoever's it is.

use crate::Services;
use crate::access::{administrate, storage};
use portico_domain::view::{FailureGroup, FailureState};
use portico_domain::{Actor, ProjectId, Refusal, RefusalCode, Timestamp, WorkflowId};
use portico_storage::{FailureMark, StoredFailureGroup};
use std::time::Duration;

/// How far back troubles are looked for.
const LOOKED_BACK: Duration = Duration::from_secs(14 * 24 * 3600);
/// Bars of a chart: one for each half a day.
const BARS: usize = 28;
/// The most troubles that are listed.
const MOST: usize = 100;

impl Services {
    /// What failed in the last 14 days, by trouble, the newest first.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn failure_groups(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<Vec<FailureGroup>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let since = self.ports().now() - LOOKED_BACK;
        let found = self.store().failure_groups(project, since, MOST).await.map_err(storage)?;
        let width = i64::try_from(LOOKED_BACK.as_millis()).unwrap_or(i64::MAX)
            / i64::try_from(BARS).unwrap_or(1);
        let counts = self.store().failures_over_time(project, since, width).await;
        let counts = counts.map_err(storage)?;
        let mut groups = Vec::with_capacity(found.len());
        for own in found {
            let spans = counts.get(&(own.workflow, own.key.clone()));
            let mut over_time = vec![0; BARS];
            for (span, count) in spans.into_iter().flatten() {
                over_time[(*span).min(BARS - 1)] += count;
            }
            let step = own.key.split(':').next().unwrap_or_default().to_owned();
            let version = self.workflow_version(own.workflow, own.version).await;
            let title = version.ok().and_then(|own| own.step(&step).map(|own| own.title.clone()));
            groups.push(FailureGroup {
                state: state_of(&own),
                workflow_id: own.workflow,
                workflow: own.workflow_name,
                step: title.unwrap_or(step),
                key: own.key,
                failure: own.failure,
                count: own.count,
                replayed: own.replayed,
                users: own.users,
                first_at: own.first_at,
                last_at: own.last_at,
                over_time,
            });
        }
        Ok(groups)
    }

    /// Says what is thought of a trouble.
    ///
    /// # Errors
    /// There is no such trouble.
    pub async fn mark_failures(
        &self,
        actor: &Actor,
        project: ProjectId,
        (workflow, key): (WorkflowId, &str),
        state: FailureState,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let now = self.ports().now();
        let found = self.store().failure_groups(project, Timestamp::from_millis(0), MOST).await;
        let found = found.map_err(storage)?;
        let own = found.iter().find(|own| own.workflow == workflow && own.key == key);
        let own = own.ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, "There are no such failures any more.")
        })?;
        let mark = (state != FailureState::Open).then_some(FailureMark {
            state,
            at: now,
            users: own.users,
            version: own.version,
        });
        self.store().mark_failures((project, workflow, key), mark).await.map_err(storage)
    }
}

/// What somebody said, as long as it holds.
fn state_of(group: &StoredFailureGroup) -> FailureState {
    match group.mark {
        Some(mark) if mark.state == FailureState::Resolved && group.last_at <= mark.at => {
            mark.state
        }
        Some(mark)
            if mark.state == FailureState::Ignored
                && group.users <= mark.users
                && group.version <= mark.version =>
        {
            mark.state
        }
        _ => FailureState::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::state_of;
    use portico_domain::view::FailureState;
    use portico_domain::{Failure, FailureClass, Timestamp, WorkflowId};
    use portico_storage::{FailureMark, StoredFailureGroup};

    fn group(users: u64, version: i64, last_ms: i64, state: FailureState) -> StoredFailureGroup {
        let at = Timestamp::from_millis;
        StoredFailureGroup {
            workflow: WorkflowId::from_parts(1, [0; 10]),
            workflow_name: String::new(),
            key: String::new(),
            count: users,
            replayed: 0,
            users,
            version,
            first_at: at(0),
            last_at: at(last_ms),
            failure: Failure::new(FailureClass::Invalid, "code", "words"),
            mark: Some(FailureMark { state, at: at(100), users: 2, version: 3 }),
        }
    }

    #[test]
    fn what_was_resolved_opens_when_it_occurs_again() {
        assert_eq!(state_of(&group(2, 3, 100, FailureState::Resolved)), FailureState::Resolved);
        assert_eq!(state_of(&group(2, 3, 101, FailureState::Resolved)), FailureState::Open);
    }

    #[test]
    fn what_is_ignored_opens_when_it_concerns_more_users_or_another_version() {
        assert_eq!(state_of(&group(2, 3, 900, FailureState::Ignored)), FailureState::Ignored);
        assert_eq!(state_of(&group(3, 3, 900, FailureState::Ignored)), FailureState::Open);
        assert_eq!(state_of(&group(2, 4, 900, FailureState::Ignored)), FailureState::Open);
    }
}
