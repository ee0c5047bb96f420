//! What there is to choose from, page by page.

use super::client::{ADA, Client, list, text};
use serde_json::json;

#[tokio::test]
async fn channels_come_in_pages_that_may_be_empty() {
    let client = Client::new();
    let token = client.bot("channels:read,groups:read").await;
    let pages = async |types: &str, limit: &str| {
        let (mut names, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let query = [
                ("types", types),
                ("limit", limit),
                ("exclude_archived", "true"),
                ("cursor", &cursor),
            ];
            let body = client.read("conversations.list", &token, &query).await.body;
            let page = list(&body, "channels");
            sizes.push(page.len());
            names.extend(page.iter().map(|own| text(own, "name").to_owned()));
            cursor = text(&body["response_metadata"], "next_cursor").to_owned();
            if cursor.is_empty() {
                return (names, sizes);
            }
            assert!(cursor.ends_with('='), "{cursor}");
        }
    };
    let (names, sizes) = pages("public_channel", "7").await;
    assert_eq!((names.len(), sizes.len()), (37, 6), "without the private and the archived");
    assert!(sizes[0] < 7, "a short page that is not the last");
    let (names, sizes) = pages("private_channel", "4").await;
    assert_eq!(names, ["deals-private"], "the bot is not in the other one");
    assert_eq!(sizes, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);

    for (query, error) in [
        (("limit", "1001"), "invalid_limit"),
        (("cursor", "x"), "invalid_cursor"),
        (("types", "pigeon"), "invalid_types"),
    ] {
        assert_eq!(client.read("conversations.list", &token, &[query]).await.error(), error);
    }
    let missing =
        client.read("conversations.list", &token, &[("types", "public_channel,im,mpim")]).await;
    assert_eq!(
        (missing.error(), text(&missing.body, "needed")),
        ("missing_scope", "im:read,mpim:read")
    );

    client.knob("POST", "/slack/_sandbox/seed", json!({ "channels": 50_000 })).await;
    let (names, sizes) = pages("public_channel,private_channel", "1000").await;
    assert_eq!((names.len(), sizes.len()), (49_998, 50));
}

#[tokio::test]
async fn a_token_lists_the_workspaces_it_is_for_and_names_them_to_list_more() {
    let client = Client::new();
    let token = client.bot("channels:read").await;
    let teams = client.read("auth.teams.list", &token, &[("limit", "50")]).await.body;
    let all = list(&teams, "teams");
    assert_eq!(all.len(), 1, "{teams}");
    let own = client.read("auth.test", &token, &[]).await.body;
    assert_eq!((&all[0]["id"], &all[0]["name"]), (&own["team_id"], &own["team"]));
    let query = [("limit", "7"), ("team_id", text(&all[0], "id"))];
    let page = client.read("conversations.list", &token, &query).await.body;
    assert!(!list(&page, "channels").is_empty(), "{page}");
    let greedy = client.read("auth.teams.list", &token, &[("limit", "1001")]).await;
    assert_eq!(greedy.error(), "invalid_limit");
}

#[tokio::test]
async fn people_are_listed_and_found() {
    let client = Client::new();
    let token = client.bot("users:read").await;
    let page = client.read("users.list", &token, &[("limit", "50")]).await.body;
    assert_eq!(list(&page, "members").len(), 50);
    assert_eq!(page["members"][0]["profile"].get("email"), None, "users:read.email is not granted");
    let cursor = text(&page["response_metadata"], "next_cursor");
    let rest = client.read("users.list", &token, &[("cursor", cursor)]).await.body;
    assert_eq!(list(&rest, "members").len(), 10);
    assert_eq!(rest["response_metadata"]["next_cursor"], "");
    let token = client.bot("users:read.email").await;
    let find =
        async |email: &str| client.read("users.lookupByEmail", &token, &[("email", email)]).await;
    let ada = find("Ada.Lovelace@acme.example").await.body;
    assert_eq!(
        (text(&ada["user"], "id"), text(&ada["user"]["profile"], "email")),
        (ADA, "ada.lovelace@acme.example")
    );
    assert_eq!(find("former.person@acme.example").await.error(), "users_not_found");
    let info = async |id: &str| client.read("users.info", &token, &[("user", id)]).await;
    assert_eq!(info("U0000003").await.body["user"]["deleted"], true);
    assert_eq!(info("U0ACMEBOT").await.body["user"]["is_bot"], true);
    assert_eq!(info("U9").await.error(), "user_not_found");
}
