//! Building what the browser loads into `target/site/<profile>`: the wasm roots and their glue, the
//! style sheets, icons and fonts, the SDK, and the files of `public/`.
//!
//! wasm-bindgen is a library here: no tool has to be installed, and its version is locked beside
//! that of the `wasm-bindgen` in the pages.

mod compress;
mod icons;
mod sdk;
mod styles;
mod wasm;

pub(crate) use compress::{brotli_size, gzip_size};

use crate::process::step;
use crate::{npm, setup};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// How the wasm roots are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Seconds to rebuild; some megabytes.
    Debug,
    /// As it is shipped.
    Release,
}

impl Profile {
    fn cargo_name(self) -> &'static str {
        match self {
            Self::Debug => "dev",
            Self::Release => "wasm-release",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "wasm-release",
        }
    }
}

/// Builds the site and returns its folder.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    setup::wasm_target()?;
    setup::node()?;
    let site = folder(profile);
    fs::create_dir_all(site.join("pkg"))?;
    wasm::build(profile, &site.join("pkg"))?;
    assets(&site)?;
    if profile == Profile::Release {
        step("Compressing the site", || compress::beside(&site))?;
    }
    Ok(site)
}

/// Builds everything of the site that is not wasm.
pub(crate) fn assets(site: &Path) -> Result<()> {
    let packages = npm::tools()?;
    styles::bundle(site, &packages)?;
    icons::sprite(site, &packages)?;
    fonts(site, &packages)?;
    sdk::build(site)?;
    copy_folder(Path::new("public"), site)
}

/// The dashboard's font, Latin and extended Latin; the portal takes the system's.
fn fonts(site: &Path, packages: &Path) -> Result<()> {
    let (from, to) = (packages.join("@fontsource-variable/inter/files"), site.join("fonts"));
    fs::create_dir_all(&to)?;
    for subset in ["latin", "latin-ext"] {
        let file = from.join(format!("inter-{subset}-wght-normal.woff2"));
        let font = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        write_if_changed(&to.join(format!("inter-{subset}.woff2")), &font)?;
    }
    Ok(())
}

/// Where a profile's site is.
pub(crate) fn folder(profile: Profile) -> PathBuf {
    target_folder().join("site").join(profile.folder())
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// Copies a folder's files, and those of the folders in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            write_if_changed(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// Writes a file unless it says that already, so that its time of change means something.
pub(crate) fn write_if_changed(file: &Path, content: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|was| was == content) {
        return Ok(());
    }
    fs::write(file, content).with_context(|| format!("writing {}", file.display()))
}
