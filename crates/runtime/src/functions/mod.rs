//! Where the JavaScript of function steps runs: in QuickJS, on a thread of its own, with limits.
//!
//! The code sees its inputs and the language, nothing else: no network, no files, no modules, no timers.
//! Time is counted as the thread's own, so that a busy machine makes nobody's function fail.

mod quickjs;

use futures::future::{BoxFuture, FutureExt};
use portico_domain::{Failure, FailureClass, ProjectId};
use portico_services::{FunctionRun, Functions};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many functions run at once.
const AT_ONCE: usize = 4;
/// How many of one project's: a function that cannot be interrupted keeps its turn, and must not keep everybody's.
const OF_A_PROJECT: usize = 2;
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
    /// The turns that each project has a part in; those that nobody holds or waits for are forgotten.
    shares: Arc<Mutex<HashMap<ProjectId, Arc<Semaphore>>>>,
    patience: Duration,
}

/// A turn, of all and of the project's.
struct Turn {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Default for QuickJs {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            shares: Arc::default(),
            patience: PATIENCE,
        }
    }
}

impl QuickJs {
    /// The project's part first: who waits for that must not keep a turn from others.
    async fn turn(&self, whose: ProjectId) -> Option<Turn> {
        let share = {
            let mut all = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, own| Arc::strong_count(own) > 1);
            let own = all.entry(whose).or_insert_with(|| Arc::new(Semaphore::new(OF_A_PROJECT)));
            Arc::clone(own)
        };
        let own = share.acquire_owned().await.ok()?;
        let all = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        Some(Turn { _own: own, _all: all })
    }

    async fn call(
        self,
        whose: ProjectId,
        code: String,
        inputs: Map<String, Value>,
    ) -> Result<FunctionRun, Failure> {
        let turn = tokio::time::timeout(TURN, self.turn(whose)).await;
        let Ok(Some(turn)) = turn else { return Err(busy()) };
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
        whose: ProjectId,
        code: String,
        inputs: Map<String, Value>,
    ) -> BoxFuture<'static, Result<FunctionRun, Failure>> {
        self.clone().call(whose, code, inputs).boxed()
    }
}

/// Runs a function on a thread of its own, which keeps its turn until it ends.
fn apart(
    turn: Turn,
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
    use portico_domain::ProjectId;
    use portico_services::Functions;
    use serde_json::{Map, json};
    use std::time::Duration;

    /// A search that the engine does not interrupt.
    const ENDLESS: &str =
        "function run() { return 'a'.repeat(4000000).indexOf('a'.repeat(2000000) + 'b'); }";

    fn project(n: u64) -> ProjectId {
        ProjectId::from_parts(n, [0; 10])
    }

    #[tokio::test]
    async fn what_cannot_be_interrupted_is_left_to_itself() {
        let functions = QuickJs { patience: Duration::ZERO, ..QuickJs::default() };
        let code = "function run() { return 'a'.repeat(100000).indexOf('a'.repeat(50000) + 'b'); }";
        let ran = functions.run(project(1), code.to_owned(), Map::new());
        assert_eq!(ran.await.expect_err("no patience").code, "function_too_slow");
    }

    #[tokio::test]
    async fn one_project_cannot_keep_the_turns_of_all() {
        let functions = QuickJs { patience: Duration::ZERO, ..QuickJs::default() };
        for _ in 0..2 {
            let ran = functions.run(project(1), ENDLESS.to_owned(), Map::new()).await;
            assert_eq!(ran.expect_err("no patience").code, "function_too_slow");
        }
        let third = functions.run(project(1), "function run() {}".to_owned(), Map::new());
        let waits = tokio::time::timeout(Duration::from_millis(50), third).await;
        assert!(waits.is_err(), "its own functions wait for it");
        let patient = QuickJs { patience: Duration::from_secs(60), ..functions };
        let code = "function run() { return 7; }".to_owned();
        let ran = patient.run(project(2), code, Map::new()).await;
        assert_eq!(ran.expect("another's turn").result, json!(7));
    }
}
