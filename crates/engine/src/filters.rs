//! Filters of templates.

use minijinja::Value as Jinja;
use minijinja::value::ValueKind;

/// For texts that are read as markup, such as a chat message: what came from outside can neither
/// mention everybody nor pose as a link.
pub(crate) fn escape_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The provider's record of the app's own: each field under the name that the end user chose for it,
/// beside what is there anyway (`fixed`). What has no value and what is mapped onto nothing is left out.
#[expect(clippy::needless_pass_by_value, reason = "filters take values")]
pub(crate) fn apply_mapping(
    record: Jinja,
    mapping: Jinja,
    fixed: Option<Jinja>,
) -> Result<Jinja, minijinja::Error> {
    let mut out = Vec::new();
    out.extend(entries(&fixed.unwrap_or_default())?);
    // Nobody has answered: nothing is mapped.
    for (name, field) in entries(&mapping.get_attr("fieldMappings").unwrap_or_default())? {
        out.push((field, record.get_item(&name)?));
    }
    let is_there = |value: &Jinja| !value.is_undefined() && !value.is_none();
    out.retain(|(field, value)| field.as_str().is_some() && is_there(value));
    Ok(Jinja::from_pairs(out))
}

/// The keys and values of a map; of anything else none.
fn entries(map: &Jinja) -> Result<Vec<(Jinja, Jinja)>, minijinja::Error> {
    if map.kind() != ValueKind::Map {
        return Ok(Vec::new());
    }
    map.try_iter()?.map(|key| Ok((key.clone(), map.get_item(&key)?))).collect()
}
