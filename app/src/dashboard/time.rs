//! Instants as people read them: how long ago, and exactly on hover.

use leptos::prelude::*;
use portico_domain::Timestamp;

/// What time it is in the browser; nothing yet on the server and in the first moment.
#[derive(Clone, Copy)]
pub(super) struct Now(RwSignal<Option<Timestamp>>);

/// Gives the pages below a clock.
pub(super) fn provide_now() {
    let now = RwSignal::new(None);
    provide_context(Now(now));
    #[cfg(feature = "browser")]
    Effect::new(move |_| {
        let look = move || {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
            now.set(Some(Timestamp::from_millis(js_sys::Date::now() as i64)));
        };
        look();
        let every = set_interval_with_handle(look, std::time::Duration::from_secs(10));
        on_cleanup(move || {
            if let Ok(handle) = every {
                handle.clear();
            }
        });
    });
}

/// An instant: how long ago for people, exact for machines and on hover.
pub(super) fn at(time: Timestamp) -> impl IntoView + use<> {
    let now = use_context::<Now>();
    let exact = exact(time);
    let title = exact.clone();
    let shown = move || match now.and_then(|now| now.0.get()) {
        Some(now) => ago(time, now).unwrap_or_else(|| exact[..exact.len() - 13].to_owned()),
        None => exact.clone(),
    };
    view! { <time datetime=time.rfc3339() title=title>{shown}</time> }
}

/// `28 Nov 2026, 00:12:31 UTC`.
fn exact(time: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = time.rfc3339();
    let month = text[5..7].parse::<usize>().unwrap_or(1);
    let month = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
    let day = text[8..10].trim_start_matches('0');
    format!("{day} {month} {}, {} UTC", &text[..4], &text[11..19])
}

/// `3 min ago`; nothing after a week.
fn ago(time: Timestamp, now: Timestamp) -> Option<String> {
    let seconds = now.since(time).as_secs();
    Some(match seconds {
        0..10 => "just now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..604_800 => format!("{} d ago", seconds / 86_400),
        _ => return None,
    })
}

/// How long something took: `340 ms`, `2.1 s`, `3 min 20 s`.
pub(super) fn took(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{ago, exact, took};
    use portico_domain::Timestamp;

    #[test]
    fn an_instant_is_read_as_people_say_it() {
        let at = Timestamp::from_millis;
        assert_eq!(exact(at(1_780_000_000_000)), "28 May 2026, 20:26:40 UTC");
        for (seconds, words) in [
            (3, Some("just now")),
            (45, Some("45 s ago")),
            (200, Some("3 min ago")),
            (7_300, Some("2 h ago")),
            (90_000, Some("1 d ago")),
            (700_000, None),
        ] {
            assert_eq!(ago(at(0), at(seconds * 1000)).as_deref(), words);
        }
        // A browser whose clock is behind has not seen the future.
        assert_eq!(ago(at(5_000), at(0)).as_deref(), Some("just now"));
        assert_eq!([took(340), took(2_140), took(200_000)], ["340 ms", "2.1 s", "3 min 20 s"]);
    }
}
