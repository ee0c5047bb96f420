//! The style sheets: plain CSS, some files in a row per room, under the colours that they use.

use super::write_if_changed;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What both rooms begin with.
const SHARED: [&str; 3] = ["tokens", "base", "components"];
/// What each has beside: of the editor, the dashboard's own around it.
const ROOMS: [(&str, &[&str]); 3] =
    [("portal", &["portal"]), ("dashboard", &["dashboard"]), ("editor", &["dashboard", "editor"])];
/// The scales that `tokens.css` may name: twelve steps each, light and dark.
const SCALES: [&str; 6] = ["slate", "iris", "grass", "amber", "red", "sky"];

/// Writes a sheet for each room; `packages` is where the colours come from.
pub(super) fn bundle(site: &Path, packages: &Path) -> Result<()> {
    for (room, parts) in ROOMS {
        let mut sheet = String::new();
        for part in SHARED.iter().chain(parts) {
            let file = Path::new("style").join(part).with_extension("css");
            sheet += &fs::read_to_string(&file)
                .with_context(|| format!("reading {}", file.display()))?;
            sheet.push('\n');
        }
        // After the sheet's own order of layers, which comes first in it.
        sheet += &palette(&sheet, &packages.join("@radix-ui/colors"))?;
        write_if_changed(&site.join(room).with_extension("css"), sheet.as_bytes())?;
    }
    Ok(())
}

/// The steps that a sheet uses, each as one colour for light and dark.
fn palette(sheet: &str, colours: &Path) -> Result<String> {
    let mut rows = String::new();
    for scale in SCALES {
        let read = |name: String| -> Result<BTreeMap<String, String>> {
            let file = colours.join(name).with_extension("css");
            let text = fs::read_to_string(&file);
            Ok(steps(&text.with_context(|| format!("reading {}", file.display()))?))
        };
        let (light, dark) = (read(scale.to_owned())?, read(format!("{scale}-dark"))?);
        for (step, light) in light {
            if sheet.contains(&format!("var({step})")) {
                let dark = dark.get(&step).with_context(|| format!("{step} has no dark colour"))?;
                rows += &format!("{step}:light-dark({light},{dark});");
            }
        }
    }
    if rows.is_empty() {
        bail!("no colour of {} is used", colours.display());
    }
    Ok(format!("@layer tokens{{:root{{{rows}}}}}\n"))
}

/// `--slate-1: #fcfcfd;` and so on, from the first block of a file; what follows are wider gamuts.
fn steps(text: &str) -> BTreeMap<String, String> {
    let block = text.split('}').next().unwrap_or_default();
    let rows = block.split('{').next_back().unwrap_or_default();
    let row = |row: &str| {
        let (name, colour) = row.split_once(':')?;
        Some((name.trim().to_owned(), colour.trim().to_owned()))
    };
    rows.split(';').filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::palette;
    use std::fs;

    #[test]
    fn a_sheet_gets_the_colours_that_it_names_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        for scale in super::SCALES {
            for (name, colour) in [(scale.to_owned(), "#fff"), (format!("{scale}-dark"), "#000")] {
                let text = format!(
                    ":root, .light {{\n  --{scale}-1: {colour};\n  --{scale}-12: {colour};\n}}\n\
                     @supports (x) {{ :root {{ --{scale}-1: color(p3); }} }}\n"
                );
                fs::write(folder.path().join(name).with_extension("css"), text).expect("written");
            }
        }
        let sheet = "a { color: var(--slate-12); background: var(--iris-1) }";
        let rows = "--slate-12:light-dark(#fff,#000);--iris-1:light-dark(#fff,#000);";
        let found = palette(sheet, folder.path()).expect("a palette");
        assert_eq!(found, format!("@layer tokens{{:root{{{rows}}}}}\n"));
        assert!(palette("a { color: red }", folder.path()).is_err());
    }
}
