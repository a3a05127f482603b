//! Where requests come in: a TCP port, a Unix socket, or both, with every limit of a connection set.

use super::Service;
use super::connection::{Connection, Connections, Heard};
use crate::config::Serve;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch::Receiver;

/// Headers that hyper reads; `routes` refuses some before that with a reason.
const MOST_HEADERS: usize = 128;
/// Bytes of a head.
const HEAD: usize = 32 << 10;
/// The last word about a head: `connection` closes what is slow long before.
const HEAD_TIME: Duration = Duration::from_secs(40);
/// Where the service listens if the configuration says nothing.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8086);

/// The places where requests come in.
pub struct Listeners {
    tcp: Option<tokio::net::TcpListener>,
    #[cfg(unix)]
    unix: Option<super::socket::Socket>,
}

impl Listeners {
    /// Opens what the configuration names.
    pub fn open(config: &Serve) -> Result<Self> {
        let address = config.listen.or(config.socket.is_none().then_some(USUAL));
        let tcp = address.map(|address| -> Result<_> {
            let listener = std::net::TcpListener::bind(address).with_context(|| address.to_string())?;
            listener.set_nonblocking(true)?;
            Ok(tokio::net::TcpListener::from_std(listener)?)
        });
        #[cfg(unix)]
        let unix = config.socket.as_ref().map(|p| super::socket::Socket::open(p, config.socket_group.as_deref()));
        #[cfg(not(unix))]
        if config.socket.is_some() {
            anyhow::bail!("there are no Unix sockets on this system: use ‘listen’");
        }
        Ok(Self {
            tcp: tcp.transpose()?,
            #[cfg(unix)]
            unix: unix.transpose()?,
        })
    }

    /// The places as words for the log.
    pub fn places(&self) -> String {
        let mut places = Vec::new();
        if let Some(address) = self.tcp.as_ref().and_then(|t| t.local_addr().ok()) {
            places.push(format!("http://{address}"));
        }
        #[cfg(unix)]
        if let Some(socket) = &self.unix {
            places.push(socket.path().display().to_string());
        }
        places.join(" and ")
    }

    /// Answers what comes in until told to stop; ends when all is answered.
    pub async fn answer(self, service: Arc<Service>, stopped: Receiver<bool>) {
        let router = super::routes::router(&service);
        let accepting =
            |local| Accepting { service: service.clone(), router: router.clone(), stopped: stopped.clone(), local };
        let tcp = async {
            let Some(listener) = self.tcp else { return };
            let accept = |cx: &mut Context<'_>| {
                listener.poll_accept(cx).map_ok(|(stream, _)| {
                    // What is small goes out at once; where that cannot be set it goes out all the same.
                    let _ = stream.set_nodelay(true);
                    stream
                })
            };
            accepting(false).run(accept).await;
        };
        #[cfg(unix)]
        let unix = async {
            let Some(socket) = self.unix else { return };
            accepting(true).run(|cx| socket.poll_accept(cx, || service.metrics.closed("stranger", 1))).await;
        };
        #[cfg(not(unix))]
        let unix = async {};
        tokio::join!(tcp, unix);
    }
}

struct Accepting {
    service: Arc<Service>,
    router: Router,
    stopped: Receiver<bool>,
    local: bool,
}

impl Accepting {
    async fn run<S>(mut self, mut accept: impl FnMut(&mut Context<'_>) -> Poll<std::io::Result<S>>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut tasks = tokio::task::JoinSet::new();
        loop {
            let stream = tokio::select! {
                _ = self.stopped.changed() => break,
                Some(_) = tasks.join_next() => continue,
                accepted = std::future::poll_fn(&mut accept) => match accepted {
                    Ok(stream) => stream,
                    Err(_) => {
                        // Out of descriptors, or the caller is gone already: others may be closed meanwhile.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        continue;
                    }
                },
            };
            let connections = &self.service.connections;
            let Some((number, connection, full)) = connections.take(self.local) else {
                self.service.metrics.closed("full", 1);
                continue;
            };
            if full {
                self.service.metrics.closed("unfinished", 1);
            }
            let (service, router, stopped) = (self.service.clone(), self.router.clone(), self.stopped.clone());
            let own = connection.clone();
            let task = tasks.spawn(async move {
                let _place = Place { connections: &service.connections, number };
                talk(stream, own, router, stopped).await;
            });
            connection.belongs_to(task);
        }
        while tasks.join_next().await.is_some() {}
    }
}

/// A place among the connections, given back however the connection ends.
struct Place<'a> {
    connections: &'a Connections,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.connections.give_back(self.number);
    }
}

async fn talk<S>(stream: S, connection: Arc<Connection>, router: Router, mut stopped: Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let own = connection.clone();
    let router = tower::ServiceBuilder::new()
        .map_request(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(own.clone());
            request
        })
        .service(router);
    let talking = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(MOST_HEADERS)
        .max_buf_size(HEAD)
        .half_close(true)
        .serve_connection(TokioIo::new(Heard::new(stream, connection)), TowerToHyperService::new(router));
    let mut talking = std::pin::pin!(talking);
    tokio::select! {
        // A caller that goes away in the middle is no error of the service.
        _ = talking.as_mut() => {}
        _ = stopped.changed() => {
            talking.as_mut().graceful_shutdown();
            let _ = talking.await;
        }
    }
}
