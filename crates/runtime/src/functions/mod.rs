//! Where the JavaScript of function steps runs: in QuickJS, on a thread of its own, with limits.
//!
//! The code sees its inputs and the language, nothing else: no network, no files, no modules, no timers.
//! Time is counted as the thread's own, so that a busy machine makes nobody's function fail.

mod quickjs;

use futures::future::{BoxFuture, FutureExt};
use portico_domain::{Failure, FailureClass};
use portico_services::{FunctionRun, Functions};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many functions run at once.
const AT_ONCE: usize = 4;
/// How long a function may wait for its turn.
const TURN: Duration = Duration::from_secs(60);
/// How long is waited for a function. What it does inside the engine, such as one search through a huge
/// text, cannot be interrupted; its thread is then left to itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// The stack of a thread: what scripts may use, and what the engine needs beside it.
const THREAD_STACK: usize = 2 * 1024 * 1024;

/// Functions in QuickJS.
#[derive(Clone)]
pub struct QuickJs {
    turns: Arc<Semaphore>,
    patience: Duration,
}

impl Default for QuickJs {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), patience: PATIENCE }
    }
}

impl QuickJs {
    async fn call(self, code: String, inputs: Map<String, Value>) -> Result<FunctionRun, Failure> {
        let turn = tokio::time::timeout(TURN, self.turns.acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(busy()) };
        let ran = apart(turn, code, inputs)?;
        match tokio::time::timeout(self.patience, ran).await {
            Ok(Ok(ran)) => ran,
            Ok(Err(_)) => Err(broke()),
            Err(_) => {
                tracing::error!("a function cannot be interrupted; its thread is left to itself");
                Err(quickjs::too_slow())
            }
        }
    }
}

impl Functions for QuickJs {
    fn run(
        &self,
        code: String,
        inputs: Map<String, Value>,
    ) -> BoxFuture<'static, Result<FunctionRun, Failure>> {
        self.clone().call(code, inputs).boxed()
    }
}

/// Runs a function on a thread of its own, which keeps its turn until it ends.
fn apart(
    turn: OwnedSemaphorePermit,
    code: String,
    inputs: Map<String, Value>,
) -> Result<oneshot::Receiver<Result<FunctionRun, Failure>>, Failure> {
    let (done, ran) = oneshot::channel();
    let thread = std::thread::Builder::new().name("function".to_owned()).stack_size(THREAD_STACK);
    let spawned = thread.spawn(move || {
        // Nobody listens any more where the patience was at an end.
        let _ = done.send(quickjs::run(&code, &inputs));
        drop(turn);
    });
    match spawned {
        Ok(_) => Ok(ran),
        Err(error) => {
            tracing::error!(%error, "there is no thread for a function");
            Err(busy())
        }
    }
}

fn busy() -> Failure {
    let words = "Too many functions run on this machine; this one did not get its turn.";
    Failure::new(FailureClass::Transient, "functions_busy", words)
}

fn broke() -> Failure {
    Failure::new(FailureClass::Invalid, "function_broke", "The function broke its engine.")
}

#[cfg(test)]
mod tests {
    use super::QuickJs;
    use portico_services::Functions;
    use serde_json::Map;
    use std::time::Duration;

    #[tokio::test]
    async fn what_cannot_be_interrupted_is_left_to_itself() {
        let functions = QuickJs { patience: Duration::ZERO, ..QuickJs::default() };
        let code = "function run() { return 'a'.repeat(100000).indexOf('a'.repeat(50000) + 'b'); }";
        let failure = functions.run(code.to_owned(), Map::new()).await.expect_err("no patience");
        assert_eq!(failure.code, "function_too_slow");
    }
}
