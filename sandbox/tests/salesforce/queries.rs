//! SOQL, and its pages.

use crate::client::{Client, count, escaped, text};
use serde_json::{Value, json};

async fn filled(client: &Client) -> String {
    let token = client.access().await;
    for (name, industry, employees, active) in [
        ("Ada's Engines", json!("Technology"), json!(12), "2026-01-01"),
        ("Bank of Böhme", json!("Banking"), json!(900), "2026-02-01"),
        ("Copper & Co 100%", json!("Energy"), Value::Null, "2026-03-01"),
        ("Dairy_Farm", Value::Null, json!(3), "2026-04-01"),
    ] {
        let account = json!({ "Name": name, "Industry": industry, "NumberOfEmployees": employees });
        assert_eq!(client.post("/sobjects/Account", &token, account).await.status, 201);
        let deal = json!({ "Name": name, "StageName": "Closed Won", "CloseDate": active });
        assert_eq!(client.post("/sobjects/Opportunity", &token, deal).await.status, 201);
    }
    token
}

#[tokio::test]
async fn conditions_find_what_fits_them() {
    let client = Client::new();
    let token = filled(&client).await;
    let (ada, bank, copper, dairy) =
        ("Ada's Engines", "Bank of Böhme", "Copper & Co 100%", "Dairy_Farm");
    for (conditions, found) in [
        (r"Name = 'ada\'s engines'", vec![ada]),
        ("Industry != 'Banking'", vec![ada, copper, dairy]),
        ("Industry = null", vec![dairy]),
        ("Industry != null AND NumberOfEmployees < 100", vec![ada]),
        ("NumberOfEmployees >= 12", vec![ada, bank]),
        ("NumberOfEmployees <= 12 AND NumberOfEmployees > 2.5", vec![ada, dairy]),
        ("Name LIKE 'b%b_hme'", vec![bank]),
        (r"Name LIKE '%100\%'", vec![copper]),
        (r"Name LIKE 'Dairy\_%'", vec![dairy]),
        ("Name LIKE '%e%s'", vec![ada]),
        ("Industry IN ('Energy', 'Banking')", vec![bank, copper]),
        ("Industry NOT IN ('Energy', 'Banking')", vec![ada, dairy]),
        (
            "Industry = 'Energy' OR (Industry = 'Banking' AND NumberOfEmployees = 900)",
            vec![bank, copper],
        ),
        ("NOT (Industry = 'Energy' OR Industry = 'Banking')", vec![ada, dairy]),
        ("NOT Industry = null", vec![ada, bank, copper]),
        ("IsDeleted = false AND CreatedDate = TODAY", vec![ada, bank, copper, dairy]),
        ("CreatedDate < 2020-01-01T00:00:00Z", vec![]),
        ("SystemModstamp >= 2020-01-01T00:00:00.000+0000", vec![ada, bank, copper, dairy]),
        ("OwnerId = '005A00000000001'", vec![ada, bank, copper, dairy]),
    ] {
        let soql = format!("SELECT Name FROM Account WHERE {conditions} ORDER BY Name");
        assert_eq!(client.names(&token, &soql).await, found, "{conditions}");
    }
    let soql = "select name, closedate from opportunity where CloseDate > 2026-02-01 and IsWon = true order by CloseDate desc limit 1";
    assert_eq!(client.names(&token, soql).await, [dairy]);
    let nulls = "SELECT Name FROM Account ORDER BY NumberOfEmployees DESC NULLS LAST, Name ASC LIMIT 2 OFFSET 2";
    assert_eq!(client.names(&token, nulls).await, [dairy, copper]);
    let first = "SELECT Name FROM Account ORDER BY NumberOfEmployees LIMIT 1";
    assert_eq!(client.names(&token, first).await, [copper], "nulls come first");
    let counted =
        client.query(&token, "SELECT COUNT() FROM Account WHERE Industry != null").await.body;
    assert_eq!(counted, json!({ "totalSize": 3, "done": true, "records": [] }));
    let all = client.query(&token, "SELECT FIELDS(ALL) FROM Account LIMIT 200").await.body;
    let row = &all["records"][0];
    assert_eq!((&row["Name"], &row["IsDeleted"]), (&json!(ada), &json!(false)));
    let tagged = json!({ "Amount__c": 1, "Tags__c": "Travel;Hardware" });
    client.post("/sobjects/Invoice__c", &token, tagged).await;
    for (conditions, fits) in [
        ("Tags__c INCLUDES ('Travel;Hardware', 'Licences')", 1),
        ("Tags__c INCLUDES ('Travel;Licences')", 0),
        ("Tags__c EXCLUDES ('Travel')", 0),
    ] {
        let soql = format!("SELECT COUNT() FROM Invoice__c WHERE {conditions}");
        assert_eq!(client.query(&token, &soql).await.body["totalSize"], fits, "{conditions}");
    }
    let org = client.query(&token, "SELECT Name, IsSandbox FROM Organization").await.body;
    assert_eq!(org["records"][0]["Name"], "Acme");
}

#[tokio::test]
async fn a_query_that_is_wrong_says_where() {
    let client = Client::new();
    let token = client.access().await;
    for (soql, code, words) in [
        (
            "SELECT Id FORM Lead",
            "MALFORMED_QUERY",
            "ERROR at Row:1:Column:11\nunexpected token: 'FORM'",
        ),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        (
            "SELECT Id FROM Lead WHERE Name = 'x",
            "MALFORMED_QUERY",
            "mismatched character '<EOF>' expecting '''",
        ),
        ("SELECT Id FROM Lead WHERE Name = 'O'Hara", "MALFORMED_QUERY", "unexpected token: 'Hara'"),
        (r"SELECT Id FROM Lead WHERE Name = '\q'", "MALFORMED_QUERY", "Illegal character sequence"),
        (
            "SELECT Id FROM Lead WHERE Name = 'a' OR Name = 'b' AND Name = 'c'",
            "MALFORMED_QUERY",
            "unexpected token: 'AND'",
        ),
        ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
        (
            "SELECT FIELDS(ALL) FROM Lead LIMIT 201",
            "MALFORMED_QUERY",
            "must have a LIMIT of at most 200",
        ),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        (
            "SELECT Nope FROM Lead",
            "INVALID_FIELD",
            "ERROR at Row:1:Column:8\nNo such column 'Nope' on entity 'Lead'.",
        ),
        (
            "SELECT Id FROM Lead WHERE Nope = 1",
            "INVALID_FIELD",
            "No such column 'Nope' on entity 'Lead'.",
        ),
        (
            "SELECT Owner.Name FROM Lead",
            "INVALID_FIELD",
            "Didn't understand relationship 'Owner' in field path.",
        ),
        ("SELECT Id, Id FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
        (
            "SELECT Id FROM Lead WHERE Name = 5",
            "INVALID_FIELD",
            "must be of type string and should be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE NumberOfEmployees = '5'",
            "INVALID_FIELD",
            "must be of type int and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE Description = 'x'",
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Lead WHERE Id = 'abc'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: abc",
        ),
        (
            "SELECT Id FROM Lead OFFSET 2001",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Maximum SOQL offset allowed is 2000",
        ),
        ("", "MALFORMED_QUERY", "SOQL statements cannot be empty or null"),
    ] {
        let got = client.query(&token, soql).await;
        assert_eq!(got.error(), (400, code), "{soql}: {}", got.text);
        assert!(got.message().contains(words), "{soql}: {}", got.message());
    }
}

#[tokio::test]
async fn long_answers_are_paged_until_the_cursor_ends() {
    let client = Client::new();
    client.seed(json!({ "Opportunity": 4500 })).await;
    let token = client.access().await;
    let first = client.query(&token, "SELECT Id FROM Opportunity").await.body;
    assert_eq!((&first["totalSize"], &first["done"]), (&json!(4500), &json!(false)));
    let mut sizes = vec![count(&first, "records")];
    let mut next = text(&first, "nextRecordsUrl").to_owned();
    assert!(next.ends_with("-2000"), "{next}");
    loop {
        let page = client.whole(&format!("/salesforce/acme{next}"), &token).await.body;
        sizes.push(count(&page, "records"));
        match page["nextRecordsUrl"].as_str() {
            Some(url) => next = url.to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [2000, 2000, 500]);
    for (asked, size) in [("batchSize=200", 200), ("batchSize=10", 200), ("batchSize=9000", 2000)] {
        let call = ("GET", "/query?q=SELECT+Id+FROM+Opportunity");
        let page =
            client.call_with(call, &token, Value::Null, &[("sforce-query-options", asked)]).await;
        assert_eq!(count(&page.body, "records"), size, "{asked}");
    }
    client.wait(2 * 86_400).await;
    let token = client.access().await;
    let late = client.whole(&format!("/salesforce/acme{next}"), &token).await;
    assert_eq!(late.error(), (400, "INVALID_QUERY_LOCATOR"));
}

#[tokio::test]
async fn the_recycle_bin_is_found_when_it_is_asked_for() {
    let client = Client::new();
    let token = filled(&client).await;
    let found = client.query(&token, "SELECT Id FROM Account WHERE Name LIKE 'Dairy%'").await.body;
    let id = text(&found["records"][0], "Id").to_owned();
    client.call("DELETE", &format!("/sobjects/Account/{id}"), &token, Value::Null).await;
    let gone = escaped("SELECT Id, IsDeleted FROM Account WHERE IsDeleted = TRUE");
    assert_eq!(client.get(&format!("/query?q={gone}"), &token).await.body["totalSize"], 0);
    let bin = client.get(&format!("/queryAll?q={gone}"), &token).await.body;
    assert_eq!((&bin["totalSize"], &bin["records"][0]["Id"]), (&json!(1), &json!(id)));
}
