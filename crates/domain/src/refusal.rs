//! Refusals: what an edge answers when it will not do what was asked. Every error that reaches a
//! caller is one of these; HTTP is mapped from it in one place.

use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:literal;)*) => {
        /// The stable codes. `docs/errors.md` lists them and a test holds the two together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RefusalCode { $($(#[$doc])* $name,)* }

        impl RefusalCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code in the body's `code`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status. Business refusals are never 401 or 403: Paragon's SDK would log
            /// its user out.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON.
    MalformedJson = "malformed_json" 400;
    /// A header has a value that cannot be used.
    InvalidHeader = "invalid_header" 400;
    /// An event's payload is not an object.
    PayloadNotObject = "payload_not_object" 400;
    /// An event has no name.
    NameMissing = "name_missing" 400;
    /// The user token was refused; why is told to admins only.
    UserTokenInvalid = "user_token_invalid" 401;
    /// The portal session has ended; the host page opens a new one.
    PortalSessionExpired = "portal_session_expired" 401;
    /// Nobody is signed in.
    SignInRequired = "sign_in_required" 401;
    /// The request did not come from our own pages.
    CrossSite = "cross_site_request" 403;
    /// There is nothing at this address.
    NotFound = "not_found" 404;
    /// The project is not known (to a signed-in admin; a user token only ever sees 401).
    ProjectUnknown = "project_unknown" 404;
    /// The integration is not known.
    IntegrationUnknown = "integration_unknown" 404;
    /// The workflow is not known, or not deployed.
    WorkflowUnknown = "workflow_unknown" 404;
    /// The event is not defined in this project.
    EventUnknown = "event_unknown" 404;
    /// The account is not known to this user.
    CredentialUnknown = "credential_unknown" 404;
    /// The authorization is not known to this user.
    AuthorizationUnknown = "authorization_unknown" 404;
    /// The method is not allowed here.
    MethodNotAllowed = "method_not_allowed" 405;
    /// The same key was used with another body.
    IdempotencyKeyReused = "idempotency_key_reused" 409;
    /// The integration is known but not activated in this project.
    IntegrationNotActivated = "integration_not_activated" 409;
    /// The user has no account of this integration.
    NotConnected = "not_connected" 409;
    /// A required setting has no value.
    SettingMissing = "setting_missing" 409;
    /// The user has the workflow switched off.
    WorkflowDisabled = "workflow_disabled" 409;
    /// The account is no longer accepted by its provider.
    CredentialInvalid = "credential_invalid" 409;
    /// The workflow is not for this user, or not for this request.
    NotStarted = "not_started" 409;
    /// The workflow is not for this user: its permissions do not hold.
    PermissionUnmet = "permission_unmet" 409;
    /// What was to be changed has changed meanwhile.
    Stale = "stale" 409;
    /// The page's origin is not on the project's list.
    OriginNotAllowed = "origin_not_allowed" 409;
    /// The body is larger than allowed.
    PayloadTooLarge = "payload_too_large" 413;
    /// The body is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type" 415;
    /// Fields are wrong; `meta.fields` says which and why.
    Invalid = "invalid" 422;
    /// Too many requests; `Retry-After` says when.
    TooManyRequests = "too_many_requests" 429;
    /// Something broke on our side; it is in the log.
    Internal = "internal" 500;
    /// The provider refused, or could not be reached; the message is its own.
    ProviderRefused = "provider_refused" 502;
    /// The workflow that was to answer ended in a failure; `meta` has it.
    ExecutionFailed = "execution_failed" 502;
    /// The database cannot be reached or written.
    StorageUnavailable = "storage_unavailable" 503;
    /// The workflow that was to answer still runs after 55 seconds.
    ResponseLate = "response_late" 542;
}

/// A refusal, ready to be sent: `{message, code, status, meta?}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The stable code, which also gives the status.
    pub code: RefusalCode,
    /// What happened and what to do.
    pub message: String,
    /// More for machines: `fields`, `retryAfter`.
    pub meta: Option<Value>,
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// Which: a name or a JSON pointer.
    pub field: String,
    /// What to write instead.
    pub message: String,
}

impl Refusal {
    /// A refusal without meta.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), meta: None }
    }

    /// The uniform refusal of a user token: byte-identical whatever the reason.
    pub fn user_token() -> Self {
        Self::new(RefusalCode::UserTokenInvalid, "The user token was not accepted.")
    }

    /// A refusal that names one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem { field: field.into(), message: message.into() }])
    }

    /// A refusal that names fields; its message is theirs.
    pub fn fields(fields: Vec<FieldProblem>) -> Self {
        let message = fields.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join(" ");
        Self {
            code: RefusalCode::Invalid,
            message,
            meta: Some(serde_json::json!({ "fields": fields })),
        }
    }

    /// The body as sent.
    pub fn body(&self) -> Value {
        let mut body = serde_json::json!({
            "message": self.message,
            "code": self.code.name(),
            "status": self.code.status(),
        });
        if let Some(meta) = &self.meta {
            body["meta"] = meta.clone();
        }
        body
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code.name())
    }
}

impl std::error::Error for Refusal {}
