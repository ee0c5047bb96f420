//! The server: configuration, wiring, and the HTTP edges. Every edge establishes who asks, calls one
//! use case and maps the answer.
//!
//! To add a route: a function in the file of its edge under `edge/`, a line in that file's `router`, a
//! row in `docs/api.md`.

mod check;
pub mod command;
pub mod config;
mod edge;
pub mod start;

pub use edge::router;
