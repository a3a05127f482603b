//! What a policy must not say, and what it should not.

use super::load::is_basis;
use super::rules::{Country, Field, Policy, Rule};
use crate::model::{Action, Category, Group, Problem, Topic, nearest};
use crate::yaml::Node;
use std::collections::BTreeMap;

/// Checks the rules that `root` wrote (not those of the built-in policy below it).
pub(super) fn check(file: &str, root: &Node, policy: &Policy, problems: &mut Vec<Problem>) {
    let default = root.get("default");
    if let Some(node) = default {
        check_level(file, node, &policy.default.own, &[], problems);
        for (key, node) in node.get("fields").and_then(Node::pairs).unwrap_or_default() {
            if let Some(field) = policy.default.fields.iter().find(|f| Some(f.id.as_str()) == key.text()) {
                check_level(file, node, field, &policy.default.own.legal_basis, problems);
            }
        }
    }
    for (key, node) in root.get("systems").and_then(Node::pairs).unwrap_or_default() {
        let Some(system) = policy.systems.iter().find(|s| key.text().is_some_and(|k| s.id.eq_ignore_ascii_case(k)))
        else {
            continue;
        };
        check_level(file, node, &system.own, &policy.default.own.legal_basis, problems);
        for (key, node) in node.get("fields").and_then(Node::pairs).unwrap_or_default() {
            if let Some(field) = system.fields.iter().find(|f| key.text().is_some_and(|k| f.id.eq_ignore_ascii_case(k)))
            {
                let mut inherited = system.own.legal_basis.clone();
                if inherited.is_empty() {
                    inherited.clone_from(&policy.default.own.legal_basis);
                }
                check_level(file, node, field, &inherited, problems);
            }
        }
    }
}

/// Warns of bases that rules in force rest on, the built-in ones too, and that the organisation does not list; and, in
/// Sweden, of consent as the basis of a text, where it is good for pictures and film only.
pub(super) fn bases(file: &str, root: &Node, policy: &Policy, problems: &mut Vec<Problem>) {
    let mut used: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let systems = policy.systems().map(|s| (s.id.as_str(), s)).chain([("default", &policy.default)]);
    for (id, system) in systems {
        let fields = policy.fields(system).map(|f| (format!("{id}.{}", f.id), f)).chain([(id.to_owned(), &system.own)]);
        for (name, field) in fields {
            let rules = field.rules.iter().filter(|(_, r)| r.action == Action::Allow).flat_map(|(_, r)| &r.legal_basis);
            for basis in field.legal_basis.iter().chain(rules) {
                let names = used.entry(basis).or_default();
                if !names.contains(&name) {
                    names.push(name.clone());
                }
            }
        }
    }
    let Some(organisation) = root.get("organisation") else { return };
    let named = |names: &[String]| match names {
        [first, second, third, _, ..] => format!("{first}, {second}, {third} and {} more", names.len() - 3),
        few => few.join(", "),
    };
    let listed = &policy.organisation.bases;
    if let Some(node) = organisation.get("bases").filter(|_| !listed.is_empty()) {
        for (basis, names) in used.iter().filter(|(b, _)| is_basis(b) && !listed.iter().any(|l| l == *b)) {
            let message = format!(
                "‘{basis}’ is not among the bases the organisation says it uses, but rules rest on it: {}",
                named(names)
            );
            problems.push(node.warning(file, message));
        }
    }
    if policy.organisation.country == Some(Country::Se) {
        for (basis, names) in used.iter().filter(|(b, _)| matches!(**b, "art6.1.a" | "art9.2.a")) {
            let message =
                format!("‘{basis}’, consent, is for pictures and film; a text needs another basis: {}", named(names));
            problems.push(organisation.warning(file, message));
        }
    }
}

/// Warns of systems and fields that are new but look like a mistyped one of the built-in policy.
pub(super) fn new_names(file: &str, root: &Node, base: &Policy, problems: &mut Vec<Problem>) {
    for (key, node) in root.get("systems").and_then(Node::pairs).unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        let Some(system) = base.system(name) else {
            let hint = nearest(name, base.systems.iter().map(|s| s.id.as_str()));
            if !hint.is_empty() {
                problems.push(key.warning(file, format!("‘{name}’ is a new system{hint}")));
            }
            continue;
        };
        for (key, _) in node.get("fields").and_then(Node::pairs).unwrap_or_default() {
            let name = key.text().unwrap_or_default();
            let hint = nearest(name, system.fields.iter().map(|f| f.id.as_str()));
            if base.field(system, name).is_none() && !hint.is_empty() {
                problems.push(key.warning(file, format!("‘{name}’ is a new field of {}{hint}", system.id)));
            }
        }
    }
}

fn check_level(file: &str, node: &Node, field: &Field, inherited: &[String], problems: &mut Vec<Problem>) {
    if field.verbatim {
        return;
    }
    for (key, _) in node.pairs().unwrap_or_default() {
        let Some(topic) = key.text().and_then(Topic::from_id) else {
            continue;
        };
        let Some((_, rule)) = field.rules.iter().find(|(t, _)| *t == topic) else {
            continue;
        };
        if rule.action != Action::Allow {
            continue;
        }
        let bases = bases_of(rule, field, inherited);
        let name = topic.id();
        if speaks_of(topic, Group::Special) && !bases.iter().any(|b| b.starts_with("art9.")) {
            problems.push(key.problem(
                file,
                format!("‘{name}’ is allowed without a basis in article 9: name one under legal_basis (art9.2.a–j), or flag it"),
            ));
        } else if bases.is_empty() {
            problems.push(
                key.warning(file, format!("‘{name}’ is allowed without any legal basis: name one under legal_basis")),
            );
        }
        if speaks_of(topic, Group::Protected) && covers_criminal(topic) && !bases.iter().any(|b| b == "art10") {
            problems.push(key.warning(file, format!("‘{name}’ allows offences without art10 among its bases")));
        }
    }
}

fn bases_of<'a>(rule: &'a Rule, field: &'a Field, inherited: &'a [String]) -> &'a [String] {
    [rule.legal_basis.as_slice(), field.legal_basis.as_slice(), inherited]
        .into_iter()
        .find(|b| !b.is_empty())
        .unwrap_or_default()
}

fn speaks_of(topic: Topic, group: Group) -> bool {
    match topic {
        Topic::Kind(k) => k.category().group() == group,
        Topic::Category(c) => c.group() == group,
        Topic::Group(g) => g == group,
        Topic::All => true,
    }
}

fn covers_criminal(topic: Topic) -> bool {
    matches!(topic, Topic::All | Topic::Group(Group::Protected) | Topic::Category(Category::Criminal))
}
