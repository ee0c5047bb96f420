//! The browser SDK: built by its own `package.json`, served from the root of the site.

use super::copy_folder;
use crate::process::step;
use crate::{npm, stamp::Stamp};
use anyhow::Result;
use std::path::Path;

/// Builds the SDK when its sources changed, and copies it to the site.
pub(super) fn build(site: &Path) -> Result<()> {
    let folder = Path::new("sdk");
    npm::install(folder)?;
    let inputs = [
        "src",
        "build.mjs",
        "size.mjs",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "tsconfig.build.json",
    ]
    .map(|input| folder.join(input));
    let inputs: Vec<&Path> = inputs.iter().map(AsRef::as_ref).collect();
    let dist = folder.join("dist");
    Stamp::of("sdk", "", &inputs)?
        .leaving(["sdk.js", "sdk.mjs", "sdk.d.ts"].map(|file| dist.join(file)))
        .unless_done(|| step("Building the SDK", || npm::script(folder, "build")))?;
    copy_folder(&dist, site)
}
