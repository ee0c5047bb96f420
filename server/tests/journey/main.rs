//! The server as its callers meet it: over HTTP, on both databases, with the sandbox as provider.

mod acting;
mod choices;
mod connecting;
mod custom;
mod destinations;
mod errors;
mod events;
mod harness;
mod interrupted;
mod keys;
mod limits;
mod live;
mod matrix;
mod prefix;
mod probing;
mod providers;
mod replays;
mod settings;
