//! The journeys in a real browser: `end2end/`, against the stack on ports of its own.

use crate::demo::{self, Programs};
use crate::npm;
use crate::process::{command, run, step};
use crate::site::{self, Profile, target_folder};
use crate::stack::{Ports, Settings, Stack};
use crate::{chromium, setup};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Measures the editor as it is shipped: how many frames a second while a large workflow is edited.
pub(crate) fn frames() -> Result<()> {
    let site = site::build(Profile::Release)?;
    journeys(&site, &["--config".to_owned(), "frames.config.ts".to_owned()])
}

/// Runs the journeys against a fresh data folder; `arguments` go to Playwright.
pub(crate) fn journeys(site: &Path, arguments: &[String]) -> Result<()> {
    let folder = Path::new("end2end");
    setup::node()?;
    npm::install(folder)?;
    npm::script(folder, "typecheck")?;
    let chromium = chromium::executable()?;
    let programs = demo::build(Programs::Debug)?;
    let data = target_folder().join("end2end");
    demo::empty(&data)?;
    let settings =
        Settings { ports: Ports::unused()?, data, site: site.to_owned(), programs, verbose: false };
    let stack = step("Starting Portico, the sandbox and the host app", || Stack::start(settings))?;
    let mut playwright = command("npx", ["--no-install", "playwright", "test"]);
    playwright.args(arguments).current_dir(folder).env("CHROMIUM", chromium);
    describe(&stack, &mut playwright)?;
    run(&mut playwright).with_context(|| format!("the programs' logs are in {}", stack.logs()))
}

/// Tells the tests where everything is.
fn describe(stack: &Stack, playwright: &mut Command) -> Result<()> {
    let admin_link = stack.admin_link_command();
    // Tests make their own links: each works once. The environment goes with the command, so that
    // the link is one of this Portico.
    let words: Vec<_> = std::iter::once(admin_link.get_program())
        .chain(admin_link.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    for (name, value) in admin_link.get_envs() {
        if let Some(value) = value {
            playwright.env(name, value);
        }
    }
    playwright
        .env("PORTICO_URL", stack.portico_url())
        .env("DEMO_URL", stack.host_url())
        .env("SANDBOX_URL", stack.sandbox_url())
        .env("PORTICO_PROJECT", stack.project().1)
        .env("PORTICO_SIGNING_KEY_FILE", fs::canonicalize(stack.signing_key())?)
        .env("ADMIN_LINK_COMMAND", serde_json::to_string(&words)?);
    Ok(())
}
