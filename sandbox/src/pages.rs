//! Pages for people: the orgs and their records, appearing as they are made.

use crate::state::{ORGS, Sandbox};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::Value;

/// The look of every page here.
const STYLE: &str = "<style>:root{color-scheme:light dark;--b:#0b5cab}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}\
header{background:var(--b);color:#fff;padding:.75rem 1rem;display:flex;gap:1rem;align-items:center;flex-wrap:wrap}header a{color:#fff}header small{opacity:.85}\
main{max-width:60rem;margin:0 auto;padding:1rem}table{width:100%;border-collapse:collapse}th,td{text-align:start;padding:.5rem;border-bottom:1px solid color-mix(in srgb,CanvasText 20%,transparent);overflow-wrap:anywhere}\
.card{border:1px solid color-mix(in srgb,CanvasText 20%,transparent);border-radius:.75rem;padding:1.25rem;max-width:26rem;margin:2rem auto}\
button{font:inherit;padding:.6rem 1rem;border-radius:.5rem;border:1px solid var(--b);background:transparent;color:inherit;cursor:pointer}button.primary{background:var(--b);color:#fff}\
.row{display:flex;gap:.75rem;margin-top:1rem}label{display:block;padding:.4rem 0}.empty{opacity:.75;padding:2rem 0;text-align:center}\
@media(max-width:600px){thead{display:none}tr{display:block;border-bottom:1px solid color-mix(in srgb,CanvasText 20%,transparent);padding:.5rem 0}td{display:block;border:0;padding:.1rem 0}td:before{content:attr(data-label) ': ';opacity:.7}}</style>";

/// A whole page.
pub(crate) fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title>{STYLE}</head><body><header><strong>Salesforce</strong>\
         <small>simulated, for demos and tests</small></header><main>{body}</main></body></html>"
    ))
}

/// Text in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The orgs.
pub(crate) async fn home() -> Html<String> {
    let list: String = ORGS
        .iter()
        .map(|(org, name)| {
            format!(
                "<li><a href=\"/salesforce/{org}/lightning/o/Lead/list\">{name}: leads</a></li>"
            )
        })
        .collect();
    page("Sandbox", &format!("<h1>Sandbox</h1><p>Simulated orgs.</p><ul>{list}</ul>"))
}

/// The records of an object, refreshed by the page itself.
pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    Path((org, object)): Path<(String, String)>,
) -> Result<Html<String>, StatusCode> {
    let known = ORGS.iter().find(|(own, _)| *own == org).ok_or(StatusCode::NOT_FOUND)?;
    let columns: &[&str] = match object.as_str() {
        "Lead" => &["FirstName", "LastName", "Company", "Email", "Status"],
        "Contact" => &["FirstName", "LastName", "Email"],
        "Account" => &["Name", "Industry"],
        _ => return Err(StatusCode::NOT_FOUND),
    };
    let head: String = columns.iter().map(|column| format!("<th>{column}</th>")).collect();
    let rows = rows(&sandbox, &org, &object, columns);
    let tabs: String = ["Lead", "Contact", "Account"]
        .iter()
        .map(|tab| format!("<a href=\"/salesforce/{org}/lightning/o/{tab}/list\">{tab}s</a> "))
        .collect();
    Ok(page(
        &format!("{object}s of {}", known.1),
        &format!(
            "<p>{tabs}</p><h1>{object}s of {}</h1><table><thead><tr>{head}</tr></thead>\
             <tbody id=\"rows\">{rows}</tbody></table>\
             <script>setInterval(async()=>{{const t=await(await fetch(location)).text();\
             const d=new DOMParser().parseFromString(t,'text/html');\
             document.getElementById('rows').innerHTML=d.getElementById('rows').innerHTML}},1500)</script>",
            known.1
        ),
    ))
}

fn rows(sandbox: &Sandbox, org: &str, object: &str, columns: &[&str]) -> String {
    let world = sandbox.world();
    let records = world.records.get(&(org.to_owned(), object.to_owned()));
    let rows: String = records
        .into_iter()
        .flatten()
        .rev()
        .filter(|record| !record.deleted)
        .map(|record| {
            let cells: String = columns
                .iter()
                .map(|column| {
                    let text = match record.fields.get(*column) {
                        Some(Value::String(text)) => text.clone(),
                        None | Some(Value::Null) => String::new(),
                        Some(other) => other.to_string(),
                    };
                    format!("<td data-label=\"{column}\">{}</td>", escaped(&text))
                })
                .collect();
            format!("<tr id=\"{}\">{cells}</tr>", record.id)
        })
        .collect();
    if rows.is_empty() {
        let span = columns.len();
        format!(
            "<tr><td class=\"empty\" colspan=\"{span}\">No {object}s yet. They appear here as they are made.</td></tr>"
        )
    } else {
        rows
    }
}
