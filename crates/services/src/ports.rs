//! What services need of the outside world. The runtime implements these; tests give their own.

use futures_core::future::BoxFuture;
use portico_connector::{Delivery, HttpRequest};
use portico_domain::{Failure, ProjectId, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;
use url::Url;

/// Time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Ends when the clock has reached `at`.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// Randomness fit for keys.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The guarded way out: the one place from which requests leave.
pub trait Http: Send + Sync {
    /// Sends one request. What can go wrong on the way is part of the answer.
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery>;

    /// Where a browser is sent for `url`: the same place, unless the operator mapped its origin.
    fn for_browser(&self, url: &Url) -> Url;
}

/// Where the JavaScript of function steps runs: apart from everything, with limits.
pub trait Functions: Send + Sync {
    /// Calls the function `run` that `code` defines with `inputs`. What is wrong with the code, or what
    /// it does beyond its limits, is an `invalid` failure. Functions of one project cannot keep others' waiting.
    fn run(
        &self,
        whose: ProjectId,
        code: String,
        inputs: Map<String, Value>,
    ) -> BoxFuture<'static, Result<FunctionRun, Failure>>;
}

/// What a function brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionRun {
    /// What it returned.
    pub result: Value,
    /// What it wrote to the console, line by line.
    pub logs: Vec<String>,
}

/// Time, randomness, the network and functions, as given by whoever starts the program.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The network.
    pub http: Arc<dyn Http>,
    /// JavaScript.
    pub functions: Arc<dyn Functions>,
}

impl Ports {
    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What an id is made from: the instant and ten random bytes.
    pub fn id<T>(&self, make: impl FnOnce(u64, [u8; 10]) -> T) -> T {
        make(u64::try_from(self.now().millis()).unwrap_or(0), self.random())
    }
}
