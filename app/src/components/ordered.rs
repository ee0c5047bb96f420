use leptos::prelude::*;

/// Moves an item of a list to another place.
pub fn moved<T>(list: &mut Vec<T>, from: usize, to: usize) {
    if from < list.len() && to < list.len() {
        let item = list.remove(from);
        list.insert(to, item);
    }
}

/// What moves an item of a list: a handle to drag, and two buttons for the keyboard. Rows take what is dropped.
#[component]
pub fn Mover(
    /// What is moved, for people who do not see it.
    #[prop(into)]
    name: Signal<String>,
    /// Where it stands now.
    #[prop(into)]
    at: Signal<usize>,
    /// How many there are.
    #[prop(into)]
    count: Signal<usize>,
    /// What is dragged, by its place.
    dragged: RwSignal<Option<usize>>,
    /// Moves from a place to another.
    on_move: Callback<(usize, usize)>,
) -> impl IntoView {
    let up = move |_: leptos::ev::MouseEvent| {
        if let Some(to) = at.get_untracked().checked_sub(1) {
            on_move.run((to + 1, to));
        }
    };
    let down = move |_: leptos::ev::MouseEvent| {
        let from = at.get_untracked();
        if from + 1 < count.get_untracked() {
            on_move.run((from, from + 1));
        }
    };
    let at_the_top = move || at.get() == 0;
    let at_the_end = move || at.get() + 1 >= count.get();
    view! {
        <span class="mover">
            <span
                class="mover-handle"
                draggable="true"
                aria-hidden="true"
                title="Drag to move"
                on:dragstart=move |event| {
                    bring(&event, &name.get_untracked());
                    dragged.set(Some(at.get_untracked()));
                }
                on:dragend=move |_| dragged.set(None)
            >
                "⠿"
            </span>
            <button type="button" class="button button-quiet" aria-label=move || format!("Move {} up", name.get()) disabled=at_the_top on:click=up>"↑"</button>
            <button type="button" class="button button-quiet" aria-label=move || format!("Move {} down", name.get()) disabled=at_the_end on:click=down>"↓"</button>
        </span>
    }
}

/// Some browsers drag only what brings data.
#[cfg(feature = "browser")]
fn bring(event: &leptos::ev::DragEvent, name: &str) {
    if let Some(data) = event.data_transfer() {
        let _ = data.set_data("text/plain", name);
        data.set_effect_allowed("move");
    }
}

#[cfg(not(feature = "browser"))]
fn bring(_: &leptos::ev::DragEvent, _: &str) {}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn an_item_moves_and_the_others_keep_their_order() {
        let mut list = vec!['a', 'b', 'c', 'd'];
        moved(&mut list, 0, 2);
        assert_eq!(list, ['b', 'c', 'a', 'd']);
        moved(&mut list, 3, 0);
        assert_eq!(list, ['d', 'b', 'c', 'a']);
        moved(&mut list, 4, 0);
        assert_eq!(list, ['d', 'b', 'c', 'a'], "what is not there stays");
    }
}
