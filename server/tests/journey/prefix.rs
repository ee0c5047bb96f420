//! Everything is found under the path of `public_url`, and leads nowhere else.

use crate::harness::World;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

#[tokio::test]
async fn pages_under_a_path_link_under_that_path() {
    let world = World::reached_at("http://localhost:3000/portico").await;
    let cookie = world.admin_cookie().await;
    let get = async |path: String| {
        let request = Request::get(path).header(header::COOKIE, &cookie);
        world.send(request.body(Body::empty()).expect("a request")).await
    };
    let project = world.project.clone();
    assert_eq!(get(format!("/dashboard/{project}")).await.status, StatusCode::NOT_FOUND);
    for page in
        ["", "/integrations", "/integrations/salesforce", "/workflows", "/users", "/settings"]
    {
        let got = get(format!("/portico/dashboard/{project}{page}")).await;
        assert_eq!(got.status, StatusCode::OK, "{page}: {}", got.text);
        let addresses: Vec<_> = ["href=\"/", "src=\"/", "action=\"/"]
            .iter()
            .flat_map(|start| got.text.split(start).skip(1))
            .map(|rest| rest.split('"').next().unwrap_or_default())
            .collect();
        assert!(addresses.len() > 10, "{page} has links: {addresses:?}");
        for address in addresses {
            assert!(address.starts_with("portico/"), "{page} leads to /{address}");
        }
    }
    let signed_out = Request::get("/portico/dashboard").body(Body::empty()).expect("a request");
    let away = world.send(signed_out).await;
    assert_eq!(away.header(header::LOCATION), "/portico/sign-in");
}
