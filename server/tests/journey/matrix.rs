//! Routes × actors: whoever is not meant is refused, by every route, whatever else they hold.

use crate::harness::{World, on_each_database};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Stranger,
    User,
    Portal,
    Admin,
}

const ALL: [Who; 4] = [Who::Stranger, Who::User, Who::Portal, Who::Admin];

/// A route, and the one who may use it.
const ROUTES: &[(&str, &str, Who)] = &[
    ("GET", "/projects/{p}/sdk/me", Who::User),
    ("PATCH", "/projects/{p}/sdk/me", Who::User),
    ("GET", "/projects/{p}/sdk/metadata", Who::User),
    ("GET", "/projects/{p}/sdk/integrations", Who::User),
    ("DELETE", "/projects/{p}/sdk/integrations/salesforce", Who::User),
    ("POST", "/projects/{p}/sdk/events/trigger", Who::User),
    ("POST", "/v2/projects/{p}/sdk/events/trigger", Who::User),
    ("POST", "/projects/{p}/sdk/triggers/{id}", Who::User),
    ("POST", "/projects/{p}/sdk/workflows/{id}", Who::User),
    ("DELETE", "/projects/{p}/sdk/workflows/{id}", Who::User),
    ("POST", "/projects/{p}/sdk/portal-sessions", Who::User),
    ("POST", "/projects/{p}/sdk/authorizations", Who::User),
    ("GET", "/projects/{p}/sdk/authorizations/{id}", Who::User),
    ("GET", "/_fn/portal/view", Who::Portal),
    ("POST", "/_fn/portal/authorizations", Who::Portal),
    ("GET", "/_fn/portal/authorizations/{id}", Who::Portal),
    ("POST", "/_fn/portal/authorizations/{id}", Who::Portal),
    ("POST", "/_fn/portal/workflows", Who::Portal),
    ("POST", "/_fn/portal/settings", Who::Portal),
    ("POST", "/_fn/portal/choices", Who::Portal),
    ("POST", "/_fn/portal/choices/lost", Who::Portal),
    ("POST", "/_fn/portal/disconnect", Who::Portal),
    ("POST", "/_fn/portal/check", Who::Portal),
    ("POST", "/_fn/dashboard/session/read", Who::Admin),
    ("POST", "/_fn/dashboard/projects/create", Who::Admin),
    ("POST", "/_fn/dashboard/projects/overview", Who::Admin),
    ("POST", "/_fn/dashboard/projects/settings", Who::Admin),
    ("POST", "/_fn/dashboard/signing-keys/add", Who::Admin),
    ("POST", "/_fn/dashboard/signing-keys/revoke", Who::Admin),
    ("POST", "/_fn/dashboard/origins/allow", Who::Admin),
    ("POST", "/_fn/dashboard/origins/forbid", Who::Admin),
    ("POST", "/_fn/dashboard/secrets/list", Who::Admin),
    ("POST", "/_fn/dashboard/secrets/set", Who::Admin),
    ("POST", "/_fn/dashboard/secrets/remove", Who::Admin),
    ("POST", "/_fn/dashboard/app-events/schema", Who::Admin),
    ("POST", "/_fn/dashboard/app-events/dismiss", Who::Admin),
    ("POST", "/_fn/dashboard/portal-editor/open", Who::Admin),
    ("POST", "/_fn/dashboard/portal-editor/save", Who::Admin),
    ("POST", "/_fn/dashboard/integrations/activate", Who::Admin),
    ("POST", "/_fn/dashboard/integrations/deactivate", Who::Admin),
    ("POST", "/_fn/dashboard/custom/add", Who::Admin),
    ("POST", "/_fn/dashboard/custom/read", Who::Admin),
    ("POST", "/_fn/dashboard/custom/change", Who::Admin),
    ("POST", "/_fn/dashboard/custom/save", Who::Admin),
    ("POST", "/_fn/dashboard/custom/delete", Who::Admin),
    ("POST", "/_fn/dashboard/editor/save", Who::Admin),
    ("POST", "/_fn/dashboard/workflows/deploy", Who::Admin),
    ("POST", "/_fn/dashboard/workflows/undeploy", Who::Admin),
    ("POST", "/_fn/dashboard/editor/open", Who::Admin),
    ("POST", "/_fn/dashboard/editor/save", Who::Admin),
    ("POST", "/_fn/dashboard/editor/deploy-summary", Who::Admin),
    ("POST", "/_fn/dashboard/editor/versions", Who::Admin),
    ("POST", "/_fn/dashboard/editor/version", Who::Admin),
    ("POST", "/_fn/dashboard/editor/test-step", Who::Admin),
    ("POST", "/_fn/dashboard/editor/test-workflow", Who::Admin),
    ("POST", "/_fn/dashboard/editor/choices", Who::Admin),
    ("POST", "/_fn/dashboard/editor/export", Who::Admin),
    ("POST", "/_fn/dashboard/editor/import", Who::Admin),
    ("POST", "/_fn/dashboard/users/list", Who::Admin),
    ("POST", "/_fn/dashboard/users/disconnect", Who::Admin),
    ("POST", "/_fn/dashboard/users/check", Who::Admin),
    ("POST", "/_fn/dashboard/users/replace-webhook", Who::Admin),
    ("POST", "/_fn/dashboard/users/set-active", Who::Admin),
    ("POST", "/_fn/dashboard/users/set-meta", Who::Admin),
    ("POST", "/_fn/dashboard/users/try-portal", Who::Admin),
    ("POST", "/_fn/dashboard/executions/read", Who::Admin),
    ("POST", "/_fn/dashboard/executions/cancel", Who::Admin),
    ("POST", "/_fn/dashboard/replays/preview", Who::Admin),
    ("POST", "/_fn/dashboard/replays/begin", Who::Admin),
    ("POST", "/_fn/dashboard/replays/preview-many", Who::Admin),
    ("POST", "/_fn/dashboard/replays/begin-many", Who::Admin),
    ("POST", "/_fn/dashboard/replays/batch", Who::Admin),
    ("POST", "/_fn/dashboard/projects/charts", Who::Admin),
    ("POST", "/_fn/dashboard/failures/list", Who::Admin),
    ("POST", "/_fn/dashboard/failures/mark", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/list", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/add", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/rotate", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/switch", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/remove", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/test", Who::Admin),
    ("POST", "/_fn/dashboard/destinations/deliveries", Who::Admin),
    ("POST", "/_fn/dashboard/events/read", Who::Admin),
    ("GET", "/_live/{p}/executions", Who::Admin),
    ("GET", "/_files/{p}/integrations/custom.acme", Who::Admin),
    ("GET", "/dashboard", Who::Admin),
    ("GET", "/dashboard/{p}/settings", Who::Admin),
];

#[tokio::test]
async fn every_route_refuses_whoever_is_not_meant() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let portal = portal_token(&world).await;
        for (method, path, meant) in ROUTES {
            let path = path
                .replace("{p}", &world.project)
                .replace("{id}", "0190a0a0-0000-7000-8000-000000000000");
            for who in ALL {
                let request = Request::builder()
                    .method(*method)
                    .uri(&path)
                    .header(header::CONTENT_TYPE, "application/json")
                    .header("sec-fetch-site", "same-origin");
                let request = match who {
                    Who::Stranger => request,
                    Who::User => request
                        .header(header::AUTHORIZATION, format!("Bearer {}", world.token("ada"))),
                    Who::Portal => {
                        request.header(header::AUTHORIZATION, format!("Bearer {portal}"))
                    }
                    Who::Admin => request.header(header::COOKIE, &admin),
                };
                let status =
                    world.send(request.body(Body::from("{}")).expect("a request")).await.status;
                let refused = matches!(status.as_u16(), 401 | 303);
                assert_eq!(refused, who != *meant, "{who:?}: {method} {path} answered {status}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn writes_of_our_pages_come_from_our_pages() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        for (method, path, meant) in ROUTES {
            if *method != "POST" || *meant != Who::Admin {
                continue;
            }
            let request = Request::builder()
                .method(*method)
                .uri(*path)
                .header(header::COOKIE, &admin)
                .header("sec-fetch-site", "cross-site")
                .body(Body::from("{}"))
                .expect("a request");
            assert_eq!(world.send(request).await.status.as_u16(), 403, "{path}");
        }
    })
    .await;
}

async fn portal_token(world: &World) -> String {
    let made =
        world.sdk("ada", "POST", "/portal-sessions", json!({ "integration": "salesforce" })).await;
    let url = made.json()["url"].as_str().expect("a URL").to_owned();
    let ticket = url.rsplit('/').next().expect("a ticket");
    let opened = world.services.open_portal(ticket).await.expect("an answer").expect("a portal");
    opened.session_token
}
