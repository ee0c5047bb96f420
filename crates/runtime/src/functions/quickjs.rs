//! One run of a function: the engine is made for it and ends with it.

use portico_domain::{Failure, FailureClass, json};
use portico_services::FunctionRun;
use rquickjs::context::EvalOptions;
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, Function, Promise, Runtime, Type, Value as Js};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// How much memory a function may use.
const MEMORY: usize = 16 * 1024 * 1024;
/// How much of the stack.
const STACK: usize = 256 * 1024;
/// How much time of the processor.
const TIME: Duration = Duration::from_secs(1);
/// The largest result, as JSON, in bytes.
const LONGEST_RESULT: usize = 1024 * 1024;
/// How many lines of the console are kept.
const MOST_LINES: usize = 100;
/// And how much of each, in characters.
const LONGEST_LINE: usize = 1_000;
/// What the code is called in its own error messages.
const FILE: &str = "function";
const PRELUDE: &str = include_str!("prelude.js");

/// Calls the function `run` that `code` defines.
pub(super) fn run(code: &str, inputs: &Map<String, Value>) -> Result<FunctionRun, Failure> {
    let runtime = Runtime::new().map_err(|_| no_memory())?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_max_stack_size(STACK);
    let time = Rc::new(Time::begin());
    let watch = Rc::clone(&time);
    runtime.set_interrupt_handler(Some(Box::new(move || watch.is_over())));
    let context = Context::full(&runtime).map_err(|_| no_memory())?;
    let logs = Rc::new(RefCell::new(Vec::new()));
    let written = Rc::clone(&logs);
    let ran = context.with(|ctx| {
        let script = Script { ctx, time: &time };
        script.call(code, inputs, written)
    });
    let result = ran?;
    Ok(FunctionRun { result, logs: logs.take() })
}

/// The time of the thread that is used up.
struct Time {
    end: Duration,
    over: Cell<bool>,
}

impl Time {
    fn begin() -> Self {
        Self { end: used() + TIME, over: Cell::new(false) }
    }

    fn is_over(&self) -> bool {
        if used() >= self.end {
            self.over.set(true);
        }
        self.over.get()
    }
}

/// How much time of the processor this thread has had.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

struct Script<'a, 'js> {
    ctx: Ctx<'js>,
    time: &'a Time,
}

impl<'js> Script<'_, 'js> {
    fn call(
        &self,
        code: &str,
        inputs: &Map<String, Value>,
        logs: Rc<RefCell<Vec<String>>>,
    ) -> Result<Value, Failure> {
        let ctx = &self.ctx;
        let write = Function::new(ctx.clone(), move |line: String| keep(&logs, &line));
        let write = self.told(write)?;
        let prelude: Function<'js> = self.told(ctx.eval(PRELUDE))?;
        self.told(prelude.call::<_, ()>((write,)))?;
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some(FILE.to_owned());
        self.told(ctx.eval_with_options::<Js<'js>, _>(code, options))?;
        // A constant is no property of the global object; this finds both.
        let found: Js<'js> = self.told(ctx.eval("typeof run === 'function' ? run : undefined"))?;
        let function = found.into_function().ok_or_else(|| {
            invalid("function_missing", "The code defines no function run(inputs) { … }.")
        })?;
        let inputs = serde_json::to_string(inputs).unwrap_or_default();
        let inputs = self.told(ctx.json_parse(inputs))?;
        let returned: Js<'js> = self.told(function.call((inputs,)))?;
        let result = self.settled(returned)?;
        self.as_json(result)
    }

    /// What a promise comes to.
    fn settled(&self, returned: Js<'js>) -> Result<Js<'js>, Failure> {
        let promise: Promise<'js> = match returned.type_of() {
            Type::Promise => match returned.into_promise() {
                Some(promise) => promise,
                None => return Ok(Js::new_undefined(self.ctx.clone())),
            },
            _ => return Ok(returned),
        };
        while promise.state() == PromiseState::Pending {
            if self.time.is_over() {
                return Err(too_slow());
            }
            if !self.ctx.execute_pending_job() {
                break;
            }
        }
        match promise.result() {
            Some(result) => self.told(result),
            None if self.time.is_over() => Err(too_slow()),
            None => Err(invalid(
                "function_waits",
                "The function waits for something that never comes: there are no timers and there \
                 is no network to wait for.",
            )),
        }
    }

    fn as_json(&self, result: Js<'js>) -> Result<Value, Failure> {
        let written = self.told(self.ctx.json_stringify(result))?;
        // Nothing, or something that is no data: a function returns it, JSON does not know it.
        let Some(written) = written else { return Ok(Value::Null) };
        let written = self.told(written.to_string())?;
        if written.len() > LONGEST_RESULT {
            let words = format!(
                "The function returned {} bytes; {LONGEST_RESULT} is the most.",
                written.len()
            );
            return Err(invalid("function_result_too_large", words));
        }
        json::read(written.as_bytes()).map_err(|unread| {
            invalid(
                "function_result",
                format!("What the function returned cannot be kept: {unread}."),
            )
        })
    }

    /// What went wrong, in words.
    fn told<T>(&self, result: rquickjs::Result<T>) -> Result<T, Failure> {
        let error = match result {
            Ok(value) => return Ok(value),
            Err(_) if self.time.is_over() => return Err(too_slow()),
            Err(error) => error,
        };
        match error {
            rquickjs::Error::Exception => Err(self.thrown(&self.ctx.catch())),
            rquickjs::Error::Allocation => Err(no_memory()),
            other => Err(invalid("function_broke", format!("The function cannot run: {other}."))),
        }
    }

    fn thrown(&self, thrown: &Js<'js>) -> Failure {
        // Where there is no memory for an error, nothing is thrown.
        if matches!(thrown.type_of(), Type::Null | Type::Uninitialized) {
            return no_memory();
        }
        let Some(error) = thrown.as_exception() else {
            let shown = thrown.get::<rquickjs::Coerced<String>>().map(|text| text.0);
            let shown = shown.unwrap_or_else(|_| "something".to_owned());
            return invalid("function_threw", format!("The function threw {}.", short(&shown)));
        };
        let message = error.message().unwrap_or_default();
        if message.contains("out of memory") {
            return no_memory();
        }
        if message.contains("stack size exceeded") || message.contains("stack overflow") {
            return invalid(
                "function_too_deep",
                format!(
                    "The function calls itself too deeply: it may use {} kB of stack.",
                    STACK / 1024
                ),
            );
        }
        let name: String = error.as_object().get("name").unwrap_or_else(|_| "Error".to_owned());
        let place = error.stack().and_then(|stack| line(&stack));
        let place = place.map(|line| format!(" in line {line}")).unwrap_or_default();
        invalid(
            if name == "SyntaxError" { "function_syntax" } else { "function_threw" },
            format!("{}{place}: {}", short(&name), short(&message)),
        )
    }
}

fn keep(logs: &RefCell<Vec<String>>, line: &str) {
    let mut logs = logs.borrow_mut();
    match logs.len() {
        full if full > MOST_LINES => {}
        MOST_LINES => logs.push("… and more.".to_owned()),
        _ => logs.push(short(line)),
    }
}

/// The line of the author's code where it happened, from a stack.
fn line(stack: &str) -> Option<u32> {
    let (_, place) = stack.split_once("function:")?;
    let digits: String = place.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn invalid(code: &str, words: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Invalid, code, words)
}

fn no_memory() -> Failure {
    let words = format!("The function used more than {} MB of memory.", MEMORY / 1024 / 1024);
    invalid("function_too_large", words)
}

pub(super) fn too_slow() -> Failure {
    let words = "The function took more than a second of the processor; it was stopped.";
    invalid("function_too_slow", words)
}
