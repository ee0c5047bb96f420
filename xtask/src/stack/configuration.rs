//! The demo's configuration, with the ports it is really run on.

use crate::site::write_if_changed;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

/// The ports of the three programs. Portico is `localhost` and the others are `127.0.0.1`: cookies
/// ignore ports, and only another host makes the host app another site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) portico: u16,
    pub(crate) demo: u16,
    pub(crate) sandbox: u16,
}

/// The ports that the files in `demo/` name.
const WRITTEN: Ports = Ports { portico: 3000, demo: 4000, sandbox: 4100 };

impl Ports {
    /// Three ports that nothing listens on at the moment.
    pub(crate) fn unused() -> Result<Self> {
        // All three are held until all three are known, or one could be given twice.
        let held = [0; 3].map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(&held) {
            let listener = listener.as_ref().ok().context("there is no unused port")?;
            *port = listener.local_addr()?.port();
        }
        let [portico, demo, sandbox] = ports;
        Ok(Self { portico, demo, sandbox })
    }

    /// An error that names the flag to use when something listens on one of them.
    pub(crate) fn are_free(&self) -> Result<()> {
        let Self { portico, demo, sandbox } = *self;
        if portico == demo || portico == sandbox || demo == sandbox {
            bail!("--port, --demo-port and --sandbox-port have to be three different ports");
        }
        for (port, flag) in
            [(portico, "--port"), (demo, "--demo-port"), (sandbox, "--sandbox-port")]
        {
            for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
                match TcpListener::bind((address, port)) {
                    Err(error) if error.kind() == ErrorKind::AddrInUse => {
                        bail!(
                            "port {port} is in use; end what uses it, or choose another with {flag}"
                        )
                    }
                    Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                        bail!("port {port} may not be used by you; choose another with {flag}")
                    }
                    // A machine without IPv6 does without.
                    Ok(_) | Err(_) => {}
                }
            }
        }
        Ok(())
    }

    pub(super) fn portico_url(&self) -> String {
        format!("http://localhost:{}", self.portico)
    }

    pub(super) fn host_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.demo)
    }

    pub(super) fn sandbox_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sandbox)
    }

    /// The text with the ports of local addresses replaced by these.
    fn replace_in(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(colon) = rest.find(':') {
            let (before, after) = rest.split_at(colon + 1);
            replaced += before;
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (port, after) = after.split_at(digits);
            let local = before.ends_with("localhost:") || before.ends_with("127.0.0.1:");
            match port.parse::<u16>() {
                Ok(port) if local => replaced += &self.instead_of(port).to_string(),
                _ => replaced += port,
            }
            rest = after;
        }
        replaced + rest
    }

    fn instead_of(&self, port: u16) -> u16 {
        match port {
            port if port == WRITTEN.portico => self.portico,
            port if port == WRITTEN.demo => self.demo,
            port if port == WRITTEN.sandbox => self.sandbox,
            other => other,
        }
    }
}

/// The files that Portico is started with.
pub(super) struct Configuration {
    folder: PathBuf,
}

impl Configuration {
    /// Takes `demo/` as it is, or a copy of its data beside the database when the ports differ.
    pub(super) fn write(ports: &Ports, data: &Path) -> Result<Self> {
        let demo = fs::canonicalize("demo").context("there is no demo folder")?;
        if *ports == WRITTEN {
            return Ok(Self { folder: demo });
        }
        let folder = data.join("configuration");
        copy(&demo, &folder, ports)?;
        Ok(Self { folder })
    }

    pub(super) fn portico(&self) -> PathBuf {
        self.folder.join("portico.toml")
    }

    pub(super) fn project(&self) -> PathBuf {
        self.folder.join("project.toml")
    }
}

/// Copies the folder's data files: `project.toml` may name others by their relative path.
fn copy(from: &Path, to: &Path, ports: &Ports) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("an entry has a name")?);
        if path.is_dir() {
            copy(&path, &target, ports)?;
        } else if path.extension().is_some_and(|ending| ending == "toml" || ending == "json") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            write_if_changed(&target, ports.replace_in(&text).as_bytes())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Ports;
    use std::net::TcpListener;

    #[test]
    fn only_ports_of_local_addresses_are_replaced() {
        let ports = Ports { portico: 4000, demo: 3000, sandbox: 7 };
        let written = r#"
            origins = ["http://localhost:3000", "http://127.0.0.1:4000"]
            "https://login.salesforce.com" = "http://127.0.0.1:4100/salesforce"
            other = "https://example.com:3000 http://localhost:30001 http://localhost:9"
            ends = "http://localhost:3000"#;
        let replaced = r#"
            origins = ["http://localhost:4000", "http://127.0.0.1:3000"]
            "https://login.salesforce.com" = "http://127.0.0.1:7/salesforce"
            other = "https://example.com:3000 http://localhost:30001 http://localhost:9"
            ends = "http://localhost:4000"#;
        assert_eq!(ports.replace_in(written), replaced);
    }

    #[test]
    fn a_busy_port_is_named_with_the_flag_that_changes_it() {
        let ports = Ports::unused().expect("ports");
        ports.are_free().expect("nothing listens yet");
        let _busy = TcpListener::bind(("127.0.0.1", ports.demo)).expect("listening");
        let told = ports.are_free().expect_err("something listens").to_string();
        assert!(told.contains(&ports.demo.to_string()) && told.ends_with("--demo-port"), "{told}");
    }
}
