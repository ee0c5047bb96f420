//! How much one user may begin, and one stranger may try.

use crate::harness::{Got, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

fn refused(got: &Got) -> bool {
    got.status == StatusCode::TOO_MANY_REQUESTS && got.headers.contains_key(header::RETRY_AFTER)
}

#[tokio::test]
async fn a_user_begins_so_much_and_no_more() {
    on_each_database(async |world: World| {
        let sessions = async |user: &str| {
            let body = json!({ "integration": "salesforce" });
            world.sdk(user, "POST", "/portal-sessions", body).await
        };
        let token = world.open_portal("ada", "salesforce").await;
        let mut made = 1;
        let last = loop {
            let got = sessions("ada").await;
            if got.status != StatusCode::CREATED || made > 100 {
                break got;
            }
            made += 1;
        };
        assert!(refused(&last), "after {made}: {}", last.text);
        let begun = json!({ "integration": "salesforce" });
        assert!(refused(&world.sdk("ada", "POST", "/authorizations", begun.clone()).await));
        assert!(refused(&world.portal(&token, "POST", "/authorizations", begun).await));
        assert_eq!(sessions("grace").await.status, StatusCode::CREATED, "nobody else waits");
        world.clock.advance(2);
        assert_eq!(sessions("ada").await.status, StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn pages_of_choices_and_looks_for_lost_ones_are_counted() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let configuration = view["accounts"][0]["configuration_id"].clone();
        for (path, most) in [("/choices/lost", 30), ("/choices", 200)] {
            let body = json!({ "configurationId": configuration, "setting": "none" });
            let mut asked = 0;
            while asked <= most && !refused(&world.portal(&token, "POST", path, body.clone()).await)
            {
                asked += 1;
            }
            assert!(asked > 0 && asked <= most, "{path}: {asked}");
        }
    })
    .await;
}

#[tokio::test]
async fn options_of_a_session_are_short() {
    on_each_database(async |world: World| {
        for key in ["accountType", "theme", "locale", "tab"] {
            let options = json!({ key: "x".repeat(65) });
            let body = json!({ "integration": "salesforce", "options": options });
            let got = world.sdk("ada", "POST", "/portal-sessions", body).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", got.text);
            assert_eq!(got.json()["meta"]["fields"][0]["field"], format!("options.{key}"));
        }
    })
    .await;
}

/// The form of the sign-in.
async fn sign_in(world: &World, form: &[(&str, &str)]) -> Got {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("a request");
    world.send(request).await
}

#[tokio::test]
async fn guesses_at_passwords_are_few_whatever_the_address() {
    on_each_database(async |world: World| {
        world.admin_cookie().await;
        let mut let_in = 0;
        for one in 0..40 {
            let email = format!("{one}@example.com");
            let got =
                sign_in(&world, &[("email", &email), ("password", "wrong wrong wrong")]).await;
            if got.status == StatusCode::UNPROCESSABLE_ENTITY {
                let_in += 1;
            } else {
                assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS, "{}", got.text);
            }
        }
        assert_eq!(let_in, 20);
        world.clock.advance(60);
        // Longer than any address: refused at once, and not counted.
        let long = format!("{}@example.com", "a".repeat(254));
        for _ in 0..30 {
            let got = sign_in(&world, &[("email", &long), ("password", "x")]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.text);
        }
        let huge = "a".repeat(20_000);
        let got = sign_in(&world, &[("email", &huge), ("password", "x")]).await;
        assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", got.text);
        let own = [("email", "ada@example.com"), ("password", "correct horse battery")];
        assert_eq!(sign_in(&world, &own).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_in_again_comes_back_to_the_page() {
    on_each_database(async |world: World| {
        world.admin_cookie().await;
        let page = format!("/dashboard/{}/executions?status=failed", world.project);
        let request = Request::get(&page).body(Body::empty()).expect("a request");
        let away = world.send(request).await.header(header::LOCATION);
        let to = url::form_urlencoded::parse(away.split_once('?').expect("a query").1.as_bytes());
        assert_eq!(to.into_owned().collect::<Vec<_>>(), [("to".to_owned(), page.clone())]);
        let form = world.send(Request::get(away).body(Body::empty()).expect("a request")).await;
        assert!(form.text.contains(&format!("name=\"to\" value=\"{page}\"")), "{}", form.text);
        let own = [("email", "ada@example.com"), ("password", "correct horse battery")];
        for (wanted, leads) in [
            (page.as_str(), page.as_str()),
            ("https://evil.example/dashboard", "/dashboard"),
            ("//evil.example", "/dashboard"),
            ("/dashboard.evil.example", "/dashboard"),
            ("/dashboard\r\nx: y", "/dashboard"),
            ("", "/dashboard"),
        ] {
            world.clock.advance(60);
            let signed_in = sign_in(&world, &[own[0], own[1], ("to", wanted)]).await;
            assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.text);
            assert_eq!(signed_in.header(header::LOCATION), leads, "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_whose_session_has_ended_can_read_so() {
    on_each_database(async |world: World| {
        let body = json!({ "project": world.project });
        let got = world.dashboard_form("__Host-portico_session=gone", "users/list", &body).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED);
        assert!(got.headers.contains_key("serverfnerror"));
        let (kind, words) = got.text.split_once('|').expect("the form of their errors");
        assert_eq!(kind, "MiddlewareError");
        assert!(words.contains("Sign in"), "{words}");
    })
    .await;
}
