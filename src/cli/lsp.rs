//! `fritext lsp`: an editor's language server, so that a text is linted while it is written. A document is one text.
//!
//! Changes that come faster than they are judged are passed over: only the last state of a document is looked at.

use super::args::{Args, LspArgs};
use super::{Status, setup};
use crate::model::{Action, FieldName, Lang, apply};
use crate::pipeline::{Engine, Judged, Place};
use crate::policy::FieldRules;
use crate::record::{Offsets, Shape, entries};
use anyhow::{Context, Result, anyhow};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{CodeActionRequest, Request as _};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, Diagnostic,
    DiagnosticSeverity, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    InitializeParams, NumberOrString, Position, PositionEncodingKind, PublishDiagnosticsParams, Range,
    ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) fn run(args: &Args, a: &LspArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let (connection, threads) = Connection::stdio();
    let served = serve(args, a, &engine, &connection);
    // The writer ends when nothing can be sent any more.
    drop(connection);
    served?;
    threads.join().context("standard output")?;
    Ok(Status::Clean)
}

fn serve(args: &Args, a: &LspArgs, engine: &Engine, connection: &Connection) -> Result<()> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams =
        serde_json::from_value(params).map_err(|_| anyhow!("`initialize` is not understood"))?;
    let encodings = params.capabilities.general.and_then(|g| g.position_encodings).unwrap_or_default();
    let units = if encodings.contains(&PositionEncodingKind::UTF8) { Offsets::Utf8 } else { Offsets::Utf16 };
    let capabilities = ServerCapabilities {
        position_encoding: Some(match units {
            Offsets::Utf8 => PositionEncodingKind::UTF8,
            _ => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    };
    let info = json!({ "name": "fritext", "version": env!("CARGO_PKG_VERSION") });
    connection.initialize_finish(id, json!({ "capabilities": capabilities, "serverInfo": info }))?;
    let options = params.initialization_options.unwrap_or_default();
    let said = |key: &str, argument: Option<&String>| {
        options.get(key).and_then(Value::as_str).map(str::to_owned).or_else(|| argument.cloned())
    };
    let name =
        FieldName { system: said("system", a.stands.system.as_ref()), field: said("field", a.stands.field.as_ref()) };
    let lang = said("lang", None).as_deref().and_then(Lang::from_id).or_else(|| setup::lang_said(a.stands.lang));
    let mut editor = Editor {
        engine,
        rules: engine.rules(&name),
        lang,
        locale: said("locale", None).or_else(|| args.messages_in().map(str::to_owned)),
        units,
        open: BTreeMap::new(),
        changed: BTreeSet::new(),
        closed: Vec::new(),
    };
    while let Ok(message) = connection.receiver.recv() {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                connection.sender.send(editor.answer(request).into())?;
            }
            Message::Notification(notification) => editor.hear(notification),
            Message::Response(_) => {}
        }
        if connection.receiver.is_empty() {
            for told in editor.tell() {
                let told = Notification::new(PublishDiagnostics::METHOD.to_owned(), told);
                connection.sender.send(told.into())?;
            }
        }
    }
    Ok(())
}

/// The open documents of an editor.
struct Editor<'a> {
    engine: &'a Engine,
    rules: FieldRules,
    lang: Option<Lang>,
    locale: Option<String>,
    units: Offsets,
    /// Text and version by address.
    open: BTreeMap<String, (Uri, String, i32)>,
    /// Those whose findings have not been told.
    changed: BTreeSet<String>,
    /// Those whose findings are to be forgotten.
    closed: Vec<Uri>,
}

impl Editor<'_> {
    fn hear(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Ok(p) = serde_json::from_value::<DidOpenTextDocumentParams>(params) else { return };
                self.keep(p.text_document.uri, p.text_document.text, p.text_document.version);
            }
            DidChangeTextDocument::METHOD => {
                let Ok(p) = serde_json::from_value::<DidChangeTextDocumentParams>(params) else { return };
                if let Some(change) = p.content_changes.into_iter().next_back() {
                    self.keep(p.text_document.uri, change.text, p.text_document.version);
                }
            }
            DidCloseTextDocument::METHOD => {
                let Ok(p) = serde_json::from_value::<DidCloseTextDocumentParams>(params) else { return };
                let key = p.text_document.uri.to_string();
                self.changed.remove(&key);
                if let Some((uri, ..)) = self.open.remove(&key) {
                    self.closed.push(uri);
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, uri: Uri, text: String, version: i32) {
        let key = uri.to_string();
        self.open.insert(key.clone(), (uri, text, version));
        self.changed.insert(key);
    }

    fn judge(&self, text: &str) -> Judged {
        self.engine.judge(text, &Place { lang: self.lang, ..Place::new(&self.rules) })
    }

    /// What is to be told about documents that have changed.
    fn tell(&mut self) -> Vec<PublishDiagnosticsParams> {
        let changed = std::mem::take(&mut self.changed);
        let closed = std::mem::take(&mut self.closed).into_iter();
        let gone = closed.map(|uri| PublishDiagnosticsParams::new(uri, Vec::new(), None));
        let documents = changed.iter().filter_map(|key| self.open.get(key));
        let told = documents.map(|(uri, text, version)| {
            let judged = self.judge(text);
            let found = self.diagnostics(text, &judged).into_iter().filter(|(a, _)| *a > Action::Allow);
            PublishDiagnosticsParams::new(uri.clone(), found.map(|(_, d)| d).collect(), Some(*version))
        });
        gone.chain(told).collect()
    }

    /// Every finding with its action.
    fn diagnostics(&self, text: &str, judged: &Judged) -> Vec<(Action, Diagnostic)> {
        let locale = self.locale.as_deref().unwrap_or(judged.lang.id());
        let shape = Shape { locale, offsets: Offsets::Utf8, show_text: false };
        let told = entries(self.engine, &self.rules, judged, text, shape);
        let lines = Lines::new(text, self.units);
        let one = |(decision, entry): (&crate::model::Decision, crate::report::Entry)| {
            let instead = entry.suggestion.map_or(String::new(), |s| format!(" → {s}"));
            let message = entry.message.unwrap_or_else(|| entry.kind.unwrap_or(entry.category).to_owned());
            let diagnostic = Diagnostic {
                range: lines.range(decision.finding.span.start, decision.finding.span.end),
                severity: Some(match decision.action {
                    Action::Block => DiagnosticSeverity::ERROR,
                    Action::Redact => DiagnosticSeverity::WARNING,
                    Action::Flag | Action::Allow => DiagnosticSeverity::INFORMATION,
                }),
                code: Some(NumberOrString::String(entry.code.unwrap_or_else(|| entry.category.to_owned()))),
                source: Some("fritext".to_owned()),
                message: format!("{message}{instead}"),
                ..Diagnostic::default()
            };
            (decision.action, diagnostic)
        };
        judged.decisions.iter().zip(told).map(one).collect()
    }

    fn answer(&self, request: Request) -> Response {
        if request.method != CodeActionRequest::METHOD {
            let message = format!("{} is not answered here", request.method);
            return Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message);
        }
        match serde_json::from_value::<CodeActionParams>(request.params) {
            Ok(params) => Response::new_ok(request.id, self.actions(&params)),
            Err(_) => {
                let message = "the parameters are not understood".to_owned();
                Response::new_err(request.id, ErrorCode::InvalidParams as i32, message)
            }
        }
    }

    /// What may be written instead of what stands in a range: each edit by itself, and all of them at once.
    #[allow(clippy::mutable_key_type)]
    fn actions(&self, params: &CodeActionParams) -> Vec<CodeAction> {
        let Some((uri, text, _)) = self.open.get(&params.text_document.uri.to_string()) else { return Vec::new() };
        let judged = self.judge(text);
        if judged.edits.is_empty() || judged.combined.is_some() || !judged.settled {
            return Vec::new();
        }
        let diagnostics = self.diagnostics(text, &judged);
        let words = match self.locale.as_deref().unwrap_or(judged.lang.id()) {
            "sv" => ["Skriv", "Ta bort", "Byt ut allt som inte får stå här"],
            "da" => ["Skriv", "Fjern", "Erstat alt, der ikke må stå her"],
            _ => ["Write", "Take out", "Replace everything that may not stand here"],
        };
        let lines = Lines::new(text, self.units);
        let action =
            |title: String, about: Vec<Diagnostic>, range: Range, new_text: String, preferred: bool| CodeAction {
                title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(about),
                is_preferred: Some(preferred),
                edit: Some(WorkspaceEdit {
                    changes: Some(HashMap::from([(uri.clone(), vec![TextEdit { range, new_text }])])),
                    ..WorkspaceEdit::default()
                }),
                ..CodeAction::default()
            };
        let mut out = Vec::new();
        for edit in &judged.edits {
            let range = lines.range(edit.span.start, edit.span.end);
            if range.end < params.range.start || params.range.end < range.start {
                continue;
            }
            let about = diagnostics
                .iter()
                .filter(|(a, d)| *a >= Action::Redact && d.range.start < range.end && range.start < d.range.end);
            let title = match edit.replacement.as_str() {
                "" => words[1].to_owned(),
                wording => format!("{} ‘{wording}’", words[0]),
            };
            out.push(action(title, about.map(|(_, d)| d.clone()).collect(), range, edit.replacement.clone(), true));
        }
        if judged.edits.len() > 1 && !out.is_empty() {
            let all = lines.range(0, text.len());
            out.push(action(words[2].to_owned(), Vec::new(), all, apply(text, &judged.edits), false));
        }
        out
    }
}

/// Positions of bytes as editors count them.
struct Lines<'a> {
    text: &'a str,
    units: Offsets,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, units: Offsets) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1)).collect();
        Self { text, units, starts }
    }

    fn range(&self, start: usize, end: usize) -> Range {
        Range::new(self.position(start), self.position(end))
    }

    fn position(&self, at: usize) -> Position {
        let line = self.starts.partition_point(|s| *s <= at) - 1;
        let before = &self.text[self.starts[line]..at];
        let column = match self.units {
            Offsets::Utf8 => before.len(),
            Offsets::Utf16 => before.encode_utf16().count(),
            Offsets::Chars => before.chars().count(),
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position::new(number(line), number(column))
    }
}
