//! Where the next page begins, of choices and of an action's answer alike.

use crate::file::{NextFile, PagesFile};
use crate::stopping;
use portico_domain::Filter;
use portico_domain::paging::CountBy;
use serde_json::{Map, Value};

/// The name under which a request is given the cursor.
pub(crate) const CURSOR: &str = "cursor";
/// How many items an action reads, unless its file says otherwise.
const MOST_ITEMS: usize = 10_000;
/// How many pages are asked for: a provider that answers empty ones forever must end too.
const MOST_PAGES: u32 = 1_000;

/// How the next page is found.
#[derive(Clone)]
pub(crate) struct Next {
    at: At,
    more: Option<String>,
    first: Option<Value>,
}

#[derive(Clone)]
enum At {
    /// A JSON pointer to what is put back into the request.
    Cursor(String),
    /// A JSON pointer to an address that is followed as it stands.
    Address(String),
    /// The same, in a `Link` header: a JSON pointer to that.
    Link(String),
    /// The cursor is counted, and a page with fewer items than these is the last.
    Count(u64, CountBy),
}

impl Next {
    /// Of `[[options]]`.
    pub(crate) fn read(file: NextFile) -> Result<Self, String> {
        let at = match (file.cursor, file.page_size) {
            (Some(pointer), None) => At::Cursor(pointer),
            (None, Some(size)) => At::Count(size, CountBy::Items),
            _ => return Err("`next` has one of `cursor` and `page_size`.".to_owned()),
        };
        Ok(Self { at, more: file.more, first: file.first })
    }

    /// An address in each answer.
    pub(crate) fn address(pointer: String) -> Self {
        Self { at: At::Address(pointer), more: None, first: None }
    }

    /// An address in a header of each answer, beside others (RFC 8288).
    pub(crate) fn link(pointer: String) -> Self {
        Self { at: At::Link(pointer), more: None, first: None }
    }

    /// A number, from `first` on.
    pub(crate) fn count(size: u64, by: CountBy, first: u64) -> Self {
        Self { at: At::Count(size, by), more: None, first: Some(first.into()) }
    }

    /// A cursor in each answer.
    pub(crate) fn cursor(pointer: String) -> Self {
        Self { at: At::Cursor(pointer), more: None, first: None }
    }

    /// Whether what is found is an address to be followed.
    pub(crate) fn is_followed(&self) -> bool {
        matches!(self.at, At::Address(_) | At::Link(_))
    }

    /// What is sent as the cursor of the first page.
    pub(crate) fn first(&self) -> Option<&Value> {
        self.first.as_ref()
    }

    /// Where the page after `body` begins, which was itself asked for with `before` and has `count`
    /// items. `None`: it was the last.
    pub(crate) fn after(
        &self,
        before: Option<&Value>,
        body: &Value,
        count: usize,
    ) -> Option<Value> {
        if let Some(more) = &self.more
            && body.pointer(more) != Some(&Value::Bool(true))
        {
            return None;
        }
        let pointer = match &self.at {
            At::Count(size, by) => {
                // A page that is not full is the last.
                let before = before.or(self.first.as_ref()).and_then(Value::as_u64).unwrap_or(0);
                let step = if *by == CountBy::Pages { 1 } else { *size };
                return (u64::try_from(count).ok()? >= *size).then(|| Value::from(before + step));
            }
            At::Link(pointer) => {
                let found = Value::from(next_link(body.pointer(pointer)?.as_str()?)?);
                return (before != Some(&found)).then_some(found);
            }
            At::Cursor(pointer) | At::Address(pointer) => pointer,
        };
        let found = body.pointer(pointer)?;
        let same = before == Some(found);
        let ended = found.is_null() || *found == "" || same;
        (!ended).then(|| found.clone())
    }
}

/// How an action reads an answer to its end.
#[derive(Clone)]
pub(crate) struct Pages {
    items: String,
    pub(crate) next: Next,
    most: usize,
    /// After a page of which this holds, nothing more is read.
    stop: Filter,
}

impl Pages {
    /// As many as are read without saying otherwise.
    pub(crate) fn new(items: String, next: Next, stop: Filter) -> Self {
        Self { items, next, most: MOST_ITEMS, stop }
    }

    /// Of `[actions.pages]`.
    pub(crate) fn read(file: PagesFile) -> Result<Self, String> {
        let PagesFile { items, next, cursor, page_size, more, first, most } = file;
        let next = match (next, &cursor, page_size, &first) {
            (Some(pointer), None, None, None) => Next { more, ..Next::address(pointer) },
            (None, _, _, _) if cursor.is_some() != page_size.is_some() => {
                Next::read(NextFile { cursor, page_size, more, first })?
            }
            _ => return Err("Pages have one of `next`, `cursor` and `page_size`.".to_owned()),
        };
        if items.is_empty() && !matches!(next.at, At::Count(..)) {
            return Err(
                "An answer that is the list itself has pages by `page_size` only.".to_owned()
            );
        }
        let most = most.unwrap_or(MOST_ITEMS).max(1);
        Ok(Self { items, next, most, stop: Filter::default() })
    }

    /// The items of one page.
    pub(crate) fn items<'b>(&self, body: &'b Value) -> &'b [Value] {
        body.pointer(&self.items).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether somebody wants nothing more after this page.
    pub(crate) fn is_stopped(&self, page: &Value) -> bool {
        stopping::holds(&self.stop, page)
    }

    /// Whether nothing more is read.
    pub(crate) fn is_enough(&self, items: usize, pages: u32) -> bool {
        items >= self.most || pages >= MOST_PAGES
    }

    /// The last answer, whose list is all items. If there would have been more, it says so.
    pub(crate) fn whole(&self, last: Value, mut items: Vec<Value>, is_more: bool) -> Value {
        let is_cut = is_more || items.len() > self.most;
        items.truncate(self.most);
        let mut whole = match last {
            // The answer is the list itself: it needs a place beside which something can be said.
            _ if self.items.is_empty() => {
                Map::from_iter([("items".to_owned(), Value::from(items))])
            }
            last => {
                let mut whole = match last {
                    Value::Object(whole) => whole,
                    _ => Map::new(),
                };
                put(&mut whole, &self.items, Value::from(items));
                whole
            }
        };
        if is_cut {
            whole.insert("truncated".to_owned(), Value::Bool(true));
        }
        Value::Object(whole)
    }
}

/// The address whose relation is `next` in a `Link` header: `<https://…?page=2>; rel="next", <…>; rel="last"`.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (address, after) = after.split_once('>')?;
        let end = after.find(",<").or_else(|| after.find(", <")).unwrap_or(after.len());
        let (parameters, others) = after.split_at(end);
        let is_next = parameters.split(';').any(|parameter| {
            let relation = parameter.trim().strip_prefix("rel=").unwrap_or_default();
            let relations = relation.trim_matches('"').split(' ');
            relations.into_iter().any(|own| own.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(address);
        }
        rest = others;
    }
    None
}

/// Puts a value where a pointer leads, making what is missing on the way.
pub(crate) fn put(object: &mut Map<String, Value>, pointer: &str, value: Value) {
    let path = pointer.strip_prefix('/').unwrap_or(pointer);
    let (key, rest) = match path.split_once('/') {
        Some((key, rest)) => (key, Some(rest)),
        None => (path, None),
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match rest {
        None => {
            object.insert(key, value);
        }
        Some(rest) => {
            let inner = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::next_link;

    #[test]
    fn the_next_page_is_one_link_among_others() {
        for (header, expected) in [
            ("<https://a.test/?p=2>; rel=\"next\"", Some("https://a.test/?p=2")),
            ("</?p=1>; rel=prev, </?p=3>; title=\"a\"; rel=\"last NEXT\"", Some("/?p=3")),
            ("</?a=1,2>; rel=next,</?p=9>; rel=last", Some("/?a=1,2")),
            ("</?p=1>; rel=\"prev\"", None),
            ("</?p=1; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_link(header), expected, "{header}");
        }
    }
}
