//! Hearing of something by being told: is it the provider, whose is it, and which trigger's.

use crate::auth::open;
use crate::dedupe::{Dedupe, Key};
use crate::failures::Predicate;
use crate::file::AuthFile;
use crate::file::triggers::{AccountRowFile, ChallengeFile, WebhookFile};
use crate::grant::ClientCredentialsGrant;
use crate::moment::Moment;
use crate::slip::{Slip, check_names};
use crate::text::as_text;
use crate::trigger::{Trigger, predicates};
use crate::verify::{Disbelief, InboundRequest, SecretSource, Verify};
use portico_domain::Timestamp;
use serde_json::{Map, Value};

/// How a provider's deliveries are read, the same for all its triggers.
pub struct Webhook {
    verify: Verify,
    challenge: Option<Challenge>,
    items: String,
    account: Vec<AccountRow>,
    dedupe: Dedupe,
    occurred_at: Option<Moment>,
}

struct Challenge {
    when: Vec<Predicate>,
    answer: String,
}

struct AccountRow {
    when: Vec<Predicate>,
    pointer: String,
    fact: String,
    with: Map<String, Value>,
}

/// What a request that somebody sent us is.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// Not the provider's, or not of now. Nothing of it was read.
    Refused(Disbelief),
    /// The provider asks whether the address is ours: this text is the answer, as `text/plain` with
    /// status 200.
    Challenge(String),
    /// It tells of something.
    Deliveries {
        /// What is a trigger's, oldest first.
        incoming: Vec<Incoming>,
        /// How many items were a trigger's but do not say whose they are, or cannot be told from others.
        unroutable: usize,
    },
}

/// Something that happened, of one trigger and one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The trigger's id.
    pub trigger: String,
    /// Whose it is.
    pub recipient: Recipient,
    /// What tells it from all others: the same however often it is delivered.
    pub key: Key,
    /// When it happened, if the provider says so.
    pub occurred_at: Option<Timestamp>,
    /// What a workflow sees.
    pub item: Value,
}

/// Whose something is: the accounts with this fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The fact's name: `team_id`.
    pub fact: String,
    /// What it says.
    pub value: String,
    /// Facts that they have beside it.
    pub with: Map<String, Value>,
}

impl Recipient {
    /// Whether it is for an account with these facts.
    pub fn is(&self, facts: &Map<String, Value>) -> bool {
        let has = |(name, value): (&String, &Value)| facts.get(name) == Some(value);
        as_text(facts.get(&self.fact)).as_ref() == Some(&self.value) && self.with.iter().all(has)
    }
}

impl Webhook {
    /// `facts` are those that an account can have.
    pub(crate) fn read(file: WebhookFile, facts: &[String], slips: &mut Vec<Slip>) -> Option<Self> {
        const NEAR: &str = "[webhook]";
        let verify = match file.verify {
            Some(file) => Verify::read(file, slips),
            None => {
                let why =
                    "A webhook needs [webhook.verify]: how are deliveries told from anybody's?";
                slips.push(Slip::new(NEAR, why));
                None
            }
        };
        if file.account.is_empty() {
            let why = "Whose a delivery is: [[webhook.account]] says it.";
            slips.push(Slip::new(NEAR, why));
        }
        let challenge = file.challenge.map(|ChallengeFile { when, answer }| Challenge {
            when: predicates(when, "[webhook.challenge]", slips),
            answer,
        });
        let account = file.account.into_iter();
        let account = account.map(|row| AccountRow::read(row, facts, slips)).collect();
        let dedupe = Dedupe::read(file.dedupe).map_err(|why| slips.push(Slip::new(NEAR, why)));
        Some(Self {
            verify: verify?,
            challenge,
            items: file.items,
            account,
            dedupe: dedupe.ok()?,
            occurred_at: file.occurred_at.map(Moment::read),
        })
    }

    /// Whose secret signs deliveries.
    pub fn secret(&self) -> SecretSource {
        self.verify.secret()
    }

    pub(crate) fn has_time(&self) -> bool {
        self.verify.has_time()
    }

    pub(crate) fn has_challenge(&self) -> bool {
        self.challenge.is_some()
    }

    pub(crate) fn receive(
        &self,
        triggers: &[Trigger],
        request: &InboundRequest<'_>,
        secrets: &[&str],
        now: Timestamp,
    ) -> Received {
        if let Err(why) = self.verify.check(request, secrets, now) {
            return Received::Refused(why);
        }
        let Ok(body) = portico_domain::json::read(request.body) else {
            return Received::Refused(Disbelief::Unreadable);
        };
        if let Some(answer) = self.challenge.as_ref().and_then(|own| own.answer(&body)) {
            return Received::Challenge(answer);
        }
        let items = match body.pointer(&self.items) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(item) => std::slice::from_ref(item),
            None => &[],
        };
        let mut incoming = Vec::new();
        let mut unroutable = 0;
        for item in items {
            for trigger in triggers {
                let Some(seen) = trigger.take(item) else { continue };
                match self.incoming(trigger, item, seen) {
                    Some(one) => incoming.push(one),
                    None => unroutable += 1,
                }
            }
        }
        // Providers promise no order. What happened at once stays as it was delivered.
        incoming.sort_by_key(|one| one.occurred_at);
        Received::Deliveries { incoming, unroutable }
    }

    fn incoming(&self, trigger: &Trigger, item: &Value, seen: Value) -> Option<Incoming> {
        Some(Incoming {
            trigger: trigger.shape().id.clone(),
            recipient: self.recipient(item)?,
            key: self.dedupe.key(item)?,
            occurred_at: self.occurred_at.as_ref().and_then(|own| own.of(item)),
            item: seen,
        })
    }

    fn recipient(&self, item: &Value) -> Option<Recipient> {
        let holds = |row: &&AccountRow| row.when.iter().all(|own| own.holds_for(item));
        let row = self.account.iter().find(holds)?;
        let value = as_text(item.pointer(&row.pointer))?;
        Some(Recipient { fact: row.fact.clone(), value, with: row.with.clone() })
    }
}

impl Challenge {
    fn answer(&self, body: &Value) -> Option<String> {
        let asked = self.when.iter().all(|predicate| predicate.holds_for(body));
        let answer = body.pointer(&self.answer).and_then(Value::as_str);
        answer.filter(|_| asked).map(str::to_owned)
    }
}

impl AccountRow {
    fn read(file: AccountRowFile, facts: &[String], slips: &mut Vec<Slip>) -> Self {
        let near = format!("fact = \"{}\"", file.fact);
        let named = std::iter::once(&file.fact).chain(file.with.keys());
        check_names(&near, named.map(String::as_str), facts, slips);
        let when =
            if file.when.is_empty() { Vec::new() } else { predicates(file.when, &near, slips) };
        let with = file.with.into_iter().collect();
        Self { when, pointer: file.pointer, fact: file.fact, with }
    }
}

/// The facts that an account of this kind can have.
pub(crate) fn fact_names(auth: &AuthFile) -> Vec<String> {
    match auth {
        AuthFile::OauthCode(file) => {
            let identity = file.identity.iter().flat_map(|identity| identity.facts.keys());
            file.facts.keys().chain(identity).cloned().collect()
        }
        AuthFile::ClientCredentials(file) => ClientCredentialsGrant::fact_names(file),
        AuthFile::ApiKey(file) | AuthFile::Basic(file) => {
            file.facts.keys().cloned().chain(open(&file.fields)).collect()
        }
    }
}
