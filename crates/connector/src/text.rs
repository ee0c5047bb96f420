//! Interpolation that knows where it stands: `{name}` in a path segment, a query, JSON, a base address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// RFC 3986 unreserved characters stand for themselves in a path segment; everything else, `/` and
/// `?` and `.` of dot segments included, does not.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// A text with names in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Name(String),
}

impl Text {
    /// Reads `literal {name} literal`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or_else(|| format!("{text:?} has a {{ without }}"))?;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(plain) {
                return Err(format!("{{{name}}} is no name; a name is letters, digits and _"));
            }
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            parts.push(Part::Name(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The name that it is, and nothing else.
    pub(crate) fn only_name(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// In a path: values are percent-encoded, so that none can add a segment or a query.
    pub(crate) fn path(&self, values: &Map<String, Value>) -> Result<String, String> {
        let path = self.render(values, |text| utf8_percent_encode(text, SEGMENT).to_string())?;
        // Encoded or not, a segment of one dot or two leads elsewhere (WHATWG "URL", 4.1).
        let leads_elsewhere = |part: &str| matches!(part.replace("%2E", ".").as_str(), "." | "..");
        if path.split('/').any(leads_elsewhere) {
            let dots =
                |name: &&str| as_text(values.get(*name)).is_some_and(|text| text.starts_with('.'));
            return Err(self.names().find(dots).unwrap_or_default().to_owned());
        }
        Ok(path)
    }

    /// As it is: for base addresses, which are checked afterwards, and for query values, which are
    /// encoded afterwards.
    pub(crate) fn plain(&self, values: &Map<String, Value>) -> Result<String, String> {
        self.render(values, str::to_owned)
    }

    /// As a JSON pointer (RFC 6901), in which a value is one name; `None`: a value is missing.
    pub(crate) fn pointer(&self, values: &Map<String, Value>) -> Option<String> {
        self.render(values, |text| text.replace('~', "~0").replace('/', "~1")).ok()
    }

    /// In a query: nothing where a value is missing, one text for each of a list's values where the
    /// text is exactly one name.
    pub(crate) fn each(&self, values: &Map<String, Value>) -> Vec<String> {
        if let [Part::Name(name)] = self.0.as_slice()
            && let Some(Value::Array(items)) = values.get(name)
        {
            return items.iter().filter_map(|item| as_text(Some(item))).collect();
        }
        self.plain(values).into_iter().collect()
    }

    /// As bytes, each name standing for what is given for it.
    pub(crate) fn bytes<'v>(&self, value: impl Fn(&str) -> &'v [u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Name(name) => out.extend_from_slice(value(name)),
            }
        }
        out
    }

    fn render(
        &self,
        values: &Map<String, Value>,
        encode: impl Fn(&str) -> String,
    ) -> Result<String, String> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Name(name) => {
                    let text = as_text(values.get(name)).ok_or_else(|| name.clone())?;
                    out.push_str(&encode(&text));
                }
            }
        }
        Ok(out)
    }

    /// In JSON: a text that is exactly one name keeps the value's type. `None`: the value is missing.
    fn json(&self, values: &Map<String, Value>) -> Option<Value> {
        match self.0.as_slice() {
            [Part::Name(name)] => values.get(name).filter(|value| !value.is_null()).cloned(),
            _ => self.plain(values).ok().map(Value::String),
        }
    }
}

/// A scalar as text; nothing else can stand in an address.
pub(crate) fn as_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        _ => None,
    }
}

/// The key of an object whose members stand in the object around it, or of a list in a list.
const SPREAD: &str = "...";

/// A JSON body with names in its strings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Literal(Value),
    Text(Text),
    List(Vec<Body>),
    Object(Vec<(String, Body)>),
}

impl Body {
    pub(crate) fn parse(written: &Value) -> Result<Self, String> {
        Ok(match written {
            Value::String(text) => Self::Text(Text::parse(text)?),
            Value::Array(items) => {
                Self::List(items.iter().map(Self::parse).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => Self::Object(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), Self::parse(item)?)))
                    .collect::<Result<_, String>>()?,
            ),
            other => Self::Literal(other.clone()),
        })
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Text(text) => text.names().collect(),
            Self::List(items) => items.iter().flat_map(Self::names).collect(),
            Self::Object(pairs) => pairs.iter().flat_map(|(_, item)| item.names()).collect(),
        }
    }

    /// An item that is `{ "..." = … }`: its items stand in the list around it.
    fn spread(&self) -> Option<&Self> {
        match self {
            Self::Object(pairs) => match pairs.as_slice() {
                [(key, more)] if key == SPREAD => Some(more),
                _ => None,
            },
            _ => None,
        }
    }

    /// An item whose only name has a list for a value: it stands there once for each of that list.
    fn each(&self, values: &Map<String, Value>) -> Option<Vec<Value>> {
        let Self::Object(_) = self else { return None };
        let names = self.names();
        let name = *names.first().filter(|first| names.iter().all(|own| own == *first))?;
        let Value::Array(items) = values.get(name)? else { return None };
        let of = |item: &Value| self.render(&Map::from_iter([(name.to_owned(), item.clone())]));
        Some(items.iter().filter_map(of).collect())
    }

    /// Whether it is made of names of which none has a value.
    fn is_void(&self, values: &Map<String, Value>) -> bool {
        let names = self.names();
        let missing = |name: &&str| values.get(*name).is_none_or(Value::is_null);
        !names.is_empty() && names.iter().all(missing)
    }

    /// What is missing is left out; of a list, also what is made of nothing but missing values.
    pub(crate) fn render(&self, values: &Map<String, Value>) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Text(text) => text.json(values),
            Self::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    match item.spread() {
                        Some(more) => {
                            match more.render(values) {
                                Some(Value::Array(more)) => list.extend(more),
                                // What is one thing is a list of one.
                                Some(one) if one != "" => list.push(one),
                                _ => {}
                            }
                        }
                        None if item.is_void(values) => {}
                        None => match item.each(values) {
                            Some(all) => list.extend(all),
                            None => list.extend(item.render(values)),
                        },
                    }
                }
                Some(Value::Array(list))
            }
            Self::Object(pairs) => {
                // What is named beside it wins over what `...` brings.
                let (spread, own): (Vec<_>, Vec<_>) =
                    pairs.iter().partition(|(key, _)| key == SPREAD);
                let mut object = Map::new();
                for (_, item) in spread {
                    if let Some(Value::Object(members)) = item.render(values) {
                        object.extend(members);
                    }
                }
                for (key, item) in own {
                    if let Some(value) = item.render(values) {
                        object.insert(key.clone(), value);
                    }
                }
                Some(Value::Object(object))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Text};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    proptest! {
        #[test]
        fn a_value_never_adds_a_segment_a_query_or_a_fragment(value in ".+") {
            let text = Text::parse("/sobjects/{object}/end").expect("a path");
            let values = json!({ "object": value });
            let path = text.path(values.as_object().expect("values"));
            if matches!(value.as_str(), "." | "..") {
                prop_assert_eq!(path, Err("object".to_owned()));
                return Ok(());
            }
            let path = path.expect("a path");
            prop_assert_eq!(path.matches('/').count(), 3);
            prop_assert!(!path.contains(['?', '#', '\\', ' ']));
            let url = url::Url::parse("https://host.test").expect("a base").join(&path).expect("a URL");
            prop_assert_eq!(url.path(), path);
        }
    }

    #[test]
    fn a_value_of_dots_leads_nowhere_else() {
        let values = json!({ "dots": "..", "dot": ".", "name": "a.b", "escaped": "%2e" });
        let values = values.as_object().expect("values");
        for (path, fits) in [
            ("/{dots}/end", false),
            ("/{dot}{dot}", false),
            ("/{dot}/end", false),
            ("/{name}/end", true),
            ("/{name}{dots}", true),
            ("/{escaped}", true),
        ] {
            let text = Text::parse(path).expect("a path");
            assert_eq!(text.path(values).is_ok(), fits, "{path}");
        }
    }

    #[test]
    fn json_keeps_types_and_leaves_out_what_is_missing() {
        let body =
            Body::parse(&json!({ "all": "{fields}", "text": "n={n}", "gone": "{gone}", "n": 1 }))
                .expect("a body");
        let values = json!({ "fields": { "A": [1, null] }, "n": 2, "gone": null });
        assert_eq!(
            body.render(values.as_object().expect("values")),
            Some(json!({ "all": { "A": [1, null] }, "text": "n=2", "n": 1 }))
        );
    }

    #[test]
    fn an_objects_members_stand_beside_others_and_those_win() {
        let written = json!({ "...": "{more}", "a": "{a}", "b": "{b}" });
        let body = Body::parse(&written).expect("a body");
        let render = |values: Value| body.render(values.as_object().expect("values"));
        let values = json!({ "more": { "a": 1, "b": 2, "c": 3 }, "a": 9 });
        assert_eq!(render(values), Some(json!({ "a": 9, "b": 2, "c": 3 })));
        assert_eq!(render(json!({ "b": 2 })), Some(json!({ "b": 2 })));
        assert_eq!(render(json!({ "more": "text" })), Some(json!({})));
    }

    #[test]
    fn a_list_takes_items_of_another_and_leaves_out_what_says_nothing() {
        let written =
            json!([{ "to": { "id": "{a}" }, "type": 1 }, { "...": "{more}" }, { "n": 1 }]);
        let body = Body::parse(&written).expect("a body");
        let render = |values: Value| body.render(values.as_object().expect("values"));
        assert_eq!(render(json!({})), Some(json!([{ "n": 1 }])));
        assert_eq!(
            render(json!({ "a": 7, "more": [{ "x": 2 }, 3] })),
            Some(json!([{ "to": { "id": 7 }, "type": 1 }, { "x": 2 }, 3, { "n": 1 }]))
        );
    }

    #[test]
    fn an_item_with_one_name_is_said_for_each_of_a_list() {
        let written = json!([{ "id": "{ids}", "type": { "of": "{ids}", "n": 1 } }, "{ids}", { "id": "{ids}", "x": "{x}" }]);
        let body = Body::parse(&written).expect("a body");
        let render = |values: Value| body.render(values.as_object().expect("values"));
        let said = |id: u64| json!({ "id": id, "type": { "of": id, "n": 1 } });
        assert_eq!(
            render(json!({ "ids": [7, 8], "x": 1 })),
            Some(json!([said(7), said(8), [7, 8], { "id": [7, 8], "x": 1 }]))
        );
        assert_eq!(
            render(json!({ "ids": 7, "x": 1 })),
            Some(json!([said(7), 7, { "id": 7, "x": 1 }]))
        );
        assert_eq!(render(json!({ "ids": [], "x": 1 })), Some(json!([[], { "id": [], "x": 1 }])));
        let many: Vec<_> = (0..300).collect();
        let all = render(json!({ "ids": many })).expect("a list");
        assert_eq!((all[299]["id"].clone(), all[0]["id"].clone()), (json!(299), json!(0)));
    }

    #[test]
    fn a_slip_in_a_text_is_found() {
        for text in ["{", "a{b", "{}", "{a b}", "{a.b}"] {
            assert!(Text::parse(text).is_err(), "{text}");
        }
        assert!(Body::parse(&Value::String("{oops".to_owned())).is_err());
    }
}
