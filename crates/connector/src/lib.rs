//! Connectors as data: an integration's definition file, and the small interpreter that all share.
//!
//! A definition plus inputs and a connection gives an HTTP request; what was delivered gives an answer
//! or a verdict. Nothing is sent here, and no provider is named. The grammar is closed (`file`):
//! predicates instead of expressions, interpolation that knows where it stands (`text`).
//!
//! To add an integration: a folder with `integration.toml`, `overview.md`, `guide.md`, `icon.svg` and
//! recorded exchanges under `exchanges/`, which are its tests. To add a noun to the grammar: a field in
//! `file`, its meaning beside the others, an ADR.

mod action;
mod auth;
mod catalogue;
mod conditions;
mod dedupe;
mod definition;
mod entered;
pub mod exchanges;
mod failures;
mod file;
mod filters;
mod grant;
mod hosts;
mod http;
mod identity;
mod inputs;
mod key;
mod limits;
mod login;
mod moment;
mod oauth;
mod options;
mod pages;
mod place;
mod pointer;
mod poll;
mod raw;
mod reading;
mod request;
mod resets;
mod revocation;
mod role;
mod slip;
mod soql;
mod stopping;
mod text;
mod tokens;
mod trigger;
mod verify;
pub mod web;
mod webhook;

pub use action::{Action, Connection};
pub use auth::{AccountType, Auth};
pub use dedupe::Key;
pub use definition::{Assets, Definition, Problem, Scope};
pub use entered::EntryForm;
pub use grant::ClientCredentialsGrant;
pub use http::{Delivery, HttpRequest, HttpResponse, Method};
pub use identity::Account;
pub use key::{KeyAuth, KeyCheck, KeyTest};
pub use oauth::{AuthorizeRequest, ClientCredentials, CodeExchange, OAuthCode, RedirectError};
pub use options::{Asked, ChoicePage, OptionSource};
pub use place::Authorization;
pub use poll::{Poll, PollState, Polled, PolledItem};
pub use reading::Reading;
pub use revocation::HeldTokens;
pub use tokens::{Tokens, UserToken};
pub use trigger::{Lifecycle, Trigger};
pub use verify::{Disbelief, InboundRequest, SecretSource};
pub use webhook::{Incoming, Received, Recipient, Webhook};
