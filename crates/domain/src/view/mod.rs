//! What pages and APIs show: read models, made by services, carried by server functions.
//!
//! They hold no secrets and no internal state; a field that is here may be seen by whoever may call
//! the service that answers it.

mod activity;
mod charts;
mod destinations;
mod editor;
mod failures;
mod integrations;
mod portal;
mod projects;
mod replay;
mod users;
mod workflows;

pub use activity::*;
pub use charts::*;
pub use destinations::*;
pub use editor::*;
pub use failures::*;
pub use integrations::*;
pub use portal::*;
pub use projects::*;
pub use replay::*;
pub use users::*;
pub use workflows::*;
