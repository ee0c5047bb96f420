//! Which of the fields that a user entered is wrong, by what failed when they were tried.

use portico_connector::{Auth, Definition, EntryForm};
use portico_domain::view::CredentialField;
use portico_domain::{Failure, FailureClass};

/// What was entered, as far as it had been tried when it failed.
#[derive(Clone, Copy)]
pub(super) enum Tried {
    /// A token was asked for.
    Token,
    /// A call was made with a token that had been given for it.
    CallWithToken,
    /// A call was made with what was entered.
    Call,
}

impl Tried {
    /// The field beside which the failure is told; none if it is about all of them.
    pub(super) fn blames(
        self,
        definition: &Definition,
        form: &EntryForm,
        failure: &Failure,
    ) -> String {
        let nobody_there = matches!(failure.code.as_str(), "not_sent" | "not_json" | "address")
            || failure.class == FailureClass::NotFound;
        let refused = matches!(failure.class, FailureClass::Revoked | FailureClass::Unauthorized);
        let field = match (self, definition.auth()) {
            (Self::Token, Auth::ClientCredentials(grant)) if nobody_there => {
                host(form, grant.token_fields())
            }
            (Self::Token, _) if nobody_there => None,
            (Self::CallWithToken | Self::Call, _) if nobody_there => {
                host(form, definition.base_facts())
            }
            // The secret was good for a token: who does not know the token is somebody else.
            (Self::CallWithToken, _) if refused => host(form, definition.base_facts()),
            (Self::Token | Self::Call, _) if refused => form.fields().find(|field| field.secret),
            _ => None,
        };
        field.map(|field| field.key.clone()).unwrap_or_default()
    }
}

/// The host among the fields that an address is made of.
fn host<'f, 'n>(
    form: &'f EntryForm,
    mut names: impl Iterator<Item = &'n str>,
) -> Option<&'f CredentialField> {
    names.find_map(|name| form.fields().find(|field| field.host && field.key == name))
}
