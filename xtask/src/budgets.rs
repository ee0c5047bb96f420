//! `cargo xtask budgets`: how big what is sent and shipped may be.

use crate::site::{brotli_size, gzip_size, target_folder};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;

/// One thing that has a limit, in bytes.
struct Budget {
    what: &'static str,
    bytes: u64,
    limit: u64,
}

const KILO: u64 = 1_000;
const MEGA: u64 = 1_000_000;

/// Prints the table and fails when something is over; `site` is the release build.
pub(crate) fn check(site: &Path) -> Result<()> {
    let budgets = measure(site)?;
    println!("{}", table(&budgets));
    let over: Vec<_> = budgets.iter().filter(|budget| budget.is_over()).collect();
    if !over.is_empty() {
        let names: Vec<_> = over.iter().map(|budget| budget.what).collect();
        bail!("over budget: {}", names.join(", "));
    }
    Ok(())
}

fn measure(site: &Path) -> Result<Vec<Budget>> {
    let mut portal = 0;
    for file in ["pkg/portal_bg.wasm", "pkg/portal.js", "portal.css"] {
        portal += brotli_size(&site.join(file))?;
    }
    let mut budgets = vec![
        Budget { what: "SDK (gzip)", bytes: gzip_size(&site.join("sdk.js"))?, limit: 5 * KILO },
        Budget {
            what: "Portal: wasm, JavaScript and CSS (brotli)",
            bytes: portal,
            limit: 200 * KILO,
        },
    ];
    let mut editor = 0;
    for file in ["pkg/editor_bg.wasm", "pkg/editor.js", "editor.css"] {
        editor += brotli_size(&site.join(file))?;
    }
    budgets.push(Budget {
        what: "Editor: wasm, JavaScript and CSS (brotli)",
        bytes: editor,
        limit: 640 * KILO,
    });
    // Only there where somebody built it: ten minutes that `cargo xtask test` does not spend.
    if let Ok(binary) = fs::metadata(target_folder().join("release/portico")) {
        budgets.push(Budget {
            what: "Server binary (release)",
            bytes: binary.len(),
            limit: 40 * MEGA,
        });
    }
    Ok(budgets)
}

impl Budget {
    fn is_over(&self) -> bool {
        self.bytes > self.limit
    }
}

fn table(budgets: &[Budget]) -> String {
    let mut lines = vec![format!("{:<44} {:>12} {:>12}", "Budget", "is", "at most")];
    for budget in budgets {
        let over = if budget.is_over() { "  OVER" } else { "" };
        let (bytes, limit) = (kilobytes(budget.bytes), kilobytes(budget.limit));
        lines.push(format!("{:<44} {bytes:>12} {limit:>12}{over}", budget.what));
    }
    lines.join("\n")
}

fn kilobytes(bytes: u64) -> String {
    // Rounded up: what is over by a byte must not look as if it fitted.
    let tenths = bytes.div_ceil(KILO / 10);
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::{Budget, table};

    #[test]
    fn only_what_is_above_its_limit_is_called_over() {
        let budget = |bytes| Budget { what: "SDK (gzip)", bytes, limit: 5_000 };
        assert!(table(&[budget(5_001)]).ends_with("5.1 kB       5.0 kB  OVER"));
        assert!(!table(&[budget(5_000)]).contains("OVER"));
    }
}
