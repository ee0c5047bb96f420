//! What an open page of the dashboard hears.

use crate::harness::{World, on_each_database};
use axum::body::Body;
use axum::http::{Request, header};
use futures::StreamExt;

#[tokio::test]
async fn a_page_hears_of_its_projects_executions_and_of_no_others() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let cookie = world.admin_cookie().await;
        let other = world.services.create_project(&portico_domain::Actor::Operator, "Other").await;
        let other = other.expect("a project").id.to_string();
        let mut ours = listen(&world, &world.project, &cookie).await;
        let mut theirs = listen(&world, &other, &cookie).await;
        let accepted = world.lead_created("ada", "Lovelace").await.json();
        let id = accepted["executions"][0]["id"].as_str().expect("an execution");
        assert_eq!(world.work().await, 1);
        assert_eq!(ours.heard().await, format!("data: {id}\n\n"));
        assert_eq!(theirs.heard().await, "", "another project's page hears nothing");
    })
    .await;
}

struct News(axum::body::BodyDataStream);

impl News {
    /// The next piece, or nothing once the answer has ended.
    async fn heard(&mut self) -> String {
        let piece = self.0.next().await.map(|piece| piece.expect("a piece").to_vec());
        String::from_utf8(piece.unwrap_or_default()).expect("text")
    }
}

async fn listen(world: &World, project: &str, cookie: &str) -> News {
    let request = Request::get(format!("/_live/{project}/executions"))
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .expect("a request");
    let response = world.answer(request).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    News(response.into_body().into_data_stream())
}
