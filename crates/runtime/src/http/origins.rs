//! The operator's origin map: real hosts in the definitions, other places in tests and demos.

use serde::Deserialize;
use url::Url;

/// One rule: `from = "https://*.my.salesforce.com"`, `to = "http://127.0.0.1:4100/salesforce/{1}"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginRule {
    /// A real origin. `*` stands for one label of its host.
    pub from: String,
    /// Where it is sent instead; `{1}` is what `*` stood for. May be this machine.
    pub to: String,
}

/// A rule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginMapError {
    /// `from` is no origin.
    #[error("from = {0:?} is no origin; write https://host or https://*.host")]
    From(String),
    /// `to` is no base address.
    #[error("to = {0:?} is no http or https address without query")]
    To(String),
}

/// Rules, first match wins. Empty in production.
#[derive(Clone, Debug, Default)]
pub struct OriginMap {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    /// What stands before and after the `*`; without one, the whole host and nothing.
    before: String,
    after: Option<String>,
    port: Option<u16>,
    to: String,
}

/// A label that no host has, in whose place the `*` is parsed.
const STAR: &str = "x--star--x";

impl OriginMap {
    /// Reads rules.
    ///
    /// # Errors
    /// [`OriginMapError`], with the text that is wrong.
    pub fn new(rules: &[OriginRule]) -> Result<Self, OriginMapError> {
        let rules = rules.iter().map(Rule::read).collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// The targets that are not this machine, worth a warning at start.
    pub fn remote_targets(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.to.as_str()).filter(|to| {
            let url = Url::parse(&to.replace("{1}", "x")).ok();
            let host = url.as_ref().and_then(Url::host_str);
            !matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"))
        })
    }

    /// Where an address is sent instead, if a rule is for it.
    pub fn apply(&self, url: &Url) -> Option<Url> {
        self.rules.iter().find_map(|rule| rule.apply(url))
    }
}

impl Rule {
    fn read(rule: &OriginRule) -> Result<Self, OriginMapError> {
        let wrong_from = || OriginMapError::From(rule.from.clone());
        let from = Url::parse(&rule.from.replacen('*', STAR, 1)).map_err(|_| wrong_from())?;
        let host = from.host_str().ok_or_else(wrong_from)?;
        let bare = from.path() == "/" && from.query().is_none() && from.username().is_empty();
        if from.scheme() != "https" || !bare || host.contains('*') {
            return Err(wrong_from());
        }
        let wrong_to = || OriginMapError::To(rule.to.clone());
        let to = Url::parse(&rule.to.replace("{1}", "x")).map_err(|_| wrong_to())?;
        if !matches!(to.scheme(), "http" | "https") || to.query().is_some() {
            return Err(wrong_to());
        }
        let (before, after) = match host.split_once(STAR) {
            Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
            None => (host.to_owned(), None),
        };
        let to = rule.to.trim_end_matches('/').to_owned();
        Ok(Self { before, after, port: from.port(), to })
    }

    fn apply(&self, url: &Url) -> Option<Url> {
        if url.scheme() != "https" || url.port() != self.port {
            return None;
        }
        let host = url.host_str()?;
        let label = match &self.after {
            None if host == self.before => "",
            None => return None,
            Some(after) => host.strip_prefix(&self.before)?.strip_suffix(after.as_str())?,
        };
        if label.contains('.') || (self.after.is_some() && label.is_empty()) {
            return None;
        }
        let mut to = Url::parse(&self.to.replace("{1}", label)).ok()?;
        let path = format!("{}{}", to.path().trim_end_matches('/'), url.path());
        to.set_path(&path);
        to.set_query(url.query());
        Some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::{OriginMap, OriginMapError, OriginRule};

    fn rule(from: &str, to: &str) -> OriginRule {
        OriginRule { from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn an_origin_goes_where_its_rule_says() {
        let map = OriginMap::new(&[
            rule("https://login.example.com", "http://127.0.0.1:4100/login"),
            rule("https://*.my.example.com", "http://127.0.0.1:4100/org/{1}/"),
        ])
        .expect("two rules");
        let sent = |url: &str| map.apply(&url.parse().expect(url)).map(String::from);
        assert_eq!(
            sent("https://login.example.com/oauth?a=b%20c").as_deref(),
            Some("http://127.0.0.1:4100/login/oauth?a=b%20c")
        );
        assert_eq!(
            sent("https://acme.my.example.com/data/a%2Fb").as_deref(),
            Some("http://127.0.0.1:4100/org/acme/data/a%2Fb")
        );
        for other in [
            "http://login.example.com/",
            "https://login.example.com:8443/",
            "https://evil-login.example.com/",
            "https://my.example.com/",
            "https://.my.example.com/",
            "https://a.b.my.example.com/",
            "https://acme.my.example.com.evil.test/",
        ] {
            if let Ok(url) = other.parse() {
                assert_eq!(map.apply(&url), None, "{other}");
            }
        }
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_refused() {
        for from in
            ["login.example.com", "http://login.example.com", "https://a/b", "https://*.*.x"]
        {
            let refused = OriginMap::new(&[rule(from, "http://127.0.0.1:1")]);
            assert_eq!(refused.err(), Some(OriginMapError::From(from.to_owned())));
        }
        let refused = OriginMap::new(&[rule("https://a.test", "ftp://b.test")]);
        assert_eq!(refused.err(), Some(OriginMapError::To("ftp://b.test".to_owned())));
    }
}
