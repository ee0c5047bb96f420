//! The consent page: alike at every provider, but for its words.

use crate::pages::{Brand, escaped, page};
use axum::response::Html;

/// What a consent page shows. Whatever came with the request is carried along in hidden fields.
pub(crate) struct Consent<'a> {
    pub(crate) brand: &'a Brand,
    pub(crate) title: &'a str,
    pub(crate) scopes: Vec<&'a str>,
    /// What is chosen: a legend, and the name of the field.
    pub(crate) choose: (&'a str, &'a str),
    /// Values and what a person reads; the first is chosen.
    pub(crate) choices: Vec<(String, String)>,
    pub(crate) hidden: &'a [(&'a str, &'a str)],
    /// The decisions "no" and "yes": values and words.
    pub(crate) buttons: [(&'a str, &'a str); 2],
}

impl Consent<'_> {
    /// The page.
    pub(crate) fn page(&self) -> Html<String> {
        let title = escaped(self.title);
        let scopes: String =
            self.scopes.iter().map(|scope| format!("<li>{}</li>", escaped(scope))).collect();
        let (legend, field) = self.choose;
        let choices: String = self
            .choices
            .iter()
            .enumerate()
            .map(|(index, (value, words))| {
                let checked = if index == 0 { " checked" } else { "" };
                let (value, words) = (escaped(value), escaped(words));
                format!(
                    "<label><input type=\"radio\" name=\"{field}\" value=\"{value}\"{checked}> {words}</label>"
                )
            })
            .collect();
        let hidden: String = self
            .hidden
            .iter()
            .map(|(name, value)| {
                format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
            })
            .collect();
        let [(no, no_words), (yes, yes_words)] = self.buttons;
        let body = format!(
            "<form class=\"card\" method=\"post\"><h1>{title}</h1>\
             <p><strong>Portico demo</strong> asks for permission to:</p><ul>{scopes}</ul>\
             <fieldset><legend>{legend}</legend>{choices}</fieldset>{hidden}<div class=\"row\">\
             <button name=\"decision\" value=\"{no}\">{no_words}</button>\
             <button class=\"primary\" name=\"decision\" value=\"{yes}\">{yes_words}</button></div></form>"
        );
        page(self.brand, self.title, &body)
    }
}

/// What cannot be asked for: shown to the person, as there is nowhere safe to redirect to.
pub(crate) fn refused(brand: &Brand, title: &str, problem: &str) -> Html<String> {
    let card =
        format!("<div class=\"card\"><h1>{}</h1><p>{}</p></div>", escaped(title), escaped(problem));
    page(brand, title, &card)
}
