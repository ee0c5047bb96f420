//! Messages: what is refused, posted, searched and read again.

use super::client::{ADA, ALL, Client, GRACE, hi, list, text};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn messages_are_refused_for_what_is_wrong_with_them() {
    let client = Client::new();
    let token = client.bot("chat:write").await;
    let section =
        |text: &str| json!([{ "type": "section", "text": { "type": "mrkdwn", "text": text } }]);
    for (body, error) in [
        (json!({ "text": "Hi" }), "invalid_arguments"),
        (json!({ "channel": "C0TASKS" }), "no_text"),
        (json!({ "channel": "C0TASKS", "blocks": [] }), "no_text"),
        (json!({ "channel": "C0TASKS", "text": "x".repeat(40_001) }), "msg_too_long"),
        (json!({ "channel": "C0TASKS", "blocks": {} }), "invalid_blocks_format"),
        (json!({ "channel": "C0TASKS", "blocks": "[" }), "invalid_blocks_format"),
        (json!({ "channel": "C0TASKS", "blocks": [{ "type": "poem" }] }), "invalid_blocks"),
        (json!({ "channel": "C0TASKS", "blocks": section(&"x".repeat(3001)) }), "invalid_blocks"),
        (
            json!({ "channel": "C0TASKS", "blocks": vec![json!({ "type": "divider" }); 51] }),
            "invalid_blocks",
        ),
        (
            json!({ "channel": "C0TASKS", "blocks": vec![section(&"x".repeat(2900))[0].clone(); 20] }),
            "msg_blocks_too_long",
        ),
        (
            json!({ "channel": "C0TASKS", "attachments": vec![json!({}); 101] }),
            "too_many_attachments",
        ),
        (
            json!({ "channel": "C0TASKS", "text": "Hi", "metadata": { "run": 1 } }),
            "invalid_metadata_format",
        ),
        (hi("C0NOWHERE"), "channel_not_found"),
        (hi("C0SECRET"), "channel_not_found"),
        (hi("C0RANDOM"), "not_in_channel"),
        (hi("C0OLDNEWS"), "is_archived"),
        (hi("C0ANNOUNCEMENTS"), "restricted_action_read_only_channel"),
        (hi("U0000004"), "cannot_dm_bot"),
        (hi("U0000003"), "user_disabled"),
    ] {
        let sent = body.to_string();
        let got = client.call("chat.postMessage", &token, body).await;
        assert_eq!((got.status, got.error()), (StatusCode::OK, error), "{sent:.80}");
    }
    let wrong =
        json!({ "channel": "C0TASKS", "blocks": [{ "type": "divider" }, { "type": "section" }] });
    let got = client.call("chat.postMessage", &token, wrong).await;
    assert_eq!(
        got.body["response_metadata"]["messages"],
        json!(["[ERROR] must provide either text or fields [json-pointer:/blocks/1]"])
    );
}

#[tokio::test]
async fn a_message_is_posted_as_the_bot_under_its_name_or_another() {
    let client = Client::new();
    let plain = client.bot("chat:write").await;
    let dressed =
        json!({ "channel": "tasks", "text": "Hi", "username": "Acme", "icon_emoji": ":tada:" });
    let got = client.call("chat.postMessage", &plain, dressed.clone()).await.body;
    assert_eq!((text(&got, "channel"), got["ok"].clone()), ("C0TASKS", json!(true)));
    assert_eq!(got["message"]["user"], "U0ACMEBOT", "no scope for names: passed over");
    assert_eq!(got["message"].get("username"), None);
    let token = client.bot(ALL).await;
    let first = client.call("chat.postMessage", &token, dressed).await.body;
    assert_eq!(first["message"]["subtype"], "bot_message");
    assert_eq!(
        (&first["message"]["username"], &first["message"]["icons"]["emoji"]),
        (&json!("Acme"), &json!(":tada:"))
    );
    assert_ne!(first["ts"], got["ts"]);
    // With chat:write.public the bot need not be in a public channel.
    assert_eq!(client.call("chat.postMessage", &token, hi("C0RANDOM")).await.body["ok"], true);
    // In a form, blocks are JSON in a text.
    let form = [
        ("token", token.as_str()),
        ("channel", "C0TASKS"),
        ("text", "Fallback"),
        ("thread_ts", text(&first, "ts")),
        ("blocks", r#"[{"type":"header","text":{"type":"plain_text","text":"<Big> news"}}]"#),
        ("metadata", r#"{"event_type":"run","event_payload":{"id":"7"}}"#),
    ];
    let reply = client.form("/slack/api/chat.postMessage", &form).await.body;
    assert_eq!(reply["message"]["thread_ts"], first["ts"], "{reply}");
    assert_eq!(reply["message"]["blocks"][0]["type"], "header");

    let bold = json!({ "channel": "C0TASKS", "text": "*Call Grace* &amp; <https://acme.example/?a=1|her>\nSoon" });
    client.call("chat.postMessage", &token, bold).await;
    let page = client.page("/slack/client/T0ACME/C0TASKS").await.text;
    for part in [
        "<strong>Call Grace</strong> &amp; <a href=\"https://acme.example/?a=1\" rel=\"noreferrer\">her</a><br>Soon",
        "🎉 <strong>Acme</strong>",
        "<strong>Portico demo</strong>",
        "In a thread:",
        "<strong>&lt;Big&gt; news</strong>",
        "Notification: Fallback",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let channels = client.page("/slack/client/T0ACME").await.text;
    assert!(channels.contains("# tasks</a></td><td data-label=\"Messages\">4</td>"), "{channels}");
    let other = client.page("/slack/client/T0GLOBEX/C0TASKS").await.text;
    assert!(other.contains("No messages yet"), "another workspace");
    assert_eq!(client.page("/slack/client/T0ACME/C0NOWHERE").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_are_written_to_directly() {
    let client = Client::new();
    let token = client.bot(ALL).await;
    let open = async |users: &str| {
        client.call("conversations.open", &token, json!({ "users": users })).await
    };
    let opened = open(GRACE).await.body;
    assert_eq!(opened, json!({ "ok": true, "channel": { "id": "D0000000" } }));
    assert_eq!(open(GRACE).await.body["already_open"], true);
    let group = open(&format!("{ADA},{GRACE}")).await.body;
    assert!(text(&group["channel"], "id").starts_with('G'));
    for (users, error) in [
        ("", "users_list_not_supplied"),
        ("U9", "user_not_found"),
        ("U0000003", "user_disabled"),
        ("U0000004", "cannot_dm_bot"),
        ("a,b,c,d,e,f,g,h,i", "too_many_users"),
    ] {
        assert_eq!(open(users).await.error(), error);
    }
    for to in ["D0000000", GRACE] {
        let posted = client.call("chat.postMessage", &token, hi(to)).await.body;
        assert_eq!(posted["channel"], "D0000000", "{posted}");
    }
    let history = client.read("conversations.history", &token, &[("channel", "D0000000")]).await;
    assert_eq!(list(&history.body, "messages").len(), 2);
    let page = client.page("/slack/client/T0ACME").await.text;
    assert!(page.contains("@ Grace Hopper"), "{page}");
    // It is theirs alone.
    let ada = client.user("T0ACME", "chat:write,im:history").await;
    assert_eq!(
        client.call("chat.postMessage", &ada, hi("D0000000")).await.error(),
        "channel_not_found"
    );
}

#[tokio::test]
async fn a_person_posts_and_searches_in_their_own_name() {
    let client = Client::new();
    let bot = client.bot(ALL).await;
    let grace = client.user("T0ACME:U0000001", "chat:write,search:read,channels:read").await;
    let ada = client.user("T0ACME", "search:read").await;
    for (token, channel, words) in [
        (&grace, "C0SECRET", "A secret launch"),
        (&grace, "C0TASKS", "The launch is near"),
        (&bot, "C0TASKS", "launch: done"),
    ] {
        let body = json!({ "channel": channel, "text": words });
        let got = client.call("chat.postMessage", token, body).await.body;
        assert_eq!(got["ok"], true, "{got}");
    }
    let posted = client.call(
        "chat.postMessage",
        &grace,
        json!({ "channel": "C0TASKS", "text": "By me", "username": "X" }),
    );
    assert_eq!(posted.await.body["message"]["user"], GRACE);
    assert_eq!(
        client.call("chat.postMessage", &grace, hi("C0000010")).await.error(),
        "not_in_channel"
    );

    let search = async |token: &str, query: &[(&str, &str)]| {
        client.read("search.messages", token, query).await
    };
    assert_eq!(search(&bot, &[("query", "launch")]).await.error(), "not_allowed_token_type");
    assert_eq!(search(&ada, &[]).await.error(), "No query passed");
    assert_eq!(search(&grace, &[("query", "launch")]).await.body["messages"]["total"], 3);
    let seen = search(&ada, &[("query", "launch"), ("count", "1"), ("page", "2")]).await.body;
    let messages = &seen["messages"];
    assert_eq!(messages["paging"], json!({ "count": 1, "total": 2, "page": 2, "pages": 2 }));
    assert_eq!(messages["matches"][0]["text"], "The launch is near");
    let by_cursor = async |cursor: &str| {
        search(&ada, &[("query", "launch"), ("count", "1"), ("cursor", cursor)]).await
    };
    let first = by_cursor("*").await.body;
    let next = text(&first["response_metadata"], "next_cursor");
    let second = by_cursor(next).await.body;
    assert_eq!(second["messages"]["matches"][0]["text"], "The launch is near");
    assert_eq!(second["response_metadata"]["next_cursor"], "", "there is no third");
    assert_eq!(by_cursor("x").await.error(), "invalid_cursor");
    let from = [("query", "launch in:#tasks from:@grace.hopper")];
    assert_eq!(search(&grace, &from).await.body["messages"]["total"], 1);
    assert_eq!(
        search(&ada, &[("query", "x"), ("count", "101")]).await.error(),
        "invalid_arguments"
    );
}

#[tokio::test]
async fn a_bot_joins_a_public_channel_and_then_posts_and_reads() {
    let client = Client::new();
    let token = client.bot("chat:write,channels:read,channels:join,channels:history").await;
    let history =
        async |query: &[(&str, &str)]| client.read("conversations.history", &token, query).await;
    let random = [("channel", "C0RANDOM")];
    assert_eq!(history(&random).await.error(), "not_in_channel");
    assert_eq!(history(&[("channel", "C0DEALSPRIVATE")]).await.error(), "missing_scope");
    let join = async |channel: &str| {
        client.call("conversations.join", &token, json!({ "channel": channel })).await
    };
    assert_eq!(join("C0RANDOM").await.body["channel"]["is_member"], true);
    let again = join("C0RANDOM").await.body;
    assert_eq!((&again["ok"], text(&again, "warning")), (&json!(true), "already_in_channel"));
    assert_eq!(join("C0OLDNEWS").await.error(), "is_archived");
    assert_eq!(join("C0SECRET").await.error(), "channel_not_found");
    assert_eq!(join("C0DEALSPRIVATE").await.error(), "method_not_supported_for_channel_type");
    let info = client.read(
        "conversations.info",
        &token,
        &[("channel", "C0RANDOM"), ("include_num_members", "1")],
    );
    assert_eq!(info.await.body["channel"]["num_members"], 61);

    let mut all = Vec::new();
    for index in 0..5 {
        let mut body = json!({ "channel": "C0RANDOM", "text": format!("Message {index}") });
        body["metadata"] = json!({ "event_type": "run", "event_payload": { "id": index } });
        let posted = client.call("chat.postMessage", &token, body).await.body;
        all.push(text(&posted, "ts").to_owned());
        client.wait(1).await;
    }
    let reply = json!({ "channel": "C0RANDOM", "text": "In a thread", "thread_ts": all[4] });
    client.call("chat.postMessage", &token, reply).await;
    let first = history(&[("channel", "C0RANDOM"), ("limit", "2")]).await.body;
    assert_eq!(first["has_more"], true);
    let newest = &first["messages"][0];
    assert_eq!((text(newest, "text"), &newest["reply_count"]), ("Message 4", &json!(1)));
    assert_eq!(newest.get("metadata"), None, "only where it is asked for");
    let cursor = text(&first["response_metadata"], "next_cursor");
    let rest = [("channel", "C0RANDOM"), ("cursor", cursor), ("include_all_metadata", "true")];
    let rest = history(&rest).await.body;
    assert_eq!((list(&rest, "messages").len(), &rest["has_more"]), (3, &json!(false)));
    assert_eq!(rest["messages"][0]["metadata"]["event_payload"]["id"], 2);
    let between =
        [("channel", "C0RANDOM"), ("oldest", all[1].as_str()), ("latest", all[3].as_str())];
    assert_eq!(list(&history(&between).await.body, "messages").len(), 1);
    let wrong = [("channel", "C0RANDOM"), ("latest", "yesterday")];
    assert_eq!(history(&wrong).await.error(), "invalid_ts_latest");
}
