//! What a template refers to, as it is written: found and renamed as whole words, whatever stands around.
//!
//! Only what stands between `{{` and `}}` is looked at, and of that no text in quotes. There are no local
//! names there (statements are refused), so that `steps` at the beginning of a path is always the steps.

use portico_domain::setting::{Setting, SettingKind};
use portico_domain::workflow::{Rules, Step, StepKind, Trigger, WorkflowDefinition};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// Where expressions stand in a text: each from `{{` to `}}`, both included.
pub(crate) fn expressions(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{{").map(|at| from + at) {
        let Some(end) = end_of_expression(text, start + 2) else { break };
        found.push(start..end);
        from = end;
    }
    found
}

/// Behind the `}}` that belongs to an expression; one in quotes does not.
fn end_of_expression(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    let mut open = 0_usize;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = end_of_quoted(bytes, at)?;
                continue;
            }
            b'}' if open == 0 && bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Behind the closing quote.
fn end_of_quoted(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == bytes[from] => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// A word of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name.
    Name(Range<usize>),
    /// What stands in quotes, without them.
    Quoted(Range<usize>),
    /// A whole number.
    Number(Range<usize>),
    /// Anything else, a byte each.
    Sign(u8),
}

fn tokens(text: &str, within: Range<usize>) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let run = |is: fn(u8) -> bool| {
            at + bytes[at..within.end].iter().take_while(|byte| is(**byte)).count()
        };
        match bytes[at] {
            b'"' | b'\'' => {
                let end = end_of_quoted(bytes, at).unwrap_or(within.end).min(within.end);
                found.push(Token::Quoted(at + 1..end.saturating_sub(1).max(at + 1)));
                at = end;
            }
            byte if is_name_start(byte) => {
                let end = run(is_name);
                found.push(Token::Name(at..end));
                at = end;
            }
            b'0'..=b'9' => {
                let end = run(is_name);
                found.push(Token::Number(at..end));
                at = end;
            }
            byte if byte.is_ascii_whitespace() => at += 1,
            byte => {
                found.push(Token::Sign(byte));
                at += 1;
            }
        }
    }
    found
}

fn is_name_start(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80
}

fn is_name(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit()
}

/// Whether a text can stand in a path behind a dot.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// A path with one more key.
pub(crate) fn with_key(path: &str, key: &str) -> String {
    if is_identifier(key) {
        return format!("{path}.{key}");
    }
    let escaped = key.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{path}[\"{escaped}\"]")
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Key(String),
    Index(usize),
}

/// The parts of an expression that is nothing but a path: `trigger.contacts[0]["a b"]`.
pub(crate) fn path(expression: &str) -> Option<Vec<Part>> {
    let tokens = tokens(expression, 0..expression.len());
    let mut tokens = tokens.into_iter();
    let Some(Token::Name(root)) = tokens.next() else { return None };
    let mut parts = vec![Part::Key(expression[root].to_owned())];
    while let Some(token) = tokens.next() {
        match token {
            Token::Sign(b'.') => match tokens.next()? {
                Token::Name(name) => parts.push(Part::Key(expression[name].to_owned())),
                _ => return None,
            },
            Token::Sign(b'[') => {
                match tokens.next()? {
                    Token::Quoted(range) => parts.push(Part::Key(unquoted(&expression[range])?)),
                    Token::Number(range) => {
                        parts.push(Part::Index(expression[range].parse().ok()?));
                    }
                    _ => return None,
                }
                if tokens.next() != Some(Token::Sign(b']')) {
                    return None;
                }
            }
            _ => return None,
        }
    }
    let constant = ["true", "false", "none", "True", "False", "None"];
    let single =
        parts.len() == 1 && matches!(&parts[0], Part::Key(key) if constant.contains(&key.as_str()));
    (!single).then_some(parts)
}

fn unquoted(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c @ ('\\' | '"' | '\'') => out.push(c),
                // Rarer escapes are the template language's business.
                _ => return None,
            },
            c => out.push(c),
        }
    }
    Some(out)
}

/// A path as it is written where nothing is written around it.
pub(crate) fn spelled(parts: &[Part]) -> String {
    let mut parts = parts.iter();
    let mut out = match parts.next() {
        Some(Part::Key(root)) => root.clone(),
        _ => String::new(),
    };
    for part in parts {
        out = match part {
            Part::Key(key) => with_key(&out, key),
            Part::Index(index) => format!("{out}[{index}]"),
        };
    }
    out
}

/// What a path leads to.
pub(crate) fn resolved<'v>(parts: &[Part], value: &'v Value) -> Option<&'v Value> {
    parts.iter().try_fold(value, |value, part| match part {
        Part::Key(key) => value.get(key),
        Part::Index(index) => value.get(index),
    })
}

/// The names that stand right behind a root in the expressions of a text: `a` of `steps.a` and `steps['a']`.
pub(crate) fn named(text: &str, root: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for expression in expressions(text) {
        let tokens = tokens(text, expression.start + 2..expression.end - 2);
        for (index, token) in tokens.iter().enumerate() {
            let Token::Name(own) = token else { continue };
            let inner = index > 0 && matches!(tokens[index - 1], Token::Sign(b'.'));
            if inner || &text[own.clone()] != root {
                continue;
            }
            match (tokens.get(index + 1), tokens.get(index + 2), tokens.get(index + 3)) {
                (Some(Token::Sign(b'.')), Some(Token::Name(name)), _)
                | (Some(Token::Sign(b'[')), Some(Token::Quoted(name)), Some(Token::Sign(b']'))) => {
                    found.push(name.clone());
                }
                _ => {}
            }
        }
    }
    found
}

/// Names of one kind that become others: `steps.<old>` or `settings.<old>`.
pub(crate) struct Renaming<'a> {
    /// `steps` or `settings`.
    pub(crate) root: &'static str,
    /// The new names by the old ones.
    pub(crate) names: BTreeMap<&'a str, &'a str>,
}

impl<'a> Renaming<'a> {
    pub(crate) fn of(root: &'static str, from: &'a str, to: &'a str) -> Self {
        Self { root, names: BTreeMap::from([(from, to)]) }
    }

    fn text(&self, text: &mut String) {
        for (range, to) in self.mentions(text).into_iter().rev() {
            text.replace_range(range, to);
        }
    }

    /// Where names stand that become others, in their order.
    fn mentions(&self, text: &str) -> Vec<(Range<usize>, &'a str)> {
        let named = named(text, self.root).into_iter();
        named.filter_map(|name| Some((name.clone(), *self.names.get(&text[name])?))).collect()
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.value(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn rules(&self, rules: &mut Rules) {
        for rule in rules.iter_mut().flatten() {
            self.value(&mut rule.left);
            self.value(&mut rule.right);
        }
    }

    /// In a step and in those that it holds; their own ids stay.
    pub(crate) fn step(&self, step: &mut Step) {
        if let StepKind::Condition { rules, .. } = &mut step.kind {
            self.rules(rules);
        }
        if let Some(inputs) = step.kind.inputs_mut() {
            inputs.values_mut().for_each(|value| self.value(value));
        }
        for branch in super::edit::BRANCHES {
            for inner in step.kind.branch_mut(branch).into_iter().flatten() {
                self.step(inner);
            }
        }
    }

    fn setting(&self, setting: &mut Setting) {
        match &mut setting.kind {
            SettingKind::Copyable { value } => self.text(value),
            SettingKind::DynamicEnum(source) if self.root == "settings" => {
                for parent in source.depends_on.values_mut() {
                    if let Some(to) = self.names.get(parent.as_str()) {
                        (*to).clone_into(parent);
                    }
                }
            }
            _ => {}
        }
    }

    /// Everywhere in a workflow.
    pub(crate) fn whole(&self, workflow: &mut WorkflowDefinition) {
        if let Trigger::Integration { inputs, .. } = &mut workflow.trigger {
            inputs.values_mut().for_each(|value| self.value(value));
        }
        self.rules(&mut workflow.only_if);
        self.rules(&mut workflow.options.permissions);
        workflow.settings.iter_mut().for_each(|setting| self.setting(setting));
        workflow.steps.iter_mut().for_each(|step| self.step(step));
    }
}

#[cfg(test)]
mod tests {
    use super::{Renaming, expressions, path, spelled};

    fn renamed(text: &str) -> String {
        let mut text = text.to_owned();
        Renaming::of("steps", "a", "b").text(&mut text);
        text
    }

    #[test]
    fn a_reference_is_renamed_as_a_whole_word() {
        for (before, after) in [
            ("{{ steps.a.x }} {{steps.a}}", "{{ steps.b.x }} {{steps.b}}"),
            ("{{ steps . a }}{{ steps['a'].x|upper }}", "{{ steps . b }}{{ steps['b'].x|upper }}"),
            ("{{ steps[\"a\"] ~ \"steps.a\" }}", "{{ steps[\"b\"] ~ \"steps.a\" }}"),
            ("{{ steps.ab }} {{ trigger.steps.a }} {{ mysteps.a }}", ""),
            ("steps.a {{ \"}} steps.a\" }} {{ settings.a }}", ""),
            ("{{ {'x': {'y': steps.a}}}} }} steps.a", "{{ {'x': {'y': steps.b}}}} }} steps.a"),
            ("{{ ünï ~ steps.a }} ü", "{{ ünï ~ steps.b }} ü"),
            ("{{ steps.a", ""),
        ] {
            let after = if after.is_empty() { before } else { after };
            assert_eq!(renamed(before), after);
        }
    }

    #[test]
    fn a_path_is_read_and_written() {
        for (written, expected) in [
            (" trigger.a ", Some("trigger.a")),
            ("trigger['a b'][0] . x", Some("trigger[\"a b\"][0].x")),
            ("trigger[\"say \\\"hi\\\"\"]", Some("trigger[\"say \\\"hi\\\"\"]")),
            ("item", Some("item")),
            ("trigger.a|upper", None),
            ("trigger.a + 1", None),
            ("trigger[x]", None),
            ("true", None),
            ("'text'", None),
            ("", None),
        ] {
            assert_eq!(
                path(written).map(|parts| spelled(&parts)).as_deref(),
                expected,
                "{written}"
            );
        }
    }

    #[test]
    fn an_expression_ends_where_it_ends() {
        let text = "a {{ b }}{{ '}}' }} {{ open";
        let found: Vec<_> = expressions(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["{{ b }}", "{{ '}}' }}"]);
    }
}
