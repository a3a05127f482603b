//! The stream: lexed into batches, judged by one thread or several, written on in order.

use super::batch::{At, Batch, Shape, Slot};
use super::companions::companions;
use super::units::{Quoting, RawEdit, decode, raw_edits, write_edited};
use super::{Flaw, FormatError, Input, Lexer, Step, Visitor, json_inside};
use crate::model::{Edit, Span, Text, apply};
use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

/// Raw bytes of a batch, about.
const BATCH: usize = 64 * 1024;
/// Raw bytes that are held back for what a later value may say about them.
const HELD: usize = 1 << 20;

/// A text, or a stretch of a long one, to be judged.
#[derive(Debug)]
pub struct Part<'a, C> {
    /// Its characters.
    pub text: Text<'a>,
    /// Bytes of the text before this stretch and after it that were only shown for context; what begins in them is
    /// judged with another stretch.
    pub context: (usize, usize),
    /// Where it stands.
    pub at: &'a At,
    /// What is known about its column, key or element.
    pub column: Option<&'a C>,
}

/// What was judged.
pub struct Verdict<J> {
    /// Changes, sorted.
    pub edits: Vec<Edit>,
    /// What is to be told, if anything.
    pub told: Option<J>,
}

/// Something to tell about a text.
pub struct Told<'a, J> {
    /// The characters.
    pub text: Text<'a>,
    /// Where it stands.
    pub at: &'a At,
    /// Bytes, UTF-16 units and characters of the same text before `text`.
    pub before: [usize; 3],
    /// What was judged.
    pub judged: J,
}

/// What was judged about a text, on its way back to the thread that writes.
struct Judged<J> {
    text: String,
    at: At,
    judged: J,
    /// In a stretch: bytes of the text that were shown before it.
    lead: usize,
}

struct Done<J> {
    edits: Vec<RawEdit>,
    told: Vec<Judged<J>>,
    texts: u64,
    /// Length of a stretch in bytes, UTF-16 units and characters, if the text goes on.
    len: Option<[usize; 3]>,
    /// Raw bytes that edits take from the next stretch.
    overrun: usize,
}

/// Counts of a stream, and what was wrong in it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Texts judged.
    pub texts: u64,
    /// What was wrong, the first few in order; everything was read all the same.
    pub flaws: Vec<Flaw>,
    /// How many more there were.
    pub more_flaws: usize,
}

/// Flaws that are kept.
const FLAWS: usize = 20;

/// Lexes, judges and writes a stream.
pub(super) fn drive<V: Visitor>(
    lexer: &mut (dyn Lexer<V> + Send),
    input: &mut Input<'_>,
    output: &mut dyn Write,
    visitor: &V,
    threads: usize,
    tell: &mut dyn FnMut(&Told<'_, V::Judged>) -> std::io::Result<()>,
) -> Result<Outcome, FormatError> {
    let mut writer = Writer { output, tell, outcome: Outcome::default(), before: [0; 3], overrun: 0, out: Vec::new() };
    let mut batch = Batch::new();
    if threads < 2 {
        while let Some(full) = next_batch(lexer, input, visitor, &mut batch)? {
            let done = judge_all(visitor, &full);
            writer.write(&full, done)?;
        }
        return Ok(writer.outcome);
    }
    let (jobs, todo) = sync_channel::<(usize, Batch<V::Column>)>(threads * 2);
    let (results, done) = sync_channel(threads * 2);
    // Never more than so many batches on their way: memory stays flat.
    let (tokens, allowed) = sync_channel::<()>(threads * 2);
    let todo = Mutex::new(todo);
    std::thread::scope(|scope| {
        let lexing = scope.spawn(move || -> Result<(), FormatError> {
            let mut number = 0;
            while let Some(full) = next_batch(lexer, input, visitor, &mut batch)? {
                if tokens.send(()).is_err() || jobs.send((number, full)).is_err() {
                    return Ok(());
                }
                number += 1;
            }
            Ok(())
        });
        for _ in 0..threads {
            let (results, todo) = (results.clone(), &todo);
            scope.spawn(move || {
                while let Some((number, full)) = next_job(todo) {
                    // A panic goes to the thread that waits for this batch, which would wait for ever otherwise.
                    let judged = AssertUnwindSafe(|| judge_all(visitor, &full));
                    let done: std::thread::Result<Vec<_>> = catch_unwind(judged);
                    if results.send((number, full, done)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        let mut written = Ok(());
        let mut panicked = None;
        while let Ok((number, full, done)) = done.recv() {
            waiting.insert(number, (full, done));
            while let Some((full, done)) = waiting.remove(&next) {
                next += 1;
                let _ = allowed.recv();
                match done {
                    Ok(done) if written.is_ok() => written = writer.write(&full, done),
                    Ok(_) => {}
                    Err(panic) => panicked = panicked.or(Some(panic)),
                }
            }
            if written.is_err() || panicked.is_some() {
                break;
            }
        }
        drop((done, allowed));
        if let Some(panic) = panicked {
            resume_unwind(panic);
        }
        let lexed = lexing.join().unwrap_or_else(|panic| resume_unwind(panic));
        written?;
        lexed
    })?;
    Ok(writer.outcome)
}

fn next_job<C>(todo: &Mutex<Receiver<(usize, Batch<C>)>>) -> Option<(usize, Batch<C>)> {
    todo.lock().expect("no worker panics while it takes a job").recv().ok()
}

/// The next stretch of the stream, as much as is at hand; `None` at the end.
fn next_batch<V: Visitor>(
    lexer: &mut (dyn Lexer<V> + Send),
    input: &mut Input<'_>,
    visitor: &V,
    batch: &mut Batch<V::Column>,
) -> Result<Option<Batch<V::Column>>, FormatError> {
    loop {
        match lexer.next(input, batch, visitor)? {
            Step::More if batch.committed() >= BATCH => return Ok(Some(batch.split())),
            Step::More => {}
            Step::Wait if batch.committed() > 0 => return Ok(Some(batch.split())),
            Step::Wait if batch.raw.len() > HELD => batch.commit(),
            Step::Wait => {
                let more = input.bytes().len().max(64 * 1024);
                input.read(more)?;
            }
            Step::End => {
                batch.commit();
                let last = !batch.raw.is_empty() || !batch.flaws.is_empty();
                return Ok(last.then(|| batch.split()));
            }
        }
    }
}

/// Judges the slots of a batch. A text that says that its person's identity is protected speaks for its whole record.
fn judge_all<V: Visitor>(visitor: &V, batch: &Batch<V::Column>) -> Vec<Done<V::Judged>> {
    let judge = |slot, marked| judge(visitor, slot, &batch.raw, marked);
    let mut done: Vec<Done<V::Judged>> = batch.slots.iter().map(|s| judge(s, s.at.marked)).collect();
    let speaks = |d: &Done<V::Judged>| d.told.iter().any(|t| visitor.protects(&t.judged));
    let speakers: Vec<usize> = (0..done.len()).filter(|i| !batch.slots[*i].at.marked && speaks(&done[*i])).collect();
    for speaker in speakers {
        let mut refused = false;
        for other in companions(&batch.slots, speaker) {
            done[other] = judge(&batch.slots[other], true);
            refused |= done[other].told.iter().any(|t| visitor.refused(&t.judged));
        }
        if refused {
            done[speaker] = judge(&batch.slots[speaker], true);
        }
    }
    done
}

/// Judges a slot. Pure: the same on any thread.
fn judge<V: Visitor>(visitor: &V, slot: &Slot<V::Column>, batch: &[u8], marked: bool) -> Done<V::Judged> {
    let raw = &batch[slot.range.clone()];
    let at = At { marked, ..slot.at.clone() };
    let mut done = if slot.goes_on || !slot.lead.is_empty() {
        judge_stretch(visitor, slot, raw, at)
    } else {
        let text = decode(raw, slot.quoting);
        let mut done = Done { edits: Vec::new(), told: Vec::new(), texts: 1, len: None, overrun: 0 };
        let inner = (slot.quoting == Quoting::Json).then(|| json_inside::inside(&text)).flatten();
        let edits = match inner {
            Some(inner) => judge_inside(visitor, &at, &text, &inner, 1, &mut done),
            None => judge_text(visitor, &at, slot.column.as_deref(), &text, &mut done),
        };
        if !edits.is_empty() {
            done.edits = write_back(slot, raw, &text, edits);
        }
        done
    };
    for inner in &slot.inner {
        let mut more = judge(visitor, inner, raw, marked || inner.at.marked);
        let start = inner.range.start;
        more.edits.iter_mut().for_each(|e| e.range = start + e.range.start..start + e.range.end);
        done.edits.append(&mut more.edits);
        done.told.append(&mut more.told);
        done.texts += more.texts;
    }
    if !slot.inner.is_empty() {
        done.edits.sort_by_key(|e| e.range.start);
    }
    done
}

fn judge_text<V: Visitor>(
    visitor: &V,
    at: &At,
    column: Option<&V::Column>,
    text: &str,
    done: &mut Done<V::Judged>,
) -> Vec<Edit> {
    let verdict = visitor.judge(&Part { text: Text::new(text), context: (0, 0), at, column });
    if let Some(judged) = verdict.told {
        done.told.push(Judged { text: text.to_owned(), at: at.clone(), judged, lead: 0 });
    }
    verdict.edits
}

/// A stretch of a long text: judged with what stands around it, edited inside it.
fn judge_stretch<V: Visitor>(visitor: &V, slot: &Slot<V::Column>, raw: &[u8], mut at: At) -> Done<V::Judged> {
    let whole: Vec<u8> = [&slot.lead, raw, &slot.tail].concat();
    let begins = if slot.lead.is_empty() { slot.quoting } else { super::long::inside(slot.quoting) };
    let text = decode(&whole, begins);
    let lead = decode(&slot.lead, begins).len();
    let tail = decode(&slot.tail, super::long::inside(slot.quoting)).len();
    let end = text.len() - tail;
    at.line -= text[..lead].bytes().filter(|b| *b == b'\n').count() as u64;
    let part = Part { text: Text::new(&text), context: (lead, tail), at: &at, column: slot.column.as_deref() };
    let verdict = visitor.judge(&part);
    let mut told = Vec::new();
    if let Some(judged) = verdict.told {
        told.push(Judged { text: text.to_string(), at, judged, lead });
    }
    // An edit that begins before the stretch belongs to the one before; what it leaves to this one goes without a word.
    let edits: Vec<Edit> = verdict.edits.into_iter().filter(|e| e.span.start < end && e.span.end > lead).collect();
    let inside = |e: &Edit| Edit {
        span: Span::new(e.span.start.max(lead) - lead, e.span.end.min(end) - lead),
        replacement: if e.span.start < lead && slot.lead.len() >= super::long::OVERLAP / 2 && e.span.start > 0 {
            String::new()
        } else {
            e.replacement.clone()
        },
    };
    let own: Vec<Edit> = edits.iter().map(inside).collect();
    let beyond = edits.last().map_or(0, |e| e.span.end.saturating_sub(end));
    let mut overrun = 0;
    if beyond > 0 && slot.goes_on {
        let edit = Edit { span: Span::new(0, beyond), replacement: String::new() };
        let inside = super::long::inside(slot.quoting);
        overrun = raw_edits(&slot.tail, inside, &[edit]).last().map_or(0, |e| e.range.end);
    }
    let own_text = &text[lead..end];
    let begins = if slot.lead.is_empty() { slot.quoting } else { super::long::inside(slot.quoting) };
    Done {
        edits: raw_edits(raw, begins, &own),
        told,
        texts: u64::from(!slot.goes_on),
        len: Some(lengths(own_text)),
        overrun,
    }
}

/// Length in bytes, UTF-16 units and characters.
fn lengths(text: &str) -> [usize; 3] {
    let chars = text.chars().count();
    // Characters that take four bytes take two units.
    [text.len(), chars + text.bytes().filter(|b| *b >= 0xF0).count(), chars]
}

/// Documents in strings of documents in strings: so many.
const NESTED: usize = 4;

/// Strings of a JSON document that is itself a string: edits of theirs as edits of the outer text.
fn judge_inside<V: Visitor>(
    visitor: &V,
    outer: &At,
    text: &str,
    strings: &[json_inside::Inside],
    depth: usize,
    done: &mut Done<V::Judged>,
) -> Vec<Edit> {
    let mut out = Vec::new();
    for string in strings {
        let raw = &text.as_bytes()[string.range.clone()];
        let inner = decode(raw, string.quoting);
        let pointer = format!("{}#{}", outer.pointer.as_deref().unwrap_or_default(), string.pointer);
        let at = At { pointer: Some(pointer.into()), heading: string.name.is_none(), ..outer.clone() };
        let column = string.name.as_deref().map(|n| visitor.column(n));
        let deeper = (depth < NESTED).then(|| json_inside::inside(&inner)).flatten();
        let edits = match deeper {
            Some(strings) => judge_inside(visitor, &at, &inner, &strings, depth + 1, done),
            None => judge_text(visitor, &at, column.as_ref(), &inner, done),
        };
        done.texts += 1;
        if edits.is_empty() {
            continue;
        }
        let start = string.range.start;
        let edit = |range: std::ops::Range<usize>, bytes: Vec<u8>| Edit {
            span: Span::new(start + range.start, start + range.end),
            replacement: String::from_utf8_lossy(&bytes).into_owned(),
        };
        match string.quoting {
            Quoting::JsonBare => {
                let string = serde_json::Value::from(apply(&inner, &edits)).to_string();
                out.push(edit(0..raw.len(), string.into_bytes()));
            }
            quoting => out.extend(raw_edits(raw, quoting, &edits).into_iter().map(|e| edit(e.range, e.bytes))),
        }
    }
    out
}

/// Edits of a text as edits of its raw bytes, with the quotes or the width that its shape asks for.
fn write_back(slot: &Slot<impl Sized>, raw: &[u8], text: &str, edits: Vec<Edit>) -> Vec<RawEdit> {
    let whole = |bytes: Vec<u8>| vec![RawEdit { range: 0..raw.len(), bytes }];
    match (slot.quoting, slot.shape) {
        (Quoting::JsonBare, _) => whole(serde_json::Value::from(apply(text, &edits)).to_string().into_bytes()),
        (Quoting::None, Shape::Cell(delimiter)) => {
            let special = |c: char| matches!(c, '"' | '\n' | '\r') || super::csv::parts(c, delimiter);
            if edits.iter().any(|e| e.replacement.contains(special)) {
                return whole(format!("\"{}\"", apply(text, &edits).replace('"', "\"\"")).into_bytes());
            }
            raw_edits(raw, slot.quoting, &edits)
        }
        (_, Shape::Fixed(width)) => whole(fit(text, &edits, width).into_bytes()),
        (_, Shape::XmlText | Shape::CData | Shape::Comment) => {
            well_formed(raw, slot, raw_edits(raw, slot.quoting, &edits))
        }
        _ => raw_edits(raw, slot.quoting, &edits),
    }
}

/// Edits that leave no sequence which XML forbids: a label in brackets before `]>`, a dash left beside another.
fn well_formed(raw: &[u8], slot: &Slot<impl Sized>, mut edits: Vec<RawEdit>) -> Vec<RawEdit> {
    let holds = |edits: &[RawEdit], sequence: &[u8]| {
        let mut out = Vec::new();
        write_edited(raw, edits, &mut out);
        memchr::memmem::find(&out, sequence).is_some()
            || sequence == b"--" && (out.ends_with(b"-") || out.starts_with(b"-"))
    };
    let forbidden: &[u8] = if slot.shape == Shape::Comment { b"--" } else { b"]]>" };
    if edits.is_empty() || !holds(&edits, forbidden) {
        return edits;
    }
    for edit in &mut edits {
        edit.bytes = match slot.shape {
            Shape::XmlText => String::from_utf8_lossy(&edit.bytes).replace(']', "&#93;").into_bytes(),
            // The section ends after the label and another begins.
            Shape::CData => [edit.bytes.as_slice(), b"]]><![CDATA["].concat(),
            _ => [b" ", edit.bytes.as_slice(), b" "].concat(),
        };
    }
    edits
}

/// An edited cell of a fixed width: blanks at its end make room; what still does not fit is masked by asterisks, which
/// tell no more than the width of the column does.
fn fit(text: &str, edits: &[Edit], width: usize) -> String {
    let edited = apply(text, edits);
    let trimmed = edited.trim_end();
    let short = match trimmed.chars().count() {
        n if n <= width => trimmed.to_owned(),
        _ => {
            let stars = |e: &Edit| Edit {
                span: e.span,
                replacement: "*".repeat(text[e.span.start..e.span.end].chars().count().min(3)),
            };
            apply(text, &edits.iter().map(stars).collect::<Vec<_>>()).trim_end().to_owned()
        }
    };
    let missing = width.saturating_sub(short.chars().count());
    short + &" ".repeat(missing)
}

/// Puts batches out in order.
struct Writer<'a, J> {
    output: &'a mut dyn Write,
    tell: &'a mut dyn FnMut(&Told<'_, J>) -> std::io::Result<()>,
    outcome: Outcome,
    /// What has gone before of a text in stretches.
    before: [usize; 3],
    overrun: usize,
    out: Vec<u8>,
}

impl<J> Writer<'_, J> {
    fn write<C>(&mut self, batch: &Batch<C>, done: Vec<Done<J>>) -> Result<(), FormatError> {
        self.out.clear();
        let mut at = 0;
        for (slot, done) in batch.slots.iter().zip(done) {
            self.out.extend_from_slice(&batch.raw[at..slot.range.start]);
            at = slot.range.end;
            let raw = &batch.raw[slot.range.clone()];
            let skip = std::mem::replace(&mut self.overrun, done.overrun).min(raw.len());
            // What an edit of the stretch before has taken is gone; an edit here that overlaps it takes the rest.
            let left = done.edits.into_iter().filter(|e| e.range.end > skip || e.range.start >= skip);
            let edits: Vec<RawEdit> = left
                .map(|e| {
                    if e.range.start < skip {
                        RawEdit { range: 0..e.range.end - skip, bytes: Vec::new() }
                    } else {
                        RawEdit { range: e.range.start - skip..e.range.end - skip, bytes: e.bytes }
                    }
                })
                .collect();
            write_edited(&raw[skip..], &edits, &mut self.out);
            self.outcome.texts += done.texts;
            for told in done.told {
                let Judged { text, at, judged, lead } = told;
                let mut before = self.before;
                let shown = &text[..lead];
                let shown = lengths(shown);
                before.iter_mut().zip(shown).for_each(|(b, s)| *b -= s.min(*b));
                (self.tell)(&Told { text: Text::new(&text), at: &at, before, judged })?;
            }
            self.before = match done.len {
                Some(len) if slot.goes_on => std::array::from_fn(|i| self.before[i] + len[i]),
                _ => [0; 3],
            };
        }
        self.out.extend_from_slice(&batch.raw[at..]);
        self.output.write_all(&self.out)?;
        self.output.flush()?;
        for flaw in &batch.flaws {
            if self.outcome.flaws.len() < FLAWS {
                self.outcome.flaws.push(flaw.clone());
            } else {
                self.outcome.more_flaws += 1;
            }
        }
        Ok(())
    }
}
