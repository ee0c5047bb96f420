//! One suite, two databases: every case runs on SQLite, and on PostgreSQL when
//! `PORTICO_TEST_POSTGRES` holds the address of a server that may be given new databases.
//!
//! To add a case: an `async fn(&Fixture)` in the file of its subject, its name in that file's
//! `cases!`. Each case gets a database of its own.

mod cold_answers;
mod cold_connected;
mod cold_custom;
mod cold_deletions;
mod cold_drifts;
mod cold_expired;
mod cold_operations;
mod cold_probes;
mod cold_secrets;
mod cold_watches;
mod cold_webhooks;
mod fixture;
mod hot_accept;
mod hot_bodies;
mod hot_cancel;
mod hot_changes;
mod hot_claim;
mod hot_connection;
mod hot_group;
mod hot_lanes;
mod hot_queue;
mod hot_settle;
mod schema;
mod work;

/// Makes two tests of each named case: one per database.
#[macro_export]
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                let fixture = $crate::fixture::Fixture::sqlite().await;
                super::$case(&fixture).await;
                fixture.finish().await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                let name = concat!(module_path!(), "::", stringify!($case));
                if let Some(fixture) = $crate::fixture::Fixture::postgres(name).await {
                    super::$case(&fixture).await;
                    fixture.finish().await;
                }
            })+
        }
    };
}
