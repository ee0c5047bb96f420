//! The portal's document.

use super::{Portal, PortalStart, START};
use leptos::prelude::*;
use portico_domain::look::{Colour, PortalFoot, PortalLook};

/// The portal's document.
pub struct PortalPage;

impl PortalPage {
    /// The whole document as HTML; its scripts carry `nonce`. In a window of its own, where no policy
    /// says who led here, it stays without life: browsers that say nothing of the place get this far.
    pub fn render(start: &PortalStart, look: &PortalLook, nonce: &str) -> String {
        let base = &start.base;
        let json = serde_json::to_string(start).unwrap_or_default();
        // Inside a script element only "</" and "<!--" mean something.
        let json = json.replace('<', "\\u003c");
        let said = start.view.options.theme.as_deref().unwrap_or(look.theme.name());
        let theme = match said {
            theme @ ("light" | "dark") => format!(" data-theme=\"{theme}\""),
            _ => String::new(),
        };
        let foot = match look.foot {
            PortalFoot::Named => "",
            PortalFoot::Plain => " data-foot=\"plain\"",
        };
        // Read again: nothing but a colour ever gets into the style sheet.
        let accent = Colour::read(&look.accent).map_or_else(String::new, |colour| {
            format!("<style nonce=\"{nonce}\">{}</style>", colour.as_accent())
        });
        let (view, shown_base) = (start.view.clone(), base.clone());
        let body = Owner::new().with(|| view! { <Portal view=view base=shown_base /> }.to_html());
        format!(
            "<!DOCTYPE html><html lang=\"en\"{theme}{foot}><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Connect</title><link rel=\"stylesheet\" href=\"{base}/portal.css\">{accent}\
             <link rel=\"modulepreload\" href=\"{base}/pkg/portal.js\">\
             <script type=\"application/json\" id=\"{START}\">{json}</script>\
             <script nonce=\"{nonce}\">history.replaceState(null,'','{base}/portal')</script>\
             <script type=\"module\" nonce=\"{nonce}\">import init,{{mount}} from \"{base}/pkg/portal.js\";\
             if(parent===window)document.body.textContent=\"Open this from your app.\";else{{\
             await init({{module_or_path:\"{base}/pkg/portal_bg.wasm\"}});mount();\
             document.documentElement.dataset.live=\"\"}}</script></head><body>{body}</body></html>"
        )
    }
}
