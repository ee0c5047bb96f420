//! One program that runs until we end it.

use crate::interrupt;
use crate::process::command;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// Where what a program prints goes.
pub(super) enum Output {
    Terminal,
    /// A file per program, named after it.
    Folder(PathBuf),
}

/// A running program; ended when dropped.
pub(super) struct Child {
    name: &'static str,
    process: std::process::Child,
    log: Option<PathBuf>,
}

/// How long a program may take to end in its own way.
const GRACE: Duration = Duration::from_secs(10);

impl Child {
    pub(super) fn start(name: &'static str, mut command: Command, output: &Output) -> Result<Self> {
        let mut log = None;
        if let Output::Folder(folder) = output {
            fs::create_dir_all(folder)?;
            let path = folder.join(name).with_extension("log");
            let file =
                File::create(&path).with_context(|| format!("writing {}", path.display()))?;
            command.stdout(file.try_clone()?).stderr(file);
            log = Some(path);
        }
        // Its own process group: Ctrl-C reaches us alone, and we end the programs in their order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let process = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("{name} could not be started"))?;
        Ok(Self { name, process, log })
    }

    /// An error when it has ended by itself, with the last lines of its log.
    pub(super) fn check(&mut self) -> Result<()> {
        let Some(status) = self.ended() else {
            return Ok(());
        };
        let Some(log) = &self.log else {
            bail!("{} ended with {status}", self.name);
        };
        let text = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        bail!("{} ended with {status}; the end of {}:\n{last}", self.name, log.display())
    }

    /// Asks it to end, waits, and insists when it does not.
    pub(super) fn end(&mut self) {
        if self.ended().is_some() {
            return;
        }
        if cfg!(unix) {
            // The shell's own `kill`: std knows SIGKILL only, and asking first lets a server finish
            // what it is writing.
            let asked = format!("kill -TERM {}", self.process.id());
            let _ = command("sh", ["-c", &asked]).status();
            let mut waited = Duration::ZERO;
            while waited < GRACE {
                if self.ended().is_some() {
                    return;
                }
                waited += interrupt::pause();
            }
            eprintln!("{} did not end within {} s; killing it", self.name, GRACE.as_secs());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().ok().flatten()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Child, Output};
    use crate::process::command;

    #[test]
    fn a_dropped_child_is_gone() {
        let child = Child::start("cat", command("tail", ["-f", "/dev/null"]), &Output::Terminal)
            .expect("started");
        let alive = format!("kill -0 {} 2>/dev/null", child.process.id());
        assert!(command("sh", ["-c", &alive]).status().expect("run").success());
        drop(child);
        assert!(!command("sh", ["-c", &alive]).status().expect("run").success());
    }

    #[test]
    fn the_end_of_a_childs_log_is_told_when_it_dies() {
        let folder = tempfile::tempdir().expect("a folder");
        let dies = command("sh", ["-c", "echo no such table; exit 3"]);
        let output = Output::Folder(folder.path().to_owned());
        let mut child = Child::start("portico", dies, &output).expect("started");
        child.process.wait().expect("ended");
        let told = child.check().expect_err("it died").to_string();
        assert!(told.contains("exit status: 3") && told.ends_with("no such table"), "{told}");
    }
}
