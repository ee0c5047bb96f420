//! Ending tokens at a provider: what is sent, and what of its answer can be kept.

use portico_connector::{
    Assets, Auth, ClientCredentials, Definition, Delivery, HeldTokens, HttpRequest, HttpResponse,
};
use portico_domain::FailureClass;

fn definition(revoke: &str) -> Result<Definition, String> {
    let text = format!(
        r#"
type = "acme"
name = "Acme"
description = "Records."
brand_color = "black"
abilities = []
actions = []

[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
{revoke}
scopes = []
account_types = [{{ id = "default", title = "Account", login_host = "acme.example" }}]

[connection]
base = "https://acme.example"
hosts = ["acme.example"]
"#
    );
    Definition::parse("integration.toml", &text, Assets::default())
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn asked(revoke: &str, held: HeldTokens<'_>) -> Option<HttpRequest> {
    let definition = definition(revoke).expect("a definition");
    let Auth::OAuthCode(oauth) = definition.auth() else { panic!("it signs in") };
    oauth.revoke("acme.example", ClientCredentials { id: "us", secret: "our secret" }, held)
}

fn body(request: &HttpRequest) -> &str {
    std::str::from_utf8(&request.body).expect("a form")
}

const BOTH: HeldTokens<'_> = HeldTokens { access: Some("a"), refresh: Some("r&") };

#[test]
fn a_token_is_ended_as_the_definition_says() {
    let plain = asked("revoke = \"/revoke\"", BOTH).expect("a request");
    assert_eq!(plain.line(), "POST https://acme.example/revoke");
    assert_eq!(body(&plain), "token=r%26");
    let whole = r#"
revoke = "/revoke"
revoke_form = { token = "{token}", token_type_hint = "{token_type}", client_id = "{client_id}", client_secret = "{client_secret}" }
"#;
    let named = asked(whole, BOTH).expect("a request");
    let form = "client_id=us&client_secret=our+secret&token=r%26&token_type_hint=refresh_token";
    assert_eq!(body(&named), form);
    let access = asked(whole, HeldTokens { refresh: None, ..BOTH }).expect("a request");
    assert!(body(&access).ends_with("token=a&token_type_hint=access_token"), "{}", body(&access));
    let bearer = asked("revoke = \"/revoke\"\nrevoke_form = {}", BOTH).expect("a request");
    assert_eq!(body(&bearer), "");
    assert!(bearer.headers.contains(&("authorization".to_owned(), "Bearer a".to_owned())));
    for nothing in ["", "revoke = \"/revoke\"", "revoke = \"/revoke\"\nrevoke_form = {}"] {
        assert!(asked(nothing, HeldTokens::default()).is_none(), "{nothing}");
    }
}

#[test]
fn a_form_is_sent_somewhere_and_names_what_there_is() {
    for (wrong, words) in [
        ("revoke_form = { token = \"{token}\" }", "`revoke`"),
        ("revoke = \"/revoke\"\nrevoke_form = { token = \"{tokens}\" }", "token"),
    ] {
        let told = definition(wrong).err().expect(wrong);
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn an_answer_that_is_too_deep_to_be_kept_is_a_failure_in_words() {
    let definition = definition("revoke = \"/revoke\"").expect("a definition");
    let Auth::OAuthCode(oauth) = definition.auth() else { panic!("it signs in") };
    let answer = |levels: usize| {
        let body = format!("{}{}", "[".repeat(levels), "]".repeat(levels)).into_bytes();
        Delivery::Answered(HttpResponse { status: 200, headers: Vec::new(), body })
    };
    assert_eq!(oauth.revoked(&answer(64)), Ok(()));
    for levels in [65, 5000] {
        let failure = oauth.revoked(&answer(levels)).expect_err("it is too deep");
        // It comes again as it is: nothing is gained by asking again.
        assert_eq!(failure.class, FailureClass::Invalid);
        assert!(failure.message.contains("more than 64 levels"), "{}", failure.message);
    }
}
