//! Building what the browser loads: the wasm roots and their glue, into `target/site/<profile>`.
//!
//! Done with `wasm-bindgen-cli-support` as a library: no tool has to be installed, and its version
//! is locked beside `wasm-bindgen`'s.

use crate::process::{command, run, step};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

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

const ROOTS: [&str; 2] = ["portal", "dashboard"];

/// Builds the site and returns its folder.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let target = target_folder();
    let site = target.join("site").join(profile.folder());
    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg)?;
    step("Building the pages for the browser", || {
        let mut build = command("cargo", ["build", "--target", "wasm32-unknown-unknown"]);
        build.args(["--profile", profile.cargo_name()]);
        for root in ROOTS {
            build.arg("--package").arg(format!("portico-{root}"));
        }
        run(&mut build)
    })?;
    for root in ROOTS {
        let module = target
            .join("wasm32-unknown-unknown")
            .join(profile.folder())
            .join(format!("portico_{root}.wasm"));
        bindgen(&module, root, &pkg)?;
    }
    copy_folder(Path::new("public"), &site)?;
    Ok(site)
}

fn bindgen(module: &Path, root: &str, pkg: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name(root)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .generate(pkg)
        .with_context(|| format!("wasm-bindgen on {}", module.display()))
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
