//! The pages of Portico: the Connect Portal (`portal`), the dashboard (`dashboard`) and in it the workflow editor.
//!
//! One rlib, three wasm roots (`frontend/*`), so that what a root does not reach is not linked. The
//! crate renders on the server with feature `ssr` and comes alive in the browser with `hydrate` (dashboard) or
//! `mount` (portal, and with `editor` the editor); never build two of the three together (docs/adr/0002-two-wasm-roots.md).
//!
//! To add a dashboard page: a folder under `dashboard/`, a `Route` in `dashboard/mod.rs`, and its
//! server functions, which only establish the actor and call one service method.

#![recursion_limit = "512"] // views are nested types, and the compiler lays out all of them

pub mod components;
pub mod dashboard;
pub mod portal;
pub mod server_fns;
#[cfg(feature = "ssr")]
pub mod shell;
