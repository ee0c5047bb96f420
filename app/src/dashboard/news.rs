//! What the server tells while a page is open.

use super::base::base;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Listens until it is dropped. The browser connects again by itself.
pub(super) struct News {
    source: Option<EventSource>,
    _open: Closure<dyn FnMut()>,
    _hear: Closure<dyn FnMut(MessageEvent)>,
}

impl News {
    /// Calls `hear` with the ids of executions that changed, or with `*` when many may have: when
    /// many did, and when it begins to listen, because nobody heard what came before.
    pub(super) fn of_executions(project: &str, hear: impl Fn(&str) + Clone + 'static) -> Self {
        let hear_first = hear.clone();
        let open = Closure::new(move || hear_first("*"));
        let hear = Closure::new(move |message: MessageEvent| {
            if let Some(ids) = message.data().as_string() {
                hear(&ids);
            }
        });
        // Without it the page still looks again now and then.
        let source = EventSource::new(&format!("{}/_live/{project}/executions", base())).ok();
        if let Some(source) = &source {
            source.set_onopen(Some(AsRef::as_ref(&open).unchecked_ref()));
            source.set_onmessage(Some(AsRef::as_ref(&hear).unchecked_ref()));
        }
        Self { source, _open: open, _hear: hear }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        if let Some(source) = &self.source {
            source.set_onopen(None);
            source.set_onmessage(None);
            source.close();
        }
    }
}
