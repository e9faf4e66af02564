use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connection::Connection;
use super::table::Seat;

/// A socket that tells its connection how it goes, and ends when the connection must.
pub(crate) struct SeatedStream {
    socket: TcpStream,
    seat: Seat,
    /// Whether the client takes nothing more of its answer for now.
    stalled: bool,
}

impl SeatedStream {
    pub(super) fn new(socket: TcpStream, seat: Seat) -> Self {
        Self {
            socket,
            seat,
            stalled: false,
        }
    }

    pub(crate) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.seat.connection)
    }

    /// Tells the connection whether its client takes bytes.
    fn watch(&mut self, context: &Context<'_>, poll: &Poll<io::Result<usize>>) {
        let (connection, now) = (&self.seat.connection, Instant::now());
        self.stalled = poll.is_pending();
        match poll {
            Poll::Pending => connection.stalls(now, context),
            Poll::Ready(Ok(bytes)) => connection.flows(now, *bytes),
            Poll::Ready(Err(_)) => {}
        }
    }
}

impl AsyncRead for SeatedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.seat.connection.is_closed(context) {
            // As if the client had gone: that ends it in every phase.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.socket).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.seat.connection.heard(Instant::now());
        }
        poll
    }
}

impl AsyncWrite for SeatedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // An answer that is on its way to a client that takes it still goes out.
        if self.stalled && self.seat.connection.is_closed(context) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let poll = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.watch(context, &poll);
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
