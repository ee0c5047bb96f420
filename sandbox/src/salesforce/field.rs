//! What a field is.

/// What can be in a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Id,
    Text,
    Area,
    Email,
    Phone,
    Url,
    /// One of these.
    Picklist(&'static [&'static str]),
    /// Some of these, with semicolons between them.
    Several(&'static [&'static str]),
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    /// The id of a record of these objects.
    Reference(&'static [&'static str]),
}

/// What happens when nothing is written to a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Optional,
    Required,
    /// Has this value then.
    Usually(&'static str),
    /// Is the one of whoever makes the record.
    OfUser,
    /// Salesforce fills it in; nobody writes to it.
    Filled,
}

/// Whether records are found by a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    None,
    /// Marked `idLookup` only, as a contact's address is: no upsert by it.
    Lookup,
    /// An external id that several records may have.
    External,
    /// An external id that only one record may have.
    Unique,
}

/// A field of an object.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) type_: Type,
    pub(super) length: usize,
    pub(super) presence: Presence,
    pub(super) key: Key,
}

impl Field {
    pub(super) const fn new(name: &'static str, type_: Type) -> Self {
        let length = match type_ {
            Type::Id | Type::Reference(_) => 18,
            Type::Email => 80,
            Type::Phone => 40,
            Type::Url | Type::Picklist(_) | Type::Text => 255,
            Type::Several(_) => 4099,
            Type::Area => 32_000,
            _ => 0,
        };
        Self { name, type_, length, presence: Presence::Optional, key: Key::None }
    }

    pub(super) const fn text(name: &'static str, length: usize) -> Self {
        Self { length, ..Self::new(name, Type::Text) }
    }

    pub(super) const fn required(self) -> Self {
        Self { presence: Presence::Required, ..self }
    }

    pub(super) const fn usually(self, value: &'static str) -> Self {
        Self { presence: Presence::Usually(value), ..self }
    }

    pub(super) const fn filled(self) -> Self {
        Self { presence: Presence::Filled, ..self }
    }

    pub(super) const fn found_by(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// Who has the record.
    pub(super) const fn owner() -> Self {
        Self { presence: Presence::OfUser, ..Self::new("OwnerId", Type::Reference(&["User"])) }
    }

    pub(super) fn writable(&self) -> bool {
        self.presence != Presence::Filled
    }

    pub(super) fn custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// `AccountId` is "Account ID", `External_Id__c` is "External Id".
    pub(super) fn label(&self) -> String {
        if self.custom() {
            return self.name.trim_end_matches("__c").replace('_', " ");
        }
        let mut label = String::new();
        for (index, own) in self.name.char_indices() {
            if index > 0 && own.is_ascii_uppercase() {
                label.push(' ');
            }
            label.push(own);
        }
        match label.strip_suffix(" Id") {
            Some(start) => format!("{start} ID"),
            None => label,
        }
    }

    /// Its values, if it has some to choose from.
    pub(super) fn values(&self) -> Option<&'static [&'static str]> {
        match self.type_ {
            Type::Picklist(values) | Type::Several(values) => Some(values),
            _ => None,
        }
    }

    /// Its type's name, and that of the old protocol.
    pub(super) fn type_names(&self) -> (&'static str, &'static str) {
        match self.type_ {
            Type::Id => ("id", "tns:ID"),
            Type::Text => ("string", "xsd:string"),
            Type::Area => ("textarea", "xsd:string"),
            Type::Email => ("email", "xsd:string"),
            Type::Phone => ("phone", "xsd:string"),
            Type::Url => ("url", "xsd:string"),
            Type::Picklist(_) => ("picklist", "xsd:string"),
            Type::Several(_) => ("multipicklist", "xsd:string"),
            Type::Boolean => ("boolean", "xsd:boolean"),
            Type::Int => ("int", "xsd:int"),
            Type::Double => ("double", "xsd:double"),
            Type::Currency => ("currency", "xsd:double"),
            Type::Percent => ("percent", "xsd:double"),
            Type::Date => ("date", "xsd:date"),
            Type::DateTime => ("datetime", "xsd:dateTime"),
            Type::Reference(_) => ("reference", "tns:ID"),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.type_, Type::Int | Type::Double | Type::Currency | Type::Percent)
    }
}
