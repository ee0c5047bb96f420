//! Icons that people upload: an SVG that is a picture and nothing else, or a tile with a letter.
//!
//! What could run, load or refer elsewhere is refused and named, not cut out: what is shown is what was
//! looked at. Icons are served with a policy that forbids scripts as well.

use roxmltree::{Document, Node};

/// The largest icon, in bytes.
const LARGEST: usize = 32 * 1024;

/// Elements that draw.
const DRAWING: [&str; 23] = [
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "metadata",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "style",
];
const SVG: &str = "http://www.w3.org/2000/svg";

/// Whether an icon (SVG) is a picture and nothing else.
///
/// # Errors
/// In words why not.
pub fn check(svg: &str) -> Result<(), String> {
    if svg.len() > LARGEST {
        return Err("The icon is larger than 32 kB; simplify it.".to_owned());
    }
    let document = Document::parse(svg).map_err(|error| match error {
        roxmltree::Error::DtdDetected => "An icon has no DOCTYPE; remove that line.".to_owned(),
        other => format!("It is not well-formed SVG: {other}."),
    })?;
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
        return Err(format!("It is not an SVG: it begins with <svg xmlns=\"{SVG}\">."));
    }
    for node in document.root().descendants() {
        if node.is_pi() {
            return Err("It has a processing instruction (<?…?>); remove it.".to_owned());
        }
        if node.is_element() {
            check_element(node)?;
        }
    }
    Ok(())
}

fn check_element(node: Node<'_, '_>) -> Result<(), String> {
    let name = node.tag_name().name();
    let of_svg = node.tag_name().namespace() == Some(SVG);
    if of_svg && !DRAWING.contains(&name) {
        return Err(format!("It has a <{name}>, which does more than draw; remove it."));
    }
    if !of_svg && node.ancestors().all(|up| up.tag_name().name() != "metadata") {
        return Err(format!("It has a <{name}> that is not of SVG; remove it."));
    }
    for attribute in node.attributes() {
        let key = attribute.name().to_ascii_lowercase();
        let value = attribute.value();
        if key.starts_with("on") {
            return Err(format!("It has a handler, {}; remove it.", attribute.name()));
        }
        if key == "href" && !value.trim().starts_with('#') || refers_elsewhere(value) {
            return Err(format!(
                "Its {} refers to something outside; remove it.",
                attribute.name()
            ));
        }
    }
    if name == "style" && refers_elsewhere(node.text().unwrap_or_default()) {
        return Err("Its style refers to something outside; remove it.".to_owned());
    }
    Ok(())
}

/// Styles and values load with `url(…)` and `@import`, which escapes can hide: those are refused too.
fn refers_elsewhere(value: &str) -> bool {
    let text: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.to_ascii_lowercase();
    let mut loads = text.match_indices("url(").map(|(at, _)| &text[at + 4..]);
    text.contains("@import")
        || text.contains("image-set(")
        || text.contains("expression(")
        || text.contains("javascript:")
        || text.contains('\\')
        || loads.any(|what| !what.trim_start_matches(['"', '\'']).starts_with('#'))
}

/// A tile in the integration's colour with the first letter of its name.
pub(crate) fn tile(name: &str, color: &str) -> String {
    let letter = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('?').to_uppercase();
    let ink = if is_light(color) { "#1c2024" } else { "#ffffff" };
    format!(
        "<svg xmlns=\"{SVG}\" viewBox=\"0 0 40 40\"><rect width=\"40\" height=\"40\" rx=\"9\" \
         fill=\"{color}\"/><text x=\"20\" y=\"27.5\" text-anchor=\"middle\" \
         font-family=\"system-ui, sans-serif\" font-size=\"21\" font-weight=\"600\" \
         fill=\"{ink}\">{letter}</text></svg>\n"
    )
}

/// Whether dark ink reads better on a colour (`#rrggbb`) than white.
fn is_light(color: &str) -> bool {
    let part = |at: usize| {
        let hex = color.get(at..at + 2).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        hex.unwrap_or(0)
    };
    // Perceived lightness, as in YIQ, of 255 000.
    part(1) * 299 + part(3) * 587 + part(5) * 114 > 150_000
}

#[cfg(test)]
mod tests {
    use super::{check, is_light, tile};

    fn drawn(inner: &str) -> String {
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 1 1'>{inner}</svg>"
        )
    }

    #[test]
    fn a_picture_is_taken() {
        for inner in [
            "<path d='M0 0h1v1z' fill='#123456'/>",
            "<defs><linearGradient id='a'><stop offset='0' stop-color='red'/></linearGradient></defs><rect fill='url(#a)'/>",
            "<style>.a{fill:red}</style><use xlink:href='#a'/><!-- drawn by hand -->",
        ] {
            assert_eq!(check(&drawn(inner)), Ok(()), "{inner}");
        }
    }

    #[test]
    fn what_runs_loads_or_refers_elsewhere_is_refused_by_name() {
        for (inner, named) in [
            ("<script>alert(1)</script>", "<script>"),
            ("<path onload='alert(1)'/>", "onload"),
            ("<g ONCLICK='alert(1)'/>", "ONCLICK"),
            (
                "<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
                "<foreignObject>",
            ),
            ("<image href='https://evil.test/x.png'/>", "<image>"),
            ("<use href='https://evil.test/x.svg#a'/>", "href"),
            ("<use xlink:href='data:image/svg+xml,x'/>", "href"),
            ("<rect fill='url(https://evil.test/a)'/>", "fill"),
            ("<rect style='background:u\\72l(//evil.test)'/>", "style"),
            ("<style>@import 'https://evil.test/a.css'</style>", "style"),
            ("<animate attributeName='href' to='javascript:alert(1)'/>", "<animate>"),
            ("<b xmlns='http://www.w3.org/1999/xhtml'/>", "<b>"),
            ("<?xml-stylesheet href='https://evil.test/a.css'?>", "<?"),
        ] {
            let why = check(&drawn(inner)).expect_err(inner);
            assert!(why.contains(named), "{inner}: {why}");
        }
        let entity = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>";
        assert!(check(entity).expect_err("a DOCTYPE").contains("DOCTYPE"));
        assert!(check("<html/>").expect_err("no SVG").contains("not an SVG"));
        assert!(check("<svg").expect_err("no XML").contains("well-formed"));
        assert!(check(&drawn(&" ".repeat(33_000))).expect_err("large").contains("32 kB"));
    }

    #[test]
    fn a_letter_tile_is_a_picture_that_can_be_read() {
        assert_eq!(check(&tile("acme", "#5b5bd6")), Ok(()));
        assert!(tile("acme", "#5b5bd6").contains(">A</text>"));
        assert!(is_light("#ffff00") && !is_light("#5b5bd6"));
    }
}
