//! SARIF 2.1.0, the form that code-scanning services read: one run, one result a finding, no matched text.

use super::entry::{Entry, FieldEntry, Summary};
use serde_json::{Value, json};

/// The beginning of a document, up to the first result. `rules` are the codes with their wordings.
pub fn sarif_head<'a>(version: &str, rules: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let rules: Vec<Value> =
        rules.map(|(code, wording)| json!({ "id": code, "shortDescription": { "text": wording } })).collect();
    let tool = json!({ "driver": { "name": "fritext", "semanticVersion": version, "rules": rules } });
    format!(
        "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{{\
         \"tool\":{tool},\"columnKind\":\"unicodeCodePoints\",\"results\":["
    )
}

/// The columns of a finding in its line, from the first to the one after the last.
pub type Columns = Option<(usize, Option<usize>)>;

/// One result. In a table or a tree the column of a finding counts in its value, not in the line of the file, so the
/// region is the line there.
pub fn sarif_result(field: &FieldEntry, finding: &Entry, columns: Columns) -> Value {
    let mut region = json!({ "startLine": finding.line });
    if let Some((start, end)) = columns {
        region["startColumn"] = json!(start);
        if let Some(end) = end {
            region["endColumn"] = json!(end);
        }
    }
    let mut location = json!({
        "physicalLocation": { "artifactLocation": { "uri": uri(&field.path) }, "region": region },
    });
    if let Some(place) = field.pointer.as_ref().or(field.column_name.as_ref()) {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": place }]);
    }
    let mut properties = json!({
        "category": finding.category, "action": finding.action, "confidence": finding.confidence,
        "recognizer": finding.recognizer, "rule": finding.rule,
    });
    if columns.is_some() {
        (properties["start"], properties["end"]) = (json!(finding.start), json!(finding.end));
    }
    let more = [
        ("kind", finding.kind.map(Into::into)),
        ("system", field.system.as_deref().map(Into::into)),
        ("field", field.field.as_deref().map(Into::into)),
        ("row", field.row.map(Into::into)),
        ("suggestion", finding.suggestion.as_deref().map(Into::into)),
        ("text", finding.text.as_deref().map(Into::into)),
    ];
    for (key, value) in more.into_iter().filter_map(|(k, v): (_, Option<Value>)| Some((k, v?))) {
        properties[key] = value;
    }
    json!({
        "ruleId": finding.code.as_deref().unwrap_or(finding.category),
        "level": level(finding.action),
        "message": { "text": finding.message.as_deref().unwrap_or(finding.category) },
        "locations": [location],
        "properties": properties,
    })
}

/// The end of a document: what was not read, and the counts.
pub fn sarif_tail(summary: &Summary, failed: bool) -> String {
    let notifications: Vec<Value> = summary
        .not_scanned
        .iter()
        .map(|entry| {
            json!({
                "level": "error",
                "message": { "text": format!("not scanned: {}", entry["reason"]) },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&entry["path"]) } } }],
            })
        })
        .collect();
    let invocation = json!({ "executionSuccessful": !failed, "toolExecutionNotifications": notifications });
    format!("],\"invocations\":[{invocation}],\"properties\":{}}}]}}", summary.line())
}

fn level(action: &str) -> &'static str {
    match action {
        "flag" => "warning",
        "allow" => "none",
        _ => "error",
    }
}

/// A path as a reference of a document: relative as it is, absolute as a file, with what a URI cannot hold encoded.
fn uri(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A finding as a line that GitHub turns into a remark on the file.
pub fn github(field: &FieldEntry, finding: &Entry, columns: Columns) -> String {
    let kind = if finding.action == "flag" { "warning" } else { "error" };
    let mut place = format!("file={},line={}", property(&field.path), finding.line);
    if let Some((start, end)) = columns {
        place.push_str(&format!(",col={start}"));
        if let Some(end) = end {
            place.push_str(&format!(",endColumn={end}"));
        }
    }
    let title = format!("{} {}", finding.action, finding.code.as_deref().unwrap_or(finding.category));
    let message = finding.message.as_deref().unwrap_or_default();
    format!("::{kind} {place},title={}::{}", property(&title), data(message))
}

/// What was not read, as such lines.
pub fn github_unread(summary: &Summary) -> String {
    let line = |e: &std::collections::BTreeMap<&str, String>| {
        format!("::error file={},title=not scanned::{}\n", property(&e["path"]), data(&e["reason"]))
    };
    summary.not_scanned.iter().map(line).collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        for (path, expected) in
            [("a b.csv", "a%20b.csv"), ("/srv/å", "file:///srv/%C3%A5"), ("./x", "x"), ("-", "-"), ("a:b", "a%3Ab")]
        {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn what_would_end_a_remark_is_encoded() {
        assert_eq!(property("a,b:c\n100%"), "a%2Cb%3Ac%0A100%25");
        assert_eq!(data("a, b: c\n"), "a, b: c%0A");
    }
}
