//! How the fields of records are compared, whatever the provider.

/// How many values an operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// It says all by itself.
    None,
    /// Exactly one.
    One,
    /// One or more.
    Many,
}

macro_rules! operators {
    ($($(#[$doc:meta])* $name:ident = $id:literal $title:literal $arity:ident;)*) => {
        /// How a field is compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operator {
            $($(#[$doc])* $name,)*
        }

        impl Operator {
            /// All of them, in the order in which a person chooses.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it is written in a workflow: `equals`.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What a person reads: `is`.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// How many values it takes.
            pub const fn arity(self) -> Arity {
                match self { $(Self::$name => Arity::$arity,)* }
            }
        }
    };
}

operators! {
    /// The same.
    Equals = "equals" "is" One;
    /// Something else.
    NotEquals = "not_equals" "is not" One;
    /// Has this text in it.
    Contains = "contains" "contains" One;
    /// Does not have this text in it.
    NotContains = "not_contains" "does not contain" One;
    /// Begins with this text.
    StartsWith = "starts_with" "starts with" One;
    /// Ends with this text.
    EndsWith = "ends_with" "ends with" One;
    /// Less, or before.
    LessThan = "less_than" "is less than or before" One;
    /// Less or the same.
    LessOrEqual = "less_or_equal" "is at most" One;
    /// More, or after.
    GreaterThan = "greater_than" "is greater than or after" One;
    /// More or the same.
    GreaterOrEqual = "greater_or_equal" "is at least" One;
    /// One of these.
    In = "in" "is one of" Many;
    /// None of these.
    NotIn = "not_in" "is none of" Many;
    /// Of a field with several values: one of these is among them.
    Includes = "includes" "includes one of" Many;
    /// Of a field with several values: none of these is among them.
    Excludes = "excludes" "includes none of" Many;
    /// Has no value.
    IsEmpty = "is_empty" "is empty" None;
    /// Has a value.
    IsNotEmpty = "is_not_empty" "is not empty" None;
}

impl Operator {
    /// By its id.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::Operator;

    #[test]
    fn an_operator_is_found_by_its_id() {
        for operator in Operator::ALL {
            assert_eq!(Operator::of(operator.id()), Some(*operator));
        }
        assert_eq!(Operator::of("is"), None);
    }
}
