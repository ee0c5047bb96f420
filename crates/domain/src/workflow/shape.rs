//! The shapes of the steps that are no integration's, and of what triggers hand over.

use super::{StepKind, Trigger};
use crate::action::{ActionShape, Choice, InputShape, InputType, OutputShape};
use serde_json::json;

/// The shape of a step that is not an integration's action, by its kind (`delay`). A function's own inputs
/// have names of one's own, so that its shape lists none.
pub fn builtin_shape(kind: &StepKind) -> Option<ActionShape> {
    Some(match kind {
        StepKind::Action { .. } => return None,
        StepKind::Request { .. } => request(),
        StepKind::Function { .. } => function(),
        StepKind::Delay { .. } => delay(),
        StepKind::Response { .. } => response(),
        StepKind::Condition { .. } => condition(),
        StepKind::FanOut { .. } => fan_out(),
    })
}

/// What `trigger` holds, where its kind alone says it. Of an App Event its example tells, of an
/// integration's trigger its definition.
pub fn trigger_outputs(trigger: &Trigger) -> Vec<OutputShape> {
    match trigger {
        Trigger::Request { .. } | Trigger::Webhook { .. } => vec![
            output("body", "Body", InputType::Json),
            output("query", "Query parameters", InputType::Fields),
            output("headers", "Headers", InputType::Fields),
        ],
        Trigger::Scheduler { .. } => {
            vec![output("scheduled_at", "Scheduled time", InputType::Text)]
        }
        Trigger::AppEvent { .. } | Trigger::Integration { .. } | Trigger::IntegrationEnabled {} => {
            Vec::new()
        }
    }
}

fn request() -> ActionShape {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|name| (name, name));
    let auth = [
        ("none", "None"),
        ("bearer", "Bearer token"),
        ("basic", "User name and password"),
        ("header", "A header"),
        ("query", "A query parameter"),
    ];
    let bodies = [("json", "JSON"), ("form", "Form"), ("text", "Text"), ("none", "No body")];
    ActionShape {
        id: "request".to_owned(),
        title: "Request".to_owned(),
        description: "Sends a request to any address on the web.".to_owned(),
        inputs: vec![
            choice("method", "Method", &methods, true),
            InputShape {
                required: true,
                ..input("url", "URL", InputType::Text, "An address that begins with https://.")
            },
            input("query", "Query parameters", InputType::Fields, "Added to the address."),
            input("headers", "Headers", InputType::Fields, "Sent as they are."),
            choice("body_type", "Body type", &bodies, false),
            input(
                "body",
                "Body",
                InputType::Json,
                "An object for JSON and forms, a text otherwise.",
            ),
            choice("auth", "Authentication", &auth, false),
            input(
                "auth_name",
                "Name",
                InputType::Text,
                "The user name, or the name of the header or the parameter.",
            ),
            input(
                "auth_secret",
                "Secret",
                InputType::Text,
                "A token, a password or a key; best a secret of the project: {{ secrets.name }}.",
            ),
        ],
        outputs: vec![
            output("status", "Status", InputType::Number),
            output("headers", "Headers", InputType::Fields),
            output("body", "Body", InputType::Json),
        ],
    }
}

fn function() -> ActionShape {
    ActionShape {
        id: "function".to_owned(),
        title: "Function".to_owned(),
        description: "Runs JavaScript on what earlier steps brought.".to_owned(),
        inputs: Vec::new(),
        outputs: vec![
            output("result", "Result", InputType::Json),
            output("logs", "Console", InputType::Json),
        ],
    }
}

fn delay() -> ActionShape {
    let units =
        [("seconds", "Seconds"), ("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")];
    ActionShape {
        id: "delay".to_owned(),
        title: "Delay".to_owned(),
        description: "Waits before the next step, up to 366 days.".to_owned(),
        inputs: vec![
            InputShape {
                required: true,
                ..input("amount", "Wait for", InputType::Number, "How long, in units.")
            },
            choice("unit", "Unit", &units, true),
        ],
        outputs: Vec::new(),
    }
}

fn response() -> ActionShape {
    ActionShape {
        id: "response".to_owned(),
        title: "Response".to_owned(),
        description: "Answers the request that started the workflow.".to_owned(),
        inputs: vec![
            input("status", "Status", InputType::Number, "200 unless said otherwise."),
            input("headers", "Headers", InputType::Fields, "Sent beside the content type."),
            input("body", "Body", InputType::Json, "Sent as JSON, or as text if it is one."),
        ],
        outputs: Vec::new(),
    }
}

fn condition() -> ActionShape {
    ActionShape {
        id: "condition".to_owned(),
        title: "Condition".to_owned(),
        description: "Goes one of two ways, which meet again below.".to_owned(),
        inputs: Vec::new(),
        outputs: vec![output("holds", "Holds", InputType::Boolean)],
    }
}

fn fan_out() -> ActionShape {
    ActionShape {
        id: "fan_out".to_owned(),
        title: "Fan out".to_owned(),
        description: "Does the same for every item of a list, several at once.".to_owned(),
        inputs: vec![InputShape {
            required: true,
            ..input(
                "items",
                "List",
                InputType::Json,
                "A list: {{ trigger.contacts }}. Steps inside see each as item.",
            )
        }],
        outputs: vec![output("items", "Results", InputType::Json)],
    }
}

fn input(key: &str, title: &str, kind: InputType, help: &str) -> InputShape {
    InputShape {
        key: key.to_owned(),
        title: title.to_owned(),
        kind,
        required: false,
        help: help.to_owned(),
        source: None,
        choices: Vec::new(),
    }
}

fn choice(key: &str, title: &str, choices: &[(&str, &str)], required: bool) -> InputShape {
    let choices = choices
        .iter()
        .map(|(value, label)| Choice {
            value: json!(value),
            label: (*label).to_owned(),
            detail: None,
        })
        .collect();
    InputShape { required, choices, ..input(key, title, InputType::Text, "") }
}

fn output(key: &str, title: &str, kind: InputType) -> OutputShape {
    OutputShape { key: key.to_owned(), title: title.to_owned(), kind }
}
