//! The server as its callers meet it: over HTTP, on both databases, with the sandbox as provider.

mod acting;
mod choices;
mod connecting;
mod custom;
mod editor;
mod errors;
mod event_contracts;
mod events;
mod harness;
mod interrupted;
mod interrupted_trees;
mod keys;
mod limits;
mod live;
mod matrix;
mod orders;
mod permissions;
mod portal_editor;
mod prefix;
mod probing;
mod providers;
mod secrets;
mod settings;
mod trees;
