//! The org as people see it.

use crate::client::Client;
use serde_json::json;

#[tokio::test]
async fn every_object_has_a_list_and_its_records_have_pages() {
    let client = Client::new();
    client.seed(json!({ "Opportunity": 501, "Account": 7 })).await;
    let token = client.access().await;
    for object in
        ["Lead", "Contact", "Account", "Opportunity", "Task", "Campaign", "Invoice__c", "User"]
    {
        let path = format!("/salesforce/acme/lightning/o/{object}/list");
        let page = client.whole(&path, "").await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains(&format!("href=\"{path}\" aria-current=\"page\"")), "{path}");
    }
    let deals = client.whole("/salesforce/acme/lightning/o/Opportunity/list", "").await.text;
    assert!(deals.contains("The newest 500 of 501."));
    let accounts = client.whole("/salesforce/acme/lightning/o/Account/list", "").await.text;
    assert!(accounts.contains("O'Hara &amp; Söhne 00006"), "escaped");
    let account =
        client.query(&token, "SELECT Id FROM Account LIMIT 1").await.body["records"][0]["Id"]
            .clone();
    let invoice = json!({ "Amount__c": 10, "Account__c": account });
    let id = client.post("/sobjects/Invoice__c", &token, invoice).await.id().to_owned();
    let page =
        client.whole(&format!("/salesforce/acme/lightning/r/Invoice__c/{id}/view"), "").await.text;
    assert!(page.contains("INV-00001"));
    let to =
        format!("/salesforce/acme/lightning/r/Account/{}/view", account.as_str().expect("an id"));
    assert!(page.contains(&to), "what it refers to is a link");
    let front = client.whole("/", "").await.text;
    for words in [
        "/salesforce/acme/lightning/o/Invoice__c/list",
        "/hubspot/contacts/62515/",
        "/marketo/",
        "/slack/client/T0ACME",
        "PUT /slack/_sandbox/webhook",
        "/services/oauth2/token",
    ] {
        assert!(front.contains(words), "{words}");
    }
    for missing in [
        "/salesforce/nowhere/lightning/o/Lead/list",
        "/salesforce/acme/lightning/o/Nope/list",
        "/salesforce/acme/lightning/r/Lead/00Q/view",
    ] {
        assert_eq!(client.whole(missing, "").await.status, 404, "{missing}");
    }
}
