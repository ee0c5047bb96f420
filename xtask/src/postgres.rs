//! A PostgreSQL server of one's own: made for a test run, gone after it.

use crate::process::{command, exists, read, run, step};
use crate::site::target_folder;
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian's packages put the server's programs, one folder per version.
const INSTALLED: &str = "/usr/lib/postgresql";

/// A running server with an empty database `postgres`. It is stopped and removed when dropped.
pub(crate) struct Cluster {
    programs: Programs,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a server under the target folder and starts it on a free port of the loopback
    /// interface. Installs PostgreSQL first if it is missing.
    pub(crate) fn start() -> Result<Self> {
        let bin = match binaries() {
            Some(bin) => bin,
            None => {
                step("Installing PostgreSQL", install)?;
                binaries().context("PostgreSQL was installed, but its programs are not found")?
            }
        };
        let programs = Programs { bin, account: account()? };
        let parent = parent(&programs)?;
        clear(&programs, &parent);
        let folder = parent.join(std::process::id().to_string());
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        let cluster = Self { programs, folder, port: free_port()? };
        step("Starting PostgreSQL", || cluster.launch())?;
        Ok(cluster)
    }

    /// The address of the server and of its database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn launch(&self) -> Result<()> {
        if let Some(account) = &self.programs.account {
            run(command("chown", [account.as_str()]).arg(&self.folder))?;
        }
        let data = self.folder.join("data");
        let mut initdb = self.programs.command("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        read(initdb.arg("--pgdata").arg(&data))?;
        let log = self.folder.join("log");
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=on",
            self.port
        );
        let mut start = self.programs.command("pg_ctl");
        start.args(["start", "--wait", "--timeout=60", "--options", &options]);
        start.arg("--pgdata").arg(&data).arg("--log").arg(&log);
        read(&mut start).with_context(|| {
            format!("the server said:\n{}", fs::read_to_string(&log).unwrap_or_default())
        })?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.programs, &self.folder) {
            eprintln!("    PostgreSQL in {} is left behind: {error:#}", self.folder.display());
        }
    }
}

/// The server's programs, and the account that runs them if it is not our own.
struct Programs {
    bin: PathBuf,
    account: Option<String>,
}

impl Programs {
    fn command(&self, program: &str) -> Command {
        let mut command = self.unprivileged();
        command.arg(self.bin.join(program));
        command
    }

    /// PostgreSQL refuses to be run by root.
    fn unprivileged(&self) -> Command {
        let mut command = match &self.account {
            Some(account) => command("runuser", ["-u", account, "--"]),
            None => command("env", [""; 0]),
        };
        // A folder that everyone may be in: the programs complain if they cannot enter it.
        command.current_dir("/");
        command
    }

    fn can_enter(&self, folder: &Path) -> bool {
        self.unprivileged()
            .args(["test", "-x"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// The account to run the server with if we are root.
fn account() -> Result<Option<String>> {
    if read(&mut command("id", ["-u"]))?.trim() != "0" {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    for name in ["postgres", "nobody"] {
        if accounts.lines().any(|line| line.split(':').next() == Some(name)) {
            return Ok(Some(name.to_owned()));
        }
    }
    bail!("PostgreSQL does not run as root, and there is no account postgres or nobody");
}

/// The folder with the programs, of the newest version installed; else where the PATH has them.
fn binaries() -> Option<PathBuf> {
    let whole = |bin: &PathBuf| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file();
    let version = |bin: &PathBuf| {
        let name = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        name.and_then(|name| name.parse::<u32>().ok())
    };
    let installed = fs::read_dir(INSTALLED).into_iter().flatten().flatten();
    let newest =
        installed.map(|folder| folder.path().join("bin")).filter(whole).max_by_key(version);
    newest.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(whole)
    })
}

/// Installs Debian's package, which also makes the account.
fn install() -> Result<()> {
    if !exists("apt-get") {
        bail!("PostgreSQL is not installed; install it so that initdb is on the PATH");
    }
    let apt = |arguments: &[&str]| {
        let mut apt = match account()? {
            Some(_) => command("env", [""; 0]),
            None => command("sudo", ["env"]),
        };
        run(apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments))
    };
    apt(&["update", "--quiet"])?;
    apt(&["install", "--quiet", "--yes", "--no-install-recommends", "postgresql"])
}

/// Where servers are made: under the target folder, unless the server's account cannot get there.
fn parent(programs: &Programs) -> Result<PathBuf> {
    let target = std::path::absolute(target_folder())?.join("postgres");
    let temporary = std::env::temp_dir().join("portico-postgres");
    for folder in [target, temporary] {
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        if programs.can_enter(&folder) {
            return Ok(folder);
        }
    }
    bail!("the account that runs PostgreSQL can enter neither the target nor the temporary folder");
}

/// Removes the servers of runs that were killed. Best effort: they are in nobody's way.
fn clear(programs: &Programs, parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_pid = name.to_str().is_some_and(|name| name.parse::<u32>().is_ok());
        if is_pid && !Path::new("/proc").join(&name).exists() {
            let _ = remove(programs, &entry.path());
        }
    }
}

fn remove(programs: &Programs, folder: &Path) -> Result<()> {
    let data = folder.join("data");
    if data.join("postmaster.pid").exists() {
        // Nothing in it is kept, so there is nothing to write down.
        let mut stop = programs.command("pg_ctl");
        read(stop.args(["stop", "--wait", "--mode=immediate", "--pgdata"]).arg(&data))?;
    }
    fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))
}

fn free_port() -> Result<u16> {
    let free = TcpListener::bind(("127.0.0.1", 0)).context("finding a free port")?;
    Ok(free.local_addr()?.port())
}
