//! The dashboard's server functions, one file per resource. Each finds who is signed in, calls one use
//! case and maps the answer. They are reached at `/_fn/dashboard/<resource>/<verb>`.

#![expect(
    missing_docs,
    reason = "the macro makes a struct of every function, with its parameters as fields"
)]

pub mod activity;
pub mod custom;
pub mod destinations;
pub mod editor;
pub mod integrations;
pub mod portal_editor;
pub mod projects;
pub mod replays;
pub mod secrets;
pub mod users;
pub mod workflows;

use leptos::prelude::ServerFnError;

/// Who is signed in, and what can be done: put into the context by the edge.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Signed {
    /// Everything that Portico can do.
    pub services: portico_services::Services,
    /// Who asks.
    pub actor: portico_domain::Actor,
}

#[cfg(feature = "ssr")]
pub(crate) fn signed() -> Result<Signed, ServerFnError> {
    leptos::prelude::use_context::<Signed>().ok_or_else(|| {
        ServerFnError::ServerError("Sign in to the dashboard to do this.".to_owned())
    })
}

/// A refusal as a server function tells it: in words.
#[cfg(feature = "ssr")]
pub(crate) fn refused(refusal: portico_domain::Refusal) -> ServerFnError {
    ServerFnError::ServerError(refusal.message)
}

/// A refusal of a form: the fields that are wrong, or words about the whole.
#[cfg(feature = "ssr")]
pub(crate) fn fields_of(
    refusal: portico_domain::Refusal,
) -> Result<Vec<portico_domain::FieldProblem>, ServerFnError> {
    let fields = refusal.meta.as_ref().and_then(|meta| meta.get("fields")).cloned();
    let fields = fields.and_then(|fields| serde_json::from_value(fields).ok());
    fields.ok_or_else(|| refused(refusal))
}

/// What is said where a session has ended under an open page. What is not saved yet is still in the page.
pub(crate) const SIGNED_OUT: &str =
    "You were signed out. Sign in again in another tab, then go on here.";

/// What went wrong, for people.
pub(crate) fn words(error: &ServerFnError) -> String {
    match error {
        ServerFnError::ServerError(words) => words.clone(),
        ServerFnError::Request(_) => {
            "The server could not be reached. Check your connection and try again.".to_owned()
        }
        ServerFnError::MiddlewareError(_) => SIGNED_OUT.to_owned(),
        // Something on the way answered in its place: a proxy, with a page of its own.
        ServerFnError::Deserialization(_) => {
            "Portico could not be reached. Try again in a moment.".to_owned()
        }
        other => other.to_string(),
    }
}

/// An id from an address.
#[cfg(feature = "ssr")]
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, ServerFnError> {
    text.parse()
        .map_err(|_| ServerFnError::ServerError("There is nothing at this address.".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{SIGNED_OUT, words};
    use leptos::prelude::{FromServerFnError, ServerFnError};
    use leptos::server_fn::Bytes;

    #[test]
    fn what_is_not_an_answer_is_told_in_words() {
        let read =
            |body: &'static str| words(&ServerFnError::de(Bytes::from_static(body.as_bytes())));
        assert_eq!(read("MiddlewareError|Sign in to the dashboard to do this."), SIGNED_OUT);
        assert_eq!(read("ServerError|The name is taken."), "The name is taken.");
        // A proxy's own page, and one that has a bar in it.
        for body in ["<html><h1>502 Bad Gateway</h1></html>", "<title>Down | Example</title>"] {
            assert_eq!(read(body), "Portico could not be reached. Try again in a moment.");
        }
    }
}
