//! From a configuration to running services.

use crate::config::Config;
use anyhow::{Context, Result, bail};
use portico_connector::{Assets, Definition};
use portico_domain::Actor;
use portico_runtime::{GuardedHttp, OriginMap, QuickJs, SystemClock, SystemEntropy};
use portico_services::{Catalogue, Entropy, MasterKey, Ports, Services, Settings, is_sealed};
use portico_storage::{Dialect, Store};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Opens and migrates the database, finds the master key, loads the integrations.
///
/// # Errors
/// In words that say what to do.
pub async fn services(config: &Config) -> Result<Services> {
    let store = open(config).await?;
    store.migrate().await?;
    let master = master_key(config, &store).await?;
    let origins = OriginMap::new(&config.origins).context("[[origins]] in the configuration")?;
    for to in origins.remote_targets() {
        tracing::warn!(to, "calls to providers are sent to a machine that is not this one");
    }
    let ports = Ports {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        http: Arc::new(GuardedHttp::new(origins).context("setting up TLS")?),
        functions: Arc::new(QuickJs::default()),
    };
    let settings = Settings {
        public_url: config.public_url.clone(),
        max_event_bytes: config.max_event_bytes,
        retention_days: config.retention_days,
    };
    let catalogue = catalogue(&config.integrations)?;
    Ok(Services::start(store, ports, settings, catalogue, master).await?)
}

/// Opens the database.
///
/// # Errors
/// It cannot be reached or its address is wrong.
pub async fn open(config: &Config) -> Result<Store> {
    fs::create_dir_all(&config.data)
        .with_context(|| format!("making the data folder {}", config.data.display()))?;
    Store::open(&config.database).await.context("opening the database")
}

/// Reads every folder of integrations. A folder that is itself an integration counts as one.
///
/// # Errors
/// Every mistake, with file and line; two folders that define the same type.
pub fn catalogue(folders: &[PathBuf]) -> Result<Catalogue> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut definitions = Vec::new();
    for path in integration_folders(folders)? {
        let definition = definition(&path)?;
        let kind = definition.kind().to_owned();
        if let Some(other) = found.insert(kind.clone(), path.clone()) {
            bail!(
                "{} and {} both define the integration {kind:?}; remove one, or give it a type of \
                 its own",
                other.display(),
                path.display()
            );
        }
        definitions.push(definition);
    }
    Ok(Catalogue::new(definitions)?)
}

fn integration_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let is_integration = |path: &Path| path.join("integration.toml").is_file();
    let mut paths = Vec::new();
    for folder in folders {
        if is_integration(folder) {
            paths.push(folder.clone());
            continue;
        }
        let entries = fs::read_dir(folder).with_context(|| {
            format!(
                "no integrations at {}; set PORTICO_INTEGRATIONS (several folders are separated \
                 as in PATH)",
                folder.display()
            )
        })?;
        let mut own = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if is_integration(&path) {
                own.push(path);
            }
        }
        own.sort();
        paths.extend(own);
    }
    Ok(paths)
}

/// Reads one folder.
///
/// # Errors
/// Every mistake, with file and line.
pub fn definition(folder: &Path) -> Result<Definition> {
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    };
    let assets = Assets {
        overview: text("overview.md")?,
        guide: text("guide.md")?,
        icon_svg: text("icon.svg")?,
    };
    let file = folder.join("integration.toml");
    let name = file.display().to_string();
    Definition::parse(&name, &text("integration.toml")?, assets).map_err(|problems| {
        let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", list.join("\n"))
    })
}

/// The key that seals secrets: from the environment, or from the data folder, or new.
async fn master_key(config: &Config, store: &Store) -> Result<MasterKey> {
    if let Some(file) = std::env::var_os("PORTICO_MASTER_KEY_FILE") {
        let text = Zeroizing::new(fs::read_to_string(&file).with_context(|| {
            format!("reading PORTICO_MASTER_KEY_FILE {}", Path::new(&file).display())
        })?);
        return Ok(MasterKey::from_base64(&text)?);
    }
    if let Ok(text) = std::env::var("PORTICO_MASTER_KEY") {
        return Ok(MasterKey::from_base64(&Zeroizing::new(text))?);
    }
    if store.dialect() == Dialect::Postgres {
        bail!(
            "PostgreSQL is shared by several nodes: give all of them the same key with \
             PORTICO_MASTER_KEY_FILE or PORTICO_MASTER_KEY (32 bytes in base64: `openssl rand -base64 32`)"
        );
    }
    let file = config.data.join("master.key");
    if file.is_file() {
        let text = Zeroizing::new(fs::read_to_string(&file)?);
        return MasterKey::from_base64(&text).with_context(|| file.display().to_string());
    }
    if is_sealed(store).await? {
        bail!(
            "{} is missing, but the database holds secrets sealed with it. Restore the file from a \
             backup, or give the key with PORTICO_MASTER_KEY_FILE",
            file.display()
        );
    }
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    let (key, text) = MasterKey::from_bytes(bytes);
    write_private(&file, &text)?;
    tracing::info!("made the master key {}; back it up, nothing opens without it", file.display());
    Ok(key)
}

/// A file that only its owner reads.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).with_context(|| format!("writing {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// Prints the first sign-in link where nobody can sign in yet.
///
/// # Errors
/// The database failed.
pub async fn greet(services: &Services) -> Result<()> {
    if services.has_no_admin().await? {
        let link = services.admin_link(&Actor::Operator).await?;
        tracing::info!("nobody can sign in yet; open this once, within 30 minutes: {link}");
    }
    Ok(())
}
