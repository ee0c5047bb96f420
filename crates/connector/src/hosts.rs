//! The hosts that may be called at all.

use std::fmt;
use url::Url;

/// Names of hosts; `*.` stands for one label or more.
#[derive(Clone)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether an address is one of these: https, and a host on the list.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && self.0.iter().any(|allowed| match allowed.strip_prefix("*.") {
                None => host == allowed,
                Some(parent) => host
                    .strip_suffix(parent)
                    .is_some_and(|labels| labels.len() > 1 && labels.ends_with('.')),
            })
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}
