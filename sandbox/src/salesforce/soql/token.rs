//! The words of a query.

use super::wrong;
use crate::salesforce::failure::Error;

/// A word, and where it begins.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Clone, PartialEq)]
pub(super) enum What {
    /// A name or a keyword, with the dots of a path.
    Word(String),
    /// Between quotes.
    Text(Vec<Letter>),
    Number(f64),
    /// A date or a time, as it was written.
    Time(String),
    Symbol(&'static str),
    End,
}

/// A character of a text, and whether it stands for others behind LIKE.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Letter {
    Plain(char),
    /// `%`
    Any,
    /// `_`
    One,
}

impl Letter {
    pub(super) fn char(self) -> char {
        match self {
            Self::Plain(own) => own,
            Self::Any => '%',
            Self::One => '_',
        }
    }
}

const SYMBOLS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// The words, with an end behind them.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, Error> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = query.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let length = |fits: fn(char) -> bool| rest.find(|own| !fits(own)).unwrap_or(rest.len());
        let (what, size) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '\'' => text(query, at)?,
            _ if first.is_ascii_alphabetic() => {
                let size =
                    length(|own| own.is_ascii_alphanumeric() || matches!(own, '_' | '.' | ':'));
                (What::Word(rest[..size].to_owned()), size)
            }
            _ if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => {
                let size = length(|own| {
                    own.is_ascii_alphanumeric() || matches!(own, '-' | '+' | '.' | ':')
                });
                let own = &rest[..size];
                match own.parse() {
                    Ok(number) => (What::Number(number), size),
                    Err(_) if own.get(1..).is_some_and(|own| own.contains('-')) => {
                        (What::Time(own.to_owned()), size)
                    }
                    Err(_) => return Err(unexpected(query, at, own)),
                }
            }
            _ => match SYMBOLS.iter().find(|own| rest.starts_with(**own)) {
                Some(symbol) => (What::Symbol(symbol), symbol.len()),
                None => return Err(unexpected(query, at, &first.to_string())),
            },
        };
        tokens.push(Token { at, what });
        at += size;
    }
    tokens.push(Token { at: query.len(), what: What::End });
    Ok(tokens)
}

pub(super) fn unexpected(query: &str, at: usize, word: &str) -> Error {
    wrong(query, at, "MALFORMED_QUERY", &format!("unexpected token: '{word}'"))
}

/// A text between quotes, and its length with them.
fn text(query: &str, at: usize) -> Result<(What, usize), Error> {
    let mut letters = Vec::new();
    let mut rest = query[at..].char_indices().skip(1);
    while let Some((index, own)) = rest.next() {
        match own {
            '\'' => return Ok((What::Text(letters), index + 1)),
            '\\' => {
                let escaped = rest.next().map_or('\0', |(_, own)| own);
                letters.push(Letter::Plain(match escaped {
                    '\'' | '"' | '\\' | '%' | '_' => escaped,
                    'n' | 'N' => '\n',
                    'r' | 'R' => '\r',
                    't' | 'T' => '\t',
                    'b' | 'B' => '\u{8}',
                    'f' | 'F' => '\u{c}',
                    _ => {
                        let words = format!("Invalid string literal. Illegal character sequence '\\{escaped}' in string literal.");
                        return Err(wrong(query, at + index, "MALFORMED_QUERY", &words));
                    }
                }));
            }
            '%' => letters.push(Letter::Any),
            '_' => letters.push(Letter::One),
            _ => letters.push(Letter::Plain(own)),
        }
    }
    let column = query.chars().count();
    let words = format!("line 1:{column} mismatched character '<EOF>' expecting '''");
    Err(Error::bad("MALFORMED_QUERY", words))
}
