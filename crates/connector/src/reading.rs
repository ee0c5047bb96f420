//! An action under way: its request, and the requests after it where the answer comes in pages.

use crate::action::{Action, Connection};
use crate::http::{Delivery, HttpRequest};
use crate::pages::Pages;
use crate::request::invalid;
use portico_domain::Failure;
use serde_json::{Map, Value};
use std::borrow::Cow;
use url::Url;

/// How much is read of an answer, all its pages together.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// An action under way. Ask for a request, send it, hand over what came, until there is an output.
pub struct Reading<'a> {
    action: &'a Action,
    inputs: Cow<'a, Map<String, Value>>,
    pages: Option<Pages>,
    items: Vec<Value>,
    bytes: usize,
    /// Where the page that is next begins; absent for the first.
    at: Option<Value>,
    /// Where the page before was asked for: an address in it can be relative to that.
    before: Option<Url>,
    /// Where the page that is under way is asked for.
    asked: Option<Url>,
    read: u32,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        action: &'a Action,
        inputs: &'a Map<String, Value>,
        pages: Option<Pages>,
    ) -> Self {
        Self {
            action,
            inputs: Cow::Borrowed(inputs),
            pages,
            items: Vec::new(),
            bytes: 0,
            at: None,
            before: None,
            asked: None,
            read: 0,
        }
    }

    /// Goes on with inputs that were filled anew.
    pub fn refill(&mut self, inputs: Map<String, Value>) {
        self.inputs = Cow::Owned(inputs);
    }

    /// How many pages were read, if the answer comes in pages.
    pub fn pages(&self) -> Option<u32> {
        self.pages.as_ref().map(|_| self.read)
    }

    /// The request that is next; the same once more if what came of it was no page. Whether its host is allowed must be asked of each.
    ///
    /// # Errors
    /// `invalid`: an input does not fit, or the provider named an address that is none.
    pub fn request(&mut self, connection: &Connection<'_>) -> Result<HttpRequest, Failure> {
        let followed = self.pages.as_ref().is_some_and(|pages| pages.next.is_followed());
        let request = match (&self.at, &self.before) {
            (Some(address), Some(before)) if followed => {
                let url = address.as_str().and_then(|address| before.join(address).ok());
                let url = url.ok_or_else(|| {
                    invalid("next_page", "The provider's address of the next page is none.")
                })?;
                self.action.follow(&self.inputs, url, connection)?
            }
            (at, _) => self.action.request_from(&self.inputs, at.as_ref(), connection)?,
        };
        self.asked = Some(request.url.clone());
        Ok(request)
    }

    /// Takes what came of the request. `None`: there is another page to be asked for.
    ///
    /// # Errors
    /// The verdict. What was read before is kept: the same page can be asked for again.
    pub fn take(&mut self, delivery: &Delivery) -> Result<Option<Value>, Failure> {
        let Some(pages) = &self.pages else {
            return self.action.judge(&self.inputs, delivery).map(Some);
        };
        let body = self.action.judge(&self.inputs, delivery)?;
        if let Delivery::Answered(response) = delivery {
            self.bytes += response.body.len();
        }
        self.read += 1;
        if self.bytes > MOST_BYTES {
            return Err(too_large(self.read));
        }
        self.before = self.asked.take();
        let found = pages.items(&body);
        let next = pages.next.after(self.at.as_ref(), &body, found.len());
        self.items.extend_from_slice(found);
        let is_stopped = pages.is_stopped(&body);
        if next.is_none() || is_stopped || pages.is_enough(self.items.len(), self.read) {
            let items = std::mem::take(&mut self.items);
            return Ok(Some(pages.whole(body, items, next.is_some() && !is_stopped)));
        }
        self.at = next;
        Ok(None)
    }
}

fn too_large(pages: u32) -> Failure {
    let most = MOST_BYTES / (1024 * 1024);
    let words = format!(
        "The answer has more than {most} MB in its first {pages} pages. Ask for fewer records, with a filter or \
         a stop, or for fewer fields of each."
    );
    invalid("answer_too_large", words)
}
