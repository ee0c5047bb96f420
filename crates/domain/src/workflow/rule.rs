//! Rules: what decides a condition, a trigger's filter, who may see a workflow.
//!
//! The outer list is *or*, the inner ones are *and*: `[[{left, operator, right}]]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Groups of rules, of which one must hold, and of it everything.
pub type Rules = Vec<Vec<Rule>>;

/// One thing that must be so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What is looked at: a string is a template, anything else a literal.
    pub left: Value,
    /// How.
    pub operator: Comparison,
    /// What it is compared with, where the operator compares; read like `left`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub right: Value,
}

/// Whether a comparison has a right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// The left side says it all.
    One,
    /// Both sides.
    Two,
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident = $id:literal $title:literal $group:literal $operands:ident;)*) => {
        /// How two values are compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Comparison {
            $($(#[$doc])* $name,)*
        }

        impl Comparison {
            /// All of them, in the order in which a person chooses.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it is written: `contains`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What a person reads: `contains`.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Under which heading it is offered: `Text`, `Number`, `Date`, `Yes or no`, `List`, `Any`.
            pub const fn group(self) -> &'static str {
                match self { $(Self::$name => $group,)* }
            }

            /// Whether it has a right side.
            pub const fn operands(self) -> Operands {
                match self { $(Self::$name => Operands::$operands,)* }
            }
        }
    };
}

comparisons! {
    /// The same text, number or boolean; `5` and `"5"` are the same.
    Equals = "equals" "is" "Any" Two;
    /// Something else.
    NotEquals = "not_equals" "is not" "Any" Two;
    /// There, and not null.
    Exists = "exists" "exists" "Any" One;
    /// Missing, or null.
    NotExists = "not_exists" "does not exist" "Any" One;
    /// The same text, letter by letter; a number as it is written.
    TextEquals = "text_equals" "exactly matches" "Text" Two;
    /// Another text.
    TextNotEquals = "text_not_equals" "does not exactly match" "Text" Two;
    /// Has this text in it.
    Contains = "contains" "contains" "Text" Two;
    /// Does not have this text in it.
    NotContains = "not_contains" "does not contain" "Text" Two;
    /// Begins with this text.
    StartsWith = "starts_with" "starts with" "Text" Two;
    /// Does not begin with this text.
    NotStartsWith = "not_starts_with" "does not start with" "Text" Two;
    /// Ends with this text.
    EndsWith = "ends_with" "ends with" "Text" Two;
    /// Does not end with this text.
    NotEndsWith = "not_ends_with" "does not end with" "Text" Two;
    /// One of these: an array, or a text with commas.
    In = "in" "is one of" "Text" Two;
    /// None of these.
    NotIn = "not_in" "is none of" "Text" Two;
    /// Comes after in the alphabet.
    TextAfter = "text_after" "sorts after" "Text" Two;
    /// Comes before in the alphabet.
    TextBefore = "text_before" "sorts before" "Text" Two;
    /// The same number: `007` and `7.0` are.
    NumberEquals = "number_equals" "equals" "Number" Two;
    /// Another number.
    NumberNotEquals = "number_not_equals" "does not equal" "Number" Two;
    /// More.
    GreaterThan = "greater_than" "is greater than" "Number" Two;
    /// Less.
    LessThan = "less_than" "is less than" "Number" Two;
    /// More or the same.
    AtLeast = "at_least" "is at least" "Number" Two;
    /// Less or the same.
    AtMost = "at_most" "is at most" "Number" Two;
    /// Later.
    After = "after" "is after" "Date" Two;
    /// Earlier.
    Before = "before" "is before" "Date" Two;
    /// The same instant.
    SameTime = "same_time" "is the same time as" "Date" Two;
    /// `true`.
    IsTrue = "is_true" "is true" "Yes or no" One;
    /// `false`.
    IsFalse = "is_false" "is false" "Yes or no" One;
    /// A list with this in it.
    Includes = "includes" "includes" "List" Two;
    /// A list without this in it.
    NotIncludes = "not_includes" "does not include" "List" Two;
    /// A list, text or object with nothing in it; or nothing at all.
    IsEmpty = "is_empty" "is empty" "List" One;
    /// A list, text or object with something in it.
    IsNotEmpty = "is_not_empty" "is not empty" "List" One;
}

impl Comparison {
    /// By its id.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|comparison| comparison.id() == id)
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Comparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::of(&id).ok_or_else(|| {
            let known = Self::ALL.iter().map(|comparison| comparison.id());
            let advice = crate::nearest::did_you_mean(&id, known);
            serde::de::Error::custom(format!("there is no operator {id:?}.{advice}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Comparison;
    use serde_json::json;

    #[test]
    fn a_comparison_is_written_by_its_id() {
        for own in Comparison::ALL {
            assert_eq!(json!(own), json!(own.id()));
            assert_eq!(serde_json::from_value::<Comparison>(json!(own.id())).ok(), Some(*own));
        }
        let slip = serde_json::from_value::<Comparison>(json!("contain")).expect_err("a slip");
        assert!(slip.to_string().contains("Did you mean \"contains\"?"), "{slip}");
    }
}
