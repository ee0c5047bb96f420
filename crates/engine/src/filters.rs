//! Filters of templates.

use minijinja::Value as Jinja;
use minijinja::value::ValueKind;

/// For texts that are read as markup, such as a chat message: what came from outside can neither
/// mention everybody nor pose as a link.
pub(crate) fn escape_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The provider's record of the app's own: each field under the name that the end user chose for it.
/// What has no value and what is mapped onto nothing is left out.
#[expect(clippy::needless_pass_by_value, reason = "filters take values")]
pub(crate) fn apply_mapping(record: Jinja, mapping: Jinja) -> Result<Jinja, minijinja::Error> {
    // Nobody has answered: nothing is mapped.
    let fields = mapping.get_attr("fieldMappings").unwrap_or_default();
    let mut out = Vec::new();
    if fields.kind() == ValueKind::Map {
        for label in fields.try_iter()? {
            let (field, value) = (fields.get_item(&label)?, record.get_item(&label)?);
            if let Some(field) = field.as_str()
                && !value.is_undefined()
                && !value.is_none()
            {
                out.push((field.to_owned(), value));
            }
        }
    }
    Ok(Jinja::from_pairs(out))
}
