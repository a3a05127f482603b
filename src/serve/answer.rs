//! Requests to answers: bytes in, bytes out, no network.

use super::exception::{self, Exception};
use super::metrics::Metrics;
use super::problem::Problem;
use super::site::Tenant;
use super::tally::Tally;
use crate::model::{Action, Category, FieldName, KINDS, Kind, Operator};
use crate::pipeline::Judged;
use crate::policy::{FieldRules, Resolved};
use crate::record::{self, Offsets, Record, Shape, Unknown, parse_json};
use crate::report::Answer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Braces and brackets in each other.
const DEPTH: usize = 64;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Findings, reasons, a wording that may be saved.
    Check,
    /// The record with its text redacted.
    Redact,
}

/// Whom a request is answered for, and where it is counted.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The organisation.
    pub tenant: Arc<Tenant>,
    /// Its name, as metrics and the ledger have it.
    pub name: String,
    /// Language of messages that the caller asked for.
    pub locale: Option<&'static str>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Counts for the ledger, if there is one.
    pub tally: Option<Arc<Tally>>,
}

/// The answer of `check` about one record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Checked {
    #[serde(flatten)]
    answer: Answer,
    /// The verdict once the rules are in force, where texts are only warned about.
    #[serde(skip_serializing_if = "Option::is_none")]
    would_be: Option<&'static str>,
    /// What became of an override.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    exception: Option<Exception>,
    /// What the caller should know about its request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'static str>,
    /// Version of the policy; of many records it stands beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_version: Option<String>,
    /// Version of the lexicons; of many records it stands beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    lexicon_version: Option<String>,
}

/// What judged a text.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Versions {
    /// Version of the policy.
    policy_version: String,
    /// Version of the lexicons.
    lexicon_version: String,
}

/// Answers about many records, in their order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ManyChecked {
    records: Vec<Checked>,
    #[serde(flatten)]
    versions: Versions,
}

impl Versions {
    fn of(tenant: &Tenant) -> Self {
        Self { policy_version: tenant.policy_version.clone(), lexicon_version: tenant.lexicon_version.clone() }
    }
}

/// Answers one record or many.
pub fn answer(desk: &Desk, verb: Verb, body: &[u8]) -> Result<Vec<u8>, Problem> {
    if depth(body) > DEPTH {
        return Err(Problem::no_record(format!("braces and brackets stand more than {DEPTH} deep in each other")));
    }
    let mut value = parse_json(body).map_err(Problem::no_record)?;
    let offsets = unit(&value)?;
    let many = value.get_mut("records").map(Value::take);
    let bytes = match many {
        None => {
            let record = Record::new(value).map_err(Problem::no_record)?;
            match verb {
                Verb::Check => serde_json::to_vec(&desk.check(record, offsets, Some(Versions::of(&desk.tenant)))?),
                Verb::Redact => serde_json::to_vec(&desk.versioned(desk.redact(record)?)),
            }
        }
        Some(Value::Array(values)) => {
            let records = values.into_iter().enumerate().map(|(i, v)| {
                let offsets = unit(&v)?.or(offsets);
                let record = Record::new(v).map_err(|e| Problem::no_record(format!("records/{i}: {e}")))?;
                Ok((record, offsets))
            });
            // All are looked through before the first is judged: an answer is whole or none.
            let records = records.collect::<Result<Vec<_>, Problem>>()?;
            match verb {
                Verb::Check => {
                    let answers = records.into_iter().map(|(r, o)| desk.check(r, o, None));
                    let records = answers.collect::<Result<_, _>>()?;
                    serde_json::to_vec(&ManyChecked { records, versions: Versions::of(&desk.tenant) })
                }
                Verb::Redact => {
                    let answers = records.into_iter().map(|(r, _)| desk.redact(r).map(Value::Object));
                    let answers = answers.collect::<Result<Vec<_>, _>>()?;
                    let answer = Map::from_iter([("records".to_owned(), Value::Array(answers))]);
                    serde_json::to_vec(&desk.versioned(answer))
                }
            }
        }
        Some(_) => return Err(Problem::no_record("`records` must be a list of records")),
    };
    bytes.map_err(|_| Problem::internal())
}

/// What was decided about a record.
struct Decided {
    rules: Arc<FieldRules>,
    judged: Judged,
    exception: Option<Exception>,
    warnings: Vec<&'static str>,
}

impl Desk {
    fn check(&self, record: Record, offsets: Option<Offsets>, versions: Option<Versions>) -> Result<Checked, Problem> {
        let Decided { rules, judged, exception, warnings } = self.judge(&record)?;
        let said = record.lang().map(crate::model::Lang::id);
        let locale = self.locale.or(said).unwrap_or(judged.lang.id());
        let shape = Shape { locale, offsets: offsets.unwrap_or_default(), show_text: false };
        let mut answer = record::check(&self.tenant.engine, &rules, &record, &judged, shape);
        let warns = judged.verdict > Action::Flag && self.tenant.only_warns(rules.system.as_deref());
        let would_be = warns.then(|| std::mem::replace(&mut answer.verdict, Action::Flag.id()));
        self.count(&rules, &judged, answer.verdict, exception.as_ref());
        let (policy_version, lexicon_version) = versions.map(|v| (v.policy_version, v.lexicon_version)).unzip();
        Ok(Checked { answer, would_be, exception, warnings, policy_version, lexicon_version })
    }

    fn redact(&self, record: Record) -> Result<Map<String, Value>, Problem> {
        let Decided { rules, judged, exception, warnings } = self.judge(&record)?;
        if !judged.settled {
            // What could not be made clean does not leave the service.
            return Err(Problem::internal());
        }
        self.count(&rules, &judged, judged.verdict.id(), exception.as_ref());
        let mut answer = record::redact(record, &judged);
        if let Some(exception) = exception {
            answer.insert("override".to_owned(), json!(exception));
        }
        if !warnings.is_empty() {
            answer.insert("warnings".to_owned(), json!(warnings));
        }
        Ok(answer)
    }

    fn judge(&self, record: &Record) -> Result<Decided, Problem> {
        let name = record.name(&FieldName::default());
        let engine = &self.tenant.engine;
        let rules = self.tenant.known.rules(engine, &name);
        let mut judged = record::judge(engine, &rules, record.text(), record.lang());
        let asked = record.get("override").filter(|o| !o.is_null());
        let whole = |o: &Value| ["legal_basis", "reason"].iter().all(|k| o.get(k).is_some_and(Value::is_string));
        if asked.is_some_and(|o| !whole(o)) {
            return Err(Problem::no_record("`override` must be an object with the strings `legal_basis` and `reason`"));
        }
        let exception = asked
            .filter(|_| judged.verdict >= Action::Redact)
            .map(|o| exception::apply(&self.tenant, &rules, o, &mut judged));
        Ok(Decided { rules, judged, exception, warnings: warnings(Unknown::of(engine, &name)) })
    }

    fn count(&self, rules: &FieldRules, judged: &Judged, verdict: &'static str, exception: Option<&Exception>) {
        self.metrics.record(&self.name, rules.system.as_deref(), verdict);
        for decision in &judged.decisions {
            self.metrics.finding(decision.finding.category.id(), decision.action.id());
        }
        let accepted = exception.and_then(Exception::accepted);
        if let Some((reason, _)) = accepted {
            self.metrics.overridden(reason);
        }
        if let Some(tally) = &self.tally {
            tally.count(&self.name, &self.tenant, rules, judged, accepted);
        }
    }

    fn versioned(&self, mut answer: Map<String, Value>) -> Map<String, Value> {
        answer.insert("policy_version".to_owned(), json!(self.tenant.policy_version));
        answer.insert("lexicon_version".to_owned(), json!(self.tenant.lexicon_version));
        answer
    }
}

fn warnings(unknown: Option<Unknown>) -> Vec<&'static str> {
    match unknown {
        None => Vec::new(),
        Some(Unknown::System) => vec!["unknown system: judged by the rule `default`"],
        Some(Unknown::Field) => vec!["unknown field of this system: judged by the rules for all its fields"],
    }
}

fn unit(value: &Value) -> Result<Option<Offsets>, Problem> {
    match value.get("offsets") {
        None | Some(Value::Null) => Ok(None),
        Some(word) => word
            .as_str()
            .and_then(Offsets::from_id)
            .map(Some)
            .ok_or_else(|| Problem::no_record("`offsets` must be utf8, utf16 or chars")),
    }
}

/// How deep braces and brackets stand in each other, outside strings.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut inside, mut escaped) = (0usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Where a form stands that wants to show its rules.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
pub struct Where {
    /// The system.
    pub system: Option<String>,
    /// A field of it.
    pub field: Option<String>,
}

/// The rules of a field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Policy {
    /// The system's key, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    /// The field's key, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Registered documents: nothing is taken out.
    verbatim: bool,
    /// Texts are only warned about for the time being.
    warn_only: bool,
    /// What is done with each category, and with kinds that differ from theirs.
    rules: Vec<Rule>,
    /// Reasons that can be given in `override`.
    overrides: Vec<Offered>,
    /// What the caller should know about its request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'static str>,
    #[serde(flatten)]
    versions: Versions,
}

/// A rule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Rule {
    /// What is disclosed.
    category: &'static str,
    /// A finer word.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// What is done.
    action: &'static str,
    /// How a redaction is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'static str>,
    /// The level of the policy that says so.
    rule: String,
    /// On which legal basis it is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    legal_basis: Vec<String>,
    /// National law in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    law: String,
}

/// A reason for saving all the same.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Offered {
    /// Its code.
    reason: String,
    /// The same for people.
    title: String,
    /// The legal bases that can be chosen with it.
    legal_basis: Vec<String>,
    /// The categories, kinds and groups that it is about.
    #[serde(rename = "for")]
    topics: Vec<String>,
}

/// The rules that hold in a field.
pub fn policy(desk: &Desk, place: Where) -> Policy {
    let tenant = &desk.tenant;
    let name = FieldName { system: place.system, field: place.field };
    let rules = tenant.known.rules(&tenant.engine, &name);
    let locale = desk.locale.unwrap_or("en");
    let mut listed = Vec::new();
    for category in Category::ALL {
        let own = rules.of(category, None);
        listed.push(rule(category, None, own));
        for kind in KINDS.iter().filter_map(|k| Kind::from_id(k)).filter(|k| k.category() == category) {
            let finer = rules.of(category, Some(kind));
            if finer.rule != own.rule {
                listed.push(rule(category, Some(kind), finer));
            }
        }
    }
    let offers = exception::offered(tenant, &rules).map(|o| Offered {
        reason: o.reason.clone(),
        title: o.title.get(locale).to_owned(),
        legal_basis: o.bases.clone(),
        topics: o.topics.iter().map(|t| t.id().to_owned()).collect(),
    });
    Policy {
        system: rules.system.clone(),
        field: rules.field.clone(),
        verbatim: rules.verbatim,
        warn_only: tenant.only_warns(rules.system.as_deref()),
        rules: listed,
        overrides: offers.collect(),
        warnings: warnings(Unknown::of(&tenant.engine, &name)),
        versions: Versions::of(tenant),
    }
}

fn rule(category: Category, kind: Option<Kind>, resolved: &Resolved) -> Rule {
    let rule = &resolved.rule;
    let operator = (rule.action == Action::Redact).then_some(rule.operator).map(Operator::id);
    Rule {
        category: category.id(),
        kind: kind.map(Kind::id),
        action: rule.action.id(),
        operator,
        rule: resolved.origin.clone(),
        legal_basis: rule.legal_basis.clone(),
        law: rule.law.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn braces_in_strings_are_text() {
        for (json, expected) in
            [(r#"{"a":[1]}"#, 2), (r#"{"a":"[[[["}"#, 1), (r#"{"a":"\"[["}"#, 1), ("[[[[", 4), ("]]][", 1), ("", 0)]
        {
            assert_eq!(depth(json.as_bytes()), expected, "{json}");
        }
    }
}
