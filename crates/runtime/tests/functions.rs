//! Functions: what they can do, and how each way of doing too much ends.

use portico_domain::{FailureClass, ProjectId};
use portico_runtime::QuickJs;
use portico_services::{FunctionRun, Functions};
use serde_json::{Value, json};

fn project() -> ProjectId {
    ProjectId::from_parts(1, [0; 10])
}

async fn run(code: &str, inputs: Value) -> Result<FunctionRun, (String, String)> {
    let inputs = inputs.as_object().cloned().expect("an object");
    QuickJs::default().run(project(), code.to_owned(), inputs).await.map_err(|failure| {
        assert_eq!(failure.class, FailureClass::Invalid);
        (failure.code, failure.message)
    })
}

async fn result(code: &str, inputs: Value) -> Value {
    run(code, inputs).await.unwrap_or_else(|why| panic!("{code}: {why:?}")).result
}

async fn refused(code: &str) -> (String, String) {
    run(code, json!({})).await.err().unwrap_or_else(|| panic!("it ran: {code}"))
}

#[tokio::test]
async fn inputs_go_in_and_a_result_comes_out_as_data() {
    let inputs = json!({ "leads": [{ "name": "Ada", "score": 7 }, { "name": "Bob", "score": 2 }] });
    let code = "function run({ leads }) {
        const [best] = leads.toSorted((a, b) => b.score - a.score);
        return { best: best.name, text: `ünï ${leads.length}`, none: undefined, nil: null };
    }";
    let expected = json!({ "best": "Ada", "text": "ünï 2", "nil": null });
    assert_eq!(result(code, inputs).await, expected);
    assert_eq!(result("const run = () => {};", json!({})).await, Value::Null);
    let numbers = "var run = (i) => [i.big, i.half, -0, 1 / 0, i.text.length];";
    let inputs = json!({ "big": 9007199254740991_i64, "half": 0.5, "text": "a\u{0}b" });
    assert_eq!(result(numbers, inputs).await, json!([9007199254740991_i64, 0.5, 0, null, 3]));
}

#[tokio::test]
async fn a_promise_is_waited_for() {
    let code = "async function run(i) {
        const parts = await Promise.all([1, 2, 3].map(async (n) => (await n) * i.by));
        return parts;
    }";
    assert_eq!(result(code, json!({ "by": 2 })).await, json!([2, 4, 6]));
    let (code, words) = refused("async function run() { throw new RangeError('too far'); }").await;
    assert_eq!(
        (code.as_str(), words.as_str()),
        ("function_threw", "RangeError in line 1: too far")
    );
    let (code, _) = refused("function run() { return new Promise(() => {}); }").await;
    assert_eq!(code, "function_waits");
}

#[tokio::test]
async fn the_console_is_heard_and_bounded() {
    let code = "function run() {
        console.log('lead', { n: 1 }, [2], undefined, new Error('oh'));
        console.error('x'.repeat(5000));
        for (let i = 0; i < 500; i += 1) console.info(i);
    }";
    let logs = run(code, json!({})).await.expect("a run").logs;
    assert_eq!(logs[0], "lead {\"n\":1} [2] undefined Error: oh");
    assert_eq!(logs[1].chars().count(), 1_001);
    assert_eq!((logs.len(), logs[100].as_str()), (101, "… and more."));
}

#[tokio::test]
async fn a_mistake_is_told_with_its_line() {
    let (code, words) = refused("function run() {\n  const a = ;\n}").await;
    assert_eq!(code, "function_syntax");
    assert!(words.contains("line 2"), "{words}");
    let (code, words) = refused("function run(i) {\n  let a = 1;\n  return i.gone.name;\n}").await;
    assert_eq!(code, "function_threw");
    assert!(words.starts_with("TypeError in line 3:"), "{words}");
    let (code, words) = refused("const other = 1;").await;
    assert_eq!(code, "function_missing");
    assert!(words.contains("run(inputs)"), "{words}");
    let (_, words) = refused("function run() { throw 'plain'; }").await;
    assert!(words.contains("plain"), "{words}");
}

#[tokio::test]
async fn what_is_no_data_is_refused() {
    assert_eq!(result("function run() { return () => 1; }", json!({})).await, Value::Null);
    let (_, words) = refused("function run() { return 1n; }").await;
    assert!(words.contains("BigInt"), "{words}");
    let (_, words) = refused("function run() { const a = {}; a.a = a; return a; }").await;
    assert!(words.contains("circular"), "{words}");
    let (code, _) = refused("function run() { return 'x'.repeat(2_000_000); }").await;
    assert_eq!(code, "function_result_too_large");
    let deep = |levels: usize| {
        format!(
            "function run() {{ let a = 1; for (let i = 0; i < {levels}; i += 1) a = [a]; return a; }}"
        )
    };
    assert!(result(&deep(64), json!({})).await.is_array());
    let (code, words) = refused(&deep(65)).await;
    assert_eq!(code, "function_result");
    assert!(words.contains("more than 64 levels"), "{words}");
}

#[tokio::test]
async fn nothing_of_the_machine_is_there() {
    let names =
        "['require', 'process', 'fetch', 'XMLHttpRequest', 'setTimeout', 'std', 'os', 'Deno',
        'WebAssembly', 'navigator', 'load', 'print']";
    let code = format!("function run() {{ return {names}.filter((n) => n in globalThis); }}");
    assert_eq!(result(&code, json!({})).await, json!([]));
    let (_, words) = refused("async function run() { return await import('fs'); }").await;
    assert!(words.contains("fs"), "{words}");
    let left = "globalThis.seen = (globalThis.seen ?? 0) + 1; const run = () => seen;";
    assert_eq!(result(left, json!({})).await, json!(1));
    assert_eq!(result(left, json!({})).await, json!(1), "one run leaves nothing to the next");
}

#[tokio::test]
async fn every_way_of_doing_too_much_comes_to_an_end() {
    for (code, ending) in [
        ("function run() { for (;;) {} }", "function_too_slow"),
        ("for (;;) {}", "function_too_slow"),
        (
            "function run() { for (;;) { try { for (;;) {} } catch {} finally { run(); } } }",
            "function_too_slow",
        ),
        ("async function run() { for (;;) await 0; }", "function_too_slow"),
        ("function run() { return { toJSON() { for (;;) {} } }; }", "function_too_slow"),
        ("function run() { return /^(a+)+$/.test('a'.repeat(64) + 'b'); }", "function_too_slow"),
        (
            "function run() { const all = []; for (;;) all.push('x'.repeat(1000) + all.length); }",
            "function_too_large",
        ),
        ("function run() { return 'x'.repeat(2 ** 29); }", "function_too_large"),
        ("function run() { return new ArrayBuffer(2 ** 30).byteLength; }", "function_too_large"),
        ("function run() { return run() + 1; }", "function_too_deep"),
    ] {
        let (found, words) = refused(code).await;
        assert_eq!(found, ending, "{code}: {words}");
    }
}

#[tokio::test]
async fn functions_run_beside_each_other() {
    let functions = QuickJs::default();
    let runs = (0..24).map(|n| {
        let inputs = json!({ "n": n }).as_object().cloned().expect("an object");
        functions.run(project(), "const run = (i) => i.n * 2;".to_owned(), inputs)
    });
    let runs = futures::future::join_all(runs).await;
    let results: Vec<_> = runs.into_iter().map(|run| run.expect("a run").result).collect();
    assert_eq!(json!(results), json!((0..24).map(|n| n * 2).collect::<Vec<_>>()));
}
