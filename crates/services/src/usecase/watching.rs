//! Watches follow the routing: what is deployed, on and connected is looked after, and nothing else is.
//! Who changes the routing raises a revision; here its followers are brought in step.

use super::answers::{Answers, Questions};
use super::events::Narrowed;
use super::routing::Routing;
use crate::Services;
use crate::access::storage;
use portico_connector::PollState;
use portico_domain::workflow::Trigger;
use portico_domain::{
    ConnectedUserId, CredentialStatus, ProjectId, Refusal, RefusalCode, Timestamp, WatchId,
};
use portico_engine::schedule::Schedule;
use portico_storage::{Configuration, Credential, DeployedWorkflow, NewWatch, Watch, WatchChanges};

/// How many users are brought in step in one go.
const MOST_USERS: i64 = 200;

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
    /// What a poll begins with.
    first: Option<PollState>,
    wanted: Wanted,
}

impl Services {
    /// Brings the watches of everybody in step whose routing has changed; answers of how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn follow_routing(&self) -> Result<usize, Refusal> {
        for (project, revision) in self.store().projects_to_watch().await.map_err(storage)? {
            self.store().follow_project(project, revision).await.map_err(storage)?;
        }
        let mut followed = 0;
        loop {
            let users = self.store().users_to_watch(MOST_USERS).await.map_err(storage)?;
            let full = i64::try_from(users.len()).unwrap_or(i64::MAX) == MOST_USERS;
            let mut settled = 0;
            for (project, user) in users {
                settled += usize::from(self.follow_user(project, user).await?);
            }
            followed += settled;
            // Whoever changes all the time is looked at again the next time.
            if !full || settled == 0 {
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
            Some(routing) => self.followers(routing, now)?,
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
            due: Vec::new(),
            now,
        };
        for watch in &known {
            // What was to happen once has happened, whatever is switched since.
            if watch.done_at.is_none() && !followers.iter().any(|own| own.is_seen_by(watch)) {
                changes.ended.push(watch.id);
            }
        }
        for own in &followers {
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
    fn followers<'r>(
        &self,
        routing: &'r Routing,
        now: Timestamp,
    ) -> Result<Vec<Follower<'r>>, Refusal> {
        let Routing { snapshot, catalogue } = routing;
        let mut all = Vec::new();
        for workflow in &snapshot.workflows {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            let trigger = &definition.trigger;
            let first = match trigger {
                Trigger::Scheduler { .. } | Trigger::IntegrationEnabled {} => None,
                Trigger::Integration { integration, trigger, .. }
                    if *integration == workflow.kind =>
                {
                    let known = catalogue.definition(integration);
                    let poll = known.and_then(|known| known.trigger(trigger)?.poll());
                    // What the provider tells of needs no asking.
                    let Some(poll) = poll else { continue };
                    Some(poll.begin(now))
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
                    let first = first.clone();
                    let own =
                        Follower { workflow, credential, configuration, trigger, first, wanted };
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
            state: own.first.as_ref().and_then(|first| serde_json::to_value(first).ok()),
            due_at,
        })
    }
}

impl Follower<'_> {
    fn is_of(&self, watch: &Watch) -> bool {
        watch.workflow == self.workflow.id && watch.configuration == self.configuration.id
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
