//! Pages for people: what every page shares, and the way in.

use crate::{hubspot, marketo, salesforce, slack};
use axum::response::Html;

/// The look of every page here.
const STYLE: &str = "<style>:root{color-scheme:light dark;--b:#0b5cab}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}\
header{background:var(--b);color:#fff;padding:.75rem 1rem;display:flex;gap:1rem;align-items:center;flex-wrap:wrap}header a{color:#fff}header small{opacity:.85}\
main{max-width:60rem;margin:0 auto;padding:1rem}table{width:100%;border-collapse:collapse}th,td{text-align:start;padding:.5rem;border-bottom:1px solid color-mix(in srgb,CanvasText 20%,transparent);overflow-wrap:anywhere}\
.card{border:1px solid color-mix(in srgb,CanvasText 20%,transparent);border-radius:.75rem;padding:1.25rem;max-width:26rem;margin:2rem auto}\
button{font:inherit;padding:.6rem 1rem;border-radius:.5rem;border:1px solid var(--b);background:transparent;color:inherit;cursor:pointer}button.primary{background:var(--b);color:#fff}\
.row{display:flex;gap:.75rem;margin-top:1rem}label{display:block;padding:.4rem 0}.empty{opacity:.75;padding:2rem 0;text-align:center}\
@media(max-width:600px){thead{display:none}tr{display:block;border-bottom:1px solid color-mix(in srgb,CanvasText 20%,transparent);padding:.5rem 0}td{display:block;border:0;padding:.1rem 0}td:before{content:attr(data-label) ': ';opacity:.7}}</style>";

/// Whose page it is: a name, and the colour of its bar (white text must be readable on it).
pub(crate) struct Brand {
    pub(crate) name: &'static str,
    pub(crate) color: &'static str,
}

/// The sandbox itself.
const SANDBOX: Brand = Brand { name: "Sandbox", color: "#3a3f47" };

/// A whole page. `title` is text, `body` is HTML.
pub(crate) fn page(brand: &Brand, title: &str, body: &str) -> Html<String> {
    let Brand { name, color } = brand;
    let title = escaped(title);
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title>{STYLE}<style>:root{{--b:{color}}}</style></head><body>\
         <header><strong>{name}</strong><small>simulated, for demos and tests</small></header>\
         <main>{body}</main></body></html>"
    ))
}

/// A script that brings the element `rows` of this page up to date as things happen.
pub(crate) const LIVE: &str = "<script>setInterval(async()=>{const t=await(await fetch(location)).text();\
     const d=new DOMParser().parseFromString(t,'text/html');\
     document.getElementById('rows').innerHTML=d.getElementById('rows').innerHTML},1500)</script>";

/// Text in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The way from one list to another: addresses, words, and which one is shown.
pub(crate) fn tab_bar(tabs: impl Iterator<Item = (String, String, bool)>) -> String {
    let links: String = tabs
        .map(|(to, words, chosen)| {
            let current = if chosen { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{to}\"{current}>{}</a>", escaped(&words))
        })
        .collect();
    format!("<nav>{links}</nav>")
}

/// The providers.
pub(crate) async fn home() -> Html<String> {
    let parts = [salesforce::home(), hubspot::home(), marketo::home(), slack::home()];
    page(&SANDBOX, "Sandbox", &format!("<h1>Sandbox</h1>{}", parts.concat()))
}
