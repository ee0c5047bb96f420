//! From words to a query.

use super::filter::{Filter, Operator};
use super::literal::plain;
use super::token::{Token, What, tokens, unexpected};
use super::wrong;
use crate::salesforce::failure::Error;
use crate::salesforce::field::{Field, Type};
use crate::salesforce::objects::{Object, object};

/// "FIELDS(ALL)" and "FIELDS(CUSTOM)" are for few records only.
const MOST_WITH_ALL: usize = 200;
const MOST_OFFSET: usize = 2000;

/// What is asked for.
pub(in crate::salesforce) struct Query {
    pub(in crate::salesforce) object: &'static Object,
    pub(in crate::salesforce) select: Select,
    pub(super) filter: Option<Filter>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

pub(in crate::salesforce) enum Select {
    /// `COUNT()`
    Count,
    Fields(Vec<&'static Field>),
}

pub(super) struct Order {
    pub(super) field: &'static Field,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// Reads a query at a time, which `TODAY` depends on.
pub(in crate::salesforce) fn read(query: &str, now: i64) -> Result<Query, Error> {
    Reader { query, tokens: tokens(query)?, next: 0, now, object: None }.query()
}

pub(super) struct Reader<'q> {
    pub(super) query: &'q str,
    tokens: Vec<Token>,
    next: usize,
    pub(super) now: i64,
    object: Option<&'static Object>,
}

/// What is selected, before it is known of what.
enum Wished {
    Count,
    Names(Vec<(usize, String)>),
}

impl Reader<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    pub(super) fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    pub(super) fn unexpected(&self, token: &Token) -> Error {
        let word = match &token.what {
            What::Word(own) | What::Time(own) => own.clone(),
            What::Text(own) => own.iter().map(|own| own.char()).collect(),
            What::Number(own) => own.to_string(),
            What::Symbol(own) => (*own).to_owned(),
            What::End => "<EOF>".to_owned(),
        };
        unexpected(self.query, token.at, &word)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().what, What::Word(own) if own.eq_ignore_ascii_case(word))
    }

    /// Takes a keyword, if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.next += usize::from(is);
        is
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Error> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected(self.peek())) }
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let is = matches!(self.peek().what, What::Symbol(own) if own == symbol);
        self.next += usize::from(is);
        is
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<(), Error> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected(self.peek())) }
    }

    fn name(&mut self) -> Result<(usize, String), Error> {
        let token = self.take();
        match &token.what {
            What::Word(own) => Ok((token.at, own.clone())),
            _ => Err(self.unexpected(&token)),
        }
    }

    fn number(&mut self) -> Result<usize, Error> {
        let token = self.take();
        match token.what {
            What::Number(own) if own >= 0.0 && own.fract() == 0.0 => Ok(own as usize),
            _ => Err(self.unexpected(&token)),
        }
    }

    fn query(mut self) -> Result<Query, Error> {
        self.expect_word("SELECT")?;
        let wished = self.wished()?;
        self.expect_word("FROM")?;
        let (at, name) = self.name()?;
        let own = object(&name).ok_or_else(|| {
            let words = format!(
                "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
            );
            wrong(self.query, at, "INVALID_TYPE", &words)
        })?;
        self.object = Some(own);
        let filter = if self.word("WHERE") { Some(self.conditions()?) } else { None };
        let mut order = Vec::new();
        if self.word("ORDER") {
            self.expect_word("BY")?;
            order.push(self.order()?);
            while self.symbol(",") {
                order.push(self.order()?);
            }
        }
        let limit = if self.word("LIMIT") { Some(self.number()?) } else { None };
        let offset = if self.word("OFFSET") { self.number()? } else { 0 };
        if offset > MOST_OFFSET {
            let words = format!("Maximum SOQL offset allowed is {MOST_OFFSET}");
            return Err(Error::bad("NUMBER_OUTSIDE_VALID_RANGE", words));
        }
        if self.peek().what != What::End {
            return Err(self.unexpected(self.peek()));
        }
        let select = self.selected(wished, own, limit)?;
        Ok(Query { object: own, select, filter, order, limit, offset })
    }

    fn wished(&mut self) -> Result<Wished, Error> {
        let mut names = Vec::new();
        loop {
            let (at, name) = self.name()?;
            if !self.symbol("(") {
                names.push((at, name));
            } else if name.eq_ignore_ascii_case("COUNT") && names.is_empty() && self.symbol(")") {
                return Ok(Wished::Count);
            } else if name.eq_ignore_ascii_case("FIELDS") {
                let (_, which) = self.name()?;
                names.push((at, format!("FIELDS({which})")));
                self.expect_symbol(")")?;
            } else {
                return Err(self.unexpected(&self.tokens[self.next - 1]));
            }
            if !self.symbol(",") {
                return Ok(Wished::Names(names));
            }
        }
    }

    fn selected(
        &self,
        wished: Wished,
        object: &'static Object,
        limit: Option<usize>,
    ) -> Result<Select, Error> {
        let Wished::Names(names) = wished else { return Ok(Select::Count) };
        let mut fields: Vec<&'static Field> = Vec::new();
        for (at, name) in names {
            let upper = name.to_ascii_uppercase();
            let new: Vec<&'static Field> = match upper.as_str() {
                "FIELDS(ALL)" => object.fields().collect(),
                "FIELDS(STANDARD)" => object.fields().filter(|own| !own.custom()).collect(),
                "FIELDS(CUSTOM)" => object.fields().filter(|own| own.custom()).collect(),
                _ => vec![self.field(at, &name)?],
            };
            let all = matches!(upper.as_str(), "FIELDS(ALL)" | "FIELDS(CUSTOM)");
            if all && limit.is_none_or(|limit| limit > MOST_WITH_ALL) {
                let words = "The SOQL FIELDS function must have a LIMIT of at most 200";
                return Err(Error::bad("MALFORMED_QUERY", words));
            }
            for field in new {
                if fields.iter().any(|own| own.name == field.name) {
                    let words = format!("duplicate field selected: {}", field.name);
                    return Err(Error::bad("INVALID_FIELD", words));
                }
                fields.push(field);
            }
        }
        Ok(Select::Fields(fields))
    }

    fn field(&self, at: usize, name: &str) -> Result<&'static Field, Error> {
        let object = self.object.ok_or_else(|| unexpected(self.query, at, name))?;
        if let Some((relationship, _)) = name.split_once('.') {
            let words = format!(
                "Didn't understand relationship '{relationship}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
            );
            return Err(wrong(self.query, at, "INVALID_FIELD", &words));
        }
        object.field(name).ok_or_else(|| {
            let words = format!(
                "No such column '{name}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
                object.name
            );
            wrong(self.query, at, "INVALID_FIELD", &words)
        })
    }

    fn order(&mut self) -> Result<Order, Error> {
        let (at, name) = self.name()?;
        let field = self.field(at, &name)?;
        let descending = self.word("DESC");
        if !descending {
            self.word("ASC");
        }
        let mut nulls_last = descending;
        if self.word("NULLS") {
            nulls_last = self.word("LAST");
            if !nulls_last {
                self.expect_word("FIRST")?;
            }
        }
        Ok(Order { field, descending, nulls_last })
    }

    /// Conditions of one kind; AND and OR are mixed with parentheses only.
    fn conditions(&mut self) -> Result<Filter, Error> {
        let first = self.condition()?;
        let word = match () {
            () if self.is_word("AND") => "AND",
            () if self.is_word("OR") => "OR",
            () => return Ok(first),
        };
        let mut parts = vec![first];
        while self.word(word) {
            parts.push(self.condition()?);
        }
        if self.is_word("AND") || self.is_word("OR") {
            return Err(self.unexpected(self.peek()));
        }
        Ok(if word == "AND" { Filter::All(parts) } else { Filter::Any(parts) })
    }

    fn condition(&mut self) -> Result<Filter, Error> {
        if self.word("NOT") {
            return Ok(Filter::Not(Box::new(self.condition()?)));
        }
        if self.symbol("(") {
            let inner = self.conditions()?;
            self.expect_symbol(")")?;
            return Ok(inner);
        }
        let (at, name) = self.name()?;
        let field = self.field(at, &name)?;
        if field.type_ == Type::Area {
            let words = format!("field '{}' can not be filtered in a query call", field.name);
            return Err(wrong(self.query, at, "INVALID_FIELD", &words));
        }
        Ok(Filter::Is(field, self.operator(field)?))
    }

    fn operator(&mut self, field: &'static Field) -> Result<Operator, Error> {
        let token = self.take();
        let word = match &token.what {
            What::Symbol(symbol) => *symbol,
            What::Word(word) => match word.to_ascii_uppercase().as_str() {
                "LIKE" => "LIKE",
                "IN" => "IN",
                "NOT" => {
                    self.expect_word("IN")?;
                    "NOT IN"
                }
                "INCLUDES" => "INCLUDES",
                "EXCLUDES" => "EXCLUDES",
                _ => return Err(self.unexpected(&token)),
            },
            _ => return Err(self.unexpected(&token)),
        };
        Ok(match word {
            "=" => Operator::Equal(self.literal(field)?),
            "!=" | "<>" => Operator::Unequal(self.literal(field)?),
            "<" => Operator::Less(self.literal(field)?),
            "<=" => Operator::AtMost(self.literal(field)?),
            ">" => Operator::More(self.literal(field)?),
            ">=" => Operator::AtLeast(self.literal(field)?),
            "LIKE" => match self.take() {
                Token { what: What::Text(letters), .. } => Operator::Like(letters),
                other => return Err(self.unexpected(&other)),
            },
            "IN" => Operator::In(self.several(|own| own.literal(field))?),
            "NOT IN" => Operator::NotIn(self.several(|own| own.literal(field))?),
            "INCLUDES" if matches!(field.type_, Type::Several(_)) => {
                Operator::Includes(self.several(Self::text)?)
            }
            "EXCLUDES" if matches!(field.type_, Type::Several(_)) => {
                Operator::Excludes(self.several(Self::text)?)
            }
            "INCLUDES" | "EXCLUDES" => {
                let words = "includes or excludes operator only valid on multipicklist field";
                return Err(wrong(self.query, token.at, "INVALID_QUERY_FILTER_OPERATOR", words));
            }
            _ => return Err(self.unexpected(&token)),
        })
    }

    fn several<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.expect_symbol("(")?;
        let mut all = vec![one(self)?];
        while self.symbol(",") {
            all.push(one(self)?);
        }
        self.expect_symbol(")")?;
        Ok(all)
    }

    fn text(&mut self) -> Result<String, Error> {
        match self.take() {
            Token { what: What::Text(letters), .. } => Ok(plain(&letters)),
            other => Err(self.unexpected(&other)),
        }
    }
}
