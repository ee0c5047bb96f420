//! What the operator decides: one file, the environment on top, a default for everything.

use anyhow::{Context, Result, bail};
use portico_runtime::OriginRule;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use url::Url;

/// The file's name where none is given.
const FILE: &str = "portico.toml";

/// A file with every key, its default and what it means.
pub const DOCUMENTED: &str = include_str!("../portico.default.toml");

/// The configuration file. Every key may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Where Portico is reached from outside, possibly with a path.
    pub public_url: Option<Url>,
    /// The port, on the loopback addresses: TLS ends in front of Portico.
    pub port: Option<u16>,
    /// The folder of the database and the master key.
    pub data: Option<PathBuf>,
    /// `sqlite:<file>` or `postgres://…`.
    pub database: Option<String>,
    /// The folders of integration folders: one, or a list.
    pub integrations: Option<Folders>,
    /// More of them, beside the usual ones.
    pub extra_integrations: Vec<PathBuf>,
    /// The folder with the built pages.
    pub site: Option<PathBuf>,
    /// The longest body of an event, in bytes.
    pub max_event_bytes: Option<usize>,
    /// How many days executions, events and messages are kept once they have ended.
    pub retention_days: Option<u32>,
    /// Where real hosts are found instead, for tests and demos.
    pub origins: Vec<OriginRule>,
}

/// One folder, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Folders {
    /// One.
    One(PathBuf),
    /// Several.
    Several(Vec<PathBuf>),
}

/// The configuration as it is in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where Portico is reached from outside.
    pub public_url: Url,
    /// The port.
    pub port: u16,
    /// The folder of the database and the master key.
    pub data: PathBuf,
    /// The database's address.
    pub database: String,
    /// The folders of integration folders; each adds to those before it.
    pub integrations: Vec<PathBuf>,
    /// The folder with the built pages.
    pub site: PathBuf,
    /// The longest body of an event, in bytes.
    pub max_event_bytes: usize,
    /// How many days executions, events and messages are kept once they have ended.
    pub retention_days: u32,
    /// Where real hosts are found instead.
    pub origins: Vec<OriginRule>,
}

impl Config {
    /// Reads the file (`portico.toml` in the working folder, if there is one, unless `file` names
    /// another), then the environment through `env`.
    ///
    /// # Errors
    /// A file or a value that cannot be used, in words.
    pub fn read(
        file: Option<&Path>,
        data: Option<PathBuf>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let file = match file {
            Some(path) => parse(path)?,
            None if Path::new(FILE).is_file() => parse(Path::new(FILE))?,
            None => File::default(),
        };
        let port = match env("PORTICO_PORT") {
            Some(text) => text.parse().context("PORTICO_PORT is no port")?,
            None => file.port.unwrap_or(3000),
        };
        let public_url = match env("PORTICO_PUBLIC_URL") {
            Some(text) => Url::parse(&text).context("PORTICO_PUBLIC_URL is no URL")?,
            None => match file.public_url {
                Some(url) => url,
                None => Url::parse(&format!("http://localhost:{port}"))?,
            },
        };
        check_public_url(&public_url)?;
        let data = data.or(file.data).unwrap_or_else(|| PathBuf::from("data"));
        let database = env("PORTICO_DATABASE")
            .or(file.database)
            .unwrap_or_else(|| format!("sqlite:{}", data.join("portico.db").display()));
        let site = env("PORTICO_SITE").map(PathBuf::from).or(file.site);
        let mut integrations = match (env("PORTICO_INTEGRATIONS"), file.integrations) {
            (Some(list), _) => folders(&list),
            (None, Some(Folders::One(folder))) => vec![folder],
            (None, Some(Folders::Several(list))) => list,
            (None, None) => vec![near_the_program("integrations")],
        };
        match env("PORTICO_EXTRA_INTEGRATIONS") {
            Some(list) => integrations.extend(folders(&list)),
            None => integrations.extend(file.extra_integrations),
        }
        Ok(Self {
            public_url,
            port,
            data,
            database,
            integrations,
            site: site.unwrap_or_else(|| near_the_program("site")),
            max_event_bytes: file.max_event_bytes.unwrap_or(1024 * 1024),
            retention_days: file.retention_days.unwrap_or(90).max(1),
            origins: file.origins,
        })
    }
}

fn parse(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the configuration {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the configuration {}", path.display()))
}

/// A list as `PATH` has one.
fn folders(list: &str) -> Vec<PathBuf> {
    std::env::split_paths(list).filter(|folder| !folder.as_os_str().is_empty()).collect()
}

/// Cookies and passwords need https; only this machine is safe without.
fn check_public_url(url: &Url) -> Result<()> {
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        bail!(
            "public_url {url} must be https: let TLS end in front of Portico (docs/self-hosting.md)"
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        bail!("public_url {url} must have no query and no fragment");
    }
    if url.as_str().contains("proxy") {
        tracing::warn!(%url, "Paragon's SDK treats addresses that contain \"proxy\" specially");
    }
    Ok(())
}

/// A folder beside the program (an installation), or in the working folder (a clone).
fn near_the_program(name: &str) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    match beside {
        Some(folder) if folder.is_dir() => folder,
        _ if name == "site" => PathBuf::from("target/site/debug"),
        _ => PathBuf::from(name),
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use std::path::Path;

    #[test]
    fn the_documented_file_says_the_defaults_and_every_key() {
        let none = |_: &str| None;
        let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("portico.default.toml");
        let from_file = Config::read(Some(&documented), None, none).expect("the documented file");
        let bare = Config::read(None, None, none).expect("defaults");
        assert_eq!(format!("{from_file:?}"), format!("{bare:?}"));
        let text = std::fs::read_to_string(documented).expect("a text");
        let unknown = toml::from_str::<super::File>("nonsense = 1").expect_err("a key too many");
        for key in unknown.message().split('`').skip(3).step_by(2) {
            assert!(text.contains(key), "portico.default.toml says nothing of {key}");
        }
    }

    #[test]
    fn the_environment_wins_and_everything_has_a_default() {
        let none = |_: &str| None;
        let config = Config::read(None, None, none).expect("defaults");
        assert_eq!(config.public_url.as_str(), "http://localhost:3000/");
        assert_eq!(config.database, "sqlite:data/portico.db");
        let env = |name: &str| (name == "PORTICO_PORT").then(|| "3100".to_owned());
        let config = Config::read(None, Some("x".into()), env).expect("a port");
        assert_eq!(config.public_url.as_str(), "http://localhost:3100/");
        assert_eq!(config.data, Path::new("x"));
    }

    #[test]
    fn integrations_come_from_as_many_folders_as_are_named() {
        let folders = |file: &str, env: &[(&str, &str)]| {
            let place = tempfile::tempdir().expect("a folder");
            let path = place.path().join("portico.toml");
            std::fs::write(&path, file).expect("a file");
            let env = |name: &str| env.iter().find(|own| own.0 == name).map(|own| own.1.to_owned());
            let config = Config::read(Some(&path), None, env).expect("a configuration");
            config.integrations.iter().map(|own| own.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(folders("integrations = \"a\"", &[]), ["a"]);
        assert_eq!(folders("integrations = [\"a\", \"b\"]", &[]), ["a", "b"]);
        assert_eq!(folders("integrations = \"a\"\nextra_integrations = [\"c\"]", &[]), ["a", "c"]);
        let listed = std::env::join_paths(["d", "e"]).expect("a list");
        let listed = listed.to_str().expect("text");
        assert_eq!(
            folders("integrations = \"a\"", &[("PORTICO_INTEGRATIONS", listed)]),
            ["d", "e"]
        );
        let extra = ("PORTICO_EXTRA_INTEGRATIONS", "f");
        assert_eq!(folders("", &[("PORTICO_INTEGRATIONS", "d"), extra]), ["d", "f"]);
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (url, fine) in [
            ("https://portico.example.com/base", true),
            ("http://127.0.0.1:3000", true),
            ("http://portico.example.com", false),
            ("https://portico.example.com/?a=b", false),
        ] {
            let env = |name: &str| (name == "PORTICO_PUBLIC_URL").then(|| url.to_owned());
            assert_eq!(Config::read(None, None, env).is_ok(), fine, "{url}");
        }
    }
}
