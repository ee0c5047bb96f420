//! Hearing of something by asking again and again: what to ask next, and what of an answer is new.
//!
//! A state is small and goes through JSON: whoever polls stores it together with what was new, asks
//! again at once while there is `more`, and repeats a request that failed from the state it had.

use crate::action::Connection;
use crate::dedupe::{Dedupe, Key, Seen};
use crate::failures::{Predicate, Repeat, Verdicts};
use crate::file::triggers::{CursorFile, PollFile};
use crate::http::{Delivery, HttpRequest};
use crate::limits::{Needs, NeedsFile};
use crate::moment::Moment;
use crate::request::{Request, Shared, invalid};
use crate::slip::Slip;
use crate::text::as_text;
use crate::trigger::Selection;
use portico_domain::{Failure, FailureClass, Lanes, Timestamp, TriggerShape};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// The names that a poll's requests can use beside its inputs.
const SINCE: &str = "since";
const CURSOR: &str = "cursor";

/// How a trigger is asked for.
pub struct Poll {
    request: Request,
    items: String,
    dedupe: Dedupe,
    occurred_at: Option<Moment>,
    cursor: Cursor,
    next: Option<Follow>,
    selection: Selection,
    verdicts: Verdicts,
    needs: Needs,
    /// Keys and titles of inputs, and whether there is no asking without.
    inputs: Vec<(String, String, Need)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
}

enum Cursor {
    Greatest { of: Moment, overlap: Duration },
    Token { token: String, more: String, first: Box<Request> },
}

struct Follow {
    address: String,
    expired: Vec<Predicate>,
}

/// What is kept between two requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollState {
    position: Position,
    /// The address of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    seen: Seen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Position {
    /// Everything up to the greatest moment was read; nothing before the floor is asked for.
    Greatest { floor: Timestamp, greatest: Timestamp },
    /// The first token is not there yet.
    Untold { since: Timestamp },
    /// Everything before the token was read.
    Token { token: String },
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Polled {
    /// What is new, in the provider's order.
    pub items: Vec<PolledItem>,
    /// From here on.
    pub state: PollState,
    /// Whether to ask again at once.
    pub more: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct PolledItem {
    /// What tells it from all others.
    pub key: Key,
    /// When it happened, if the provider says so.
    pub occurred_at: Option<Timestamp>,
    /// What a workflow sees.
    pub item: Value,
}

impl Poll {
    pub(crate) fn read(
        file: PollFile,
        selection: Selection,
        shape: &TriggerShape,
        shared: &Shared,
        verdicts: &Verdicts,
    ) -> Result<Self, Vec<Slip>> {
        let near = format!("id = \"{}\"", shape.id);
        let mut slips = Vec::new();
        let keys: Vec<String> = shape.inputs.iter().map(|input| input.key.clone()).collect();
        for key in keys.iter().filter(|key| [SINCE, CURSOR].contains(&key.as_str())) {
            slips
                .push(Slip::new(&near, format!("{{{key}}} is the poll's own; call it otherwise.")));
        }
        let mut read = |file, own: &str| {
            let known: Vec<String> = keys.iter().cloned().chain([own.to_owned()]).collect();
            let request = Request::read(file, shared, &near, &known);
            let request = request.map_err(|found| slips.extend(found)).ok()?;
            if !request.uses(own) {
                slips.push(Slip::new(&near, format!("A poll's request uses {{{own}}}.")));
            }
            Some(request)
        };
        let (request, cursor) = match file.cursor {
            CursorFile::Greatest(own) => {
                let overlap = Duration::from_secs(own.overlap_s.into());
                let cursor = Cursor::Greatest { of: Moment::read(own.of), overlap };
                (read(file.request, SINCE), Some(cursor))
            }
            CursorFile::Token(own) => {
                let own = *own;
                let cursor = read(own.first, SINCE).map(|first| Cursor::Token {
                    token: own.token,
                    more: own.more,
                    first: Box::new(first),
                });
                (read(file.request, CURSOR), cursor)
            }
        };
        let next = file.next.and_then(|own| {
            let expired = own.expired.into_iter().map(Predicate::read).collect::<Result<_, _>>();
            let expired = expired.map_err(|why| slips.push(Slip::new(&near, why))).ok()?;
            Some(Follow { address: own.address, expired })
        });
        let needs =
            NeedsFile { id: &shape.id, limits: None, serial: Vec::new(), inputs: keys.as_slice() };
        let needs = Needs::read(needs, &shared.limits, &mut slips);
        let dedupe = Dedupe::read(file.dedupe).map_err(|why| slips.push(Slip::new(&near, why)));
        let need = |required| if required { Need::Required } else { Need::Optional };
        let inputs = shape.inputs.iter();
        match (request, cursor, dedupe) {
            (Some(request), Some(cursor), Ok(dedupe)) if slips.is_empty() => Ok(Self {
                request,
                items: file.items,
                dedupe,
                occurred_at: file.occurred_at.map(Moment::read),
                cursor,
                next,
                selection,
                verdicts: verdicts.clone(),
                needs,
                inputs: inputs
                    .map(|input| (input.key.clone(), input.title.clone(), need(input.required)))
                    .collect(),
            }),
            _ => Err(slips),
        }
    }

    pub(crate) fn uses(&self, input: &str) -> bool {
        self.request.uses(input)
    }

    /// The limits that its requests must obey for an account, which is named as the provider does.
    pub fn lanes(&self, account: &str, inputs: &Map<String, Value>) -> Lanes {
        self.needs.lanes(account, inputs)
    }

    /// The state in which a poll begins: what happened before is not asked for.
    pub fn begin(&self, now: Timestamp) -> PollState {
        let position = match self.cursor {
            Cursor::Greatest { .. } => Position::Greatest { floor: now, greatest: now },
            Cursor::Token { .. } => Position::Untold { since: now },
        };
        PollState { position, page: None, seen: Seen::default() }
    }

    /// The state from which a poll goes on whose inputs are written otherwise now; nothing if it belongs to what
    /// was asked for before. What cannot be asked without says what is looked at, so that another one begins
    /// anew; what can be left out only narrows that, or says what else is read.
    pub fn carried(
        &self,
        state: PollState,
        before: &Map<String, Value>,
        now: &Map<String, Value>,
    ) -> Option<PollState> {
        let mut required = self.inputs.iter().filter(|(.., need)| *need == Need::Required);
        let same =
            required.all(|(key, ..)| !self.asks_with(key) || before.get(key) == now.get(key));
        // A further page is one of the answer to what was asked before.
        same.then_some(PollState { page: None, ..state })
    }

    fn asks_with(&self, input: &str) -> bool {
        let first = match &self.cursor {
            Cursor::Token { first, .. } => first.uses(input),
            Cursor::Greatest { .. } => false,
        };
        first || self.request.uses(input)
    }

    /// The next request.
    ///
    /// # Errors
    /// `invalid`: an input is missing or does not fit, the answer before named a next page that is not
    /// the provider's, or the state was made by another kind of poll.
    pub fn request(
        &self,
        state: &PollState,
        inputs: &Map<String, Value>,
        connection: &Connection<'_>,
    ) -> Result<HttpRequest, Failure> {
        for (key, title, need) in &self.inputs {
            let empty = inputs.get(key).is_none_or(|value| value.is_null() || value == "");
            if *need == Need::Required && empty {
                return Err(invalid("input", format!("The input {title:?} has no value.")));
            }
        }
        if let Some(page) = &state.page {
            return self.request.follow_own(page, connection);
        }
        let (request, name, value) = match (&self.cursor, &state.position) {
            (Cursor::Greatest { overlap, .. }, Position::Greatest { floor, greatest }) => {
                let since = (*floor).max(*greatest - *overlap);
                (&self.request, SINCE, since.rfc3339())
            }
            (Cursor::Token { first, .. }, Position::Untold { since }) => {
                (first.as_ref(), SINCE, since.rfc3339())
            }
            (Cursor::Token { .. }, Position::Token { token }) => {
                (&self.request, CURSOR, token.clone())
            }
            _ => return Err(other_kind()),
        };
        let mut values = inputs.clone();
        values.insert(name.to_owned(), Value::String(value));
        request.fill(&values, connection, |key| {
            let own = self.inputs.iter().find(|(own, ..)| own == key);
            own.map_or(key, |(_, title, _)| title.as_str()).to_owned()
        })
    }

    /// What came of it: what is new, and the state to go on from.
    ///
    /// # Errors
    /// The verdict; the state before stays the one to go on from.
    pub fn judge(&self, state: &PollState, delivery: &Delivery) -> Result<Polled, Failure> {
        if self.has_expired(state, delivery) {
            let state = PollState { page: None, ..state.clone() };
            return Ok(Polled { items: Vec::new(), state, more: true });
        }
        // Reading twice is as good as once.
        let body = self.verdicts.judge(delivery, Repeat::Safe)?.unwrap_or(Value::Null);
        match (&self.cursor, &state.position) {
            (Cursor::Greatest { of, overlap }, Position::Greatest { floor, greatest }) => {
                self.by_moment(state, &body, (of, *overlap), (*floor, *greatest))
            }
            (Cursor::Token { token, .. }, Position::Untold { .. }) => {
                let token = as_text(body.pointer(token)).ok_or_else(|| {
                    Failure::new(
                        FailureClass::Transient,
                        "no_token",
                        "The provider's answer has no token to poll with.",
                    )
                })?;
                let position = Position::Token { token };
                let state = PollState { position, page: None, seen: state.seen.clone() };
                Ok(Polled { items: Vec::new(), state, more: true })
            }
            (Cursor::Token { token, more, .. }, Position::Token { token: before }) => {
                let mut seen = state.seen.clone();
                let page = seen.after();
                let items = self.news(&body, &mut seen, |_| Ok(page))?;
                let _ = seen.shrink();
                let next = as_text(body.pointer(token)).unwrap_or_else(|| before.clone());
                let more = body.pointer(more) == Some(&Value::Bool(true)) && next != *before;
                let position = Position::Token { token: next };
                Ok(Polled { items, state: PollState { position, page: None, seen }, more })
            }
            _ => Err(other_kind()),
        }
    }

    /// The latest moment moves on with each page: they come oldest first.
    fn by_moment(
        &self,
        state: &PollState,
        body: &Value,
        (of, overlap): (&Moment, Duration),
        (mut floor, mut greatest): (Timestamp, Timestamp),
    ) -> Result<Polled, Failure> {
        let mut seen = state.seen.clone();
        let items = self.news(body, &mut seen, |item| {
            let at = of.of(item).ok_or_else(|| {
                invalid("item_without_moment", "Something that was found does not say when it was.")
            })?;
            greatest = greatest.max(at);
            Ok(at.millis())
        })?;
        seen.forget_before(greatest - overlap);
        // What is no longer remembered must not be asked for again.
        if let Some(forgotten) = seen.shrink() {
            floor = floor.max(forgotten + Duration::from_millis(1));
        }
        let page = self.next.as_ref().and_then(|next| as_text(body.pointer(&next.address)));
        let page = page.filter(|page| state.page.as_ref() != Some(page));
        let more = page.is_some();
        let position = Position::Greatest { floor, greatest };
        Ok(Polled { items, state: PollState { position, page, seen }, more })
    }

    /// The items of an answer that were not seen before; `at` is where each is remembered.
    fn news(
        &self,
        body: &Value,
        seen: &mut Seen,
        mut at: impl FnMut(&Value) -> Result<i64, Failure>,
    ) -> Result<Vec<PolledItem>, Failure> {
        let empty = Vec::new();
        let items = match body.pointer(&self.items) {
            None | Some(Value::Null) => &empty,
            Some(Value::Array(items)) => items,
            Some(_) => {
                return Err(invalid(
                    "no_list",
                    "The provider's answer has no list where it stands.",
                ));
            }
        };
        let mut known = seen.keys();
        let mut news = Vec::new();
        for item in items {
            let moment = at(item)?;
            let key = self.dedupe.key(item).ok_or_else(|| {
                invalid("item_without_key", "Something that was found cannot be told from others.")
            })?;
            if known.insert(key.clone()) {
                seen.remember(moment, key.clone());
                if let Some(seen_by_workflows) = self.selection.take(item) {
                    let occurred_at = self.occurred_at.as_ref().and_then(|own| own.of(item));
                    news.push(PolledItem { key, occurred_at, item: seen_by_workflows });
                }
            }
        }
        Ok(news)
    }

    fn has_expired(&self, state: &PollState, delivery: &Delivery) -> bool {
        let (Some(_), Some(next), Delivery::Answered(response)) =
            (&state.page, &self.next, delivery)
        else {
            return false;
        };
        let body = response.json();
        let holds = |predicate: &Predicate| predicate.holds(response, body.as_ref());
        !next.expired.is_empty() && next.expired.iter().all(holds)
    }
}

fn other_kind() -> Failure {
    invalid(
        "poll_state",
        "The integration now polls in another way than when this began; switch the workflow off and on.",
    )
}
