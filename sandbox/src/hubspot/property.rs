//! What a property is ("Properties", "Property type and fieldType values").

use super::seed::FOUNDED;
use serde_json::{Value, json};

/// Choices: values and labels.
pub(super) type Choices = &'static [(&'static str, &'static str)];

/// What values a property takes.
#[derive(Clone, Copy)]
pub(super) enum Type {
    Text,
    Lines,
    Html,
    Email,
    Phone,
    Number,
    Date,
    Time,
    Bool,
    One(Choices),
    /// Several, with `;` between them.
    Many(Choices),
    Owner,
    /// A pipeline of the type, or a stage of one: its choices stand at the pipelines.
    Pipeline,
    Stage,
}

/// A property of a type of object.
#[derive(Clone, Copy)]
pub(super) struct Property {
    pub(super) name: &'static str,
    label: &'static str,
    pub(super) type_: Type,
    group: &'static str,
    pub(super) read_only: bool,
    calculated: bool,
    custom: bool,
    pub(super) unique: bool,
    hidden: bool,
}

/// A property that can be written and was defined by HubSpot.
pub(super) const fn own(
    name: &'static str,
    label: &'static str,
    type_: Type,
    group: &'static str,
) -> Property {
    Property {
        name,
        label,
        type_,
        group,
        read_only: false,
        calculated: false,
        custom: false,
        unique: false,
        hidden: false,
    }
}

impl Property {
    /// Set by HubSpot.
    pub(super) const fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// Computed from others.
    pub(super) const fn calculated(self) -> Self {
        Self { calculated: true, read_only: true, ..self }
    }

    /// Defined by the account.
    pub(super) const fn custom(self) -> Self {
        Self { custom: true, ..self }
    }

    /// Records can be told apart by it.
    pub(super) const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// Not shown to people.
    pub(super) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// What a person reads.
    pub(super) fn label(&self) -> &'static str {
        self.label
    }

    /// Its `type` and `fieldType`.
    fn kinds(&self) -> (&'static str, &'static str) {
        match self.type_ {
            Type::Number if self.calculated => ("number", "calculation_equation"),
            Type::Text | Type::Email => ("string", "text"),
            Type::Lines => ("string", "textarea"),
            Type::Html => ("string", "html"),
            Type::Phone => ("string", "phonenumber"),
            Type::Number => ("number", "number"),
            Type::Date => ("date", "date"),
            Type::Time => ("datetime", "date"),
            Type::Bool => ("bool", "booleancheckbox"),
            Type::One(_) => ("enumeration", "radio"),
            Type::Many(_) => ("enumeration", "checkbox"),
            Type::Owner | Type::Pipeline | Type::Stage => ("enumeration", "select"),
        }
    }

    /// What can be chosen, where the choices stand at the property.
    pub(super) fn choices(&self) -> Choices {
        match self.type_ {
            Type::One(choices) | Type::Many(choices) => choices,
            Type::Bool => &[("true", "Yes"), ("false", "No")],
            _ => &[],
        }
    }

    /// As the properties API shows it.
    pub(super) fn shown(&self, order: usize) -> Value {
        let (type_name, field) = self.kinds();
        let option = |(order, (value, label)): (usize, &(&str, &str))| json!({ "label": label, "value": value, "displayOrder": order, "hidden": false });
        let options: Vec<_> = self.choices().iter().enumerate().map(option).collect();
        let external = matches!(self.type_, Type::Owner | Type::Pipeline | Type::Stage);
        let mut shown = json!({
            "name": self.name, "label": self.label, "type": type_name, "fieldType": field,
            "description": "", "groupName": self.group, "options": options, "displayOrder": order,
            "calculated": self.calculated, "externalOptions": external,
            "hasUniqueValue": self.unique, "hidden": self.hidden,
            "hubspotDefined": !self.custom, "formField": !self.read_only, "archived": false,
            "dataSensitivity": "non_sensitive", "createdAt": FOUNDED, "updatedAt": FOUNDED,
            "modificationMetadata": {
                "archivable": self.custom, "readOnlyDefinition": !self.custom,
                "readOnlyValue": self.read_only,
            },
        });
        if let (Type::Owner, Some(shown)) = (self.type_, shown.as_object_mut()) {
            shown.insert("referencedObjectType".to_owned(), json!("OWNER"));
        }
        shown
    }
}
