//! Salesforce: OAuth web server flow, REST API, pages.
#![expect(clippy::result_large_err, reason = "an error here is an answer, as large as any other")]

mod oauth;
mod objects;
mod pages;
mod query;
mod rest;

use crate::faults;
use crate::state::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

/// The versions that are served.
const VERSIONS: std::ops::RangeInclusive<u32> = 60..=68;

/// Below `/salesforce/{org}`, where `org` is `login`, `test` or an org's own domain.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/services/oauth2/authorize", get(oauth::consent).post(oauth::decide))
        .route("/services/oauth2/token", post(oauth::token))
        .route("/services/oauth2/revoke", post(oauth::revoke))
        .route("/services/oauth2/userinfo", get(oauth::userinfo))
        .route("/id/{organization}/{user}", get(oauth::identity))
        .route("/services/data", get(rest::versions))
        .route("/services/data/", get(rest::versions))
        .route("/services/data/{version}/sobjects", get(rest::objects))
        .route("/services/data/{version}/sobjects/{object}", post(rest::create))
        .route("/services/data/{version}/sobjects/{object}/describe", get(rest::describe))
        .route(
            "/services/data/{version}/sobjects/{object}/{id}",
            get(rest::read).patch(rest::update).delete(rest::delete),
        )
        .route("/services/data/{version}/query", get(query::run))
        .route("/services/data/{version}/query/{locator}", get(query::more))
        .route("/services/data/{version}/limits", get(rest::limits))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/lightning/o/{object}/list", get(pages::list))
}
