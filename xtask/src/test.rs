//! `cargo xtask test`: everything CI runs, part by part, and a table at its end.

use crate::postgres::Cluster;
use crate::process::{self, command};
use crate::site::{self, Profile};
use crate::{budgets, check, end2end, interrupt, npm, setup};
use anyhow::Result;
use clap::ValueEnum;
use std::path::Path;
use std::time::{Duration, Instant};

/// What to run, while working on something; CI runs it all.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// All but these parts.
    #[arg(long, value_enum, value_delimiter = ',', conflicts_with = "only")]
    skip: Vec<Part>,
    /// For Playwright, such as a file of `end2end/tests`.
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// The parts, in the order in which they run: the quickest to fail first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// cargo fmt --check
    Formatting,
    /// clippy, for the host and for wasm32
    Lints,
    /// cargo test, on SQLite and on a PostgreSQL of its own
    Rust,
    /// the SDK: types, tests, size
    Sdk,
    /// what the browser loads, as it is shipped
    Site,
    /// how big that is
    Budgets,
    /// journeys in a real Chromium
    End2end,
}

/// How a part went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// It needs a part that failed.
    NotRun,
}

/// A line of the table.
struct Line {
    part: Part,
    outcome: Outcome,
    took: Duration,
}

/// Runs the parts, each even when another failed, and prints the table.
pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let mut lines: Vec<Line> = Vec::new();
    for part in Part::value_variants() {
        if !args.wants(*part) {
            continue;
        }
        let began = Instant::now();
        let outcome = match is_possible(*part, &lines) {
            true => attempt(*part, args),
            false => Outcome::NotRun,
        };
        lines.push(Line { part: *part, outcome, took: began.elapsed() });
        interrupt::check()?;
    }
    println!("\n{}", table(&lines));
    let failed = lines.iter().filter(|line| line.outcome != Outcome::Passed).count();
    anyhow::ensure!(failed == 0, "{failed} of {} parts did not pass", lines.len());
    Ok(())
}

impl Args {
    fn wants(&self, part: Part) -> bool {
        if self.only.is_empty() { !self.skip.contains(&part) } else { self.only.contains(&part) }
    }
}

/// Budgets and journeys look at the site, so they need one.
fn is_possible(part: Part, lines: &[Line]) -> bool {
    let site_failed =
        lines.iter().any(|line| line.part == Part::Site && line.outcome == Outcome::Failed);
    !(site_failed && matches!(part, Part::Budgets | Part::End2end))
}

fn attempt(part: Part, args: &Args) -> Outcome {
    let name = name(part);
    match process::step(&name, || perform(part, args)) {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            eprintln!("{error:#}");
            Outcome::Failed
        }
    }
}

fn perform(part: Part, args: &Args) -> Result<()> {
    match part {
        Part::Formatting => check::formatting(),
        Part::Lints => check::lints(),
        Part::Rust => rust(),
        Part::Sdk => sdk(),
        Part::Site => site::build(Profile::Release).map(drop),
        Part::Budgets => budgets::check(&site::build(Profile::Release)?),
        Part::End2end => end2end::journeys(&site::build(Profile::Release)?, &args.playwright),
    }
}

fn rust() -> Result<()> {
    let cluster = Cluster::start()?;
    process::run(command("cargo", ["test"]).env("PORTICO_TEST_POSTGRES", cluster.url()))
}

fn sdk() -> Result<()> {
    setup::node()?;
    let folder = Path::new("sdk");
    npm::install(folder)?;
    // The size is that of what was built.
    ["typecheck", "test", "build", "size"]
        .into_iter()
        .try_for_each(|script| npm::script(folder, script))
}

fn table(lines: &[Line]) -> String {
    let mut table = vec![format!("{:<12} {:>9}  Outcome", "Part", "Time")];
    for line in lines {
        let outcome = match line.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::NotRun => "NOT RUN: it needs a part that failed",
        };
        let seconds = line.took.as_secs_f32();
        table.push(format!("{:<12} {seconds:>7.1} s  {outcome}", name(line.part)));
    }
    table.join("\n")
}

fn name(part: Part) -> String {
    part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Args, Line, Outcome, Part, is_possible, table};
    use std::time::Duration;

    fn line(part: Part, outcome: Outcome) -> Line {
        Line { part, outcome, took: Duration::from_millis(1_500) }
    }

    #[test]
    fn what_needs_a_site_is_not_run_without_one() {
        let failed = [line(Part::Site, Outcome::Failed)];
        assert!(!is_possible(Part::End2end, &failed));
        assert!(!is_possible(Part::Budgets, &failed));
        let unrelated = [line(Part::Sdk, Outcome::Failed), line(Part::Site, Outcome::Passed)];
        assert!(is_possible(Part::End2end, &unrelated));
    }

    #[test]
    fn the_table_tells_failed_from_passed() {
        let table = table(&[line(Part::Rust, Outcome::Passed), line(Part::Sdk, Outcome::Failed)]);
        assert!(table.contains("rust             1.5 s  passed"), "{table}");
        assert!(table.contains("sdk              1.5 s  FAILED"), "{table}");
    }

    #[test]
    fn only_and_skip_choose() {
        let args = |only: &[Part], skip: &[Part]| Args {
            only: only.to_vec(),
            skip: skip.to_vec(),
            playwright: Vec::new(),
        };
        assert!(args(&[], &[]).wants(Part::Rust));
        assert!(!args(&[Part::Sdk], &[]).wants(Part::Rust));
        assert!(!args(&[], &[Part::Rust]).wants(Part::Rust));
    }
}
