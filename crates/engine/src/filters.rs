//! Filters of templates.

use crate::mapping::{APPLICATION, DYNAMIC, INTEGRATION};
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
    for (name, field) in mapped(&mapping)? {
        out.push((field, record.get_item(&name)?));
    }
    Ok(record_of(out))
}

/// The other way round: the app's own record of the provider's, each field under the app's name.
#[expect(clippy::needless_pass_by_value, reason = "filters take values")]
pub(crate) fn reverse_mapping(record: Jinja, mapping: Jinja) -> Result<Jinja, minijinja::Error> {
    let mut out = Vec::new();
    for (name, field) in mapped(&mapping)? {
        out.push((name, record.get_item(&field)?));
    }
    Ok(record_of(out))
}

/// The fields of the app's that are mapped, each with the provider's. Nobody has answered: none.
fn mapped(mapping: &Jinja) -> Result<Vec<(Jinja, Jinja)>, minijinja::Error> {
    let part = |value: &Jinja, key: &str| value.get_attr(key).unwrap_or_default();
    let mut out = entries(&part(mapping, "fieldMappings"))?;
    for (_, own) in entries(&part(mapping, DYNAMIC))? {
        out.push((part(&own, APPLICATION), part(&own, INTEGRATION)));
    }
    out.retain(|(name, field)| name.as_str().is_some() && field.as_str().is_some());
    Ok(out)
}

/// A record without what has no value.
fn record_of(mut fields: Vec<(Jinja, Jinja)>) -> Jinja {
    fields.retain(|(_, value)| !value.is_undefined() && !value.is_none());
    Jinja::from_pairs(fields)
}

/// The keys and values of a map; of anything else none.
fn entries(map: &Jinja) -> Result<Vec<(Jinja, Jinja)>, minijinja::Error> {
    if map.kind() != ValueKind::Map {
        return Ok(Vec::new());
    }
    map.try_iter()?.map(|key| Ok((key.clone(), map.get_item(&key)?))).collect()
}
