//! What a finding discloses. Category ids are the contract's; meaning and law of each stand in `lexicons/categories.yaml`.

use serde::{Deserialize, Serialize};

/// What a finding discloses about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Swedish personal identity number or samordningsnummer (Skatteverket, SKV 704 and 707).
    Personnummer,
    /// Danish CPR number (CPR-kontoret).
    Cpr,
    /// Name of a natural person.
    Name,
    /// Day and month, at least, of somebody's birth.
    BirthDate,
    /// Telephone number of a person.
    Phone,
    /// E-mail address of a person.
    Email,
    /// Street and number, with or without postcode and town.
    Address,
    /// Health (GDPR art. 9).
    Health,
    /// Trade-union membership (GDPR art. 9).
    TradeUnion,
    /// Racial or ethnic origin (GDPR art. 9).
    Ethnicity,
    /// Political opinion (GDPR art. 9).
    Political,
    /// Religious or philosophical belief (GDPR art. 9).
    Religion,
    /// Sex life or sexual orientation (GDPR art. 9).
    Sexual,
    /// Genetic data (GDPR art. 9).
    Genetic,
    /// Biometric data used to identify a person (GDPR art. 9).
    Biometric,
    /// Offences and convictions (GDPR art. 10).
    Criminal,
    /// Social services, family conflict, support, protected identity.
    Social,
    /// Value judgements and grades about a person.
    Assessment,
}

/// The three groups of categories that a policy may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Numbers, names, dates and addresses.
    Identifiers,
    /// Special categories, GDPR art. 9.
    Special,
    /// Offences (art. 10), social matters, assessments.
    Protected,
}

impl Category {
    /// Every category, in the contract's order.
    pub const ALL: [Self; 18] = [
        Self::Personnummer,
        Self::Cpr,
        Self::Name,
        Self::BirthDate,
        Self::Phone,
        Self::Email,
        Self::Address,
        Self::Health,
        Self::TradeUnion,
        Self::Ethnicity,
        Self::Political,
        Self::Religion,
        Self::Sexual,
        Self::Genetic,
        Self::Biometric,
        Self::Criminal,
        Self::Social,
        Self::Assessment,
    ];

    /// The id used in policies, records and reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Personnummer => "personnummer",
            Self::Cpr => "cpr",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Health => "health",
            Self::TradeUnion => "trade_union",
            Self::Ethnicity => "ethnicity",
            Self::Political => "political",
            Self::Religion => "religion",
            Self::Sexual => "sexual",
            Self::Genetic => "genetic",
            Self::Biometric => "biometric",
            Self::Criminal => "criminal",
            Self::Social => "social",
            Self::Assessment => "assessment",
        }
    }

    /// The category with this id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }

    /// The group the category belongs to.
    pub const fn group(self) -> Group {
        match self {
            Self::Personnummer
            | Self::Cpr
            | Self::Name
            | Self::BirthDate
            | Self::Phone
            | Self::Email
            | Self::Address => Group::Identifiers,
            Self::Criminal | Self::Social | Self::Assessment => Group::Protected,
            _ => Group::Special,
        }
    }
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 3] = [Self::Identifiers, Self::Special, Self::Protected];

    /// The id used in policies.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Identifiers => "identifiers",
            Self::Special => "special",
            Self::Protected => "protected",
        }
    }
}

/// A finer word below a category: an index into `KINDS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind(u8);

/// Every kind, as `category.kind`; meaning and titles stand in `lexicons/categories.yaml`.
pub const KINDS: [&str; 11] = [
    "assessment.grade",
    "assessment.level",
    "ethnicity.language",
    "health.absence",
    "health.diet",
    "personnummer.samordning",
    "political.office",
    "social.civil_status",
    "social.protected_identity",
    "trade_union.deduction",
    "trade_union.role",
];

impl Kind {
    /// The kind with this id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        KINDS.iter().position(|k| *k == id).map(|i| Self(i as u8))
    }

    /// The kind with this place among `KINDS`.
    pub fn from_number(number: usize) -> Option<Self> {
        (number < KINDS.len()).then_some(Self(number as u8))
    }

    /// The id, `category.kind`.
    pub fn id(self) -> &'static str {
        KINDS[usize::from(self.0)]
    }

    /// The category it belongs to.
    pub fn category(self) -> Category {
        let (category, _) = self.id().split_once('.').expect("a kind holds a dot");
        Category::from_id(category).expect("a kind names a category")
    }
}

/// What a rule, a label or a message may be about, from the finest word to the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    /// One kind.
    Kind(Kind),
    /// One category with all its kinds.
    Category(Category),
    /// All categories of a group.
    Group(Group),
    /// Everything.
    All,
}

impl Topic {
    /// The topic a configuration key names.
    pub fn from_id(id: &str) -> Option<Self> {
        Kind::from_id(id)
            .map(Self::Kind)
            .or_else(|| Category::from_id(id).map(Self::Category))
            .or_else(|| Group::ALL.into_iter().find(|g| g.id() == id).map(Self::Group))
            .or_else(|| (id == "all").then_some(Self::All))
    }

    /// The key that names it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Kind(k) => k.id(),
            Self::Category(c) => c.id(),
            Self::Group(g) => g.id(),
            Self::All => "all",
        }
    }

    /// The topics that speak about a finding, finest first.
    pub fn of(category: Category, kind: Option<Kind>) -> impl Iterator<Item = Self> {
        kind.map(Self::Kind).into_iter().chain([Self::Category(category), Self::Group(category.group()), Self::All])
    }

    /// Every key a configuration may use.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        Category::ALL.iter().map(|c| c.id()).chain(Group::ALL.iter().map(|g| g.id())).chain(KINDS).chain(["all"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_names_its_category() {
        for id in KINDS {
            let kind = Kind::from_id(id).expect("listed");
            assert!(id.starts_with(kind.category().id()));
        }
    }

    #[test]
    fn topics_run_from_fine_to_wide() {
        let kind = Kind::from_id("health.absence");
        let ids: Vec<_> = Topic::of(Category::Health, kind).map(Topic::id).collect();
        assert_eq!(ids, ["health.absence", "health", "special", "all"]);
        assert!(Topic::ids().all(|id| Topic::from_id(id).is_some()));
    }
}
