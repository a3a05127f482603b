//! What is asked where, and by whom: paths, names, origins, tokens, sizes, times.

use super::answer::{Desk, Verb, Where, answer, policy};
use super::connection::{Connection, UNFINISHED};
use super::problem::Problem;
use super::site::Tenant;
use super::{Service, openapi};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{MatchedPath, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Headers of a request.
const HEADERS: usize = 64;
/// Requests up to this size are judged where they were read: handing them to another thread takes longer than they do.
const SMALL: usize = 16 << 10;

type Services = State<Arc<Service>>;

/// All paths.
pub fn router(service: &Arc<Service>) -> Router {
    let check = |s, r| asked(s, None, Verb::Check, r);
    let redact = |s, r| asked(s, None, Verb::Redact, r);
    let check_for = |s, Path(t): Path<String>, r| asked(s, Some(t), Verb::Check, r);
    let redact_for = |s, Path(t): Path<String>, r| asked(s, Some(t), Verb::Redact, r);
    let rules = |s, h, q| rules(s, None, h, q);
    let rules_for = |s, Path(t): Path<String>, h, q| self::rules(s, Some(t), h, q);
    let origins = service.config.origins.iter().filter_map(|o| HeaderValue::from_str(o).ok());
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION, header::ACCEPT_LANGUAGE])
        .allow_private_network(true)
        .max_age(Duration::from_secs(600));
    Router::new()
        .route("/v1/check", post(check))
        .route("/v1/redact", post(redact))
        .route("/v1/policy", get(rules))
        .route("/v1/{tenant}/check", post(check_for))
        .route("/v1/{tenant}/redact", post(redact_for))
        .route("/v1/{tenant}/policy", get(rules_for))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(async || ([(header::CONTENT_TYPE, "application/json")], openapi::document())))
        .fallback(async || Problem::path())
        .method_not_allowed_fallback(async || Problem::method())
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(from_fn_with_state(service.clone(), guard))
        .layer(cors)
        .with_state(service.clone())
}

/// What holds for every request, and for every answer.
async fn guard(State(service): Services, mut request: Request, next: Next) -> Response {
    let from = Instant::now();
    let connection = request.extensions_mut().remove::<Arc<Connection>>();
    if let Some(c) = &connection {
        c.reading();
        request.extensions_mut().insert(c.clone());
    }
    let route = route(request.extensions().get::<MatchedPath>());
    let local = connection.as_ref().is_some_and(|c| c.local);
    let mut response = match welcome(&service, request.headers(), local) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let own = service.site().own.clone();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, version) in [("fritext-policy", &own.policy_version), ("fritext-lexicons", &own.lexicon_version)] {
        if let Ok(version) = HeaderValue::from_str(version) {
            headers.entry(name).or_insert(version);
        }
    }
    service.metrics.request(route, response.status().as_u16(), from.elapsed().as_secs_f64());
    if let Some(connection) = connection {
        connection.answered();
    }
    response
}

/// The path as metrics have it: as it stands in the router, never as it came.
fn route(matched: Option<&MatchedPath>) -> &'static str {
    const KNOWN: [&str; 10] = [
        "/v1/check",
        "/v1/redact",
        "/v1/policy",
        "/v1/{tenant}/check",
        "/v1/{tenant}/redact",
        "/v1/{tenant}/policy",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ];
    matched.and_then(|m| KNOWN.into_iter().find(|k| *k == m.as_str())).unwrap_or("other")
}

fn welcome(service: &Service, headers: &HeaderMap, local: bool) -> Result<(), Problem> {
    if headers.len() > HEADERS {
        return Err(Problem::headers());
    }
    // A page of another site may be led to this address by its own name service; it cannot choose this header.
    let known = |host: &str| {
        let name = host
            .strip_prefix('[')
            .and_then(|h| h.split(']').next())
            .unwrap_or_else(|| host.split(':').next().unwrap_or(host));
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|ip| {
                ip.is_loopback() || service.config.listen.is_some_and(|l| l.ip() == ip || l.ip().is_unspecified())
            })
            || service.config.hosts.iter().any(|h| h.eq_ignore_ascii_case(name) || h.eq_ignore_ascii_case(host))
    };
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|h| h.to_str().ok());
    if !local && (!host.is_some_and(known) || hosts.next().is_some()) {
        return Err(Problem::host());
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if !service.config.origins.iter().any(|o| o.as_bytes() == origin.as_bytes()) => {
            Err(Problem::origin())
        }
        _ => Ok(()),
    }
}

/// The part of the site that the caller may ask. A wrong token and an unknown tenant look the same.
fn tenant(service: &Service, id: Option<&str>, headers: &HeaderMap, local: bool) -> Result<Arc<Tenant>, Problem> {
    let site = service.site();
    let token = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let token = token.and_then(|t| t.split_at_checked(7)).filter(|(s, _)| s.eq_ignore_ascii_case(b"bearer "));
    let token = token.map(|(_, t)| t.trim_ascii());
    let tenant = match id {
        None => &site.own,
        Some(id) => site.tenants.get(id).ok_or_else(Problem::token)?,
    };
    match &tenant.tokens {
        // The rights of the socket's file say who may use it.
        _ if id.is_none() && local => {}
        None => {}
        Some(tokens) if token.is_some_and(|t| tokens.accept(t)) => {}
        Some(_) => return Err(Problem::token()),
    }
    Ok(tenant.clone())
}

fn desk(service: &Service, id: Option<String>, tenant: Arc<Tenant>, headers: &HeaderMap) -> Desk {
    let locale = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).and_then(locale);
    let name = id.unwrap_or_else(|| "own".to_owned());
    Desk {
        tenant,
        name,
        locale,
        metrics: service.metrics.clone(),
        tally: service.record.as_ref().map(|r| r.tally.clone()),
    }
}

async fn asked(
    State(service): Services,
    id: Option<String>,
    verb: Verb,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let connection = head.extensions.get::<Arc<Connection>>().cloned();
    let local = connection.as_ref().is_some_and(|c| c.local);
    let tenant = tenant(&service, id.as_deref(), &head.headers, local)?;
    let desk = desk(&service, id, tenant, &head.headers);
    let body = read(&head.headers, body, service.config.max_body).await?;
    if let Some(connection) = connection {
        connection.working();
    }
    let leave = service.gate.ask(body.len()).ok_or_else(Problem::overload)?;
    let answer = if body.len() <= SMALL {
        leave.work(|| answer(&desk, verb, &body))?
    } else {
        let turn = service.gate.turn().await.ok_or_else(Problem::overload)?;
        let judging = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            leave.work(|| answer(&desk, verb, &body))
        });
        judging.await.map_err(|_| Problem::internal())??
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// Reads a body whole, if it says that it is JSON and is neither packed, too large nor too slow.
async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<hyper::body::Bytes, Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let packed = headers.get(header::CONTENT_ENCODING).is_some_and(|e| e.as_bytes() != b"identity");
    if packed || !media.eq_ignore_ascii_case("application/json") {
        return Err(Problem::media_type());
    }
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if length.is_some_and(|l| l > most) {
        return Err(Problem::large(most));
    }
    match tokio::time::timeout(UNFINISHED, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(e)) if e.is::<LengthLimitError>() => Err(Problem::large(most)),
        Ok(Err(_)) => Err(Problem::no_record("the body could not be read to its end")),
        Err(_) => Err(Problem::slow()),
    }
}

async fn rules(
    State(service): Services,
    id: Option<String>,
    (local, headers): (Local, HeaderMap),
    place: Result<Query<Where>, QueryRejection>,
) -> Result<Response, Problem> {
    let tenant = tenant(&service, id.as_deref(), &headers, local.0)?;
    let Query(place) = place.map_err(|_| Problem::parameter("`system` and `field` are words, each given once"))?;
    let desk = desk(&service, id, tenant, &headers);
    let body = serde_json::to_vec(&policy(&desk, place)).map_err(|_| Problem::internal())?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn ready(State(service): Services) -> Response {
    let ready = service.ready.load(Relaxed);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, if ready { "ready\n" } else { "stopping\n" }).into_response()
}

async fn metrics(State(service): Services, local: Local, headers: HeaderMap) -> Result<Response, Problem> {
    tenant(&service, None, &headers, local.0)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], service.metrics.text(service.connections.len())).into_response())
}

/// The language among ours that a caller likes best.
fn locale(accepted: &str) -> Option<&'static str> {
    let mut best: Option<(&'static str, f32)> = None;
    for part in accepted.split(',') {
        let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(0.0);
        let primary = tag.trim().split('-').next().unwrap_or_default();
        let known = ["sv", "da", "en"].into_iter().find(|l| l.eq_ignore_ascii_case(primary));
        if let Some(known) = known.filter(|_| weight > best.map_or(0.0, |(_, w)| w)) {
            best = Some((known, weight));
        }
    }
    best.map(|(locale, _)| locale)
}

/// Whether a request came through the Unix socket.
struct Local(bool);

impl<S: Sync> axum::extract::FromRequestParts<S> for Local {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Arc<Connection>>().is_some_and(|c| c.local)))
    }
}

#[cfg(test)]
mod tests {
    use super::locale;

    #[test]
    fn the_language_liked_best_is_answered() {
        for (accepted, expected) in [
            ("sv-SE,sv;q=0.9,en;q=0.8", Some("sv")),
            ("de, da;q=0.4, en;q=0.5", Some("en")),
            ("DA", Some("da")),
            ("fr", None),
            ("*", None),
            ("sv;q=0", None),
            ("sv;q=x, da;q=0.1", Some("da")),
        ] {
            assert_eq!(locale(accepted), expected, "{accepted}");
        }
    }
}
