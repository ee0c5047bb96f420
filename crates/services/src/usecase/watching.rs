//! Watches follow the routing: what is deployed, on and connected is looked after, and nothing else is.
//! Who changes the routing raises a revision; here its followers are brought in step.

use super::answers::{Answers, Questions};
use super::events::Narrowed;
use super::firing::AFTER_TROUBLE;
use super::routing::Routing;
use crate::Services;
use crate::access::storage;
use portico_connector::{Poll, PollState};
use portico_domain::workflow::Trigger;
use portico_domain::{
    ConnectedUserId, CredentialStatus, ProjectId, Refusal, RefusalCode, Timestamp, WatchId,
};
use portico_engine::schedule::Schedule;
use portico_storage::{
    CarriedWatch, Configuration, Credential, DeployedWorkflow, NewWatch, Watch, WatchChanges,
};
use std::time::Duration;

/// How many users are brought in step in one go.
const MOST_USERS: i64 = 200;
/// How long that is gone on with.
pub(super) const ROUND: Duration = Duration::from_secs(5);

/// Whether a clock should look after it now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Yes.
    Now,
    /// Once the account works and is set up.
    Later,
}

/// Something that should be looked after.
struct Follower<'r> {
    workflow: &'r DeployedWorkflow,
    credential: &'r Credential,
    configuration: &'r Configuration,
    trigger: Trigger,
    /// How it is polled, if it is.
    poll: Option<&'r Poll>,
    wanted: Wanted,
}

impl Services {
    /// Brings the watches of everybody in step whose routing has changed, of each project a few in turn;
    /// answers of how many. Who cannot be brought in step is looked at later, and nobody waits for it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn follow_routing(&self) -> Result<usize, Refusal> {
        for (project, revision) in self.store().projects_to_watch().await.map_err(storage)? {
            self.store().follow_project(project, revision).await.map_err(storage)?;
        }
        let begun = self.ports().now();
        let mut followed = 0;
        loop {
            let users = self.store().users_to_watch(self.ports().now(), MOST_USERS).await;
            let mut settled = 0;
            for (project, user) in users.map_err(storage)? {
                match self.follow_user(project, user).await {
                    Ok(done) => settled += usize::from(done),
                    Err(refusal) => {
                        tracing::error!(%project, %user, %refusal, "a user's triggers cannot be followed");
                        let later = self.ports().now() + AFTER_TROUBLE;
                        self.store().watch_user_later(user, later).await.map_err(storage)?;
                    }
                }
            }
            followed += settled;
            // Whoever changes all the time is looked at again the next time.
            if settled == 0 || self.ports().now() >= begun + ROUND {
                return Ok(followed);
            }
        }
    }

    /// `false`: the routing changed meanwhile.
    async fn follow_user(
        &self,
        project: ProjectId,
        user: ConnectedUserId,
    ) -> Result<bool, Refusal> {
        let now = self.ports().now();
        let known = self.store().watches_of(user).await.map_err(storage)?;
        self.inner.routes.forget(user);
        let routing = match self.routing(project, user).await {
            Ok(routing) => Some(routing),
            // A user who is refused starts nothing.
            Err(refusal) if refusal.code == RefusalCode::UserTokenInvalid => None,
            Err(refusal) => return Err(refusal),
        };
        let followers = match &routing {
            Some(routing) => self.followers(routing)?,
            None => Vec::new(),
        };
        let revision = match &routing {
            Some(routing) => routing.snapshot.revisions.user,
            None => match self.store().user(project, user).await.map_err(storage)? {
                Some(user) => user.routing_revision,
                None => return Ok(true),
            },
        };
        let mut changes = WatchChanges {
            project,
            user,
            revision,
            ended: Vec::new(),
            begun: Vec::new(),
            carried: Vec::new(),
            due: Vec::new(),
            now,
        };
        for own in &followers {
            changes.carried.extend(known.iter().find_map(|watch| own.carried(watch, now)));
        }
        let carried: Vec<_> = changes.carried.iter().map(|own| own.id).collect();
        for watch in known.iter().filter(|watch| !carried.contains(&watch.id)) {
            // What was to happen once has happened, whatever is switched since.
            if watch.done_at.is_none() && !followers.iter().any(|own| own.is_seen_by(watch)) {
                changes.ended.push(watch.id);
            }
        }
        for own in &followers {
            if known.iter().any(|watch| carried.contains(&watch.id) && own.is_of(watch)) {
                continue;
            }
            let done = |watch: &&Watch| watch.done_at.is_some() && own.is_of(watch);
            match known.iter().find(|watch| own.is_seen_by(watch)) {
                Some(watch) => changes.due.extend(own.changed(watch, now)),
                None if known.iter().any(|watch| done(&watch)) => {}
                None => changes.begun.extend(self.begun(own, now)),
            }
        }
        self.store().follow_user(changes).await.map_err(storage)
    }

    /// What of a user's workflows a clock should look after.
    fn followers<'r>(&self, routing: &'r Routing) -> Result<Vec<Follower<'r>>, Refusal> {
        let Routing { snapshot, catalogue } = routing;
        let mut all = Vec::new();
        for workflow in &snapshot.workflows {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            let trigger = &definition.trigger;
            let poll = match trigger {
                Trigger::Scheduler { .. } | Trigger::IntegrationEnabled {} => None,
                Trigger::Integration { integration, trigger, .. }
                    if *integration == workflow.kind =>
                {
                    let known = catalogue.definition(integration);
                    let poll = known.and_then(|known| known.trigger(trigger)?.poll());
                    // What the provider tells of needs no asking.
                    let Some(poll) = poll else { continue };
                    Some(poll)
                }
                _ => continue,
            };
            for (credential, configuration) in Narrowed::default().accounts(snapshot, workflow) {
                let questions = Questions { own: &definition.settings, shared: &workflow.shared };
                let answers = Answers::new(questions, configuration, workflow.id);
                let works = credential.status == CredentialStatus::Valid;
                let wanted = match trigger {
                    // Once per account, and only when there is nothing left to be asked.
                    Trigger::IntegrationEnabled {} if !configuration.is_default => continue,
                    Trigger::IntegrationEnabled {} => {
                        works && self.is_set_up(routing, credential, configuration)?
                    }
                    // A schedule tells each time why it starts nothing.
                    Trigger::Scheduler { .. } => true,
                    _ => works,
                };
                if answers.enabled {
                    let wanted = if wanted { Wanted::Now } else { Wanted::Later };
                    let trigger = trigger.clone();
                    let own =
                        Follower { workflow, credential, configuration, trigger, poll, wanted };
                    all.push(own);
                }
            }
        }
        Ok(all)
    }

    /// Whether every required question of the workflows that are on is answered.
    fn is_set_up(
        &self,
        routing: &Routing,
        credential: &Credential,
        configuration: &Configuration,
    ) -> Result<bool, Refusal> {
        let own = routing.snapshot.workflows.iter();
        for workflow in own.filter(|own| own.integration == credential.integration) {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            let questions = Questions { own: &definition.settings, shared: &workflow.shared };
            let answers = Answers::new(questions, configuration, workflow.id);
            if answers.enabled && answers.missing.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A watch that begins: of what happened before, nothing is asked for.
    fn begun(&self, own: &Follower<'_>, now: Timestamp) -> Option<NewWatch> {
        let due_at = match (&own.trigger, own.wanted) {
            (_, Wanted::Later) => None,
            (Trigger::Scheduler { cron, time_zone }, Wanted::Now) => {
                let schedule = Schedule::read(cron, time_zone).inspect_err(|why| {
                    tracing::warn!(workflow = %own.workflow.id, why, "a schedule cannot be kept");
                });
                Some(schedule.ok()?.next_after(now)?)
            }
            (_, Wanted::Now) => Some(now),
        };
        Some(NewWatch {
            id: self.ports().id(WatchId::from_parts),
            credential: own.credential.id,
            configuration: own.configuration.id,
            workflow: own.workflow.id,
            trigger: own.trigger.clone(),
            state: own.poll.and_then(|poll| serde_json::to_value(poll.begin(now)).ok()),
            due_at,
        })
    }
}

impl Follower<'_> {
    fn is_of(&self, watch: &Watch) -> bool {
        watch.workflow == self.workflow.id && watch.configuration == self.configuration.id
    }

    /// The watch with this trigger, if it looked after the same with other inputs and its place still
    /// counts: what happened since the last poll is not missed because somebody edits a filter.
    fn carried(&self, watch: &Watch, now: Timestamp) -> Option<CarriedWatch> {
        if !self.is_of(watch) || self.is_seen_by(watch) || watch.done_at.is_some() {
            return None;
        }
        let Trigger::Integration { integration, trigger, inputs } = &self.trigger else {
            return None;
        };
        let before = match &watch.trigger {
            Trigger::Integration { integration: own, trigger: id, inputs: before }
                if (own, id) == (integration, trigger) =>
            {
                before
            }
            _ => return None,
        };
        let state: PollState = serde_json::from_value(watch.state.clone()?).ok()?;
        let state = self.poll?.carried(state, before, inputs)?;
        Some(CarriedWatch {
            id: watch.id,
            revision: watch.revision,
            trigger: self.trigger.clone(),
            state: serde_json::to_value(state).ok()?,
            due_at: (self.wanted == Wanted::Now).then_some(now),
        })
    }

    /// Another trigger is another watch.
    fn is_seen_by(&self, watch: &Watch) -> bool {
        self.is_of(watch) && watch.trigger == self.trigger
    }

    /// When a watch is due that waited or has to wait.
    fn changed(&self, watch: &Watch, now: Timestamp) -> Option<(WatchId, Option<Timestamp>)> {
        match (self.wanted, watch.due_at) {
            _ if watch.done_at.is_some() => None,
            (Wanted::Now, None) => Some((watch.id, Some(now))),
            (Wanted::Later, Some(_)) => Some((watch.id, None)),
            _ => None,
        }
    }
}
