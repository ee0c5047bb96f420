//! Accounts that are connected by entering what each of their calls shows: a key, or a name and a
//! password.

use crate::action::Connection;
use crate::auth::{Around, open};
use crate::entered::EntryForm;
use crate::failures::{Repeat, Verdicts};
use crate::file::{KeyFile, RequestFile};
use crate::http::{Delivery, HttpRequest};
use crate::request::Request;
use crate::slip::{Slip, check_names};
use crate::tokens::facts_of;
use portico_domain::Failure;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How accounts are connected with a key.
pub struct KeyAuth {
    form: EntryForm,
    check: Check,
}

/// What must succeed before an account counts as connected, as a file says it.
pub(crate) enum Check {
    Source(String),
    Test(Box<KeyTest>),
}

/// What a file says of it: one of both.
pub(crate) struct CheckFile {
    pub(crate) verify: Option<String>,
    pub(crate) test: Option<RequestFile>,
    /// Facts of the account in the answer to `test`.
    pub(crate) facts: BTreeMap<String, String>,
}

impl Check {
    /// `names` are those that the request can use.
    pub(crate) fn read(
        file: CheckFile,
        names: &[String],
        around: &Around<'_>,
        slips: &mut Vec<Slip>,
    ) -> Option<Self> {
        match (file.verify, file.test) {
            (Some(source), None) => {
                check_names(&source, std::iter::once(source.as_str()), around.sources, slips);
                if !file.facts.is_empty() {
                    let words = "Facts are read from the answer to [auth.test].";
                    slips.push(Slip::new("[auth]", words));
                }
                Some(Self::Source(source))
            }
            (None, Some(test)) => match Request::read(test, around.shared, "[auth.test]", names) {
                Ok(request) => Some(Self::Test(Box::new(KeyTest {
                    request,
                    facts: file.facts,
                    verdicts: around.verdicts.clone(),
                }))),
                Err(found) => {
                    slips.extend(found);
                    None
                }
            },
            _ => {
                let words = "What is entered is tried: say `verify`, or [auth.test].";
                slips.push(Slip::new("[auth]", words));
                None
            }
        }
    }

    pub(crate) fn as_ref(&self) -> KeyCheck<'_> {
        match self {
            Self::Source(source) => KeyCheck::Source(source),
            Self::Test(test) => KeyCheck::Test(test),
        }
    }
}

/// What must succeed before an account counts as connected.
#[derive(Clone, Copy)]
pub enum KeyCheck<'a> {
    /// The first page of a source of choices.
    Source(&'a str),
    /// A request of its own.
    Test(&'a KeyTest),
}

/// The request that tries what was entered.
pub struct KeyTest {
    request: Request,
    /// Facts of the account: name to JSON pointer into its answer.
    facts: BTreeMap<String, String>,
    verdicts: Verdicts,
}

impl KeyAuth {
    pub(crate) fn read(file: KeyFile, around: &Around<'_>, slips: &mut Vec<Slip>) -> Option<Self> {
        let names = open(&file.fields);
        let known = names.iter().cloned().chain(file.facts.keys().cloned()).collect::<Vec<_>>();
        let check = CheckFile { verify: file.verify, test: file.test, facts: file.facts };
        let check = Check::read(check, &names, around, slips);
        let form = EntryForm::read(file.fields, &file.account, &known, slips);
        Some(Self { form: form?, check: check? })
    }

    /// The name of RFC 7617 ends at the first colon.
    pub(crate) fn without_colons<'n>(mut self, keys: impl Iterator<Item = &'n str>) -> Self {
        keys.for_each(|key| self.form.forbid_colon(key));
        self
    }

    /// What is asked of the end user.
    pub fn form(&self) -> &EntryForm {
        &self.form
    }

    /// What must succeed before an account counts as connected.
    pub fn check(&self) -> KeyCheck<'_> {
        self.check.as_ref()
    }
}

impl KeyTest {
    /// The request.
    ///
    /// # Errors
    /// What was entered makes no address.
    pub fn request(&self, connection: &Connection<'_>) -> Result<HttpRequest, Failure> {
        self.request.fill(connection.facts, connection, str::to_owned)
    }

    /// What it says of the account.
    ///
    /// # Errors
    /// The verdict.
    pub fn facts(&self, delivery: &Delivery) -> Result<Map<String, Value>, Failure> {
        let body = self.verdicts.judge(delivery, Repeat::Safe)?.unwrap_or(Value::Null);
        Ok(facts_of(&self.facts, &body))
    }
}
