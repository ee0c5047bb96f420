//! Administrators who sign in, and users who connect an account and switch workflows on.

use super::calls::read;
use super::{Got, World};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::Actor;
use portico_services::NewAdmin;
use serde_json::{Value, json};
use tower::ServiceExt;

impl World {
    /// The first admin, signed in.
    pub(crate) async fn admin_cookie(&self) -> String {
        let link = self.services.admin_link(&Actor::Operator).await.expect("a link");
        let link = link.rsplit('/').next().expect("a secret");
        let new = NewAdmin {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            password: "correct horse battery".to_owned(),
        };
        let signed_in = self.services.create_first_admin(link, new).await.expect("an admin");
        format!("__Host-portico_session={}", signed_in.secret)
    }

    /// Connects Salesforce for a user, as a browser would; answers the authorization's id.
    pub(crate) async fn connect(&self, user: &str) -> String {
        let (id, location, cookie) = self.begin(user).await;
        let back = self.allow(&location).await;
        let done = self.callback(&back, Some(&cookie)).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        id
    }

    /// The portal of a user: its session's secret.
    pub(crate) async fn open_portal(&self, user: &str, integration: &str) -> String {
        let made =
            self.sdk(user, "POST", "/portal-sessions", json!({ "integration": integration })).await;
        let url = made.json()["url"].as_str().expect("a URL").to_owned();
        let ticket = url.rsplit('/').next().expect("a ticket");
        let opened = self.services.open_portal(ticket).await.expect("an answer").expect("a portal");
        opened.session_token
    }

    /// Switches the first workflow of an integration on for a user who is connected.
    pub(crate) async fn switch_on_at(&self, user: &str, integration: &str) {
        let list = self.sdk(user, "GET", "/integrations", Value::Null).await.json();
        let own = list.as_array().expect("a list").iter().find(|own| own["type"] == integration);
        let workflow = own.expect(integration)["workflows"][0]["id"].as_str();
        let path = format!("/workflows/{}", workflow.expect("a workflow"));
        let switched = self.sdk(user, "POST", &path, Value::Null).await;
        assert_eq!(switched.status, StatusCode::NO_CONTENT, "{}", switched.text);
    }

    /// Connects an account of another provider; `choice` is what the person picks there.
    pub(crate) async fn connect_to(&self, user: &str, integration: &str, choice: &str) {
        let done = self.connect_as(user, json!({ "integration": integration }), choice).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    }

    /// The same for any authorization; answers what the popup shows in the end.
    pub(crate) async fn connect_as(&self, user: &str, asked: Value, choice: &str) -> Got {
        let (_, location, cookie) = self.begin_as(user, asked).await;
        let choices = [("portal", choice), ("team", choice), ("user", choice)];
        let back = self.decide_with(&location, &choices, "allow").await;
        self.callback(&back, Some(&cookie)).await
    }

    /// Begins an authorization: its id, where the browser is sent, its cookie.
    pub(crate) async fn begin(&self, user: &str) -> (String, String, String) {
        self.begin_with(user, "salesforce").await
    }

    pub(crate) async fn begin_with(
        &self,
        user: &str,
        integration: &str,
    ) -> (String, String, String) {
        self.begin_as(user, json!({ "integration": integration })).await
    }

    async fn begin_as(&self, user: &str, asked: Value) -> (String, String, String) {
        let begun = self.sdk(user, "POST", "/authorizations", asked).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
        let begun = begun.json();
        let started = self.start(begun["ticket"].as_str().expect("a ticket")).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
        let cookie = started.header(header::SET_COOKIE);
        for rule in ["__Host-portico_auth_", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(rule), "{cookie}");
        }
        let pair = cookie.split(';').next().expect("a cookie").to_owned();
        (begun["id"].as_str().expect("an id").to_owned(), started.header(header::LOCATION), pair)
    }

    pub(crate) async fn start(&self, ticket: &str) -> Got {
        let request = Request::post("/connect/start")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(format!("ticket={ticket}")))
            .expect("a request");
        self.send(request).await
    }

    /// Says yes at the provider; answers where the browser comes back to.
    pub(crate) async fn allow(&self, location: &str) -> String {
        self.decide(location, "allow").await
    }

    pub(crate) async fn decide(&self, location: &str, decision: &str) -> String {
        self.decide_with(location, &[("user", "ada@acme.example")], decision).await
    }

    async fn decide_with(
        &self,
        location: &str,
        choices: &[(&str, &str)],
        decision: &str,
    ) -> String {
        let url = url::Url::parse(location).expect("a URL");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(url.query_pairs());
        form.extend_pairs(choices).append_pair("decision", decision);
        let request = Request::post(url.path())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))
            .expect("a request");
        let answered = read(self.sandbox.clone().oneshot(request).await.expect("an answer")).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text);
        answered.header(header::LOCATION)
    }

    pub(crate) async fn callback(&self, back: &str, cookie: Option<&str>) -> Got {
        let url = url::Url::parse(back).expect("a URL");
        let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Switches the workflow on for a user who is connected.
    pub(crate) async fn switch_on(&self, user: &str) {
        self.switch_on_at(user, "salesforce").await;
    }
}
