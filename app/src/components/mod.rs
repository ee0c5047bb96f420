//! What both rooms share: buttons, fields, status marks.

mod button;
pub(crate) mod long_list;
mod ordered;
mod setting_editor;

pub use button::{Button, ButtonKind};
pub use ordered::{Mover, moved};
pub use setting_editor::{EditedSettings, SettingEditor};
