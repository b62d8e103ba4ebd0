//! A socket that is closed when it is dropped. The runtime's own stays open until its JavaScript object
//! is collected, which may be never.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasm_bindgen_futures::spawn_local;
use worker::Socket;

#[derive(Debug)]
pub(super) struct ClosingSocket {
    /// `None` only while it is dropped.
    socket: Option<Socket>,
}

impl ClosingSocket {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            socket: Some(socket),
        }
    }

    /// # Errors
    /// When the other side cannot be reached.
    pub(super) async fn opened(&self) -> worker::Result<()> {
        match &self.socket {
            Some(socket) => socket.opened().await.map(drop),
            None => Ok(()),
        }
    }

    fn socket(&mut self) -> io::Result<Pin<&mut Socket>> {
        let socket = self.socket.as_mut();
        socket
            .map(Pin::new)
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for ClosingSocket {
    fn drop(&mut self) {
        if let Some(mut socket) = self.socket.take() {
            spawn_local(async move {
                // One that is closed already, or broken, needs nothing more.
                let _ = socket.close().await;
            });
        }
    }
}

impl AsyncRead for ClosingSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.socket()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for ClosingSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.socket()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_shutdown(context)
    }
}
