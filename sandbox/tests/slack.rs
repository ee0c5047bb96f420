//! The simulation keeps Slack's rules.

#[path = "slack/calls.rs"]
mod calls;
#[path = "slack/client.rs"]
mod client;
#[path = "slack/lists.rs"]
mod lists;
#[path = "slack/messages.rs"]
mod messages;
#[path = "slack/tokens.rs"]
mod tokens;
