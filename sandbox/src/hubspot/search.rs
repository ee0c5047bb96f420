//! Finding records by filters ("Search the CRM").

use super::envelope::{Asked, Page, limited};
use super::failure::Error;
use super::filter::{Filter, order};
use super::limits::Budget;
use super::property::Property;
use super::store::{Record, Wanted, shown};
use super::types::{Kind, kind};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// "A query returns 10,000 results at most."
const REACH: usize = 10_000;
/// "Five filter groups with up to six filters each, eighteen filters in all."
const MOST_GROUPS: usize = 5;
const MOST_IN_GROUP: usize = 6;
const MOST_FILTERS: usize = 18;
const MOST_LETTERS: usize = 3_000;
const MOST_RESULTS: usize = 200;

/// The specification asks for all of it; the API does not.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Question {
    filter_groups: Vec<Group>,
    sorts: Vec<Sort>,
    properties: Vec<String>,
    query: Option<String>,
    limit: Option<usize>,
    /// Text, or a number.
    after: Value,
}

#[derive(Deserialize)]
struct Group {
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sort {
    /// `-lastmodifieddate`: the newest first.
    Short(String),
    #[serde(rename_all = "camelCase")]
    Long { property_name: String, direction: Option<String> },
}

impl Sort {
    fn read(&self) -> (&str, bool) {
        match self {
            Self::Short(text) => {
                text.strip_prefix('-').map_or((text.as_str(), false), |name| (name, true))
            }
            Self::Long { property_name, direction } => {
                (property_name, direction.as_deref() == Some("DESCENDING"))
            }
        }
    }
}

impl Question {
    /// Its limits.
    fn check(&self, kind: &Kind) -> Result<Page, Error> {
        let told = |words: &str| Err(Error::invalid(words));
        let after = match &self.after {
            Value::Null => Some(0),
            Value::String(text) if text.is_empty() => Some(0),
            Value::String(text) => text.parse().ok(),
            other => other.as_u64().and_then(|number| usize::try_from(number).ok()),
        };
        let Some(start) = after else { return told("after must be a number.") };
        let limit = self.limit.unwrap_or(10);
        let filters = self.filter_groups.iter().map(|group| group.filters.len());
        if limit > MOST_RESULTS {
            return told("The limit must be at most 200.");
        }
        if start.saturating_add(limit) > REACH {
            return told("The maximum total of results of a query is 10,000.");
        }
        if self.filter_groups.len() > MOST_GROUPS
            || filters.clone().any(|count| count > MOST_IN_GROUP)
            || filters.sum::<usize>() > MOST_FILTERS
        {
            return told(
                "There are too many filters: 5 groups with 6 each, 18 in all, are allowed.",
            );
        }
        if self.query.as_ref().is_some_and(|text| text.chars().count() > MOST_LETTERS) {
            return told("The query must be at most 3000 characters long.");
        }
        if self.sorts.len() > 1 {
            return told("Only one sort can be applied.");
        }
        self.filter_groups
            .iter()
            .flat_map(|group| &group.filters)
            .try_for_each(|filter| filter.check(kind))?;
        Ok(Page { start, limit })
    }

    fn fits(&self, kind: &Kind, record: &Record) -> bool {
        let query = self.query.as_deref().unwrap_or_default().to_lowercase();
        let values = || kind.searched.iter().filter_map(|name| record.value(kind, name));
        let text = query
            .split_whitespace()
            .all(|word| values().any(|own| own.to_lowercase().contains(word)));
        let group = |group: &Group| group.filters.iter().all(|filter| filter.fits(kind, record));
        text && (self.filter_groups.is_empty() || self.filter_groups.iter().any(group))
    }

    /// By which property, and whether the largest comes first. Without: in the order of creation.
    fn sort(&self, kind: &Kind) -> Result<Option<(&'static Property, bool)>, Error> {
        let Some(sort) = self.sorts.first() else { return Ok(None) };
        let (name, down) = sort.read();
        let property = kind.property(name).ok_or_else(|| {
            Error::invalid(format!("{name} is not a property of {} to sort by.", kind.plural))
        })?;
        Ok(Some((property, down)))
    }
}

/// Records that fit one of the groups, in which every filter must fit.
pub(super) async fn search(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    limited(&sandbox, &asked, Budget::Search, |api| {
        let kind = kind(&object)?;
        api.needs(kind.read())?;
        let question: Question = asked.body()?;
        let page = question.check(kind)?;
        let sort = question.sort(kind)?;
        // What is new is not found at once.
        let until = api.now - api.world.settings.search_delay_s.saturating_mul(1000);
        let all = api.world.all(api.portal.id, kind).iter();
        let live = all.filter(|own| own.archived.is_none() && own.changed <= until);
        let mut found: Vec<_> = live.filter(|own| question.fits(kind, own)).collect();
        if let Some((property, down)) = sort {
            found.sort_by(|one, other| {
                let value = |own: &Record| own.value(kind, property.name).unwrap_or_default();
                let order = order(property, &value(one), &value(other));
                if down { order.reverse() } else { order }
            });
        }
        let total = found.len();
        let wanted = Wanted::Named(&question.properties);
        let results: Vec<_> = found
            .into_iter()
            .skip(page.start)
            .take(page.limit)
            .map(|own| json!(shown(api.portal.id, kind, own, wanted)))
            .collect();
        let end = page.start + page.limit;
        let body = if end < total {
            let next = json!({ "next": { "after": end.to_string() } });
            json!({ "total": total, "results": results, "paging": next })
        } else {
            json!({ "total": total, "results": results })
        };
        Ok((StatusCode::OK, body))
    })
}
