//! Secrets: sealed at rest, handed out once, compared without leaking time.

pub(crate) mod password;
pub(crate) mod seal;
pub(crate) mod ticket;
pub(crate) mod user_token;

pub use seal::{MasterKey, MasterKeyError, SealError};
pub use user_token::TokenProblem;
