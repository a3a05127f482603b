//! The OpenAPI document, from the types that are read and answered.

// What only describes a request is never built, and the paths are functions because that is what the macro reads.
#![allow(dead_code, clippy::large_enum_variant)]

use super::answer::{Checked, ManyChecked, Policy, Where};
use super::problem::Problem;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use utoipa::{OpenApi, ToSchema};

/// The document.
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document::openapi().to_pretty_json().expect("a document of plain types"))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "fritext",
        description = "Answers before a free-text field is saved: may it be saved, what must not stand in it, why, and what may stand there instead. Keeps no text."
    ),
    paths(check, redact, policy, check_for, redact_for, policy_for, healthz, readyz, metrics),
    components(schemas(Problem)),
    security((), ("token" = [])),
    modifiers(&Token)
)]
struct Document;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// One text and where it stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// Given back as it came.
    id: Option<Id>,
    /// The system the text stands in.
    #[schema(example = "vklass")]
    system: Option<String>,
    /// The field of it.
    #[schema(example = "franvaro")]
    field: Option<String>,
    /// Language of the text: `sv`, `da`; anything else, and nothing, is judged from the text.
    #[schema(example = "sv")]
    lang: Option<String>,
    /// The text.
    #[schema(example = "Elvira är sjuk, feber")]
    text: String,
    /// The unit of `start` and `end` in the answer; bytes of UTF-8 if nothing is said.
    offsets: Option<Unit>,
    /// A reason for saving what would be taken out or refused, from those that `/v1/policy` lists.
    #[serde(rename = "override")]
    exception: Option<Override>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(f64),
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Utf8,
    Utf16,
    Chars,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Override {
    /// The code of a reason that is offered.
    reason: String,
    /// One of its legal bases.
    #[schema(example = "art9.2.b")]
    legal_basis: String,
}

/// Many records; each is answered, in this order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct Records {
    records: Vec<Record>,
    /// The unit of `start` and `end` where a record says nothing.
    offsets: Option<Unit>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum Asked {
    One(Record),
    Many(Records),
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum CheckAnswer {
    One(Checked),
    Many(ManyChecked),
}

/// The record as it came, with its text redacted.
#[derive(Debug, Serialize, ToSchema)]
struct Redacted {
    /// The text with what must go taken out.
    text: String,
    /// The strongest action.
    #[schema(example = "redact")]
    verdict: String,
    /// Version of the policy.
    policy_version: Option<String>,
    /// Version of the lexicons.
    lexicon_version: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ManyRedacted {
    records: Vec<Redacted>,
    /// Version of the policy.
    policy_version: String,
    /// Version of the lexicons.
    lexicon_version: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum RedactAnswer {
    One(Redacted),
    Many(ManyRedacted),
}

/// What may go wrong with any question.
#[derive(utoipa::IntoResponses)]
enum Refused {
    /// It is no record, or a parameter is wrong.
    #[response(status = 400, content_type = "application/problem+json")]
    NoRecord(Problem),
    /// The token is missing or wrong.
    #[response(status = 401, content_type = "application/problem+json")]
    Token(Problem),
    /// The page that asks is not allowed to.
    #[response(status = 403, content_type = "application/problem+json")]
    Origin(Problem),
    /// It did not come in time.
    #[response(status = 408, content_type = "application/problem+json")]
    Slow(Problem),
    /// It is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    Large(Problem),
    /// It is not `application/json`, or packed.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(Problem),
    /// The service is not known under the name in `Host`.
    #[response(status = 421, content_type = "application/problem+json")]
    Host(Problem),
    /// There are too many headers.
    #[response(status = 431, content_type = "application/problem+json")]
    Headers(Problem),
    /// A fault of the service.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// More was asked than can be answered in time; `Retry-After` says when to ask again.
    #[response(status = 503, content_type = "application/problem+json")]
    Overload(Problem),
}

/// Findings, reasons and a wording that may be saved.
#[utoipa::path(post, path = "/v1/check", request_body = Asked, responses((status = 200, body = CheckAnswer), Refused))]
fn check() {}

/// The record with its text redacted. Keys that are not known are kept.
#[utoipa::path(post, path = "/v1/redact", request_body = Asked, responses((status = 200, body = RedactAnswer), Refused))]
fn redact() {}

/// The rules that hold in a field, for a form that wants to show them.
#[utoipa::path(get, path = "/v1/policy", params(Where), responses((status = 200, body = Policy), Refused))]
fn policy() {}

/// As `/v1/check`, by the rules of a tenant, with its token.
#[utoipa::path(post, path = "/v1/{tenant}/check", params(("tenant" = String, Path)), request_body = Asked,
    responses((status = 200, body = CheckAnswer), Refused), security(("token" = [])))]
fn check_for() {}

/// As `/v1/redact`, by the rules of a tenant, with its token.
#[utoipa::path(post, path = "/v1/{tenant}/redact", params(("tenant" = String, Path)), request_body = Asked,
    responses((status = 200, body = RedactAnswer), Refused), security(("token" = [])))]
fn redact_for() {}

/// As `/v1/policy`, for a tenant, with its token.
#[utoipa::path(get, path = "/v1/{tenant}/policy", params(("tenant" = String, Path), Where),
    responses((status = 200, body = Policy), Refused), security(("token" = [])))]
fn policy_for() {}

/// Whether the program runs.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = String, content_type = "text/plain; charset=utf-8"), Refused))]
fn healthz() {}

/// Whether it takes requests.
#[utoipa::path(get, path = "/readyz", responses((status = 200, body = String, content_type = "text/plain; charset=utf-8"), Refused))]
fn readyz() {}

/// Counters in Prometheus' form.
#[utoipa::path(get, path = "/metrics",
    responses((status = 200, body = String, content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"), Refused))]
fn metrics() {}
