//! Words that say something about their neighbours: `cues.yaml` and `names.yaml` of each language.

use crate::model::{Lang, Problem, nearest};
use crate::yaml::{self, Node};

/// What a cue word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cue {
    /// A function word: tells the language.
    Function,
    /// Announces a personal identity number.
    IdNumber,
    /// Announces a Danish CPR number.
    Cpr,
    /// Speaks of Sweden.
    Swedish,
    /// Speaks of Denmark.
    Danish,
    /// The letter that stands for ‘born’ before a date.
    BirthLetter,
    /// The letters after the number of a day.
    Ordinal,
    /// Stands before the name of a street as a part of it.
    StreetPrefix,
    /// Tells the flat or door in an address.
    Door,
    /// Announces another number; speaks for that number alone.
    OtherNumber,
    /// Announces a telephone number.
    Phone,
    /// Announces a date of birth.
    Birth,
    /// A person: pronoun, role.
    Person,
    /// Makes a sentence general: teaching, information, events.
    Topic,
    /// Stands before a name.
    Title,
    /// A relative.
    Kin,
    /// Opens or closes a letter.
    Greeting,
    /// Part of a name between given name and surname.
    Particle,
    /// A preposition of place: what follows is hardly a person.
    NotAfter,
    /// Often capitalised and no name.
    NoName,
    /// Says whether an absence is valid.
    Validity,
    /// Goes before or with a time of day.
    Time,
    /// Says that somebody is present, or comes back.
    Present,
    /// A lesson.
    Lesson,
    /// A class or a year of a school, before its number or letter.
    Class,
    /// Of a way to school or a place where somebody is met.
    Route,
    /// A post that few hold at one place of work.
    Role,
    /// A small part of an organisation.
    Unit,
    /// Stands before the name of a place.
    Toward,
    /// A street word that stands alone (`vej`, `gata`).
    Street,
    /// Ends like a street and is none, or a road without houses.
    NoStreet,
    /// What only people do: the word before it is somebody.
    PersonVerb,
    /// What people do, and things too.
    Verb,
    /// A name in lower case that is an everyday word.
    LowerCase,
    /// A little word before a street, also one in lower case: ‘bor på’.
    BeforeStreet,
    /// A little word before a person's name: ‘og’, ‘via’.
    BeforePerson,
    /// ‘And’.
    And,
    /// ‘Is’ in its forms.
    Copula,
    /// ‘Of’ between a thing and whose it is.
    Of,
    /// What is called after it is no person (`Sankt`, `Lex`).
    NoPerson,
    /// A title cut short, whose point ends no sentence.
    ShortTitle,
    /// A given name cut short.
    ShortName,
    /// A word for a number, whosesoever.
    Number,
    /// After a date: a birthday.
    Birthday,
    /// A header of a column with personal numbers.
    IdHeader,
    /// A header of a column with names.
    NameHeader,
    /// A header of a column with contact details.
    ContactHeader,
    /// A header of a column with dates of birth.
    BirthHeader,
    /// A header of a column with codes.
    CodeHeader,
    /// A header of a column with other numbers.
    NumberHeader,
    /// A header of a column with free text.
    TextHeader,
    /// A header of a column that says whether a person's identity is protected.
    MarkingHeader,
    /// A value there that says it is not.
    Unmarked,
    /// January; the other months follow in order.
    Month01,
    /// February.
    Month02,
    /// March.
    Month03,
    /// April.
    Month04,
    /// May.
    Month05,
    /// June.
    Month06,
    /// July.
    Month07,
    /// August.
    Month08,
    /// September.
    Month09,
    /// October.
    Month10,
    /// November.
    Month11,
    /// December.
    Month12,
}

/// Ends of words that say what the word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Ending {
    /// A surname.
    Surname,
    /// A place, school, firm, street, prize.
    Place,
    /// A street.
    Street,
    /// A school or kindergarten.
    School,
    /// A word that announces a number of some kind (`-nr`, `-nummer`).
    Number,
}

const CUES: [(&str, Cue); 53] = [
    ("no_street", Cue::NoStreet),
    ("person_verbs", Cue::PersonVerb),
    ("verbs", Cue::Verb),
    ("lower_case_words", Cue::LowerCase),
    ("no_person_after", Cue::NoPerson),
    ("before_persons", Cue::BeforePerson),
    ("ands", Cue::And),
    ("copulas", Cue::Copula),
    ("ofs", Cue::Of),
    ("before_streets", Cue::BeforeStreet),
    ("short_titles", Cue::ShortTitle),
    ("short_names", Cue::ShortName),
    ("number_nouns", Cue::Number),
    ("birthday_words", Cue::Birthday),
    ("present_words", Cue::Present),
    ("lesson_words", Cue::Lesson),
    ("class_words", Cue::Class),
    ("route_words", Cue::Route),
    ("role_words", Cue::Role),
    ("unit_words", Cue::Unit),
    ("toward_words", Cue::Toward),
    ("cpr_words", Cue::Cpr),
    ("swedish_words", Cue::Swedish),
    ("danish_words", Cue::Danish),
    ("birth_letters", Cue::BirthLetter),
    ("ordinals", Cue::Ordinal),
    ("street_prefixes", Cue::StreetPrefix),
    ("door_words", Cue::Door),
    ("function_words", Cue::Function),
    ("id_number_words", Cue::IdNumber),
    ("other_number_words", Cue::OtherNumber),
    ("phone_words", Cue::Phone),
    ("birth_words", Cue::Birth),
    ("person_words", Cue::Person),
    ("topic_words", Cue::Topic),
    ("titles", Cue::Title),
    ("kin", Cue::Kin),
    ("greetings", Cue::Greeting),
    ("particles", Cue::Particle),
    ("not_after", Cue::NotAfter),
    ("common_capitalised", Cue::NoName),
    ("validity_words", Cue::Validity),
    ("time_words", Cue::Time),
    ("street_words", Cue::Street),
    ("id_headers", Cue::IdHeader),
    ("name_headers", Cue::NameHeader),
    ("contact_headers", Cue::ContactHeader),
    ("birth_headers", Cue::BirthHeader),
    ("code_headers", Cue::CodeHeader),
    ("number_headers", Cue::NumberHeader),
    ("text_headers", Cue::TextHeader),
    ("marking_headers", Cue::MarkingHeader),
    ("unmarked", Cue::Unmarked),
];

#[allow(dead_code)] // the build script's
const ENDINGS: [(&str, Ending); 5] = [
    ("number_endings", Ending::Number),
    ("surname_endings", Ending::Surname),
    ("place_endings", Ending::Place),
    ("street_endings", Ending::Street),
    ("school_endings", Ending::School),
];

const MONTHS: [Cue; 12] = [
    Cue::Month01,
    Cue::Month02,
    Cue::Month03,
    Cue::Month04,
    Cue::Month05,
    Cue::Month06,
    Cue::Month07,
    Cue::Month08,
    Cue::Month09,
    Cue::Month10,
    Cue::Month11,
    Cue::Month12,
];

impl Cue {
    /// The month, 1 to 12, that the word names.
    pub fn month(self) -> Option<u8> {
        MONTHS.iter().position(|m| *m == self).map(|i| i as u8 + 1)
    }

    /// All cues, for reading them back from a table.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        const BY_CODE: [Option<Cue>; 256] = {
            let mut table = [None; 256];
            let mut i = 0;
            while i < CUES.len() {
                table[CUES[i].1 as usize] = Some(CUES[i].1);
                i += 1;
            }
            let mut i = 0;
            while i < MONTHS.len() {
                table[MONTHS[i] as usize] = Some(MONTHS[i]);
                i += 1;
            }
            table
        };
        BY_CODE[usize::from(code)]
    }
}

/// The cue words and endings of the files read so far.
#[derive(Debug, Clone, Default)]
pub struct CueSet {
    /// Cue, language, word.
    pub words: Vec<(Cue, Lang, String)>,
    /// What the ending says, language, ending.
    pub endings: Vec<(Ending, Lang, String)>,
}

/// Reads a `cues.yaml` or `names.yaml` into `set`. A word of several words counts by its first token's spelling only
/// if it is one token; others are problems.
#[allow(dead_code)] // the build script's
pub fn load_cues(file: &str, lang: Lang, text: &str, set: &mut CueSet) -> Result<(), Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let mut problems = Vec::new();
    let words = |node: &Node| -> Vec<String> {
        node.items().unwrap_or_default().iter().filter_map(Node::text).map(str::to_lowercase).collect()
    };
    for (key, value) in root.pairs().unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        if matches!(name, "source" | "licence" | "reviewed" | "why") {
            continue;
        }
        if let Some((_, cue)) = CUES.iter().find(|(id, _)| *id == name) {
            set.words.extend(words(value).into_iter().map(|w| (*cue, lang, w)));
        } else if let Some((_, ending)) = ENDINGS.iter().find(|(id, _)| *id == name) {
            set.endings.extend(words(value).into_iter().map(|w| (*ending, lang, w)));
        } else if name == "months" {
            let items = value.items().unwrap_or_default();
            if items.len() != 12 {
                problems.push(value.problem(file, "months are twelve lists, January first"));
            }
            for (cue, month) in MONTHS.iter().zip(items) {
                set.words.extend(words(month).into_iter().map(|w| (*cue, lang, w)));
            }
        } else {
            let known = CUES.iter().map(|(id, _)| *id).chain(ENDINGS.iter().map(|(id, _)| *id)).chain(["months"]);
            problems.push(key.problem(file, format!("unknown key ‘{name}’{}", nearest(name, known))));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
