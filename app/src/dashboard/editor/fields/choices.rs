//! The choices of a source, page by page, as the preview user's account has them.

use super::{Inputs, as_text};
use crate::components::long_list::{Listed, Load, fits};
use crate::server_fns::editor::editor_choices;
use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::ChoicesAsked;
use portico_domain::{Choice, CredentialId};
use serde_json::{Map, Value};
use std::time::Duration;

/// How long typing must rest before a provider is asked.
const REST: Duration = Duration::from_millis(250);

/// What to do where nobody has choices.
const NOBODY: &str = "Nobody has connected an account yet. Connect one under Try it to choose here; until then, write the value.";

/// Choices of a source. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Choices {
    inputs: Inputs,
    source: StoredValue<String>,
    pub(super) query: RwSignal<String>,
    pub(super) all: RwSignal<Vec<Choice>>,
    /// The places of those that fit the query.
    pub(super) found: RwSignal<Vec<usize>>,
    next: RwSignal<Option<String>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
    provider_searches: RwSignal<bool>,
    /// Who was asked, and with what.
    under: StoredValue<Option<Under>>,
    /// Of the answers under way only those of the latest round count.
    round: RwSignal<u32>,
}

/// Who is asked, and with what.
type Under = (CredentialId, Map<String, Value>);

impl Choices {
    pub(super) fn new(inputs: Inputs, source: String) -> Self {
        Self {
            inputs,
            source: StoredValue::new(source),
            query: RwSignal::new(String::new()),
            all: RwSignal::new(Vec::new()),
            found: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            provider_searches: RwSignal::new(false),
            under: StoredValue::new(None),
            round: RwSignal::new(0),
        }
    }

    /// A choice, by its row.
    pub(super) fn choice(self, row: usize) -> Option<Choice> {
        let at = self.found.with_untracked(|found| found.get(row).copied())?;
        self.all.with_untracked(|all| all.get(at).cloned())
    }

    /// The list is opened: what is loaded of it is good, unless it was searched elsewhere or another account
    /// was asked.
    pub(super) fn open(self) {
        self.query.set(String::new());
        let under = self.asked();
        let same = under.is_some() && self.under.get_value() == under;
        let loaded = !self.all.with_untracked(Vec::is_empty);
        let good = loaded && !self.provider_searches.get_untracked();
        if same && good && self.problem.with_untracked(Option::is_none) {
            return self.sift(0);
        }
        self.all.update(Vec::clear);
        self.sift(0);
        self.load(Load::First);
    }

    /// The query has changed.
    pub(super) fn search(self) {
        if !self.provider_searches.get_untracked() {
            self.sift(0);
            if self.searches_here() {
                self.load(Load::Next);
            }
            return;
        }
        // What was found for the query of before can be chosen no more.
        self.all.update(Vec::clear);
        self.sift(0);
        self.round.update(|round| *round += 1);
        let round = self.round.get_untracked();
        self.busy.set(true);
        let ask = move || {
            if self.round.try_get_untracked() == Some(round) {
                self.load(Load::First);
            }
        };
        set_timeout(ask, REST);
    }

    pub(super) fn load(self, load: Load) {
        let more = self.next.with_untracked(Option::is_some);
        if load == Load::Next && (self.busy.get_untracked() || !more) {
            return;
        }
        let under = self.asked();
        self.under.set_value(under.clone());
        let Some((credential, inputs)) = under else {
            return self.problem.set(Some(NOBODY.to_owned()));
        };
        self.round.update(|round| *round += u32::from(load != Load::Next));
        self.busy.set(true);
        self.problem.set(None);
        let round = self.round.get_untracked();
        let query = self.sought();
        let searched = self.provider_searches.get_untracked() && !query.is_empty();
        let asked = ChoicesAsked {
            search: searched.then_some(query),
            cursor: self.next.get_untracked().filter(|_| load == Load::Next),
            refresh: load == Load::Again,
            ..self.ask_for(credential, inputs)
        };
        let project = self.inputs.draft.facts().project.clone();
        spawn_local(async move {
            let answer = editor_choices(project, asked).await;
            if self.round.try_get_untracked() != Some(round) {
                return;
            }
            self.busy.set(false);
            let page = match answer {
                Ok(page) => page,
                Err(error) => return self.problem.set(Some(words(&error))),
            };
            // Typed before anybody knew who searches: this page is not about it.
            let beside = page.provider_searches && self.searches_here();
            self.provider_searches.set(page.provider_searches);
            if beside {
                return self.load(Load::First);
            }
            let before = if load == Load::Next { self.all.with_untracked(Vec::len) } else { 0 };
            self.next.set(page.next);
            self.all.update(|all| {
                all.truncate(before);
                all.extend(page.choices);
            });
            self.sift(before);
            // A page can be empty and not the last; and to search here, everything must be here.
            if self.found.with_untracked(Vec::is_empty) || self.searches_here() {
                self.load(Load::Next);
            }
        });
    }

    /// What a value is called, unless it is known: a document keeps values only.
    pub(super) fn call(self, value: &Value) {
        let text = as_text(value);
        let called = self.inputs.draft.called;
        let name = self.name_of(value);
        if text.is_empty()
            || text.contains("{{")
            || called.with_untracked(|all| all.contains_key(&name))
        {
            return;
        }
        let Some((credential, inputs)) = self.asked() else { return };
        let asked = ChoicesAsked { value: Some(value.clone()), ..self.ask_for(credential, inputs) };
        let project = self.inputs.draft.facts().project.clone();
        spawn_local(async move {
            // Who cannot be asked says nothing: the value stands in the field.
            if let Ok(page) = editor_choices(project, asked).await {
                let label = page.choices.into_iter().next().map(|own| own.label);
                called.try_update(|all| all.insert(name, label));
            }
        });
    }

    /// What a value is called, as far as that is known.
    pub(super) fn label(self, value: &Value) -> Option<String> {
        self.inputs.draft.called.with(|all| all.get(&self.name_of(value)).cloned().flatten())
    }

    /// Remembers what a choice is called.
    pub(super) fn remember(self, choice: &Choice) {
        let (name, label) = (self.name_of(&choice.value), Some(choice.label.clone()));
        self.inputs.draft.called.update(|all| drop(all.insert(name, label)));
    }

    /// What there is and whether more comes, in words.
    pub(super) fn status(self) -> String {
        if self.problem.with(Option::is_some) {
            return String::new();
        }
        let facts = self.inputs.draft.facts();
        let kind = self.inputs.integration.get_value().unwrap_or_default();
        let listed = Listed {
            whose: facts.known(&kind).map_or(kind.as_str(), |own| own.name.as_str()),
            loaded: self.all.with(Vec::len),
            found: self.found.with(Vec::len),
            is_busy: self.busy.get(),
            is_sought: self.query.with(|query| !query.trim().is_empty()),
            provider_searches: self.provider_searches.get(),
            has_more: self.next.with(Option::is_some),
        };
        listed.words()
    }

    /// How many there are, if that is known by now.
    pub(super) fn size(self) -> String {
        match self.next.with(Option::is_some) {
            true => "-1".to_owned(),
            false => self.found.with(Vec::len).to_string(),
        }
    }

    /// Among what a value has its name.
    fn name_of(self, value: &Value) -> String {
        let integration = self.inputs.integration.get_value().unwrap_or_default();
        self.source.with_value(|source| format!("{integration}/{source}/{}", as_text(value)))
    }

    fn sought(self) -> String {
        self.query.with_untracked(|query| query.trim().to_owned())
    }

    /// Whether what is loaded is searched here.
    fn searches_here(self) -> bool {
        !self.provider_searches.get_untracked() && !self.sought().is_empty()
    }

    /// Looks through what is loaded, from a place on.
    fn sift(self, from: usize) {
        let query = self.sought().to_lowercase();
        let all = !self.searches_here();
        self.found.update(|found| {
            found.truncate(if from == 0 { 0 } else { found.len() });
            self.all.with_untracked(|choices| {
                let rest = choices.iter().enumerate().skip(from);
                found.extend(rest.filter(|(_, own)| all || fits(own, &query)).map(|(at, _)| at));
            });
        });
    }

    /// The preview user, and what the source asks for as far as it is filled in. Where the source is of another
    /// integration than the workflow, the server asks the same user's account there.
    fn asked(self) -> Option<Under> {
        let credential = self
            .inputs
            .draft
            .preview
            .with_untracked(|own| own.as_ref().map(|own| own.credential))?;
        let facts = self.inputs.draft.facts();
        let kind = self.inputs.integration.get_value()?;
        let known = facts.known(&kind)?;
        let needs = self.source.with_value(|source| {
            let own = known.sources.iter().find(|own| own.id == *source);
            own.map(|own| own.needs.clone()).unwrap_or_default()
        });
        let values = self.inputs.values.get_untracked();
        let given = needs
            .into_iter()
            .filter_map(|need| values.get(&need).map(|value| (need, value.clone())))
            .filter(|(_, value)| !value.as_str().is_some_and(|text| text.contains("{{")));
        Some((credential, given.collect()))
    }

    fn ask_for(self, credential: CredentialId, inputs: Map<String, Value>) -> ChoicesAsked {
        ChoicesAsked {
            credential,
            integration: self.inputs.integration.get_value().unwrap_or_default(),
            source: self.source.get_value(),
            inputs,
            search: None,
            cursor: None,
            refresh: false,
            value: None,
        }
    }
}
