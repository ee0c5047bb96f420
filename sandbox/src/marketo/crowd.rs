//! How many calls are under way: Marketo serves ten at a time ("Concurrency limit"), and two that write
//! the same lead do not see each other ("Sync leads").

use super::envelope::known;
use crate::state::Sandbox;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::BTreeMap;

/// Where a call stands among the others.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Nothing that was made later was there when it looked.
    pub(super) arrived: u64,
    /// Calls under way, this one among them.
    pub(super) under_way: usize,
}

/// The named parts of a path, if the path has a route.
pub(super) type Named = Result<Path<BTreeMap<String, String>>, PathRejection>;

/// The instance of a call.
pub(super) fn instance(named: &Named) -> Option<&'static str> {
    let named = named.as_ref().ok()?;
    known(named.get("instance")?)
}

/// Counts a call from its arrival to its answer. It stands around the fault knobs: a call that is made
/// slow is under way all the while.
pub(super) async fn count(
    State(sandbox): State<Sandbox>,
    named: Named,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(id) = instance(&named).filter(|_| request.uri().path().contains("/rest/")) else {
        return next.run(request).await;
    };
    let _leaves = Leaves { sandbox: sandbox.clone(), id };
    {
        let mut world = sandbox.world();
        let own = world.marketo.instance(id);
        own.under_way += 1;
        let place = Place { arrived: own.tick(), under_way: own.under_way };
        request.extensions_mut().insert(place);
    }
    next.run(request).await
}

/// Counts down when a call ends, also when its caller hangs up.
struct Leaves {
    sandbox: Sandbox,
    id: &'static str,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        let mut world = self.sandbox.world();
        let own = world.marketo.instance(self.id);
        own.under_way = own.under_way.saturating_sub(1);
    }
}
