//! Pages for people: what every page shares.

use axum::response::Html;

/// The look of every page here: readable at 360 px, by day and by night.
const STYLE: &str = "<style>:root{color-scheme:light dark;--b:#0b5cab;--page:light-dark(#f6f7f9,#14161a);--card:light-dark(#fff,#1d2026);\
--text:light-dark(#1c2128,#e4e7ec);--quiet:light-dark(#57606a,#9aa4b2);--line:light-dark(#d9dee5,#343a44);--link:light-dark(#0b57a4,#7db8ff)}\
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:var(--page);color:var(--text)}a{color:var(--link)}\
header{background:var(--b);color:#fff;padding:.75rem 1rem;display:flex;gap:.25rem 1rem;align-items:baseline;flex-wrap:wrap}header a{color:#fff}header small{opacity:.85}\
main{max-width:60rem;margin:0 auto;padding:1rem}h1{font-size:1.35rem;line-height:1.25;margin:1rem 0;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}\
nav{display:flex;gap:.25rem 1rem;flex-wrap:wrap}nav a{padding:.35rem 0;text-decoration:none}nav a[aria-current]{border-bottom:2px solid;font-weight:600}\
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:.5rem}th,td{text-align:start;vertical-align:top;padding:.5rem .75rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}th{color:var(--quiet);font-size:.85rem}tr:last-child td{border-bottom:0}\
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;max-width:26rem;margin:2rem auto}fieldset{border:1px solid var(--line);border-radius:.5rem}\
button{font:inherit;min-height:44px;padding:.6rem 1rem;border-radius:.5rem;border:1px solid var(--line);background:transparent;color:inherit;cursor:pointer}button.primary{background:var(--b);border-color:var(--b);color:#fff}:focus-visible{outline:2px solid var(--link);outline-offset:2px}\
.row{display:flex;gap:.75rem;margin-top:1rem;flex-wrap:wrap}label{display:block;padding:.5rem 0}.quiet,.empty{color:var(--quiet)}.empty{padding:2rem 0;text-align:center}code{font-size:.85rem;overflow-wrap:anywhere}\
@media(max-width:600px){thead{display:none}tr{display:block;border-bottom:1px solid var(--line);padding:.5rem .75rem}td{display:block;border:0;padding:.1rem 0}td:before{content:attr(data-label) ': ';color:var(--quiet)}td.empty:before{content:none}}</style>";

/// Whose page it is: a name, and the colour of its bar (white text must be readable on it).
pub(crate) struct Brand {
    pub(crate) name: &'static str,
    pub(crate) color: &'static str,
}

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
