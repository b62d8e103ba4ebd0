//! One Postgres connection: opened through Hyperdrive, driven by a task of its own, closed for sure.

use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use tokio_postgres::{Client, Config, NoTls};
use wasm_bindgen_futures::spawn_local;
use worker::{Env, Socket};

/// Opens a connection within the database's connect timeout.
///
/// # Errors
/// `Unavailable`: nobody answered, or not in time, or not as Postgres; `Misconfigured`: no binding.
pub(super) async fn open(env: &Env, database: &Database) -> Result<Client, Failure> {
    let unavailable = |why: &dyn std::fmt::Display| {
        let why = format!("database {}: {why}", database.name);
        Failure::new(Kind::Unavailable, "").because(why)
    };
    let hyperdrive = env.hyperdrive(&database.binding).map_err(|why| {
        let why = format!("binding {}: {why}", database.binding);
        Failure::new(Kind::Misconfigured, "").because(why)
    })?;
    let mut config = Config::new();
    config
        .user(hyperdrive.user())
        .password(hyperdrive.password())
        .dbname(hyperdrive.database());
    let opening = async {
        let socket = connect(&hyperdrive).await?;
        let (client, connection) = config
            .connect_raw(socket, NoTls)
            .await
            .map_err(|why| describe(&why))?;
        // The task ends when the client is dropped or the socket breaks, and closes the socket.
        spawn_local(async move {
            if let Err(why) = connection.await {
                worker::console_warn!("forebay: a database connection ended: {}", describe(&why));
            }
        });
        Ok::<_, String>(client)
    };
    match within(database.connect_timeout, opening).await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(why)) => Err(unavailable(&why)),
        Err(_) => Err(unavailable(&"no connection within the connect timeout")),
    }
}

async fn connect(hyperdrive: &worker::Hyperdrive) -> Result<Socket, String> {
    let socket = Socket::builder()
        .connect(hyperdrive.host(), hyperdrive.port())
        .map_err(|why| why.to_string())?;
    socket.opened().await.map_err(|why| why.to_string())?;
    Ok(socket)
}

/// Asks the server to stop what `client` runs. The answer comes, if at all, on the client itself.
pub(super) fn cancel(env: &Env, database: &Database, client: &Client) {
    let token = client.cancel_token();
    let Ok(hyperdrive) = env.hyperdrive(&database.binding) else {
        return;
    };
    let limit = database.connect_timeout;
    spawn_local(async move {
        let cancelling = async {
            let socket = connect(&hyperdrive).await.ok()?;
            token.cancel_query_raw(socket, NoTls).await.ok()
        };
        // Best effort: the connection is given up either way.
        let _ = within(limit, cancelling).await;
    });
}

/// An error for the log, with its cause. What Postgres says of an error of the query can hold values
/// of rows and parameters; of that, only the code and the names of the schema are told.
pub(super) fn describe(why: &tokio_postgres::Error) -> String {
    match (why.as_db_error(), std::error::Error::source(why)) {
        (Some(db), _) => {
            let names = [db.table(), db.column(), db.constraint()];
            let names: Vec<&str> = names.into_iter().flatten().collect();
            format!("SQLSTATE {} {}", db.code().code(), names.join(" "))
        }
        (None, Some(cause)) => format!("{why}: {cause}"),
        (None, None) => why.to_string(),
    }
}
