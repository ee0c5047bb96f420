//! The one way out of the sandbox: a POST to a port of this machine.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

/// Slack waits for three seconds; nobody here waits longer.
const LONGEST: Duration = Duration::from_secs(3);
const MOST_BYTES: usize = 64 * 1024;

/// A request on its way out.
pub(super) struct Outgoing {
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// Where on this machine an address is. `None`: elsewhere, or not plain HTTP.
pub(super) fn here(url: &Url) -> Option<(IpAddr, u16)> {
    if url.scheme() != "http" {
        return None;
    }
    let ip = match url.host()? {
        // Not looked up: what a name server says is no reason to leave this machine.
        Host::Domain("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Host::Domain(_) => return None,
        Host::Ipv4(own) => IpAddr::V4(own),
        Host::Ipv6(own) if own == Ipv6Addr::LOCALHOST => IpAddr::V6(own),
        Host::Ipv6(_) => return None,
    };
    ip.is_loopback().then_some((ip, url.port_or_known_default()?))
}

/// Sends, and answers the status with the body, or why there is none in Slack's words.
pub(super) async fn post(outgoing: &Outgoing) -> Result<(u16, String), &'static str> {
    timeout(LONGEST, sent(outgoing)).await.map_err(|_| "http_timeout")?
}

async fn sent(outgoing: &Outgoing) -> Result<(u16, String), &'static str> {
    let failed = |_| "connection_failed";
    let url = Url::parse(&outgoing.url).map_err(|_| "unknown_error")?;
    let to = here(&url).ok_or("unknown_error")?;
    let stream = TcpStream::connect(to).await.map_err(|_| "connection_failed")?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
    tokio::spawn(connection);
    let path =
        url.query().map_or_else(|| url.path().to_owned(), |own| format!("{}?{own}", url.path()));
    let host = format!("{}:{}", url.host_str().unwrap_or_default(), to.1);
    let mut request = Request::post(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json");
    for (name, value) in &outgoing.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(outgoing.body.clone())).map_err(|_| "unknown_error")?;
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status().as_u16();
    let body = to_bytes(Body::new(response.into_body()), MOST_BYTES).await.unwrap_or_default();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::here;
    use url::Url;

    #[test]
    fn nothing_leaves_this_machine() {
        for (url, is_here) in [
            ("http://127.0.0.1:3000/hook", true),
            ("http://localhost/hook", true),
            ("http://[::1]:3000/", true),
            ("http://127.9.9.9/", true),
            ("https://localhost/", false),
            ("http://10.0.0.1/", false),
            ("http://0.0.0.0/", false),
            ("http://[::ffff:127.0.0.1]/", false),
            ("http://localhost.example/", false),
            ("http://169.254.169.254/", false),
        ] {
            assert_eq!(here(&Url::parse(url).expect("a URL")).is_some(), is_here, "{url}");
        }
    }
}
