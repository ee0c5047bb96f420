//! Finding records by filters ("Search the CRM").

use super::envelope::{Error, call};
use super::objects::{Record, kind, scope, shown};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// "A query returns 10,000 results at most."
const REACH: usize = 10_000;
const MOST_GROUPS: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Question {
    filter_groups: Vec<Group>,
    query: String,
    limit: Option<usize>,
    after: Value,
}

#[derive(Deserialize)]
struct Group {
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    property_name: String,
    operator: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    high_value: String,
    #[serde(default)]
    values: Vec<String>,
}

/// Records that fit one of the groups, in which every filter must fit.
pub(super) async fn search(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "read"), |hubspot, portal, _| {
        let kind = kind(&object)?;
        let asked: Question = serde_json::from_str(&body)
            .map_err(|why| Error::invalid(format!("Invalid input JSON: {why}")))?;
        if asked.filter_groups.len() > MOST_GROUPS {
            return Err(Error::invalid("There are more than 5 filter groups."));
        }
        let start = match &asked.after {
            Value::String(text) => text.parse().unwrap_or(0),
            other => other.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
        };
        let limit = asked.limit.unwrap_or(10);
        if limit > 200 || start + limit > REACH {
            return Err(Error::invalid("A page has 200 results and a query 10,000 at most."));
        }
        for filter in asked.filter_groups.iter().flat_map(|group| &group.filters) {
            check(filter)?;
        }
        let all = hubspot.all(portal.id, kind);
        let found: Vec<_> = all.iter().filter(|own| !own.archived && asked.fits(own)).collect();
        let page: Vec<_> = found.iter().skip(start).take(limit).map(|own| shown(own)).collect();
        let mut body = json!({ "total": found.len(), "results": page });
        if start + limit < found.len() {
            body["paging"] = json!({ "next": { "after": (start + limit).to_string() } });
        }
        Ok((StatusCode::OK, body))
    })
}

const OPERATORS: [&str; 13] = [
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
];

fn check(filter: &Filter) -> Result<(), Error> {
    if OPERATORS.contains(&filter.operator.as_str()) {
        Ok(())
    } else {
        Err(Error::invalid(format!("{} is no operator", filter.operator)))
    }
}

impl Question {
    fn fits(&self, record: &Record) -> bool {
        let query = self.query.to_lowercase();
        let text = query.is_empty()
            || record
                .properties
                .values()
                .filter_map(Value::as_str)
                .any(|own| own.to_lowercase().contains(&query));
        let group = |group: &Group| group.filters.iter().all(|filter| filter.fits(record));
        text && (self.filter_groups.is_empty() || self.filter_groups.iter().any(group))
    }
}

impl Filter {
    fn fits(&self, record: &Record) -> bool {
        let own = if self.property_name == "hs_object_id" {
            Some(record.id.clone())
        } else {
            let own = record.properties.get(&self.property_name).and_then(Value::as_str);
            own.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let Some(own) = own else {
            return matches!(
                self.operator.as_str(),
                "NOT_HAS_PROPERTY" | "NEQ" | "NOT_IN" | "NOT_CONTAINS_TOKEN"
            );
        };
        let lower = own.to_lowercase();
        let same = |value: &String| value.to_lowercase() == lower;
        let number = |text: &str| text.parse::<f64>().ok();
        let compared = |value: &str| match (number(&own), number(value)) {
            (Some(own), Some(value)) => own.partial_cmp(&value),
            _ => Some(lower.cmp(&value.to_lowercase())),
        };
        let token = self.value.trim_matches('*').to_lowercase();
        match self.operator.as_str() {
            "EQ" => same(&self.value),
            "NEQ" => !same(&self.value),
            "IN" => self.values.iter().any(same),
            "NOT_IN" => !self.values.iter().any(same),
            "HAS_PROPERTY" => true,
            "LT" => compared(&self.value).is_some_and(std::cmp::Ordering::is_lt),
            "LTE" => compared(&self.value).is_some_and(std::cmp::Ordering::is_le),
            "GT" => compared(&self.value).is_some_and(std::cmp::Ordering::is_gt),
            "GTE" => compared(&self.value).is_some_and(std::cmp::Ordering::is_ge),
            "BETWEEN" => {
                compared(&self.value).is_some_and(std::cmp::Ordering::is_ge)
                    && compared(&self.high_value).is_some_and(std::cmp::Ordering::is_le)
            }
            "CONTAINS_TOKEN" => lower.contains(&token),
            "NOT_CONTAINS_TOKEN" => !lower.contains(&token),
            _ => false,
        }
    }
}
