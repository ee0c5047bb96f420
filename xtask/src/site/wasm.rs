//! The wasm roots: cargo, wasm-bindgen and, for what is shipped, wasm-opt and esbuild.

use super::{Profile, target_folder};
use crate::npm;
use crate::process::{command, run, step};
use crate::setup::workspace_root;
use crate::stamp::Stamp;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

const ROOTS: [&str; 3] = ["portal", "editor", "dashboard"];

/// What rustc's wasm32 code uses, and size before speed: the pages wait for people.
const WASM_OPT: [&str; 11] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
];

/// What is done to the JavaScript that wasm-bindgen writes, which is made to be read.
const MINIFY: [&str; 5] =
    ["--minify", "--format=esm", "--charset=utf8", "--allow-overwrite", "--log-level=warning"];

/// Builds all roots into `pkg`.
pub(super) fn build(profile: Profile, pkg: &Path) -> Result<()> {
    for root in ROOTS {
        // One at a time: built together they would share leptos' features (docs/adr/0012).
        step(&format!("Building the {root} for the browser"), || {
            let mut build = command("cargo", ["build", "--target", "wasm32-unknown-unknown"]);
            build.args(["--profile", profile.cargo_name()]);
            if profile == Profile::Release {
                build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", shipped_flags());
            }
            run(build.arg("--package").arg(format!("portico-{root}")))
        })?;
        let module = target_folder()
            .join("wasm32-unknown-unknown")
            .join(profile.folder())
            .join(format!("portico_{root}.wasm"));
        let name = format!("wasm-{root}-{}", profile.folder());
        let options = [&WASM_OPT[..], &MINIFY[..]].concat().join(" ");
        let stamp = Stamp::of(&name, &options, &[&module])?
            .leaving(["_bg.wasm", ".js"].map(|ending| pkg.join(format!("{root}{ending}"))));
        stamp.unless_done(|| {
            step(&format!("Binding the {root} to JavaScript"), || bindgen(&module, root, pkg))?;
            match profile {
                Profile::Debug => Ok(()),
                Profile::Release => optimise(root, pkg),
            }
        })?;
    }
    Ok(())
}

/// The flags of `.cargo/config.toml`, and no path of this machine in what is shipped.
fn shipped_flags() -> String {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let mut flags = "--cfg erase_components".to_owned();
    for folder in home.map(|home| home.join("registry/src")).into_iter().chain([workspace_root()]) {
        flags += &format!(" --remap-path-prefix={}=", folder.display());
    }
    flags
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

/// Debian's binaryen is too old for what rustc writes, so it comes from npm.
fn optimise(root: &str, pkg: &Path) -> Result<()> {
    let packages = npm::tools()?;
    let wasm_opt = packages.join("binaryen/bin/wasm-opt");
    let esbuild = packages.join("esbuild/bin/esbuild");
    step(&format!("Optimising the {root}"), || {
        let module = pkg.join(format!("{root}_bg.wasm"));
        let smaller = pkg.join(format!("{root}_bg.wasm.smaller"));
        run(command("node", [&wasm_opt]).args(WASM_OPT).arg(&module).arg("-o").arg(&smaller))?;
        fs::rename(&smaller, &module).with_context(|| format!("replacing {}", module.display()))?;
        let glue = pkg.join(format!("{root}.js"));
        let outfile = format!("--outfile={}", glue.display());
        run(command("node", [&esbuild]).args(MINIFY).arg(&glue).arg(outfile))
    })
}
