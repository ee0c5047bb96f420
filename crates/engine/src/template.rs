//! Templates: inputs with `{{ … }}`, rendered over what an execution knows.
//!
//! A string that is exactly one `{{ … }}` keeps the type of its value; any other string becomes
//! text. Secrets are never rendered: they leave a hole, shown as `•••`, that the worker fills just
//! before sending.

use crate::filters::{apply_mapping, escape_markup};
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value as Jinja};
use portico_domain::ActionShape;
use portico_domain::execution::{Hole, Rendered, Scope};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// What a secret is shown as.
const SHOWN: &str = "•••";
/// How much work one template may be: a page of text, not a program.
const FUEL: u64 = 50_000;
/// Around the name of a secret while a template is rendered. Private-use characters that are taken
/// out of everything that comes from outside, so that no data can pose as a secret.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// What templates see.
pub(crate) struct Known<'a> {
    pub(crate) trigger: &'a Value,
    pub(crate) steps: Map<String, Value>,
    pub(crate) settings: &'a Map<String, Value>,
    /// The settings whose answers are secrets.
    pub(crate) sealed: &'a [String],
    pub(crate) user: &'a Map<String, Value>,
    pub(crate) account: &'a Map<String, Value>,
}

/// Why inputs could not be rendered, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RenderProblem(pub(crate) String);

/// A secret, or a namespace of them.
#[derive(Debug)]
enum Opaque {
    Secrets,
    Account(Map<String, Value>),
    /// Answers, and the keys of those that are secrets.
    Settings(Map<String, Value>, Vec<String>),
    One(String),
}

impl Object for Opaque {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match **self {
            Self::One(_) => ObjectRepr::Plain,
            Self::Secrets | Self::Account(_) | Self::Settings(..) => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let key = key.as_str()?;
        match &**self {
            Self::Secrets => Some(Jinja::from_object(Self::One(format!("secrets.{key}")))),
            Self::Account(_) if key == "access_token" => {
                Some(Jinja::from_object(Self::One("account.access_token".to_owned())))
            }
            Self::Settings(_, sealed) if sealed.iter().any(|own| own == key) => {
                Some(Jinja::from_object(Self::One(format!("settings.{key}"))))
            }
            Self::Account(facts) | Self::Settings(facts, _) => {
                facts.get(key).map(|fact| Jinja::from(Serde(fact.clone())))
            }
            Self::One(_) => None,
        }
    }

    /// Whoever asks for all of them gets what is not secret.
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &**self {
            Self::Account(facts) | Self::Settings(facts, _) => {
                Enumerator::Values(facts.keys().map(|key| Jinja::from(key.as_str())).collect())
            }
            Self::Secrets | Self::One(_) => Enumerator::NonEnumerable,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &**self {
            Self::One(name) => write!(f, "{OPEN}{name}{CLOSE}"),
            Self::Secrets | Self::Account(_) | Self::Settings(..) => Err(fmt::Error),
        }
    }
}

/// Renders templates; knows nothing of executions.
pub(crate) struct Renderer {
    environment: Environment<'static>,
}

impl Renderer {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        // Fuel does not count what filters do: without `range`, that is bounded by the data there is.
        environment.remove_global("range");
        environment.add_filter("escape_markup", escape_markup);
        environment.add_filter("apply_mapping", apply_mapping);
        environment.set_formatter(|out, state, value| {
            if value.is_none() || value.is_undefined() {
                return Ok(());
            }
            minijinja::escape_formatter(out, state, value)
        });
        Self { environment }
    }

    /// Renders the inputs of an action.
    pub(crate) fn inputs(
        &self,
        inputs: &Map<String, Value>,
        shape: &ActionShape,
        known: &Known<'_>,
    ) -> Result<Rendered, RenderProblem> {
        let context = context(known);
        let mut json = Map::new();
        for input in &shape.inputs {
            let missing = |how: String| {
                RenderProblem(format!("The input {:?} has no value{how}.", input.title))
            };
            let rendered = match inputs.get(&input.key) {
                Some(written) => self.value(written, &context).map_err(|why| {
                    RenderProblem(format!(
                        "The input {:?} could not be filled: {why}.",
                        input.title
                    ))
                })?,
                None => None,
            };
            match rendered {
                Some(value) => {
                    json.insert(input.key.clone(), value);
                }
                None if input.required => {
                    let written = inputs.get(&input.key).and_then(Value::as_str);
                    return Err(missing(
                        written.map(|text| format!(": {text} is empty")).unwrap_or_default(),
                    ));
                }
                None => {}
            }
        }
        let mut holes = Vec::new();
        let mut json = Value::Object(json);
        punch(&mut json, "", &mut holes)?;
        match json {
            Value::Object(json) => Ok(Rendered { json, holes }),
            _ => Err(RenderProblem("The inputs are not an object.".to_owned())),
        }
    }

    /// `None`: nothing is there, the key is to be left out.
    fn value(&self, written: &Value, context: &Jinja) -> Result<Option<Value>, String> {
        Ok(match written {
            Value::String(text) => self.text(text, context)?,
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.push(self.value(item, context)?.unwrap_or(Value::Null));
                }
                Some(Value::Array(out))
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, item) in map {
                    if let Some(item) = self.value(item, context)? {
                        out.insert(key.clone(), item);
                    }
                }
                Some(Value::Object(out))
            }
            literal => Some(literal.clone()),
        })
    }

    fn text(&self, text: &str, context: &Jinja) -> Result<Option<Value>, String> {
        if !text.contains("{{") {
            return Ok(Some(Value::String(text.to_owned())));
        }
        match single_expression(text) {
            Some(expression) => {
                let expression =
                    self.environment.compile_expression(expression).map_err(|e| words(&e))?;
                let value = expression.eval(context).map_err(|e| words(&e))?;
                if value.is_undefined() || value.is_none() {
                    return Ok(None);
                }
                serde_json::to_value(&value).map(Some).map_err(|error| error.to_string())
            }
            None => {
                let text = self.environment.render_str(text, context).map_err(|e| words(&e))?;
                Ok(Some(Value::String(text)))
            }
        }
    }

    /// A text for a person's eyes: nothing if it cannot be made, or if a secret would stand in it.
    pub(crate) fn shown(&self, template: &str, scope: &Scope) -> Option<String> {
        let empty = Map::new();
        let context = context(&Known {
            trigger: &Value::Null,
            steps: Map::new(),
            settings: &empty,
            sealed: &[],
            user: &scope.user,
            account: &scope.account,
        });
        let text = self.environment.render_str(template, context).ok()?;
        (!text.contains([OPEN, CLOSE])).then_some(text)
    }

    /// The dotted names that a template refers to.
    pub(crate) fn references(&self, text: &str) -> Result<HashSet<String>, String> {
        match single_expression(text) {
            Some(expression) => {
                let expression =
                    self.environment.compile_expression(expression).map_err(|e| words(&e))?;
                Ok(expression.undeclared_variables(true))
            }
            None => {
                let template = self.environment.template_from_str(text).map_err(|e| words(&e))?;
                Ok(template.undeclared_variables(true))
            }
        }
    }
}

/// What stands between the braces, if the string is exactly one expression.
fn single_expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then_some(inner)
}

fn words(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    }
}

fn context(known: &Known<'_>) -> Jinja {
    let clean = |map: &Map<String, Value>| Jinja::from(Serde(clean_map(map)));
    let account = Opaque::Account(clean_map(known.account));
    let settings = Opaque::Settings(clean_map(known.settings), known.sealed.to_vec());
    Jinja::from_pairs([
        ("trigger", Jinja::from(Serde(cleaned(known.trigger)))),
        ("steps", clean(&known.steps)),
        ("settings", Jinja::from_object(settings)),
        ("user", clean(known.user)),
        ("account", Jinja::from_object(account)),
        ("secrets", Jinja::from_object(Opaque::Secrets)),
    ])
}

fn clean_map(map: &Map<String, Value>) -> Map<String, Value> {
    map.iter().map(|(key, value)| (clean_text(key), cleaned(value))).collect()
}

fn cleaned(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean_text(text)),
        Value::Array(items) => items.iter().map(cleaned).collect(),
        Value::Object(map) => Value::Object(clean_map(map)),
        other => other.clone(),
    }
}

fn clean_text(text: &str) -> String {
    if text.contains([OPEN, CLOSE]) {
        text.replace([OPEN, CLOSE], "\u{FFFD}")
    } else {
        text.to_owned()
    }
}

/// Turns marked secrets into holes.
fn punch(value: &mut Value, pointer: &str, holes: &mut Vec<Hole>) -> Result<(), RenderProblem> {
    match value {
        Value::String(text) if text.contains([OPEN, CLOSE]) => {
            let (shown, secrets) = punched(text)?;
            *text = shown;
            holes.extend(
                secrets.into_iter().map(|secret| Hole { pointer: pointer.to_owned(), secret }),
            );
            Ok(())
        }
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, item)| punch(item, &format!("{pointer}/{index}"), holes)),
        Value::Object(map) => map.iter_mut().try_for_each(|(key, item)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            punch(item, &format!("{pointer}/{key}"), holes)
        }),
        _ => Ok(()),
    }
}

fn punched(text: &str) -> Result<(String, Vec<String>), RenderProblem> {
    let changed = || {
        RenderProblem(
            "A secret can be put somewhere as it is, but not changed by a filter.".to_owned(),
        )
    };
    let mut shown = String::new();
    let mut secrets = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (name, after) = after.split_once(CLOSE).ok_or_else(changed)?;
        let known = name == "account.access_token"
            || name.starts_with("secrets.")
            || name.starts_with("settings.");
        if !known {
            return Err(changed());
        }
        if before.contains(SHOWN) {
            return Err(RenderProblem(format!("The text {SHOWN} cannot stand beside a secret.")));
        }
        shown.push_str(before);
        shown.push_str(SHOWN);
        secrets.push(name.to_owned());
        rest = after;
    }
    if rest.contains(CLOSE) {
        return Err(changed());
    }
    if rest.contains(SHOWN) {
        return Err(RenderProblem(format!("The text {SHOWN} cannot stand beside a secret.")));
    }
    shown.push_str(rest);
    Ok((shown, secrets))
}

/// A secret that inputs ask for and nobody has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret {0:?}")]
pub struct MissingSecret(pub String);

/// Puts secrets into their holes: the inputs as they are sent.
///
/// # Errors
/// [`MissingSecret`] if `secret` does not know one.
pub fn fill(
    rendered: &Rendered,
    secret: impl Fn(&str) -> Option<String>,
) -> Result<Map<String, Value>, MissingSecret> {
    let mut json = Value::Object(rendered.json.clone());
    for hole in &rendered.holes {
        let plain = secret(&hole.secret).ok_or_else(|| MissingSecret(hole.secret.clone()))?;
        if let Some(Value::String(text)) = json.pointer_mut(&hole.pointer) {
            // Holes of one string stand in their order; a filled one cannot be mistaken for the
            // next, as what is filled in is marked until the end.
            let marked: String = plain.chars().filter(|c| *c != OPEN && *c != CLOSE).collect();
            let marked = marked.replace('•', &OPEN.to_string());
            *text = text.replacen(SHOWN, &marked, 1);
        }
    }
    for hole in &rendered.holes {
        if let Some(Value::String(text)) = json.pointer_mut(&hole.pointer) {
            *text = text.replace(OPEN, "•");
        }
    }
    match json {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Renderer, fill};
    use portico_domain::execution::Rendered;
    use portico_domain::{ActionShape, InputShape, InputType};
    use serde_json::{Map, Value, json};

    fn render(inputs: Value, trigger: Value) -> Result<Rendered, String> {
        let shape = ActionShape {
            id: "act".to_owned(),
            title: "Act".to_owned(),
            description: String::new(),
            inputs: ["a", "b", "c"]
                .map(|key| InputShape {
                    key: key.to_owned(),
                    title: key.to_uppercase(),
                    kind: InputType::Json,
                    required: key == "a",
                    help: String::new(),
                    source: None,
                    choices: Vec::new(),
                })
                .to_vec(),
            outputs: Vec::new(),
        };
        let empty = Map::new();
        let answers = json!({
            "name": "Ada",
            "map": { "objectMapping": "Lead", "fieldMappings": { "mail": "Email", "gone": "Phone" } },
        });
        let sealed = ["key".to_owned()];
        let known = Known {
            trigger: &trigger,
            steps: Map::new(),
            settings: answers.as_object().expect("an object"),
            sealed: &sealed,
            user: &empty,
            account: &empty,
        };
        let inputs = inputs.as_object().expect("an object");
        Renderer::new().inputs(inputs, &shape, &known).map_err(|problem| problem.0)
    }

    #[test]
    fn one_expression_keeps_its_type_and_text_does_not() {
        let trigger = json!({ "n": 7, "list": [1, {"x": true}], "name": "Ada" });
        let rendered = render(
            json!({ "a": "{{ trigger.n }}", "b": "{{ trigger.list }}", "c": "Hi {{ trigger.name }}, {{ trigger.n }}" }),
            trigger,
        )
        .expect("inputs");
        assert_eq!(
            Value::Object(rendered.json),
            json!({ "a": 7, "b": [1, {"x": true}], "c": "Hi Ada, 7" })
        );
    }

    #[test]
    fn markup_from_outside_is_shown_as_it_is() {
        let trigger = json!({ "text": "<!channel> R&D" });
        let rendered = render(json!({ "a": "*{{ trigger.text|escape_markup }}*" }), trigger);
        let rendered = Value::Object(rendered.expect("inputs").json);
        assert_eq!(rendered, json!({ "a": "*&lt;!channel&gt; R&amp;D*" }));
    }

    #[test]
    fn what_is_not_there_is_left_out_unless_it_is_required() {
        let rendered = render(
            json!({ "a": { "x": "{{ trigger.no.such.thing }}", "y": 1 }, "b": "{{ trigger.null }}", "c": "-{{ trigger.null }}-" }),
            json!({ "null": null }),
        )
        .expect("inputs");
        assert_eq!(Value::Object(rendered.json), json!({ "a": { "y": 1 }, "c": "--" }));
        let refused =
            render(json!({ "a": "{{ trigger.gone }}" }), json!({})).expect_err("required");
        assert!(refused.contains("\"A\"") && refused.contains("trigger.gone"), "{refused}");
    }

    #[test]
    fn secrets_leave_holes_that_are_filled_in_order() {
        let rendered = render(
            json!({ "a": "Bearer {{ account.access_token }}", "b": ["{{ secrets.k }}/{{ secrets.l }}"] }),
            json!({}),
        )
        .expect("inputs");
        assert_eq!(
            Value::Object(rendered.json.clone()),
            json!({ "a": "Bearer •••", "b": ["•••/•••"] })
        );
        let filled = fill(&rendered, |name| Some(format!("<{name} •••>"))).expect("secrets");
        assert_eq!(
            Value::Object(filled),
            json!({ "a": "Bearer <account.access_token •••>", "b": ["<secrets.k •••>/<secrets.l •••>"] })
        );
        assert!(fill(&rendered, |_| None).is_err());
    }

    #[test]
    fn a_sealed_answer_is_a_hole_and_others_are_not() {
        let inputs =
            json!({ "a": "{{ settings.key }}", "b": "{{ settings.name }}", "c": "{{ settings }}" });
        let rendered = render(inputs, json!({})).expect("inputs");
        assert_eq!((&rendered.json["a"], &rendered.json["b"]), (&json!("•••"), &json!("Ada")));
        assert_eq!(rendered.holes.len(), 1, "{:?}", rendered.holes);
        assert_eq!(rendered.holes[0].secret, "settings.key");
        assert!(render(json!({ "a": "{{ settings.key|upper }}" }), json!({})).is_err());
        let filled = fill(&rendered, |_| Some("s3cret".to_owned())).expect("a secret");
        assert_eq!(filled["a"], "s3cret");
    }

    #[test]
    fn a_mapping_names_the_fields_of_a_record() {
        let inputs = json!({ "a": "{{ trigger|apply_mapping(settings.map) }}", "b": "{{ trigger|apply_mapping(settings.none) }}" });
        let rendered =
            render(inputs, json!({ "mail": "a@example.com", "other": 1 })).expect("inputs");
        assert_eq!(rendered.json["a"], json!({ "Email": "a@example.com" }));
        assert_eq!(rendered.json["b"], json!({}));
        let fixed =
            "{{ trigger|apply_mapping(settings.map, {'Name': trigger.name, 'Age': trigger.age}) }}";
        let rendered = render(json!({ "a": fixed }), json!({ "mail": "a@x", "name": "Ada" }));
        let rendered = rendered.expect("inputs").json;
        assert_eq!(rendered["a"], json!({ "Name": "Ada", "Email": "a@x" }));
    }

    #[test]
    fn nothing_from_outside_can_pose_as_a_secret() {
        let posing = json!({ "x": "\u{E000}account.access_token\u{E001}" });
        let rendered = render(json!({ "a": "{{ trigger.x }}", "b": "{{ trigger }}" }), posing)
            .expect("inputs");
        assert_eq!(rendered.holes, []);
        for inputs in
            [json!({ "a": "{{ secrets.k|upper }}" }), json!({ "a": "••• {{ secrets.k }}" })]
        {
            assert!(render(inputs.clone(), json!({})).is_err(), "{inputs}");
        }
    }

    #[test]
    fn a_template_makes_nothing_out_of_nothing() {
        let refused = render(json!({ "a": "{{ range(100000)|join }}" }), json!({}));
        assert!(refused.is_err(), "{refused:?}");
    }
}
