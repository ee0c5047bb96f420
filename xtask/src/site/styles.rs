//! The style sheets: plain CSS, four files in a row per room.

use super::write_if_changed;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// What both rooms begin with.
const SHARED: [&str; 3] = ["tokens", "base", "components"];
const ROOMS: [&str; 2] = ["portal", "dashboard"];

/// Writes `portal.css` and `dashboard.css`.
pub(super) fn bundle(site: &Path) -> Result<()> {
    for room in ROOMS {
        let mut sheet = String::new();
        for part in SHARED.into_iter().chain([room]) {
            let file = Path::new("style").join(part).with_extension("css");
            sheet += &fs::read_to_string(&file)
                .with_context(|| format!("reading {}", file.display()))?;
            sheet.push('\n');
        }
        write_if_changed(&site.join(room).with_extension("css"), sheet.as_bytes())?;
    }
    Ok(())
}
