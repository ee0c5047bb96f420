//! Long lists of choices: which rows are drawn, which of them fit what is sought, and what is told of the
//! rest. The portal's pickers and the workflow editor's are made of it.

#[cfg(feature = "mount")]
use leptos::prelude::*;
#[cfg(any(feature = "mount", test))]
use portico_domain::Choice;

/// How many rows are drawn.
pub(crate) const DRAWN: usize = 60;
/// How many of them above what is seen.
const ABOVE: usize = 20;
/// The drawn rows change in steps of so many.
const STEP: usize = 10;
/// How near the end the next page is asked for, in rows.
pub(crate) const NEAR: usize = 15;

/// How a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Its first page.
    #[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser opens lists"))]
    First,
    /// The page after those that are there.
    Next,
    /// Its first page, whatever is remembered of it.
    Again,
}

/// The first row that is drawn, of so many, where one has scrolled to the row `top`.
pub(crate) fn first_drawn(top: usize, count: usize) -> usize {
    (top.saturating_sub(ABOVE) / STEP * STEP).min(count)
}

/// Whether a choice is called what is sought, in lower case.
#[cfg(any(feature = "mount", test))]
pub(crate) fn fits(choice: &Choice, sought: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(sought);
    holds(&choice.label) || choice.detail.as_deref().is_some_and(holds)
}

/// How far a list is loaded and looked through.
pub(crate) struct Listed<'a> {
    /// Who has it, by name.
    pub(crate) whose: &'a str,
    pub(crate) loaded: usize,
    pub(crate) found: usize,
    pub(crate) is_busy: bool,
    pub(crate) is_sought: bool,
    pub(crate) provider_searches: bool,
    pub(crate) has_more: bool,
}

impl Listed<'_> {
    /// What there is and whether more comes, in words.
    pub(crate) fn words(&self) -> String {
        let Self { whose, loaded, found, .. } = *self;
        match self.is_busy {
            true if loaded == 0 => "Loading…".to_owned(),
            true if self.is_sought && !self.provider_searches => {
                format!("{whose} cannot search; {loaded} loaded so far, {found} found…")
            }
            true => format!("Loading more… {loaded} so far"),
            false if found == 0 && self.is_sought => "Nothing is called that.".to_owned(),
            false if found == 0 => "There is nothing to choose in this account.".to_owned(),
            false if self.has_more => {
                format!("{found} so far; scroll for more, or type to narrow down")
            }
            false => format!("{found} to choose from"),
        }
    }
}

/// A list that scrolls.
#[cfg(feature = "mount")]
pub(crate) type ListRef = NodeRef<leptos::html::Ul>;

/// How far a list is scrolled, in pixels.
#[cfg(feature = "mount")]
pub(crate) fn scrolled(list: ListRef) -> usize {
    list.get_untracked().map_or(0, |list| usize::try_from(list.scroll_top()).unwrap_or(0))
}

#[cfg(feature = "mount")]
pub(crate) fn scroll_to(list: ListRef, top: i32) {
    if let Some(list) = list.get_untracked() {
        list.set_scroll_top(top);
    }
}

/// Scrolls a list until a row is seen; answers how far it is scrolled then.
#[cfg(feature = "mount")]
pub(crate) fn show_row(list: ListRef, from: usize, height: usize) -> usize {
    let Some(own) = list.get_untracked() else { return 0 };
    let pixels = |size: usize| i32::try_from(size).unwrap_or(i32::MAX);
    let (top, bottom) = (pixels(from), pixels(from + height));
    if top < own.scroll_top() {
        own.set_scroll_top(top);
    } else if bottom > own.scroll_top() + own.client_height() {
        own.set_scroll_top(bottom - own.client_height());
    }
    scrolled(list)
}

/// Whether the focus went to something outside.
#[cfg(feature = "mount")]
pub(crate) fn has_left(event: &leptos::ev::FocusEvent, whole: NodeRef<leptos::html::Div>) -> bool {
    use wasm_bindgen::JsCast;
    let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
    // A click on a row focuses nothing: nothing was left for it.
    to.is_some_and(|to| whole.get_untracked().is_some_and(|whole| !whole.contains(Some(&to))))
}

#[cfg(test)]
mod tests {
    use super::{Listed, first_drawn, fits};
    use portico_domain::Choice;
    use serde_json::json;

    #[test]
    fn rows_are_drawn_around_what_is_seen() {
        assert_eq!(first_drawn(0, 5000), 0);
        assert_eq!(first_drawn(29, 5000), 0);
        assert_eq!(first_drawn(30, 5000), 10);
        assert_eq!(first_drawn(4999, 5000), 4970);
        assert_eq!(first_drawn(4999, 3), 3, "the list became shorter");
    }

    #[test]
    fn a_choice_is_found_by_its_name_and_by_its_second_line() {
        let own = Choice {
            value: json!(1),
            label: "Spring Webinar".to_owned(),
            detail: Some("Static list".to_owned()),
        };
        assert!(fits(&own, "web") && fits(&own, "static"));
        assert!(!fits(&own, "autumn"));
    }

    #[test]
    fn who_cannot_search_is_told_with_how_far_it_is() {
        let listed = |is_busy, found, is_sought| Listed {
            whose: "HubSpot",
            loaded: 1000,
            found,
            is_busy,
            is_sought,
            provider_searches: false,
            has_more: true,
        };
        let words = listed(true, 0, true).words();
        assert_eq!(words, "HubSpot cannot search; 1000 loaded so far, 0 found…");
        assert_eq!(listed(false, 0, true).words(), "Nothing is called that.");
        assert!(listed(false, 1000, false).words().starts_with("1000 so far"));
    }
}
