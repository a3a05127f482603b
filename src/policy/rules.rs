//! The policy as data, and the lookup that finds the rule for a category in a field.

use super::extras::{PatternRule, Waiver};
use super::messages::Message;
use crate::model::{
    Action, Category, Encoding, FieldName, Group, KINDS, Kind, Operator, Phrase, Place, Scope, Sign, Topic,
};
use serde::{Deserialize, Serialize};

/// A checked policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Whose policy it is.
    pub organisation: Organisation,
    /// What holds where nothing else is said, with the fields that every system has.
    pub default: System,
    /// One entry per system.
    pub systems: Vec<System>,
    /// What a mask writes.
    pub labels: Vec<(Topic, Phrase)>,
    /// Findings that together raise the action.
    pub combinations: Vec<Combination>,
    /// What people read, in order of priority.
    pub messages: Vec<Message>,
    /// Folders with a site's own lists.
    pub lexicons: Vec<String>,
    /// Regular expressions of the site.
    pub patterns: Vec<PatternRule>,
    /// Findings that are allowed all the same.
    pub waivers: Vec<Waiver>,
    /// Folder of the key files.
    pub keys: Option<String>,
}

/// Who answers for the policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Organisation {
    /// Name of the organisation.
    pub name: String,
    /// Its country; none has the rules of both on.
    pub country: Option<Country>,
    /// Other entries, as key and value, for printing.
    pub entries: Vec<(String, String)>,
    /// The legal bases the organisation says it uses.
    pub bases: Vec<String>,
}

/// Whose law decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Country {
    /// Sweden.
    Se,
    /// Denmark.
    Dk,
}

impl Country {
    /// The country with this code.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "se" => Some(Self::Se),
            "dk" => Some(Self::Dk),
            _ => None,
        }
    }
}

/// A system of the organisation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct System {
    /// Its key.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Other names of it.
    pub also: Vec<String>,
    /// Whose rules it belongs to.
    pub country: Option<Country>,
    /// What it is for.
    pub purpose: String,
    /// The encoding of its exports, where their bytes do not tell.
    pub encoding: Option<Encoding>,
    /// Its exports are rows of fixed width: header and characters of each column.
    pub fixed: Vec<(String, usize)>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Place, bases and rules that hold for all its fields.
    pub own: Field,
}

/// A field of a system.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Field {
    /// Its key, perhaps with `*`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Whose rules it belongs to, where a system has fields of both countries.
    pub country: Option<Country>,
    /// What sort of place it is.
    pub place: Option<Place>,
    /// Header names of it in exports.
    pub columns: Vec<String>,
    /// A registered document: everything is allowed, nothing is rewritten.
    pub verbatim: bool,
    /// Below this confidence a finding is allowed.
    pub min_confidence: Option<f32>,
    /// The bases on which things are allowed here.
    pub legal_basis: Vec<String>,
    /// National law in words.
    pub law: String,
    /// A remark.
    pub note: String,
    /// The rules by topic.
    pub rules: Vec<(Topic, Rule)>,
    /// Line in its file.
    pub line: usize,
}

/// What is done with a topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The action.
    pub action: Action,
    /// How a redaction is written.
    pub operator: Operator,
    /// How much a replacement replaces.
    pub scope: Scope,
    /// The wording of `replace`.
    pub replacement: Option<Phrase>,
    /// A whole-field wording keeps the word that says whether an absence is valid.
    pub keep_validity: bool,
    /// A whole-field wording keeps times and lessons.
    pub keep_times: bool,
    /// Below this confidence a finding is allowed.
    pub min_confidence: Option<f32>,
    /// The bases of this rule alone.
    pub legal_basis: Vec<String>,
    /// National law in words.
    pub law: String,
    /// A remark.
    pub note: String,
    /// Code of the message.
    pub code: Option<String>,
    /// The site's own wording of the message.
    pub message: Option<Phrase>,
    /// Line in its file.
    pub line: usize,
    /// The file is the site's own, not the built-in policy.
    pub own: bool,
}

/// Findings that together raise the action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Combination {
    /// Topics that must all be found.
    pub when: Vec<Topic>,
    /// Signs that the text must show, too.
    pub signs: Vec<Sign>,
    /// Only in these places; empty is everywhere.
    pub places: Vec<Place>,
    /// A refused text is answered with the message alone: no position, no category, no mask that betrays it.
    pub silent: bool,
    /// The action for all of them.
    pub action: Action,
    /// Code of the message.
    pub code: Option<String>,
}

/// The rule that holds for one category or kind in a field, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The rule.
    pub rule: Rule,
    /// `system.field`, `system` or `default`: the level that said it.
    pub origin: String,
    /// Reporting threshold.
    pub min_confidence: f32,
}

/// Everything that holds in one field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRules {
    /// The system's key, if it is known.
    pub system: Option<String>,
    /// The field's key, if it is known.
    pub field: Option<String>,
    /// What sort of place it is.
    pub place: Place,
    /// Whose rules they are.
    pub country: Option<Country>,
    /// Never rewritten.
    pub verbatim: bool,
    resolved: Vec<Resolved>,
}

impl FieldRules {
    /// Index of the rule for a finding, for [`FieldRules::rule`].
    pub fn index(&self, category: Category, kind: Option<Kind>) -> usize {
        kind.map_or(category as usize, |k| {
            Category::ALL.len() + KINDS.iter().position(|id| *id == k.id()).unwrap_or_default()
        })
    }

    /// A rule by its index.
    pub fn rule(&self, index: usize) -> &Resolved {
        &self.resolved[index]
    }

    /// The rule for a finding.
    pub fn of(&self, category: Category, kind: Option<Kind>) -> &Resolved {
        self.rule(self.index(category, kind))
    }
}

/// Whether a name fits a pattern with `*`, without regard to case.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

impl Policy {
    /// The system with this key or other name, in the country of the policy.
    pub fn system(&self, name: &str) -> Option<&System> {
        let wanted = normal(name);
        self.systems().find(|s| normal(&s.id) == wanted || s.also.iter().any(|a| normal(a) == wanted))
    }

    /// The systems of the policy's country.
    pub fn systems(&self) -> impl Iterator<Item = &System> {
        self.systems.iter().filter(|s| self.applies(s.country))
    }

    /// The fields of a system in the policy's country.
    pub fn fields<'a>(&'a self, system: &'a System) -> impl Iterator<Item = &'a Field> {
        system.fields.iter().filter(|f| self.applies(f.country))
    }

    fn applies(&self, country: Option<Country>) -> bool {
        country.is_none() || self.organisation.country.is_none() || country == self.organisation.country
    }

    /// The field of a system that a name means: the exact one, else the longest pattern that fits.
    pub fn field<'a>(&'a self, system: &'a System, name: &str) -> Option<&'a Field> {
        let wanted = normal(name);
        self.fields(system).find(|f| normal(&f.id) == wanted).or_else(|| self.wildcard(system, name))
    }

    fn wildcard<'a>(&'a self, system: &'a System, name: &str) -> Option<&'a Field> {
        self.fields(system).filter(|f| f.id.contains('*') && matches(&f.id, name)).max_by_key(|f| f.id.len())
    }

    /// The field of a system whose exports use this header. For JSON and XML it is a path of keys joined by dots: a
    /// column that is a path fits the end of it, the longest first; any other column fits its last key.
    pub fn field_of_column<'a>(&'a self, system: &'a System, header: &str) -> Option<&'a Field> {
        let wanted = normal(header);
        let exact = |f: &&Field| f.columns.iter().any(|c| normal(c) == wanted);
        let by_path = || {
            let fits = |f: &Field| {
                let ends = |c: &String| {
                    let path = normal(c);
                    let inner = path.trim_end_matches('.').contains('.');
                    let whole =
                        wanted.strip_suffix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                    if inner && whole { path.len() } else { 0 }
                };
                f.columns.iter().map(ends).max().unwrap_or_default()
            };
            self.fields(system).filter(|f| fits(f) > 0).max_by_key(|f| fits(f))
        };
        let last = || {
            let last = wanted.rsplit('.').next().filter(|l| !l.is_empty() && l.len() < wanted.len())?;
            self.fields(system).find(|f| normal(&f.id) == last || f.columns.iter().any(|c| normal(c) == last))
        };
        self.fields(system)
            .find(exact)
            .or_else(|| self.fields(system).find(|f| normal(&f.id) == wanted))
            .or_else(by_path)
            .or_else(last)
    }

    /// All rules that hold for a text in this place.
    pub fn rules(&self, name: &FieldName) -> FieldRules {
        let system = name.system.as_deref().and_then(|s| self.system(s));
        let field_name = name.field.as_deref().unwrap_or_default();
        let exact = system.and_then(|s| self.fields(s).find(|f| normal(&f.id) == normal(field_name)));
        let wildcard = system.and_then(|s| self.wildcard(s, field_name));
        let common = self.field(&self.default, field_name);
        let mut levels: Vec<(&Field, String)> = Vec::new();
        if let Some(s) = system {
            for field in [exact, wildcard].into_iter().flatten() {
                if !levels.iter().any(|(f, _)| std::ptr::eq(*f, field)) {
                    levels.push((field, format!("{}.{}", s.id, field.id)));
                }
            }
            levels.push((&s.own, s.id.clone()));
        }
        if let Some(f) = common {
            levels.push((f, format!("default.{}", f.id)));
        }
        levels.push((&self.default.own, "default".to_owned()));
        let found = exact.or(wildcard).or(common);
        if let Some(at) = levels.iter().position(|(f, _)| f.verbatim) {
            // A registered document stands as it is: nothing below its level says anything about it.
            let all = (Topic::All, Rule { action: Action::Allow, ..Rule::default() });
            let field = Field { place: levels[at].0.place, verbatim: true, rules: vec![all], ..Field::default() };
            let levels = [(&field, levels[at].1.clone())];
            return self.resolve(system, found, &levels);
        }
        self.resolve(system, found, &levels)
    }

    fn resolve(&self, system: Option<&System>, found: Option<&Field>, levels: &[(&Field, String)]) -> FieldRules {
        let topics = Category::ALL.map(|c| (c, None));
        let kinds = KINDS.iter().filter_map(|id| Kind::from_id(id)).map(|k| (k.category(), Some(k)));
        FieldRules {
            system: system.map(|s| s.id.clone()),
            field: found.map(|f| f.id.clone()),
            place: levels.iter().find_map(|(f, _)| f.place).unwrap_or_default(),
            country: found
                .and_then(|f| f.country)
                .or_else(|| system.and_then(|s| s.country))
                .or(self.organisation.country),
            verbatim: levels.iter().any(|(f, _)| f.verbatim),
            resolved: topics.into_iter().chain(kinds).map(|(c, k)| lookup(levels, c, k)).collect(),
        }
    }

    /// The label that a mask writes for a category.
    pub fn label(&self, category: Category, kind: Option<Kind>) -> Option<&Phrase> {
        Topic::of(category, kind).find_map(|t| self.labels.iter().find(|(l, _)| *l == t).map(|(_, p)| p))
    }
}

/// Names compare without regard to case; å, ä, ö, æ and ø also as a, a, o, ae and o, `-` and blanks as `_`.
pub(super) fn normal(name: &str) -> String {
    name.trim()
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'å' | 'ä' => 'a',
            'ö' | 'ø' => 'o',
            ' ' | '-' => '_',
            c => c,
        })
        .collect::<String>()
        .replace('æ', "ae")
}

fn lookup(levels: &[(&Field, String)], category: Category, kind: Option<Kind>) -> Resolved {
    let threshold = || levels.iter().find_map(|(f, _)| f.min_confidence).unwrap_or(0.5);
    for (field, origin) in levels {
        for topic in Topic::of(category, kind) {
            if let Some((_, rule)) = field.rules.iter().find(|(t, _)| *t == topic) {
                let min_confidence = rule.min_confidence.unwrap_or_else(threshold);
                return Resolved { rule: rule.clone(), origin: origin.clone(), min_confidence };
            }
        }
    }
    // The contract: if nothing is said, special and protected are redacted and identifiers flagged.
    let action = if category.group() == Group::Identifiers { Action::Flag } else { Action::Redact };
    let rule = Rule { action, ..Rule::default() };
    Resolved { rule, origin: "default".to_owned(), min_confidence: threshold() }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards() {
        for (pattern, name, expected) in [
            ("note", "Note", true),
            ("note*", "note1", true),
            ("*note", "elevnote", true),
            ("a*c*e", "abcde", true),
            ("a*c", "abd", false),
            ("*", "", true),
            ("note", "notes", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
