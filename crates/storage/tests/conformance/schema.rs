//! Two folders of migrations, one meaning.

use crate::fixture::Fixture;
use std::path::{Path, PathBuf};

crate::cases! { tables_and_columns_are_the_same_on_both }

fn folder(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database)
}

fn files(database: &str) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder(database))
        .expect("a folder of migrations")
        .map(|file| file.expect("a file").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort();
    names
}

/// A migration without comments and without what the databases must say differently.
fn meaning(database: &str, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder(database).join(file)).expect("a migration");
    let text: String = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let text = text.replace(" COLLATE \"C\"", "").replace("BYTEA", "BLOB");
    let text = text.replace(") WITHOUT ROWID", ")");
    text.split(';').map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn migrations_say_the_same() {
    assert_eq!(files("sqlite"), files("postgres"));
    for file in files("sqlite") {
        assert_eq!(meaning("sqlite", &file), meaning("postgres", &file), "{file}");
    }
}

/// `table.column type nullable` of every column.
async fn columns(f: &Fixture) -> Vec<String> {
    let sql = if f.is_postgres() {
        "SELECT table_name || '.' || column_name || ' ' || CASE data_type WHEN 'bytea' THEN 'blob' \
         ELSE data_type END || ' ' || CASE WHEN is_nullable = 'NO' THEN '1' ELSE '0' END \
         FROM information_schema.columns WHERE table_schema = 'public'"
    } else {
        // A primary key's columns are never null, which SQLite does not say.
        "SELECT t.name || '.' || c.name || ' ' || lower(c.type) || ' ' || (c.\"notnull\" OR c.pk > 0) \
         FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'"
    };
    let mut columns = f.texts(sql).await;
    columns.retain(|column| !column.starts_with("_sqlx") && !column.starts_with("sqlite_"));
    columns.sort();
    columns
}

async fn tables_and_columns_are_the_same_on_both(f: &Fixture) {
    let found = columns(f).await;
    assert!(found.len() > 100, "the schema is there: {found:?}");
    let other = Fixture::sqlite().await;
    assert_eq!(found, columns(&other).await);
    other.finish().await;
}
