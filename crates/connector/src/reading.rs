//! An action under way: its request, and the requests after it where the answer comes in pages.

use crate::action::{Action, Connection};
use crate::http::{Delivery, HttpRequest};
use crate::pages::Pages;
use crate::request::invalid;
use portico_domain::Failure;
use serde_json::{Map, Value};
use url::Url;

/// An action under way. Ask for a request, send it, hand over what came, until there is an output.
pub struct Reading<'a> {
    action: &'a Action,
    inputs: &'a Map<String, Value>,
    pages: Option<Pages>,
    items: Vec<Value>,
    /// Where the page that is next begins; absent for the first.
    at: Option<Value>,
    /// Where the page before was asked for: an address in it can be relative to that.
    asked: Option<Url>,
    read: u32,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        action: &'a Action,
        inputs: &'a Map<String, Value>,
        pages: Option<Pages>,
    ) -> Self {
        Self { action, inputs, pages, items: Vec::new(), at: None, asked: None, read: 0 }
    }

    /// How many pages were read, if the answer comes in pages.
    pub fn pages(&self) -> Option<u32> {
        self.pages.as_ref().map(|_| self.read)
    }

    /// The request that is next. Whether its host is allowed must be asked of each.
    ///
    /// # Errors
    /// `invalid`: an input does not fit, or the provider named an address that is none.
    pub fn request(&mut self, connection: &Connection<'_>) -> Result<HttpRequest, Failure> {
        let followed = self.pages.as_ref().is_some_and(|pages| pages.next.is_followed());
        let request = match (&self.at, &self.asked) {
            (Some(address), Some(asked)) if followed => {
                let url = address.as_str().and_then(|address| asked.join(address).ok());
                let url = url.ok_or_else(|| {
                    invalid("next_page", "The provider's address of the next page is none.")
                })?;
                self.action.follow(self.inputs, url, connection)?
            }
            (at, _) => self.action.request_from(self.inputs, at.as_ref(), connection)?,
        };
        self.asked = Some(request.url.clone());
        Ok(request)
    }

    /// Takes what came of the request. `None`: there is another page to be asked for.
    ///
    /// # Errors
    /// The verdict. What was read before is lost: reading again is as good.
    pub fn take(&mut self, delivery: &Delivery) -> Result<Option<Value>, Failure> {
        let Some(pages) = &self.pages else {
            return self.action.judge(self.inputs, delivery).map(Some);
        };
        let body = self.action.judge(self.inputs, delivery)?;
        self.read += 1;
        let found = pages.items(&body);
        let next = pages.next.after(self.at.as_ref(), &body, found.len());
        self.items.extend_from_slice(found);
        if next.is_none() || pages.is_enough(self.items.len(), self.read) {
            let items = std::mem::take(&mut self.items);
            return Ok(Some(pages.whole(body, items, next.is_some())));
        }
        self.at = next;
        Ok(None)
    }
}
