//! A site's policy over the built-in one: per system, field and category.

use super::rules::{Field, Policy, System, normal};

impl Policy {
    /// This policy with everything that `site` says in place of its own.
    #[must_use]
    pub fn overlaid(mut self, site: Self) -> Self {
        self.organisation = site.organisation;
        self.default = self.default.overlaid(site.default);
        for system in site.systems {
            match self.systems.iter_mut().find(|s| s.id.eq_ignore_ascii_case(&system.id)) {
                Some(own) => *own = std::mem::take(own).overlaid(system),
                None => self.systems.push(system),
            }
        }
        for (topic, label) in site.labels {
            self.labels.retain(|(t, _)| *t != topic);
            self.labels.push((topic, label));
        }
        self.combinations.extend(site.combinations);
        for wording in site.messages {
            for own in self.messages.iter_mut().filter(|m| m.code == wording.code) {
                for (new, old) in [
                    (&wording.message.sv, &mut own.message.sv),
                    (&wording.message.da, &mut own.message.da),
                    (&wording.message.en, &mut own.message.en),
                ] {
                    if !new.is_empty() {
                        old.clone_from(new);
                    }
                }
            }
        }
        self.lexicons = site.lexicons;
        self.patterns = site.patterns;
        self.waivers = site.waivers;
        self.keys = site.keys;
        self
    }
}

impl System {
    fn overlaid(mut self, site: Self) -> Self {
        for (new, old) in [(site.title, &mut self.title), (site.purpose, &mut self.purpose)] {
            if !new.is_empty() {
                *old = new;
            }
        }
        self.also.extend(site.also);
        self.country = site.country.or(self.country);
        self.encoding = site.encoding.or(self.encoding);
        if !site.fixed.is_empty() {
            self.fixed = site.fixed;
        }
        self.own = self.own.overlaid(site.own);
        for field in site.fields {
            // A header that the site gives to one field is no other field's any more.
            for other in self.fields.iter_mut().filter(|f| !f.id.eq_ignore_ascii_case(&field.id)) {
                other.columns.retain(|c| !field.columns.iter().any(|own| normal(own) == normal(c)));
            }
            match self.fields.iter_mut().find(|f| f.id.eq_ignore_ascii_case(&field.id)) {
                Some(own) => *own = std::mem::take(own).overlaid(field),
                None => self.fields.push(field),
            }
        }
        if self.id.is_empty() {
            self.id = site.id;
        }
        self
    }
}

impl Field {
    fn overlaid(mut self, site: Self) -> Self {
        if self.id.is_empty() {
            self.id = site.id;
        }
        for (new, old) in [(site.title, &mut self.title), (site.law, &mut self.law), (site.note, &mut self.note)] {
            if !new.is_empty() {
                *old = new;
            }
        }
        // More names for the same thing; what the built-in policy knows stays known.
        self.columns.extend(site.columns);
        if !site.legal_basis.is_empty() {
            self.legal_basis = site.legal_basis;
        }
        self.country = site.country.or(self.country);
        self.place = site.place.or(self.place);
        self.min_confidence = site.min_confidence.or(self.min_confidence);
        self.verbatim |= site.verbatim;
        for (topic, rule) in site.rules {
            self.rules.retain(|(t, _)| *t != topic);
            self.rules.push((topic, rule));
        }
        self
    }
}
