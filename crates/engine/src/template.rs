//! Templates: inputs with `{{ … }}`, rendered over what an execution knows.
//!
//! A string that is exactly one `{{ … }}` keeps the type of its value; any other string becomes
//! text. Secrets are never rendered: they leave a hole, shown as `•••`, that the worker fills just
//! before sending.

use crate::context::{Known, context};
use crate::filters::{apply_mapping, escape_markup, reverse_mapping};
use crate::hole::{CLOSE, OPEN, punch};
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value as Jinja};
use portico_domain::ActionShape;
use portico_domain::execution::{Rendered, Scope};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// How much work one template may be: a page of text, not a program.
const FUEL: u64 = 50_000;

/// Why inputs could not be rendered, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RenderProblem(pub(crate) String);

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
        environment.add_filter("reverse_mapping", reverse_mapping);
        environment.set_formatter(|out, state, value| {
            if value.is_none() || value.is_undefined() {
                return Ok(());
            }
            // As JSON and everybody who reads it writes them.
            if value.kind() == ValueKind::Bool {
                return Ok(out.write_str(if value.is_true() { "true" } else { "false" })?);
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
    pub(crate) fn value(&self, written: &Value, context: &Jinja) -> Result<Option<Value>, String> {
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
            trigger: (&Value::Null).into(),
            steps: Map::new(),
            settings: &empty,
            sealed: &[],
            user: &scope.user,
            account: &scope.account,
            item: None,
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

#[cfg(test)]
mod tests {
    use super::{Known, Renderer};
    use crate::hole::fill;
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
            "wide": {
                "objectMapping": "Lead", "fieldMappings": { "mail": "Email" },
                "dynamicMappings": {
                    "title": { "applicationField": "title", "integrationField": "Title" },
                    "due": { "applicationField": "due" },
                    "Shoe size": { "applicationField": "Shoe size", "integrationField": "Size__c" },
                },
                "userCreatedFields": ["Shoe size"], "mappingType": "DYNAMIC",
            },
        });
        let sealed = ["key".to_owned()];
        let known = Known {
            trigger: (&trigger).into(),
            steps: Map::new(),
            settings: answers.as_object().expect("an object"),
            sealed: &sealed,
            user: &empty,
            account: &empty,
            item: None,
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
    fn a_mapping_counts_what_the_app_says_and_the_user_adds_both_ways() {
        let inputs = json!({
            "a": "{{ trigger.app|apply_mapping(settings.wide) }}",
            "b": "{{ trigger.crm|reverse_mapping(settings.wide) }}",
            "c": "{{ trigger.crm|reverse_mapping(settings.none) }}",
        });
        let app = json!({ "mail": "a@x", "title": "Dr", "due": "today", "Shoe size": 38 });
        let crm = json!({ "Email": "a@x", "Title": null, "Size__c": 38, "Id": "1" });
        let rendered = render(inputs, json!({ "app": app, "crm": crm })).expect("inputs").json;
        assert_eq!(rendered["a"], json!({ "Email": "a@x", "Title": "Dr", "Size__c": 38 }));
        assert_eq!(rendered["b"], json!({ "mail": "a@x", "Shoe size": 38 }));
        assert_eq!(rendered["c"], json!({}));
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
