//! One Postgres connection: opened through Hyperdrive, driven by a task of its own, closed for sure.

use super::socket::ClosingSocket;
use super::timeout::within;
use crate::config::site::Database;
use crate::failure::{Failure, Kind};
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{CancelToken, Client, Config, NoTls};
use wasm_bindgen_futures::spawn_local;
use worker::{Env, Socket};

/// How long a connection that nobody uses any more may take to say goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// A connection. Dropped, it is closed.
#[derive(Debug)]
pub(super) struct Connection {
    pub client: Client,
    /// How, once it is dropped.
    pub ending: Rc<Cell<Ending>>,
    /// Tells the driving task, when it is dropped, that there is nobody left.
    _user: oneshot::Sender<()>,
}

/// How a connection is closed that nobody uses any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a goodbye, as the server likes it.
    Politely,
    /// With a query under way. To say goodbye would be to read its answer to the end first, be it millions
    /// of rows; where the server sends them faster than they are read, nothing else gets its turn in the
    /// runtime meanwhile: no timer, no other connection, not the cancelling either.
    AtOnce,
}

type Driver = tokio_postgres::Connection<ClosingSocket, NoTlsStream>;

/// Opens a connection within the database's connect timeout.
///
/// # Errors
/// `Unavailable`: nobody answered, or not in time, or not as Postgres; `Misconfigured`: no binding.
pub(super) async fn open(env: &Env, database: &Database) -> Result<Connection, Failure> {
    let unavailable = |why: &dyn std::fmt::Display| {
        let why = format!("database {}: {why}", database.name);
        Failure::new(Kind::Unavailable, "").because(why).undone()
    };
    let hyperdrive = env.hyperdrive(&database.binding).map_err(|why| {
        let why = format!("binding {}: {why}", database.binding);
        Failure::new(Kind::Misconfigured, "").because(why).unasked()
    })?;
    let mut config = Config::new();
    config
        .user(hyperdrive.user())
        .password(hyperdrive.password())
        .dbname(hyperdrive.database());
    let opening = async {
        let socket = connect(&hyperdrive).await?;
        let (client, driver) = config
            .connect_raw(socket, NoTls)
            .await
            .map_err(|why| describe(&why))?;
        let (user, gone) = oneshot::channel();
        let ending = Rc::new(Cell::new(Ending::Politely));
        spawn_local(drive(driver, gone, ending.clone()));
        Ok::<_, String>(Connection {
            client,
            ending,
            _user: user,
        })
    };
    match within(database.connect_timeout, opening).await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(why)) => Err(unavailable(&why)),
        Err(_) => Err(unavailable(&"no connection within the connect timeout")),
    }
}

/// Drives a connection until its socket breaks or its user is gone.
async fn drive(driver: Driver, gone: oneshot::Receiver<()>, ending: Rc<Cell<Ending>>) {
    let mut driver = pin!(driver);
    let ended = match select(driver.as_mut(), gone).await {
        Either::Left((ended, _)) => ended,
        Either::Right((_, driver)) => match ending.get() {
            Ending::Politely => within(GOODBYE_MAX, driver).await.unwrap_or(Ok(())),
            Ending::AtOnce => Ok(()),
        },
    };
    if let Err(why) = ended {
        worker::console_warn!("forebay: a database connection ended: {}", describe(&why));
    }
}

async fn connect(hyperdrive: &worker::Hyperdrive) -> Result<ClosingSocket, String> {
    let socket = Socket::builder()
        .connect(hyperdrive.host(), hyperdrive.port())
        .map_err(|why| why.to_string())?;
    // Before the wait: one that does not open in time is dropped there, and must be closed.
    let socket = ClosingSocket::new(socket);
    socket.opened().await.map_err(|why| why.to_string())?;
    Ok(socket)
}

/// Asks the server to stop what the token's connection runs. The answer comes, if at all, there.
pub(super) fn cancel(env: &Env, database: &Database, token: CancelToken) {
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
