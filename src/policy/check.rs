//! What a policy must not say, and what it should not.

use super::load::is_basis;
use super::rules::{Field, Policy, Rule};
use crate::model::{Action, Category, Group, Problem, Topic, nearest};
use crate::yaml::Node;

/// Checks the rules that `root` wrote (not those of the built-in policy below it).
pub(super) fn check(file: &str, root: &Node, policy: &Policy, problems: &mut Vec<Problem>) {
    let default = root.get("default");
    if let Some(node) = default {
        check_level(file, node, &policy.default.own, &[], policy, problems);
        for (key, node) in node.get("fields").and_then(Node::pairs).unwrap_or_default() {
            if let Some(field) = policy.default.fields.iter().find(|f| Some(f.id.as_str()) == key.text()) {
                check_level(file, node, field, &policy.default.own.legal_basis, policy, problems);
            }
        }
    }
    for (key, node) in root.get("systems").and_then(Node::pairs).unwrap_or_default() {
        let Some(system) = policy.systems.iter().find(|s| key.text().is_some_and(|k| s.id.eq_ignore_ascii_case(k)))
        else {
            continue;
        };
        check_level(file, node, &system.own, &policy.default.own.legal_basis, policy, problems);
        for (key, node) in node.get("fields").and_then(Node::pairs).unwrap_or_default() {
            if let Some(field) = system.fields.iter().find(|f| key.text().is_some_and(|k| f.id.eq_ignore_ascii_case(k)))
            {
                let mut inherited = system.own.legal_basis.clone();
                if inherited.is_empty() {
                    inherited.clone_from(&policy.default.own.legal_basis);
                }
                check_level(file, node, field, &inherited, policy, problems);
            }
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

fn check_level(
    file: &str,
    node: &Node,
    field: &Field,
    inherited: &[String],
    policy: &Policy,
    problems: &mut Vec<Problem>,
) {
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
        let listed = &policy.organisation.bases;
        for basis in bases.iter().filter(|b| is_basis(b) && !listed.is_empty() && !listed.contains(b)) {
            problems.push(key.warning(file, format!("‘{basis}’ is not among the bases the organisation says it uses")));
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
