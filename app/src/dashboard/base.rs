//! Addresses under the path of `public_url`.

use leptos::prelude::*;

/// The path of `public_url`, without a slash at its end; mostly empty. In the context of every page.
#[derive(Clone)]
pub struct Base(pub String);

/// The path under which everything is.
pub(super) fn base() -> String {
    use_context::<Base>().map(|base| base.0).unwrap_or_default()
}

/// What the server wrote on the document.
#[cfg(feature = "hydrate")]
pub(super) fn of_document() -> Base {
    let root = document().document_element();
    Base(root.and_then(|root| root.get_attribute("data-base")).unwrap_or_default())
}

/// An address of ours, as `format!` would make it, under the path of `public_url`. Not for
/// `use_navigate`, which adds that path itself.
macro_rules! address {
    ($($text:tt)*) => {
        format!("{}{}", $crate::dashboard::base::base(), format_args!($($text)*))
    };
}
pub(super) use address;
