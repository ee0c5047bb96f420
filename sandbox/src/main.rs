//! Simulated providers.
fn main() {}
