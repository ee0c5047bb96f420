//! The document of the workflow editor: what stands there until its module is loaded.

use super::theme;

/// The editor's document.
pub struct EditorPage<'a> {
    /// The path prefix of `public_url`.
    pub base: &'a str,
    /// The project's id.
    pub project: &'a str,
    /// The workflow's id.
    pub workflow: &'a str,
}

impl EditorPage<'_> {
    /// The whole document as HTML; its scripts carry `nonce`. What it is given are ids and a path of ours, so
    /// that nothing in it has to be escaped.
    pub fn render(&self, nonce: &str) -> String {
        let Self { base, project, workflow } = self;
        let theme = theme::script();
        format!(
            "<!DOCTYPE html><html lang=\"en\" data-base=\"{base}\" data-project=\"{project}\" \
             data-workflow=\"{workflow}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Workflow · Portico</title><link rel=\"stylesheet\" href=\"{base}/editor.css\">\
             <link rel=\"icon\" href=\"{base}/favicon.svg\">\
             <script nonce=\"{nonce}\">{theme}</script>\
             <link rel=\"modulepreload\" href=\"{base}/pkg/editor.js\">\
             <script type=\"module\" nonce=\"{nonce}\">import init,{{mount}} from \"{base}/pkg/editor.js\";\
             await init({{module_or_path:\"{base}/pkg/editor_bg.wasm\"}});mount();\
             document.documentElement.dataset.live=\"\";</script></head><body>\
             <main class=\"ed-loading\" role=\"status\" aria-label=\"Loading the editor\">\
             <div class=\"skeleton ed-bar\"></div><div class=\"skeleton ed-node\"></div>\
             <div class=\"skeleton ed-node\"></div><div class=\"skeleton ed-node\"></div>\
             </main></body></html>"
        )
    }
}
