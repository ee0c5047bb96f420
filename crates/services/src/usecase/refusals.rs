//! What a provider's *unauthorized* means once a new token has not helped: that the account must be
//! connected again, or that this one request is refused to it.

use super::probing::{Probe, SAME_LOOK};
use crate::Services;
use portico_domain::{CredentialId, Failure, FailureClass, ProjectId};

/// A request that was refused as coming from nobody who is known.
#[derive(Clone, Copy)]
pub(crate) struct RefusedRequest {
    pub(crate) project: ProjectId,
    pub(crate) credential: CredentialId,
    /// What it was made with.
    pub(crate) version: i64,
    pub(crate) token: TokenAge,
    pub(crate) author: Author,
}

/// What is known of the token that a request was made with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenAge {
    /// The provider has given it just now.
    New,
    /// It may have ended, and nothing renews it.
    Unknown,
}

/// Who wrote the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// The integration's file: an account that works can make it.
    File,
    /// Somebody by hand: perhaps no account can make it.
    Step,
}

impl Services {
    /// What an `unauthorized` or `revoked` that is the last word comes to. An account that is no longer
    /// accepted is noted, and the failure then says `revoked`.
    pub(crate) async fn refused(&self, request: RefusedRequest, failure: Failure) -> Failure {
        if failure.class == FailureClass::Revoked {
            return self.note_refused(request, failure).await;
        }
        // A redirect leads to a login page, or to where a file lies: that says nothing of the account.
        if failure.status.is_some_and(|status| (300..400).contains(&status)) {
            return failure;
        }
        let renewed = request.token == TokenAge::New;
        if renewed && request.author == Author::File {
            return self.note_refused(request, ended(&failure)).await;
        }
        let RefusedRequest { project, credential, version, .. } = request;
        if !self.inner.touches.due(&format!("probe {credential}"), self.ports().now(), SAME_LOOK) {
            // Somebody asks just now; their answer is this one's when it is made again.
            return match self.open_credential(project, credential).await {
                Err(known) if known.class == FailureClass::Revoked => known,
                _ => failure,
            };
        }
        match self.probe(project, credential).await {
            Probe::Refused(known) => known,
            Probe::Works => Failure {
                class: FailureClass::Forbidden,
                message: format!(
                    "The provider accepts the account, but not for this request: {}",
                    failure.message
                ),
                ..failure
            },
            Probe::Unknown(_) => failure,
            Probe::NothingToAsk if renewed => self.note_refused(request, ended(&failure)).await,
            // It notes that there is no other token.
            Probe::NothingToAsk => match self.renew_access(project, credential, version).await {
                Ok(_) => failure,
                Err(known) => known,
            },
        }
    }

    async fn note_refused(&self, request: RefusedRequest, failure: Failure) -> Failure {
        let RefusedRequest { project, credential, version, .. } = request;
        if let Err(refusal) = self.credential_refused(project, credential, version, &failure).await
        {
            tracing::error!(%refusal, "a refused credential could not be noted");
        }
        failure
    }
}

fn ended(failure: &Failure) -> Failure {
    Failure {
        class: FailureClass::Revoked,
        message: format!(
            "The provider refuses the account even with a token that it has just given. Reconnect the \
             account. It says: {}",
            failure.message
        ),
        ..failure.clone()
    }
}
