//! The loops that make time pass: the worker, the guarded HTTP client, the sandbox of functions,
//! the clock, the randomness.
//!
//! This crate implements the ports of `portico-services` for a real machine. Nothing here decides:
//! connectors say what to send, the engine says what comes next, storage says what holds.

mod clock;
mod entropy;
mod functions;
pub mod http;
pub mod worker;

pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use functions::QuickJs;
pub use http::{GuardedHttp, OriginMap, OriginMapError, OriginRule};
pub use worker::{Worker, WorkerOptions};
