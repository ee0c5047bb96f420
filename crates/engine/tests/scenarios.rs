//! Scenarios: a workflow and what the world answers in, what happened out. The transcripts under
//! `scenarios/` are read as documentation; `INSTA_UPDATE=always` writes them anew.

use portico_domain::execution::{Call, Entry, Fact, Scope};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{
    ActionShape, ExecutionId, Failure, FailureClass, InputShape, InputType, StepPath, Timestamp,
};
use portico_engine::{
    Actions, Command, DoneElsewhere, Engine, Run, Signal, State, parse, plan_replay,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// What it shows.
    story: String,
    workflow: Value,
    #[serde(default)]
    trigger: Value,
    #[serde(default)]
    settings: serde_json::Map<String, Value>,
    /// What is answered, by step or by path; the last one goes on. A step without answers succeeds.
    #[serde(default)]
    answers: HashMap<String, Vec<Answer>>,
    /// It is stopped after so many answers.
    cancel_after: Option<usize>,
    /// Once it has ended, it is done again from this step.
    replay_from: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Answer {
    Fails {
        fails: FailureClass,
        #[serde(default)]
        retry_after: Option<u64>,
    },
    Brings {
        brings: Value,
    },
}

/// Any action, with one required input and one that is not.
struct Anything(ActionShape);

impl Actions for Anything {
    fn action(&self, _: &str, _: &str) -> Option<&ActionShape> {
        Some(&self.0)
    }
}

fn anything() -> Anything {
    let input = |key: &str, required: bool| InputShape {
        key: key.to_owned(),
        title: key.to_owned(),
        kind: InputType::Text,
        required,
        help: String::new(),
        source: None,
        choices: Vec::new(),
    };
    Anything(ActionShape {
        id: "send".to_owned(),
        title: "Send".to_owned(),
        description: String::new(),
        inputs: vec![input("to", true), input("text", false)],
        outputs: Vec::new(),
    })
}

struct Play {
    engine: Engine,
    actions: Anything,
    workflow: WorkflowDefinition,
    scenario: Scenario,
    state: State,
    begun: Timestamp,
    now: Timestamp,
    open: Vec<Command>,
    history: Vec<Entry>,
    told: String,
}

impl Play {
    fn new(scenario: Scenario) -> Self {
        let workflow = parse(&scenario.workflow).unwrap_or_else(|problems| panic!("{problems:?}"));
        let (engine, actions) = (Engine::new(), anything());
        let problems = engine.validate(&workflow, &[], &actions);
        assert!(problems.is_empty(), "{problems:?}");
        let begun = Timestamp::from_millis(1_800_000_000_000);
        let told = format!("{}\n\n", scenario.story.trim());
        let (state, open, history) = (State::new(), Vec::new(), Vec::new());
        Self { engine, actions, workflow, scenario, state, begun, now: begun, open, history, told }
    }

    fn tell(&mut self, signal: Signal) {
        let run = Run {
            execution: ExecutionId::from_parts(1, [9; 10]),
            workflow: &self.workflow,
            actions: &self.actions,
            trigger: &self.scenario.trigger,
        };
        let advance = self.engine.advance(&run, &self.state, signal, self.now);
        for entry in &advance.entries {
            self.state.apply(entry);
            self.history.push(entry.clone());
            let line = line(entry, self.begun);
            let _ = writeln!(self.told, "{line}");
        }
        for command in &advance.commands {
            if command.due > self.now {
                let _ = writeln!(
                    self.told,
                    "{}    {} is due at {}",
                    clock(self.now, self.begun),
                    named(&command.path, command.attempt),
                    clock(command.due, self.begun).trim()
                );
            }
        }
        self.open.extend(advance.commands);
    }

    /// The next answer for what is due first.
    fn answer(&mut self) -> Signal {
        let next = self.open.iter().enumerate().min_by_key(|(_, command)| command.due);
        let (index, _) = next.expect("something is under way");
        let command = self.open.remove(index);
        self.now = self.now.max(command.due);
        let answers = &mut self.scenario.answers;
        let key = if answers.contains_key(&command.path.0) {
            command.path.0.clone()
        } else {
            command.path.step().to_owned()
        };
        let answer = match answers.get_mut(&key) {
            Some(own) if own.len() > 1 => own.remove(0),
            Some(own) => own[0].clone(),
            None => Answer::Brings { brings: json!({}) },
        };
        let result = match answer {
            Answer::Brings { brings } => Ok(brings),
            Answer::Fails { fails, retry_after } => Err(Failure {
                retry_after_ms: retry_after.map(|seconds| seconds * 1000),
                ..Failure::new(fails, "provider", "The provider refuses.")
            }),
        };
        let (path, attempt) = (command.path, command.attempt);
        Signal::AttemptEnded { path, attempt, call: Some(Call::default()), result }
    }

    fn played(mut self) -> String {
        let scope = Scope { settings: self.scenario.settings.clone(), ..Scope::default() };
        self.tell(Signal::Start { scope: scope.clone() });
        self.answer_all();
        if let Some(from) = self.scenario.replay_from.take() {
            self.replay(&StepPath(from), scope);
        }
        self.told
    }

    /// From a step on once more, as an execution of its own.
    fn replay(&mut self, from: &StepPath, scope: Scope) {
        let nothing = DoneElsewhere::default();
        let plan = plan_replay(&self.workflow, &self.history, &nothing, Some(from));
        let plan = plan.unwrap_or_else(|why| panic!("{why}"));
        let _ =
            writeln!(self.told, "\nA replay from {from} does {} things again:", plan.again.len());
        (self.state, self.begun) = (State::new(), self.now);
        self.tell(Signal::Replay { scope, recalled: plan.recalled });
        self.answer_all();
    }

    fn answer_all(&mut self) {
        let mut answered = 0;
        while !self.open.is_empty() {
            if self.scenario.cancel_after == Some(answered) {
                self.tell(Signal::Cancel { reason: "disconnected".to_owned() });
                while !self.open.is_empty() {
                    let late = self.answer();
                    self.tell(late);
                }
                break;
            }
            let signal = self.answer();
            self.tell(signal);
            answered += 1;
        }
        assert!(self.state.status().is_final(), "{}", self.told);
    }
}

/// An entry in words.
fn line(entry: &Entry, begun: Timestamp) -> String {
    let words = match &entry.fact {
        Fact::Started { .. } => "it begins".to_owned(),
        Fact::StepStarted { path, input } => {
            format!("{path} begins with {}", Value::Object(input.json.clone()))
        }
        Fact::StepSucceeded { path, attempt, output, .. } => {
            format!("{} brings {output}", named(path, *attempt))
        }
        Fact::AttemptFailed { path, attempt, failure, retry_at, .. } => format!(
            "{} fails: {} It is tried again at {}",
            named(path, *attempt),
            told(failure),
            clock(*retry_at, begun).trim()
        ),
        Fact::StepFailed { path, attempt: 0, failure, .. } => {
            format!("{path} fails: {}", told(failure))
        }
        Fact::StepFailed { path, attempt, failure, .. } => {
            format!("{} fails for good: {}", named(path, *attempt), told(failure))
        }
        Fact::Decided { path, holds } => {
            format!("{path} {}", if *holds { "holds" } else { "does not hold" })
        }
        Fact::FannedOut { path, items } => format!("{path} goes through {} items", items.len()),
        Fact::Concluded { path, output } => format!("{path} brings {output}"),
        Fact::Recalled(own) => format!("{} is recalled", own.path),
        Fact::Finished { status } => format!("it has {}", status.name()),
        Fact::Cancelled { reason } => format!("it is cancelled: {reason}"),
    };
    format!("{}  {words}", clock(entry.at, begun))
}

fn told(failure: &Failure) -> String {
    format!("{} ({})", failure.message, failure.class)
}

fn named(path: &StepPath, attempt: u32) -> String {
    match attempt {
        1 => path.to_string(),
        again => format!("{path} (attempt {again})"),
    }
}

/// The time since the beginning: `1d 02:03:04`.
fn clock(at: Timestamp, begun: Timestamp) -> String {
    let seconds = at.since(begun).as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let days = if days > 0 { format!("{days}d ") } else { String::new() };
    format!("{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

#[test]
fn every_scenario_goes_as_it_is_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(files.len() > 18, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a scenario");
        let scenario: Scenario =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let settings = {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path("scenarios");
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings
        };
        settings.bind(|| insta::assert_snapshot!(name, Play::new(scenario).played()));
    }
}
