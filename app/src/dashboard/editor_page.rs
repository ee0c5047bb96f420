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
             <script type=\"module\" nonce=\"{nonce}\">try{{\
             const editor=await import(\"{base}/pkg/editor.js\");\
             await editor.default({{module_or_path:\"{base}/pkg/editor_bg.wasm\"}});editor.mount();\
             document.documentElement.dataset.live=\"\"\
             }}catch(error){{console.error(error);document.querySelector(\".ed-loading\")?.remove();\
             const failed=document.getElementById(\"failed\");if(failed){{failed.hidden=false;\
             failed.querySelector(\"button\").onclick=()=>location.reload()}}}}</script></head><body>\
             <main class=\"ed-loading\" role=\"status\" aria-label=\"Loading the editor\">\
             <div class=\"skeleton ed-bar\"></div><div class=\"skeleton ed-node\"></div>\
             <div class=\"skeleton ed-node\"></div><div class=\"skeleton ed-node\"></div>\
             </main><main class=\"content alone\" id=\"failed\" hidden><h1>The editor could not be loaded</h1>\
             <p role=\"alert\">Check your connection, then reload the page. Nothing of the workflow is lost.</p>\
             <div class=\"row\"><button type=\"button\" class=\"button\">Reload</button></div>\
             </main></body></html>"
        )
    }
}
