//! A plain connection to the database that `--database` names.

use super::unreachable_database;
use crate::config::diagnostic::Diagnostic;
use std::error::Error as _;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads a connection URL.
///
/// # Errors
/// A sentence that does not repeat the URL, which may hold a password.
pub fn parse_url(url: &str) -> Result<Config, String> {
    const TLS: &str = "TLS is not supported by check: open a local tunnel to the database, such as \
                       ssh -L 5432:localhost:5432 host, and name that, or write sslmode=disable";
    if url.contains("sslmode=verify-") {
        return Err(TLS.to_owned());
    }
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        format!(
            "--database is no connection URL ({}): write postgres://user:password@host:5432/database",
            reasons(&error)
        )
    })?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(TLS.to_owned());
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("--database names no host".to_owned());
    }
    config
        .connect_timeout(CONNECT_TIMEOUT)
        .application_name("forebay check");
    Ok(config)
}

/// Connects; the connection itself is driven in the background, and ends with the client.
pub async fn connect(config: &Config) -> Result<Client, Diagnostic> {
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, config.connect(NoTls));
    let (client, connection) = match connecting.await {
        Ok(Ok(connected)) => connected,
        Ok(Err(error)) => return Err(unreachable_database(&reasons(&error), &place(config))),
        Err(_) => return Err(unreachable_database("no answer within 5s", &place(config))),
    };
    // Its error, if any, is also that of whatever is waiting on the client.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Host and port, without user or password.
pub fn place(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => config
            .get_hostaddrs()
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    format!(
        "{host}:{}",
        config.get_ports().first().copied().unwrap_or(5432)
    )
}

/// An error and what brought it about: the outer one alone says little.
fn reasons(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_ask_for_tls_are_refused_with_a_way_out() {
        for mode in ["require", "verify-full", "verify-ca"] {
            let error = parse_url(&format!("postgres://u:secret@h/db?sslmode={mode}")).unwrap_err();
            assert!(error.contains("TLS is not supported by check"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_repeating_it() {
        for url in [
            "secret",
            "",
            "mysql://u:secret@h/db",
            "postgres://u:secret@h:port/db",
        ] {
            let error = parse_url(url).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_place_is_host_and_port_alone() {
        let config = parse_url("postgres://u:secret@db.example.com:5433/x").unwrap();
        assert_eq!(place(&config), "db.example.com:5433");
        assert_eq!(place(&parse_url("postgres://u@h/x").unwrap()), "h:5432");
    }
}
