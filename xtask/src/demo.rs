//! `cargo xtask demo`: Portico with the sandbox and a host app, seeded, at addresses to click on.

use crate::process::{command, run, step};
use crate::site::{self, Profile, target_folder};
use crate::stack::{Ports, Settings, Stack};
use crate::{interrupt, setup};
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// How the demo runs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Portico's port.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The port of the demo's host app.
    #[arg(long, default_value_t = 4000)]
    demo_port: u16,
    /// The port of the simulated providers.
    #[arg(long, default_value_t = 4100)]
    sandbox_port: u16,
    /// The data folder [default: target/demo].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Begin with an empty data folder.
    #[arg(long)]
    fresh: bool,
    /// Optimised programs and pages, as they are shipped; building them takes minutes.
    #[arg(long)]
    release: bool,
    /// Show the programs' logs.
    #[arg(long)]
    verbose: bool,
}

/// Which programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Programs {
    Debug,
    Release,
}

/// Runs until interrupted, or until one of the programs ends.
pub(crate) fn run_demo(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let ports = args.ports();
    // Before minutes of building, not after.
    ports.are_free()?;
    setup::node()?;
    let data = args.data();
    if args.fresh {
        empty(&data)?;
    }
    let (profile, programs) = match args.release {
        true => (Profile::Release, Programs::Release),
        false => (Profile::Debug, Programs::Debug),
    };
    let site = site::build(profile)?;
    let programs = build(programs)?;
    interrupt::check()?;
    let settings = Settings { ports, data, site, programs, verbose: args.verbose };
    let mut stack =
        step("Starting Portico, the sandbox and the host app", || Stack::start(settings))?;
    println!("{}", welcome(&stack)?);
    while !interrupt::raised() {
        stack.check()?;
        interrupt::pause();
    }
    eprintln!("\nEnding what was started.");
    Ok(())
}

/// Builds the server and the sandbox and returns their folder.
pub(crate) fn build(programs: Programs) -> Result<PathBuf> {
    step("Building the server and the sandbox", || {
        let mut build = command("cargo", ["build", "-p", "portico", "-p", "portico-sandbox"]);
        if programs == Programs::Release {
            build.arg("--release");
        }
        run(&mut build)
    })?;
    Ok(target_folder().join(match programs {
        Programs::Debug => "debug",
        Programs::Release => "release",
    }))
}

/// Where to click.
pub(crate) fn welcome(stack: &Stack) -> Result<String> {
    let (name, project) = stack.project();
    let lines = [
        ("The host app", stack.host_url()),
        ("The dashboard", format!("{}/dashboard", stack.portico_url())),
        ("Sign in there, once, with", stack.admin_link()?),
        ("The simulated providers", stack.sandbox_url()),
        ("The project", format!("{name} ({project})")),
        ("The logs", stack.logs()),
    ];
    let mut welcome = String::from("\nPortico is running. Ctrl-C ends it.\n");
    for (what, value) in lines {
        welcome += &format!("\n  {what:<26} {value}");
    }
    Ok(welcome + "\n")
}

/// Deletes a data folder, if that is what it is.
pub(crate) fn empty(data: &Path) -> Result<()> {
    if !data.exists() {
        return Ok(());
    }
    let ours = ["portico.db", "master.key"].iter().any(|file| data.join(file).exists());
    // A start that failed early leaves nothing but these.
    let begun = fs::read_dir(data)?.all(|entry| {
        entry.is_ok_and(|entry| entry.file_name() == "logs" || entry.file_name() == "configuration")
    });
    if !ours && !begun {
        bail!(
            "{} holds neither portico.db nor master.key, so it may not be Portico's; delete it yourself",
            data.display()
        );
    }
    step(&format!("Deleting {}", data.display()), || Ok(fs::remove_dir_all(data)?))
}

impl Args {
    fn ports(&self) -> Ports {
        Ports { portico: self.port, demo: self.demo_port, sandbox: self.sandbox_port }
    }

    fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| target_folder().join("demo"))
    }
}

#[cfg(test)]
mod tests {
    use super::empty;
    use std::fs;

    #[test]
    fn only_a_data_folder_is_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("made");
        fs::write(data.join("thesis.txt"), "three years of work").expect("written");
        empty(&data).expect_err("this is somebody's");
        assert!(data.join("thesis.txt").exists());

        fs::write(data.join("master.key"), "").expect("written");
        empty(&data).expect("this is ours");
        assert!(!data.exists());
    }
}
