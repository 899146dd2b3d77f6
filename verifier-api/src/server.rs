//! The sockets: connections with bounds on their number, their age and their patience.
//!
//! HTTP/1.1 only: there is one request at a time on a connection, and nothing to bound within it. Bytes that are not a
//! request are answered by an empty 400 or 431. A connection may be closed between two requests at any time; whoever
//! then repeats the request does no harm, for reads change nothing and a transaction applies at most once.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};

use crate::clients::{Client, Clients};
use crate::limits::Limits;

/// How long to wait when the machine has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The least that the HTTP library takes for a head, in bytes.
const HEAD_BYTES_MIN: usize = 8 << 10;

/// Tells an answer without end that its connection is to be closed.
#[derive(Clone)]
pub(crate) struct Closing(pub(crate) watch::Receiver<bool>);

/// Serves `router` on `listener` until `shutdown`, then lets requests in progress end.
///
/// # Errors
/// The listener has no address any more.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "http listens");
    let room = Arc::new(Semaphore::new(limits.connections));
    let clients = Arc::new(Clients::new(limits.clone()));
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        while connections.try_join_next().is_some() {}
        // Without room nobody is let in: those who wait are held by the system.
        let next = async {
            let place = room.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "http cannot accept");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let client = Client::of(address.ip());
        let Ok(held) = clients.connect(client) else {
            continue;
        };
        let connection = connection(stream, client, router.clone(), limits.clone(), stopping.clone());
        connections.spawn(async move {
            connection.await;
            drop((held, place));
        });
    }
    drop(listener);
    stop.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    // Those that are still there are cut off when the set is dropped.
    let _ = timeout(limits.farewell, all).await;
    Ok(())
}

/// The client left before it was let in.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(
    stream: TcpStream,
    client: Client,
    router: Router,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    // Answers are written whole: waiting for more of them only costs time.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let (close, closing) = watch::channel(false);
    let bulk = InBulk::default();
    let here = bulk.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(here.clone());
        request.extensions_mut().insert(Closing(closing.clone()));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_bytes.max(HEAD_BYTES_MIN))
        .max_headers(limits.header_fields)
        .serve_connection(TokioIo::new(Impatient::new(stream, limits.stall_timeout)), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = sleep(limits.connection_age) => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
    close.send_replace(true);
    connection.as_mut().graceful_shutdown();
    // What is in progress may end, if its answer is taken in the time that an answer may take.
    let time = if bulk.0.load(Ordering::SeqCst) { limits.bulk_time } else { limits.answer_timeout };
    let _ = timeout(time + limits.stall_timeout, connection).await;
}

/// Whether what is in progress on a connection is a bulk check, which may take longer than an answer.
#[derive(Clone, Default)]
pub(crate) struct InBulk(Arc<AtomicBool>);

impl InBulk {
    /// A bulk check begins; it ends when the result is dropped.
    pub(crate) fn begin(&self) -> InBulkUntilDropped {
        self.0.store(true, Ordering::SeqCst);
        InBulkUntilDropped(self.clone())
    }
}

/// See [`InBulk::begin`].
pub(crate) struct InBulkUntilDropped(InBulk);

impl Drop for InBulkUntilDropped {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

/// A socket that fails once the other side has taken nothing for some time.
struct Impatient {
    stream: TcpStream,
    patience: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, waiting: None }
    }

    fn or_give_up<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        waiting.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_give_up(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.or_give_up(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
