//! Ctrl-C and termination: noticed here, acted upon where something has to be ended first.

use anyhow::{Context, Result, bail};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static RAISED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C no longer ends this program: it has children to end first.
pub(crate) fn listen() -> Result<()> {
    ctrlc::set_handler(|| RAISED.store(true, Ordering::SeqCst)).context("listening for Ctrl-C")
}

/// Whether the person asked for the end.
pub(crate) fn raised() -> bool {
    RAISED.load(Ordering::SeqCst)
}

/// An error once the person asked for the end.
pub(crate) fn check() -> Result<()> {
    if raised() {
        bail!("interrupted");
    }
    Ok(())
}

/// Lets a moment pass between two looks at something that cannot notify; returns how long it was.
pub(crate) fn pause() -> Duration {
    const MOMENT: Duration = Duration::from_millis(50);
    std::thread::sleep(MOMENT);
    MOMENT
}
