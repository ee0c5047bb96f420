//! Icons: drawn in one file of the site, whose content `style/icons.txt` lists.

use super::base::address;
use leptos::prelude::*;

macro_rules! icons {
    ($($icon:ident = $name:literal,)*) => {
        /// What can be drawn.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(not(feature = "editor"), expect(dead_code, reason = "the editor draws more than the rest"))]
        pub(super) enum Icon { $($icon,)* }

        impl Icon {
            /// Its id in the file.
            fn name(self) -> &'static str {
                match self { $(Self::$icon => $name,)* }
            }

            #[cfg(test)]
            const NAMES: &[&str] = &[$($name,)*];
        }
    };
}

icons! {
    Activity = "activity",
    ArrowLeft = "arrow-left",
    Ban = "ban",
    Braces = "braces",
    Check = "check",
    Chevron = "chevron-right",
    ChevronDown = "chevron-down",
    ChevronUp = "chevron-up",
    Circle = "circle",
    CircleAlert = "circle-alert",
    CircleCheck = "circle-check",
    CircleDot = "circle-dot",
    CircleX = "circle-x",
    Clock = "clock",
    Code = "code",
    Copy = "copy",
    Dots = "ellipsis",
    Download = "download",
    Flask = "flask-conical",
    Globe = "globe",
    History = "history",
    Inbox = "inbox",
    Keyboard = "keyboard",
    Layout = "layout-dashboard",
    Lock = "lock",
    LogOut = "log-out",
    Menu = "menu",
    Minus = "minus",
    Monitor = "monitor",
    Moon = "moon",
    Move = "move-vertical",
    Pencil = "pencil",
    Plug = "plug",
    Plus = "plus",
    Redo = "redo-2",
    Repeat = "repeat",
    Reply = "reply",
    Search = "search",
    Send = "send",
    Settings = "settings",
    Split = "split",
    Sun = "sun",
    Trash = "trash-2",
    Triangle = "triangle-alert",
    Undo = "undo-2",
    Users = "users",
    Workflow = "workflow",
    X = "x",
    Zap = "zap",
}

/// An icon beside words: it says nothing by itself.
pub(super) fn icon(icon: Icon) -> impl IntoView + use<> {
    let drawing = format!("<use href=\"{}\"></use>", address!("/icons.svg#{}", icon.name()));
    view! { <svg class="icon" aria-hidden="true" inner_html=drawing></svg> }
}

#[cfg(test)]
mod tests {
    use super::Icon;
    use std::collections::BTreeSet;

    #[test]
    fn the_file_of_the_site_has_every_icon_and_no_other() {
        let list: BTreeSet<_> =
            include_str!("../../../style/icons.txt").split_whitespace().collect();
        assert_eq!(Icon::NAMES.iter().copied().collect::<BTreeSet<_>>(), list);
    }
}
