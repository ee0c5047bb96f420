//! Small charts, drawn as SVG. What they say stands in words beside or inside them.

use leptos::prelude::*;

/// The space of a bar, of which a fifth is a gap.
const STEP: usize = 10;
/// The height of the highest bar.
const HIGH: u64 = 40;

/// Counts over time as bars; `words` say the same.
pub(super) fn bars(counts: &[u64], words: &str) -> impl IntoView + use<> {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let drawn: Vec<_> = counts
        .iter()
        .enumerate()
        .map(|(index, count)| {
            // Something is never drawn as nothing.
            let height = (count * HIGH / most).max(if *count > 0 { 2 } else { 0 });
            view! { <rect x=index * STEP y=HIGH - height width=STEP - 2 height=height rx="1"></rect> }
        })
        .collect();
    let view_box = format!("0 0 {} {HIGH}", counts.len() * STEP);
    view! {
        <svg class="chart" viewBox=view_box preserveAspectRatio="none" role="img" aria-label=words.to_owned()>
            {drawn}
        </svg>
    }
}
