//! The command line.

use crate::check;
use crate::config::Config;
use crate::edge;
use crate::start::{self, write_private};
use anyhow::{Context, Result, bail};
use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Parser, Subcommand};
use portico_domain::Actor;
use portico_runtime::{SystemClock, Worker, WorkerOptions};
use portico_services::{Bundle, Clock};
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Portico: the embedded integration platform that a company can own.
///
/// `portico serve` alone is enough: it keeps its data in ./data, listens on http://localhost:3000 and
/// prints a link to sign in with. A file portico.toml and PORTICO_… variables change that:
/// `portico config` prints one with every key.
#[derive(Parser)]
#[command(name = "portico", version, arg_required_else_help = true)]
pub struct Cli {
    /// The configuration file [default: portico.toml, if there is one].
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// The folder of the database and the master key [default: data].
    #[arg(long, global = true, env = "PORTICO_DATA")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the dashboard, the Connect Portal and the APIs; work the queue.
    Serve,
    /// Print a configuration file with every key, its default and what it means.
    Config,
    /// Bring the database up to date, and stop. (`serve` does it too.)
    Migrate,
    /// Make or change a project from a file: origins, integrations, events, workflows.
    ///
    /// Applying a file again is safe: things are found again by their names. Stop `serve` first.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Admins of the dashboard.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Signing keys, for scripts; the dashboard makes them in the browser.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Sign a user token with a private key, for tests.
    Token {
        /// The private key, PEM.
        #[arg(long)]
        key: PathBuf,
        /// The project's id.
        #[arg(long)]
        project: String,
        /// Your own id of the user.
        #[arg(long)]
        user: String,
        /// How long it lives, in seconds.
        #[arg(long, default_value_t = 3600)]
        life: i64,
    },
    /// Integration folders.
    #[command(subcommand)]
    Integrations(IntegrationsCommand),
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Print a one-time link that signs in (or makes the first admin). Good for 30 minutes.
    Link,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make an RSA key pair: FILE (private, PKCS#8) and FILE.pub.
    Generate {
        /// Where to write the private key.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum IntegrationsCommand {
    /// Check a folder's definition and run its recorded exchanges; says what is missing.
    Check {
        /// The folder of one integration, or of several.
        folder: PathBuf,
    },
}

/// Runs a command.
///
/// # Errors
/// In words that say what to do.
pub async fn run(cli: Cli) -> Result<()> {
    let config =
        || Config::read(cli.config.as_deref(), cli.data.clone(), |name| std::env::var(name).ok());
    match cli.command {
        Command::Serve => serve(&config()?).await,
        Command::Config => {
            print!("{}", crate::config::DOCUMENTED);
            Ok(())
        }
        Command::Migrate => {
            start::open(&config()?).await?.migrate().await?;
            println!("The database is up to date.");
            Ok(())
        }
        Command::Import { file } => import(&config()?, &file).await,
        Command::Admin(AdminCommand::Link) => {
            let services = start::services(&config()?).await?;
            println!("{}", services.admin_link(&Actor::Operator).await?);
            Ok(())
        }
        Command::Key(KeyCommand::Generate { file }) => {
            let public = generate(&file)?;
            let beside = PathBuf::from(format!("{}.pub", file.display()));
            fs::write(&beside, public)?;
            println!("Wrote {} (keep it on your server) and {}.", file.display(), beside.display());
            Ok(())
        }
        Command::Token { key, project, user, life } => {
            println!("{}", sign(&fs::read_to_string(&key)?, &project, &user, life)?);
            Ok(())
        }
        Command::Integrations(IntegrationsCommand::Check { folder }) => {
            print!("{}", check::check(&folder)?);
            Ok(())
        }
    }
}

async fn serve(config: &Config) -> Result<()> {
    let services = start::services(config).await?;
    start::greet(&services).await?;
    let v4 = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, config.port))).await?;
    // Browsers may try ::1 first for "localhost"; machines without IPv6 do without.
    let v6 = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, config.port))).await.ok();
    let stop = CancellationToken::new();
    let worker = Worker::new(services.clone(), WorkerOptions::default());
    let working = tokio::spawn(worker.run(stop.clone()));
    let app = edge::router(services, &config.site, stop.clone());
    tracing::info!("Portico serves {}", config.public_url);
    let signal = stop.clone();
    tokio::spawn(async move {
        interrupted().await;
        signal.cancel();
    });
    let second = async {
        match v6 {
            Some(listener) => listen(listener, app.clone(), stop.clone()).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(listen(v4, app.clone(), stop.clone()), second)?;
    stop.cancel();
    working.await.context("the worker")?;
    Ok(())
}

async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("port {} is in use; choose another with PORTICO_PORT", address.port())
    })
}

async fn listen(listener: TcpListener, app: Router, stop: CancellationToken) -> Result<()> {
    axum::serve(listener, app)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
        .context("serving")
}

async fn import(config: &Config, file: &Path) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let bundle = Bundle::parse(&text).with_context(|| file.display().to_string())?;
    let services = start::services(config).await?;
    let key = config.data.join("demo").join("signing-key.pem");
    let public = match bundle.generated_key() {
        None => None,
        Some(_) => Some(known_or_generated(&key)?),
    };
    let imported = services
        .import(&Actor::Operator, &bundle, public.as_deref())
        .await
        .with_context(|| file.display().to_string())?;
    let key = public.is_some().then(|| key.display().to_string());
    let line = serde_json::json!({
        "project": imported.project, "name": imported.name, "signing_key": key,
    });
    println!("{line}");
    Ok(())
}

/// The public half of a key that was generated by an earlier import, or now.
fn known_or_generated(file: &Path) -> Result<String> {
    if file.is_file() {
        let key = RsaPrivateKey::from_pkcs8_pem(&fs::read_to_string(file)?)
            .with_context(|| format!("{} is no private key", file.display()))?;
        return Ok(RsaPublicKey::from(&key).to_public_key_pem(LineEnding::LF)?);
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    generate(file)
}

/// Makes a key pair; answers the public half.
fn generate(file: &Path) -> Result<String> {
    if file.exists() {
        bail!("{} exists; a key is never overwritten", file.display());
    }
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)?;
    write_private(file, &key.to_pkcs8_pem(LineEnding::LF)?)?;
    Ok(RsaPublicKey::from(&key).to_public_key_pem(LineEnding::LF)?)
}

/// Signs a user token as a host app's backend would.
///
/// # Errors
/// The key is no RSA private key in PKCS#8.
pub fn sign(pem: &str, project: &str, user: &str, life: i64) -> Result<String> {
    let key = RsaPrivateKey::from_pkcs8_pem(pem).context("the key is no PKCS#8 PEM file")?;
    let now = SystemClock.now() + Duration::ZERO;
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = part(serde_json::json!({ "alg": "RS256", "typ": "JWT" }));
    let claims = part(serde_json::json!({
        "sub": user, "aud": format!("useparagon.com/{project}"),
        "iat": now.seconds(), "exp": now.seconds() + life,
    }));
    let signed = format!("{header}.{claims}");
    let signature = SigningKey::<Sha256>::new(key).sign(signed.as_bytes());
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
}
