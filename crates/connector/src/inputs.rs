//! What actions and triggers take, and the fixed choices for it.

use crate::file::{ChoiceFile, InputFile};
use crate::slip::Slip;
use portico_domain::Choice;
use portico_domain::action::{InputShape, InputType};

/// What is wrong with the fixed choices of inputs.
pub(crate) fn check(inputs: &[InputFile], slips: &mut Vec<Slip>) {
    for input in inputs.iter().filter(|input| !input.choices.is_empty()) {
        let mut wrong = |why: &str| slips.push(Slip::new(&input.key, why));
        if input.source.is_some() {
            wrong("An input has `choices` or a `source`, not both.");
        }
        let fits = |choice: &ChoiceFile| match input.kind {
            InputType::Text => choice.value.as_str().is_some_and(|text| !text.is_empty()),
            InputType::Number => choice.value.is_number(),
            InputType::Boolean | InputType::Fields | InputType::Filter | InputType::Json => false,
        };
        if !input.choices.iter().all(fits) {
            wrong("`choices` are for texts and numbers, and each value is one.");
        }
        let known = |(index, own): (usize, &ChoiceFile)| {
            input.choices[..index].iter().any(|before| before.value == own.value)
        };
        if input.choices.iter().enumerate().any(known) {
            wrong("Two of its `choices` are the same value.");
        }
    }
}

impl InputFile {
    pub(crate) fn shape(self) -> InputShape {
        InputShape {
            key: self.key,
            title: self.title,
            kind: self.kind,
            required: self.required,
            help: self.help,
            source: self.source,
            choices: self.choices.into_iter().map(ChoiceFile::shape).collect(),
        }
    }
}

impl ChoiceFile {
    pub(crate) fn shape(self) -> Choice {
        Choice { value: self.value, label: self.label, detail: self.detail }
    }
}
