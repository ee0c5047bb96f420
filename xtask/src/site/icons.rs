//! One file with the icons of the pages, from the list in `style/icons.txt`.

use super::write_if_changed;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Writes `icons.svg`; `packages` is where the drawings come from.
pub(super) fn sprite(site: &Path, packages: &Path) -> Result<()> {
    let list = fs::read_to_string("style/icons.txt").context("reading style/icons.txt")?;
    let mut symbols = String::new();
    for name in list.split_whitespace() {
        let file = packages.join("lucide-static/icons").join(name).with_extension("svg");
        let drawing = fs::read_to_string(&file)
            .with_context(|| format!("{name} of style/icons.txt: reading {}", file.display()))?;
        symbols += &symbol(name, &drawing).with_context(|| file.display().to_string())?;
    }
    let sprite = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{symbols}</svg>\n");
    write_if_changed(&site.join("icons.svg"), sprite.as_bytes())
}

/// A drawing as a symbol: what stands inside its `svg`, drawn with the text's colour.
fn symbol(name: &str, drawing: &str) -> Result<String> {
    let (_, inside) = drawing
        .split_once("<svg")
        .and_then(|(_, rest)| rest.split_once('>'))
        .context("no svg in it")?;
    let (inside, _) = inside.rsplit_once("</svg>").context("its svg has no end")?;
    let lines: String = inside.lines().map(str::trim).collect();
    Ok(format!(
        "<symbol id=\"{name}\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" \
         stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\">{lines}</symbol>"
    ))
}

#[cfg(test)]
mod tests {
    use super::symbol;

    #[test]
    fn a_drawing_keeps_its_lines_and_loses_its_frame() {
        let drawing = "<!-- licence -->\n<svg\n  width=\"24\"\n>\n  <path d=\"M1 2\" />\n</svg>\n";
        let symbol = symbol("dash", drawing).expect("a symbol");
        assert!(symbol.starts_with("<symbol id=\"dash\" viewBox=\"0 0 24 24\""), "{symbol}");
        assert!(symbol.ends_with("><path d=\"M1 2\" /></symbol>"), "{symbol}");
        assert!(super::symbol("none", "<p>").is_err());
    }
}
