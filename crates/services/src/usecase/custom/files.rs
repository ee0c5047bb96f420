//! The files of a project's own integration: read, and checked for what only a stranger's folder can
//! do wrong.

use super::icon;
use crate::catalogue::{CUSTOM, Catalogue};
use portico_connector::{Assets, Definition, Problem};
use portico_domain::ProjectId;
use portico_domain::custom::CustomFiles;
use portico_domain::view::FileProblem;

/// The longest of the texts, in bytes.
const LONGEST: usize = 256 * 1024;
/// Endings of names that only a machine's own network knows.
const PRIVATE: [&str; 5] = [".local", ".localhost", ".internal", ".lan", ".home.arpa"];

/// Reads the definition.
pub(crate) fn parse(files: &CustomFiles) -> Result<Definition, Vec<FileProblem>> {
    parse_of("", files)
}

/// Reads the definition that calls are made with: its limits are the project's alone, whatever
/// another project calls its own.
pub(crate) fn parse_of(owner: &str, files: &CustomFiles) -> Result<Definition, Vec<FileProblem>> {
    let assets = Assets {
        overview: files.overview.clone(),
        guide: files.guide.clone(),
        icon_svg: files.icon.clone(),
    };
    let read = Definition::parse_of(owner, "integration.toml", &files.definition, assets);
    read.map_err(|problems| {
        let problem = |Problem { line, message, .. }| FileProblem { line, message };
        problems.into_iter().map(problem).collect()
    })
}

/// Reads the definition of a project's own integration: it is of the project's own kind, calls public
/// hosts only, and its icon is a picture.
pub(crate) fn check(files: &CustomFiles) -> Result<Definition, Vec<FileProblem>> {
    let whole = |message: String| vec![FileProblem { line: 0, message }];
    for (name, text) in [
        ("integration.toml", &files.definition),
        ("overview.md", &files.overview),
        ("guide.md", &files.guide),
    ] {
        if text.len() > LONGEST {
            return Err(whole(format!("{name} is longer than 256 kB.")));
        }
    }
    let definition = parse(files)?;
    let mut problems = Vec::new();
    if !definition.kind().starts_with(CUSTOM) {
        problems.push(FileProblem {
            line: line_of(&files.definition, definition.kind()),
            message: format!("The type of a project's own integration begins with \"{CUSTOM}\"."),
        });
    }
    for host in definition.hosts().iter().filter(|host| !is_public(host)) {
        problems.push(FileProblem {
            line: line_of(&files.definition, host),
            message: format!(
                "{host:?} is not the name of a public host, like \"api.example.com\"."
            ),
        });
    }
    if let Err(why) = icon::check(&files.icon) {
        problems.push(FileProblem { line: 0, message: format!("icon.svg: {why}") });
    }
    if problems.is_empty() { Ok(definition) } else { Err(problems) }
}

/// Whether a host can be one on the internet: a name with a dot that no local network owns. What it
/// resolves to is checked again whenever it is called.
pub(crate) fn is_public(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_name = matches!(url::Host::parse(name), Ok(url::Host::Domain(read)) if read == name);
    is_name && name.contains('.') && !PRIVATE.iter().any(|ending| name.ends_with(ending))
}

/// Where an icon is, under the path of `public_url`.
pub(crate) fn icon_path(catalogue: &Catalogue, project: ProjectId, kind: &str) -> String {
    if catalogue.is_own(kind) {
        format!("/cdn/icons/{project}/{kind}.svg")
    } else {
        format!("/cdn/icons/{kind}.svg")
    }
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).map_or(0, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_names_on_the_internet_are_public() {
        for host in ["api.example.com", "*.example.com", "xn--bcher-kva.example"] {
            assert!(is_public(host), "{host}");
        }
        for host in [
            "localhost",
            "10.0.0.1",
            "[::1]",
            "db",
            "printer.local",
            "a.internal",
            "*.com",
            "A.b",
            "",
        ] {
            assert!(!is_public(host), "{host}");
        }
    }
}
