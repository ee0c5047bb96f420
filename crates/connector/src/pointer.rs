//! JSON pointers (RFC 6901) into answers, in which `*` stands for each item of a list.

use serde_json::Value;

/// Everything that a pointer points at, in order.
pub(crate) fn find<'v>(body: &'v Value, pointer: &str) -> Vec<&'v Value> {
    match pointer.split_once("/*") {
        Some((before, after)) if after.is_empty() || after.starts_with('/') => {
            let items = body.pointer(before).and_then(Value::as_array).into_iter().flatten();
            items.flat_map(|item| find(item, after)).collect()
        }
        _ => body.pointer(pointer).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::find;
    use serde_json::json;

    #[test]
    fn a_star_stands_for_each_item_of_a_list() {
        let body = json!({ "result": [{ "id": 1 }, { "no": 2 }, { "id": 3, "of": [4, 5] }] });
        assert_eq!(find(&body, "/result/*/id"), [&json!(1), &json!(3)]);
        assert_eq!(find(&body, "/result/*/of/*"), [&json!(4), &json!(5)]);
        assert_eq!(find(&body, "/result/0/id"), [&json!(1)]);
        assert_eq!(find(&body, ""), [&body]);
        assert!(find(&body, "/gone/*").is_empty());
        assert!(find(&json!([{ "*": 1 }]), "/*/x").is_empty());
    }
}
