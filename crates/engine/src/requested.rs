//! Whether a request to a workflow's own address carries what the workflow asks of it.

use portico_domain::FieldProblem;
use portico_domain::workflow::{RequestField, RequestPlace, RequestType};
use serde_json::Value;

/// What is wrong with a request; `trigger` is `{body, query, headers}`.
pub fn check_request(fields: &[RequestField], trigger: &Value) -> Vec<FieldProblem> {
    fields.iter().filter_map(|field| problem(field, trigger)).collect()
}

fn problem(field: &RequestField, trigger: &Value) -> Option<FieldProblem> {
    let (key, place) = match field.place {
        RequestPlace::Body => ("body", "body"),
        RequestPlace::Query => ("query", "query"),
        RequestPlace::Header => ("headers", "header"),
    };
    let lower = field.name.to_ascii_lowercase();
    let name = if field.place == RequestPlace::Header { &lower } else { &field.name };
    let told = |message: String| Some(FieldProblem { field: format!("{place}.{name}"), message });
    let value = trigger.get(key).and_then(|all| all.get(name)).filter(|value| !value.is_null());
    let Some(value) = value else {
        return field.required.then(|| told(format!("The {place} must have {name:?}."))).flatten();
    };
    if field.place == RequestPlace::Body && !fits(field.kind, value) {
        return told(format!("{name:?} must be {}.", words(field.kind)));
    }
    match &field.equals {
        Some(only) if *only != text(value) => told(format!("{name:?} must be {only:?}.")),
        _ => None,
    }
}

fn fits(kind: RequestType, value: &Value) -> bool {
    match kind {
        RequestType::Any => true,
        RequestType::Text => value.is_string(),
        RequestType::Number => value.is_number(),
        RequestType::Boolean => value.is_boolean(),
        RequestType::Object => value.is_object(),
        RequestType::Array => value.is_array(),
    }
}

fn words(kind: RequestType) -> &'static str {
    match kind {
        RequestType::Any => "anything",
        RequestType::Text => "text",
        RequestType::Number => "a number",
        RequestType::Boolean => "true or false",
        RequestType::Object => "an object",
        RequestType::Array => "a list",
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::check_request;
    use portico_domain::workflow::RequestField;
    use serde_json::{Value, json};

    fn told(fields: Value, trigger: Value) -> Vec<String> {
        let fields: Vec<RequestField> = serde_json::from_value(fields).expect("fields");
        check_request(&fields, &trigger).into_iter().map(|own| own.field).collect()
    }

    #[test]
    fn each_field_is_looked_at_where_it_stands() {
        let fields = json!([
            { "in": "body", "name": "email", "type": "text", "required": true },
            { "in": "body", "name": "count", "type": "number" },
            { "in": "query", "name": "mode", "equals": "live" },
            { "in": "header", "name": "X-Source", "required": true },
        ]);
        let good = json!({
            "body": { "email": "ada@acme.example", "count": 3 },
            "query": { "mode": "live" },
            "headers": { "x-source": "crm" },
        });
        assert_eq!(told(fields.clone(), good), Vec::<String>::new());
        let bad = json!({
            "body": { "email": 7, "count": "3" }, "query": { "mode": "test" }, "headers": {},
        });
        assert_eq!(
            told(fields.clone(), bad),
            ["body.email", "body.count", "query.mode", "header.x-source"]
        );
        let optional =
            json!({ "body": { "email": "a" }, "query": {}, "headers": { "x-source": "" } });
        assert_eq!(told(fields.clone(), optional), Vec::<String>::new());
        assert_eq!(
            told(fields, json!({ "body": [1], "query": {}, "headers": {} })),
            ["body.email", "header.x-source"],
            "a list has no fields"
        );
    }
}
