//! How the answer of *any request* is read page by page, as its inputs say: where the list stands, where the
//! next page is found, where that goes in the next request, and when it is enough.
//!
//! Read where a request is made, and checked wherever somebody writes one.

use crate::filter::Filter;
use serde_json::{Map, Value};

/// The action that every integration has beside those of its file: any request to the provider.
pub const ACTION: &str = "request";
/// The inputs that say it.
pub const KEYS: [&str; 7] =
    ["items", "next", "cursor", "cursor_parameter", "page_size", "page_by", "stop_when"];

/// How an answer is read page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// A JSON pointer into the body to the list; nothing if the body is the list.
    pub items: String,
    /// How the next page is asked for.
    pub turn: Turn,
    /// After a page of which this holds, nothing more is read. Its fields are pointers into a page:
    /// `/status`, `/headers/…`, `/body/…`.
    pub stop: Filter,
}

/// How the next page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// At an address that the answer names.
    Address(Found),
    /// With what the answer names.
    Cursor {
        /// Where it names it.
        found: Found,
        /// Where it goes.
        to: Place,
    },
    /// With a number that is counted.
    Count {
        /// Where it goes.
        to: Place,
        /// How many items a page holds; one with fewer is the last.
        size: u64,
        /// What is counted.
        by: CountBy,
    },
}

/// Where an answer names what is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A JSON pointer into its body.
    Body(String),
    /// A header, its name in lower case.
    Header(String),
    /// The `Link` header whose relation is `next` (RFC 8288).
    Link,
}

/// Where something goes in a request, instead of what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A parameter of the query.
    Query(String),
    /// A header, its name in lower case.
    Header(String),
    /// A JSON pointer into the body.
    Body(String),
}

/// What a count is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBy {
    /// Items, from 0: an offset.
    Items,
    /// Pages, from 1.
    Pages,
}

/// What is wrong with one of the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagingProblem {
    /// A JSON pointer into the inputs.
    pub at: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Paging {
    /// What filled inputs say; nothing if the answer is one page.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn read(inputs: &Map<String, Value>) -> Result<Option<Self>, PagingProblem> {
        if let Some(problem) = Self::problems(inputs, |_| false).into_iter().next() {
            return Err(problem);
        }
        let Some(turn) = turn(inputs) else { return Ok(None) };
        let stop = match inputs.get("stop_when").filter(|written| !written.is_null()) {
            None => Filter::default(),
            Some(written) => Filter::read(written).map_err(|problem| PagingProblem {
                at: format!("/stop_when{}", problem.at),
                message: problem.message,
            })?,
        };
        Ok(Some(Self { items: text(inputs, "items").to_owned(), turn, stop }))
    }

    /// What is wrong with inputs as they are written; texts that are `open` get their value later.
    pub fn problems(
        inputs: &Map<String, Value>,
        open: impl Fn(&str) -> bool,
    ) -> Vec<PagingProblem> {
        let mut check = Check { inputs, open, problems: Vec::new() };
        check.turn();
        check.stop();
        check.problems
    }
}

struct Check<'a, O> {
    inputs: &'a Map<String, Value>,
    open: O,
    problems: Vec<PagingProblem>,
}

impl<O: Fn(&str) -> bool> Check<'_, O> {
    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(PagingProblem { at: format!("/{key}"), message: message.into() });
    }

    /// What is written, unless it gets its value later.
    fn known(&self, key: &str) -> Option<&str> {
        Some(text(self.inputs, key)).filter(|text| !text.is_empty() && !(self.open)(text))
    }

    fn turn(&mut self) {
        let said = |key| is_said(self.inputs, key);
        let (next, cursor) = (said("next"), said("cursor"));
        let (size, place) = (said("page_size"), said("cursor_parameter"));
        match (next, cursor, size, place) {
            (false, false, false, false) => {
                if said("stop_when") {
                    let words = "There is nothing to stop: say how the next page is asked for.";
                    self.wrong("stop_when", words);
                }
                return;
            }
            (true, false, false, false) => {}
            (false, true, false, true) | (false, false, true, true) => {}
            (false, true, false, false) | (false, false, true, false) => {
                let words = "Say where it goes in the next request: after, for a parameter of the query; \
                             /after, for a place in the body; header:X-After.";
                self.wrong("cursor_parameter", words);
            }
            (false, false, false, true) => {
                self.wrong(
                    "cursor_parameter",
                    "Say what goes there: a cursor, or a page size to count with.",
                );
            }
            _ => {
                let key = if next { "next" } else { "page_size" };
                self.wrong(
                    key,
                    "Say one of: where the next page's address is, a cursor, a page size.",
                );
            }
        }
        self.places();
        self.method(next);
        let size = self.inputs.get("page_size").filter(|_| size);
        if size.is_some_and(|size| !size.as_str().is_some_and(&self.open) && number(size).is_none())
        {
            self.wrong(
                "page_size",
                "Write a whole number, at least 1: how many items a page holds.",
            );
        }
        if self.known("page_by").is_some_and(|by| !matches!(by, "items" | "pages")) {
            self.wrong("page_by", "Count items or pages.");
        }
    }

    fn places(&mut self) {
        if self.known("items").is_some_and(|items| !items.starts_with('/')) {
            self.wrong("items", "Where the list stands begins with /: /results.");
        }
        for key in ["next", "cursor"] {
            let is_link = |text: &str| key == "next" && text.eq_ignore_ascii_case("link");
            if self.known(key).is_some_and(|text| !is_link(text) && found(text).is_none()) {
                let link = if key == "next" { ", or link for the Link header" } else { "" };
                let words = format!("Where it stands: /paging/next, or header:X-Next{link}.");
                self.wrong(key, words);
            }
        }
    }

    fn method(&mut self, is_followed: bool) {
        let Some(method) = self.known("method").map(str::to_uppercase) else { return };
        let to_body = self.known("cursor_parameter").is_some_and(|place| place.starts_with('/'));
        let words = match method.as_str() {
            "GET" if to_body => "A GET has no body; say a parameter of the query, or POST.",
            "POST" if is_followed => "The address of a next page is asked for with GET.",
            "GET" | "POST" => return,
            _ => "Only what a GET or a POST answers is read page by page.",
        };
        let key = if method == "GET" { "cursor_parameter" } else { "method" };
        self.wrong(key, words);
    }

    fn stop(&mut self) {
        let Some(written) = self.inputs.get("stop_when").filter(|own| !own.is_null()) else {
            return;
        };
        for problem in Filter::problems(written, &self.open) {
            self.wrong(&format!("stop_when{}", problem.at), problem.message);
        }
        let groups = written.as_array().into_iter().flatten().enumerate();
        for (group, rules) in groups {
            for (index, rule) in rules.as_array().into_iter().flatten().enumerate() {
                let field = rule.get("field").and_then(Value::as_str).unwrap_or_default().trim();
                let parts = ["/status", "/headers/", "/body"];
                let is_place = parts.iter().any(|part| field.starts_with(part));
                if !field.is_empty() && !is_place && !(self.open)(field) {
                    let words = format!(
                        "{field:?} is nothing in a page; write /status, /headers/… or /body/…."
                    );
                    self.wrong(&format!("stop_when/{group}/{index}"), words);
                }
            }
        }
    }
}

fn turn(inputs: &Map<String, Value>) -> Option<Turn> {
    let next = text(inputs, "next");
    if next.eq_ignore_ascii_case("link") {
        return Some(Turn::Address(Found::Link));
    }
    if !next.is_empty() {
        return found(next).map(Turn::Address);
    }
    let to = text(inputs, "cursor_parameter");
    let to = match (to, header(to)) {
        ("", _) => return None,
        (_, Some(name)) => Place::Header(name),
        (pointer, _) if pointer.starts_with('/') => Place::Body(pointer.to_owned()),
        (name, _) => Place::Query(name.to_owned()),
    };
    match inputs.get("page_size").and_then(number) {
        Some(size) => {
            let by =
                if text(inputs, "page_by") == "pages" { CountBy::Pages } else { CountBy::Items };
            Some(Turn::Count { to, size, by })
        }
        None => found(text(inputs, "cursor")).map(|found| Turn::Cursor { found, to }),
    }
}

fn found(text: &str) -> Option<Found> {
    match header(text) {
        Some(name) => Some(Found::Header(name)),
        None => text.starts_with('/').then(|| Found::Body(text.to_owned())),
    }
}

fn header(text: &str) -> Option<String> {
    let name = text.strip_prefix("header:")?.trim();
    (!name.is_empty()).then(|| name.to_lowercase())
}

/// A whole number that is at least 1, also as text.
fn number(value: &Value) -> Option<u64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_u64(),
    };
    number.filter(|number| *number > 0)
}

fn is_said(inputs: &Map<String, Value>, key: &str) -> bool {
    match inputs.get(key) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(_) => true,
    }
}

fn text<'i>(inputs: &'i Map<String, Value>, key: &str) -> &'i str {
    inputs.get(key).and_then(Value::as_str).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::{CountBy, Found, Paging, Place, Turn};
    use serde_json::{Map, Value, json};

    fn inputs(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    fn turn(value: Value) -> Turn {
        Paging::read(&inputs(value)).expect("no problem").expect("pages").turn
    }

    #[test]
    fn each_way_to_the_next_page_is_read() {
        let address = |next: &str| turn(json!({ "method": "GET", "items": "/a", "next": next }));
        assert_eq!(address("/next"), Turn::Address(Found::Body("/next".to_owned())));
        assert_eq!(address("Link"), Turn::Address(Found::Link));
        assert_eq!(address("header:X-Next"), Turn::Address(Found::Header("x-next".to_owned())));
        let to = |place: &str| match turn(
            json!({ "method": "POST", "cursor": "/after", "cursor_parameter": place }),
        ) {
            Turn::Cursor { to, .. } => to,
            other => panic!("{other:?}"),
        };
        assert_eq!(to("after"), Place::Query("after".to_owned()));
        assert_eq!(to("/paging/after"), Place::Body("/paging/after".to_owned()));
        assert_eq!(to("header: X-After"), Place::Header("x-after".to_owned()));
        let count = json!({ "cursor_parameter": "page", "page_size": "50", "page_by": "pages" });
        let to = Place::Query("page".to_owned());
        assert_eq!(turn(count), Turn::Count { to, size: 50, by: CountBy::Pages });
        assert_eq!(Paging::read(&inputs(json!({ "method": "GET", "path": "/" }))), Ok(None));
    }

    #[test]
    fn what_does_not_fit_together_is_told_beside_its_input() {
        for (written, at, says) in [
            (json!({ "cursor": "/a" }), "/cursor_parameter", "where it goes"),
            (json!({ "cursor_parameter": "a" }), "/cursor_parameter", "what goes there"),
            (json!({ "next": "/a", "cursor": "/b", "cursor_parameter": "c" }), "/next", "one of"),
            (
                json!({ "cursor": "/a", "page_size": 2, "cursor_parameter": "c" }),
                "/page_size",
                "one of",
            ),
            (json!({ "next": "a" }), "/next", "Link header"),
            (json!({ "cursor": "after", "cursor_parameter": "c" }), "/cursor", "header:X-Next."),
            (json!({ "items": "list", "next": "/a" }), "/items", "begins with /"),
            (json!({ "page_size": 0, "cursor_parameter": "c" }), "/page_size", "at least 1"),
            (
                json!({ "page_size": 1, "cursor_parameter": "c", "page_by": "x" }),
                "/page_by",
                "pages",
            ),
            (json!({ "method": "put", "next": "/a" }), "/method", "GET or a POST"),
            (json!({ "method": "POST", "next": "/a" }), "/method", "with GET"),
            (
                json!({ "method": "GET", "cursor": "/a", "cursor_parameter": "/b" }),
                "/cursor_parameter",
                "no body",
            ),
            (
                json!({ "stop_when": [[{ "field": "/status", "operator": "is_empty" }]] }),
                "/stop_when",
                "nothing to stop",
            ),
            (
                json!({ "next": "/a", "stop_when": [[{ "field": "done", "operator": "is_empty" }]] }),
                "/stop_when/0/0",
                "/body/",
            ),
            (
                json!({ "next": "/a", "stop_when": [[{ "field": "/body/a", "operator": "equal" }]] }),
                "/stop_when/0/0/operator",
                "equals",
            ),
        ] {
            let problem = Paging::read(&inputs(written.clone())).expect_err(says);
            assert_eq!(problem.at, at, "{written}");
            assert!(problem.message.contains(says), "{written}: {}", problem.message);
        }
    }

    #[test]
    fn what_gets_its_value_later_is_not_judged_before() {
        let open = |text: &str| text.contains("{{");
        let variable = "{{ trigger.x }}";
        let written = json!({
            "method": variable, "items": variable, "cursor": variable, "cursor_parameter": variable,
            "stop_when": [[{ "field": variable, "operator": "equals", "value": variable }]],
        });
        assert_eq!(Paging::problems(&inputs(written), open), []);
        let counted =
            json!({ "page_size": variable, "cursor_parameter": "o", "page_by": variable });
        assert_eq!(Paging::problems(&inputs(counted), open), []);
    }
}
