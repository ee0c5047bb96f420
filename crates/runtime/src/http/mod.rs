//! The guarded way out: every request to an address that somebody else chose leaves here.
//!
//! Public https addresses only, unless the operator's origin map says otherwise; no redirects, no
//! ambient proxies, a limit on size and on time. What went wrong is told apart by whether the
//! request can have arrived.

mod address;
mod origins;

pub use origins::{OriginMap, OriginMapError, OriginRule};

use address::{NotPublic, PublicOnly, is_public};
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use portico_connector::{Delivery, HttpRequest, HttpResponse};
use portico_services::Http;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is read, in bytes.
const MAX_BODY: usize = 5 * 1024 * 1024;
/// What we call ourselves.
const USER_AGENT: &str = concat!("Portico/", env!("CARGO_PKG_VERSION"));

/// The guarded HTTP client.
#[derive(Clone)]
pub struct GuardedHttp {
    /// For everything: resolves to public addresses only.
    public: reqwest::Client,
    /// For what the operator mapped, which may be this machine.
    mapped: reqwest::Client,
    origins: Arc<OriginMap>,
}

/// Says which TLS library this process uses; once is enough, twice is harmless.
pub fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl GuardedHttp {
    /// A client with the operator's origin map.
    ///
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new(origins: OriginMap) -> Result<Self, reqwest::Error> {
        choose_tls();
        Ok(Self {
            public: builder().https_only(true).dns_resolver(Arc::new(PublicOnly)).build()?,
            mapped: builder().build()?,
            origins: Arc::new(origins),
        })
    }

    async fn deliver(self, request: HttpRequest) -> Delivery {
        let (client, url) = match self.origins.apply(&request.url) {
            Some(mapped) => (&self.mapped, mapped),
            None => match guard(&request.url) {
                Ok(()) => (&self.public, request.url.clone()),
                Err(why) => return Delivery::Refused { why },
            },
        };
        let method = match reqwest::Method::from_bytes(request.method.as_str().as_bytes()) {
            Ok(method) => method,
            Err(error) => return Delivery::NotSent { why: error.to_string() },
        };
        let mut sending = client.request(method, url).body(request.body);
        for (name, value) in &request.headers {
            sending = sending.header(name, value);
        }
        // Where it goes can hold what a log must not.
        match sending.send().await.map_err(reqwest::Error::without_url) {
            Ok(response) => read(response).await,
            Err(error) if is_refused(&error) => Delivery::Refused { why: words(&error) },
            Err(error) if error.is_connect() || error.is_builder() => {
                Delivery::NotSent { why: words(&error) }
            }
            Err(error) => Delivery::Lost { why: words(&error) },
        }
    }
}

impl Http for GuardedHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery> {
        self.clone().deliver(request).boxed()
    }

    fn for_browser(&self, url: &Url) -> Url {
        self.origins.apply(url).unwrap_or_else(|| url.clone())
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .user_agent(USER_AGENT)
}

/// A literal address never meets the resolver, so it is checked here.
fn guard(url: &Url) -> Result<(), String> {
    if url.scheme() != "https" {
        return Err("only https addresses are called".to_owned());
    }
    let literal = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain(_)) => None,
        None => return Err("the address has no host".to_owned()),
    };
    if literal.is_some_and(|ip| !is_public(ip)) {
        return Err(NotPublic.to_string());
    }
    Ok(())
}

async fn read(response: reqwest::Response) -> Delivery {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) if body.len() + chunk.len() <= MAX_BODY => body.extend_from_slice(&chunk),
            Ok(_) => return Delivery::TooLarge { limit: MAX_BODY },
            Err(error) => return Delivery::Lost { why: words(&error.without_url()) },
        }
    }
    Delivery::Answered(HttpResponse { status, headers, body })
}

/// Whether a name led to no public address.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(own) = cause {
        if own.is::<NotPublic>() {
            return true;
        }
        cause = own.source();
    }
    false
}

/// The innermost cause, without the address: addresses can hold what a log must not.
fn words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
}
