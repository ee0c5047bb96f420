//! Templates while they are written: previews, and pieces.

use portico_domain::execution::Scope;
use portico_engine::Engine;
use portico_engine::preview::{Piece, PreviewKnown, join, pieces};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn preview(written: &Value) -> Result<Option<Value>, String> {
    let of = |value: Value| value.as_object().cloned().unwrap_or_default();
    let scope = Scope {
        settings: of(json!({ "list": "7" })),
        sealed: vec!["token".to_owned()],
        ..Scope::default()
    };
    let trigger = json!({ "first_name": "Bowie", "count": 3 });
    let steps: Map<String, Value> = of(json!({ "find": { "id": "00Q" } }));
    let item = json!({ "name": "Ada" });
    let known =
        PreviewKnown { trigger: &trigger, steps: &steps, scope: &scope, item: Some((&item, 2)) };
    Engine::new().preview(written, &known)
}

#[test]
fn a_preview_is_what_a_step_would_send_with_secrets_hidden() {
    for (written, shown) in [
        (json!("Hi {{ trigger.first_name }}"), Some(json!("Hi Bowie"))),
        (json!("{{ trigger.count }}"), Some(json!(3))),
        (
            json!({ "a": "{{ steps.find.id }}", "b": [true] }),
            Some(json!({ "a": "00Q", "b": [true] })),
        ),
        (json!("{{ item.name }} {{ index }}"), Some(json!("Ada 2"))),
        (json!("{{ settings.list }}"), Some(json!("7"))),
        (json!("Bearer {{ settings.token }}"), Some(json!("Bearer •••"))),
        (json!("{{ secrets.key }}"), Some(json!("•••"))),
        (json!("{{ account.access_token }}"), Some(json!("•••"))),
        (json!("{{ trigger.nothing }}"), None),
        (json!(5), Some(json!(5))),
    ] {
        assert_eq!(preview(&written), Ok(shown), "{written}");
    }
    for written in ["{{ trigger. }}", "{{ secrets.key|upper }}", "{{ 1 +  }}"] {
        assert!(preview(&json!(written)).is_err(), "{written}");
    }
}

#[test]
fn a_template_falls_into_text_and_variables() {
    let text = |text: &str| Piece::Text(text.to_owned());
    let expression = |source: &str, path: Option<&str>| Piece::Expression {
        source: source.to_owned(),
        path: path.map(str::to_owned),
    };
    assert_eq!(
        pieces("Hi {{ trigger.a }}{{trigger['b']|upper}}, {{ open"),
        [
            text("Hi "),
            expression(" trigger.a ", Some("trigger.a")),
            expression("trigger['b']|upper", None),
            text(", {{ open"),
        ]
    );
    assert_eq!(
        pieces("{{ trigger['a b'] }}"),
        [expression(" trigger['a b'] ", Some("trigger[\"a b\"]"))]
    );
    assert_eq!(pieces(""), []);
    assert_eq!(join(&[text("→ "), Piece::variable("steps.find.id")]), "→ {{ steps.find.id }}");
}

proptest! {
    #[test]
    fn pieces_make_the_text_that_they_were(text in "([a-z\"'.|{}\\[\\]ü ]|\\{\\{|\\}\\})*") {
        prop_assert_eq!(join(&pieces(&text)), text);
    }
}
