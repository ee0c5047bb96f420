//! What both rooms share: buttons, fields, status marks.

mod button;

pub use button::{Button, ButtonKind};
