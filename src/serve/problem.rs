//! Errors as problem+json (RFC 9457). A problem says what is wrong with a request and where, never what stood in it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;

/// Why a request has no answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name, as a URN.
    #[serde(rename = "type")]
    #[schema(example = "urn:fritext:problem:no_record")]
    kind: String,
    /// What sort of problem it is.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What is wrong here.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
}

impl Problem {
    fn new(status: StatusCode, code: &str, title: &'static str) -> Self {
        Self { kind: format!("urn:fritext:problem:{code}"), title, status: status.as_u16(), detail: None }
    }

    fn saying(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What came is no record.
    pub fn no_record(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "no_record", "This is no record").saying(detail)
    }

    /// A parameter of the address is missing or wrong.
    pub fn parameter(detail: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "parameter", "A parameter is missing or wrong").saying(detail)
    }

    /// The token is missing or wrong.
    pub fn token() -> Self {
        let detail = "send the header ‘Authorization: Bearer TOKEN’ with a token that is valid here";
        Self::new(StatusCode::UNAUTHORIZED, "token", "A valid token is needed").saying(detail)
    }

    /// The page that asks is not allowed to.
    pub fn origin() -> Self {
        let detail = "the origin of the page is not listed under `origins` of the service";
        Self::new(StatusCode::FORBIDDEN, "origin", "This page may not ask").saying(detail)
    }

    /// The service is not known under the name in `Host`.
    pub fn host() -> Self {
        let detail = "the name in the header Host is not listed under `hosts` of the service";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "host", "The service is not known under this name").saying(detail)
    }

    /// No such path.
    pub fn path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "path", "There is nothing here").saying("/openapi.json lists what there is")
    }

    /// The path does not do that.
    pub fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "This method is not answered here")
    }

    /// The body did not come in time.
    pub fn slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "slow", "The request did not come in time")
    }

    /// The body is too large.
    pub fn large(most: usize) -> Self {
        let detail = format!("a request has at most {most} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "large", "The request is too large").saying(detail)
    }

    /// The body is no JSON by its own words.
    pub fn media_type() -> Self {
        let detail = "send JSON as `Content-Type: application/json`, not packed";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "This type of content is not read").saying(detail)
    }

    /// Too many headers.
    pub fn headers() -> Self {
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers", "There are too many headers")
    }

    /// More was asked than can be answered in time.
    pub fn overload() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overload", "There is too much to do")
            .saying("ask again in a second")
    }

    /// A fault of the program.
    pub fn internal() -> Self {
        let detail = "please report it with the line in the log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong in the service").saying(detail)
    }

    /// It in one sentence.
    pub fn sentence(&self) -> &str {
        self.detail.as_deref().unwrap_or(self.title)
    }

    /// Whether the connection ends with this answer, since not all of the request was read.
    const fn ends(&self) -> bool {
        matches!(self.status, 401 | 403 | 405 | 408 | 413 | 415 | 421 | 431)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let ends = self.ends();
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let headers = response.headers_mut();
        if ends {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        match status {
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1")),
            StatusCode::UNAUTHORIZED => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => None,
        };
        response
    }
}
