//! What `explain` says, in the languages of its readers.

use crate::model::{Lang, OtherNumber, Reason};
use crate::recognize::weigh::Template;

/// The phrases of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) locale: &'static str,
    pub(super) goes: &'static str,
    pub(super) stays: &'static str,
    pub(super) dropped: &'static str,
    pub(super) nothing: &'static str,
    pub(super) verbatim: &'static str,
    pub(super) unsure: &'static str,
    pub(super) waived: &'static str,
    pub(super) line: &'static str,
    pub(super) rule: &'static str,
    pub(super) raised: &'static str,
    pub(super) entry: &'static str,
    pub(super) recognizer: &'static str,
    pub(super) weak: &'static str,
    pub(super) pro: &'static str,
    pub(super) contra: &'static str,
    languages: [&'static str; 2],
}

impl Words {
    /// The phrases of a locale.
    pub(super) fn of(locale: &str) -> Self {
        match locale {
            "sv" => SWEDISH,
            "da" => DANISH,
            _ => ENGLISH,
        }
    }

    /// The name of a text's language.
    pub(super) const fn language(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Sv => self.languages[0],
            Lang::Da => self.languages[1],
        }
    }
}

const ENGLISH: Words = Words {
    locale: "en",
    goes: "What may not stand here, or is pointed out",
    stays: "What may stand here",
    dropped: "What was looked at and let go, and why",
    nothing: "Nothing was found, and nothing was looked at and let go.",
    verbatim: "the field is verbatim: nothing is ever changed in it",
    unsure: "less sure than the policy asks for",
    waived: "let through by the waiver in line",
    line: "line",
    rule: "rule of",
    raised: "raised by what stands beside it (see `combinations`)",
    entry: "by the entry",
    recognizer: "by the recognizer",
    weak: " (weak: counts only beside a context word)",
    pro: "for it",
    contra: "against it",
    languages: ["a Swedish text", "a Danish text"],
};

const SWEDISH: Words = Words {
    locale: "sv",
    goes: "Det som inte får stå här, eller påpekas",
    stays: "Det som får stå här",
    dropped: "Det som granskades och släpptes, och varför",
    nothing: "Inget hittades, och inget granskades och släpptes.",
    verbatim: "fältet är ordagrant: ingenting ändras någonsin i det",
    unsure: "mindre säkert än reglerna kräver",
    waived: "släppt igenom av undantaget på rad",
    line: "rad",
    rule: "regel i",
    raised: "skärpt av det som står bredvid (se `combinations`)",
    entry: "av uppslaget",
    recognizer: "av igenkännaren",
    weak: " (svagt: räknas bara intill ett sammanhangsord)",
    pro: "för",
    contra: "emot",
    languages: ["svensk text", "dansk text"],
};

const DANISH: Words = Words {
    locale: "da",
    goes: "Det, der ikke må stå her, eller bliver påpeget",
    stays: "Det, der må stå her",
    dropped: "Det, der blev set på og sluppet igen, og hvorfor",
    nothing: "Intet blev fundet, og intet blev set på og sluppet.",
    verbatim: "feltet er ordret: intet i det bliver nogensinde ændret",
    unsure: "mindre sikkert, end reglerne kræver",
    waived: "sluppet igennem af undtagelsen i linje",
    line: "linje",
    rule: "regel i",
    raised: "skærpet af det, der står ved siden af (se `combinations`)",
    entry: "af opslaget",
    recognizer: "af genkenderen",
    weak: " (svagt: tæller kun ved et sammenhængsord)",
    pro: "for",
    contra: "imod",
    languages: ["svensk tekst", "dansk tekst"],
};

/// What spoke for or against a term.
pub(super) fn weighed(what: Template, locale: &str) -> &'static str {
    let [en, sv, da] = match what {
        Template::Length => ["(length of the text)", "(textens längd)", "(tekstens længde)"],
        Template::Company => ["(another term beside it)", "(annat uppslag bredvid)", "(andet opslag ved siden af)"],
        Template::Place => ["(the field)", "(fältet)", "(feltet)"],
        Template::About => {
            ["(whom the sentence speaks of)", "(vem meningen handlar om)", "(hvem sætningen handler om)"]
        }
        Template::Mark => ["(the signs around it)", "(tecknen omkring)", "(tegnene omkring)"],
        Template::Person => ["(how near a person is)", "(hur nära en person är)", "(hvor nær en person er)"],
        Template::Near => ["(beside it)", "(bredvid)", "(ved siden af)"],
        _ => ["(the word itself)", "(ordet självt)", "(ordet selv)"],
    };
    match locale {
        "sv" => sv,
        "da" => da,
        _ => en,
    }
}

/// Why a candidate was let go, in one clause.
pub(super) fn reason(reason: Reason, locale: &str) -> &'static str {
    let [en, sv, da] = match reason {
        Reason::Is(number) => other_number(number),
        Reason::PageAddress => [reason.explain(), "det är en del av en webbadress", "det er en del af en webadresse"],
        Reason::NoSuchDate => ["there is no such date", "det finns inget sådant datum", "den dato findes ikke"],
        Reason::Checksum => ["the check digit is wrong", "kontrollsiffran stämmer inte", "kontrolcifferet passer ikke"],
        Reason::Boundary => [
            "it is part of a longer number or word",
            "det är en del av ett längre tal eller ord",
            "det er en del af et længere tal eller ord",
        ],
        Reason::OtherNumber => [
            "a word beside it says it is another kind of number",
            "ett ord bredvid säger att det är ett annat slags nummer",
            "et ord ved siden af siger, at det er en anden slags nummer",
        ],
        Reason::NoCue => [
            "a bare number; no word, column or name says it is a person's",
            "ett ensamt tal; inget ord, ingen kolumn och inget namn säger att det är en persons",
            "et bart tal; intet ord, ingen kolonne og intet navn siger, at det er en persons",
        ],
        Reason::WeakAlone => [
            "the word is ambiguous and no context word stands in its sentence",
            "ordet är tvetydigt och inget sammanhangsord står i meningen",
            "ordet er tvetydigt, og intet sammenhængsord står i sætningen",
        ],
        Reason::NotTerm => [
            "a `not:` entry says this is something else",
            "ett uppslag under `not:` säger att det är något annat",
            "et opslag under `not:` siger, at det er noget andet",
        ],
        Reason::Case => [
            "upper and lower case differ from the entry",
            "stora och små bokstäver är inte som i uppslaget",
            "store og små bogstaver er ikke som i opslaget",
        ],
        Reason::GeneralTopic => [
            "the sentence is about a subject in general, not about a person",
            "meningen handlar om ett ämne i allmänhet, inte om en person",
            "sætningen handler om et emne i almindelighed, ikke om en person",
        ],
        Reason::Surroundings => [
            "what stands around it makes it unlikely that it is about somebody",
            "det som står omkring gör det osannolikt att det handlar om någon",
            "det, der står omkring, gør det usandsynligt, at det handler om nogen",
        ],
        Reason::Covered => [
            "a longer or surer finding covers it",
            "ett längre eller säkrare fynd täcker det",
            "et længere eller sikrere fund dækker det",
        ],
        Reason::Homograph => [
            "an ordinary word, and nothing beside it makes it a name",
            "ett vanligt ord, och inget bredvid gör det till ett namn",
            "et almindeligt ord, og intet ved siden af gør det til et navn",
        ],
    };
    match locale {
        "sv" => sv,
        "da" => da,
        _ => en,
    }
}

/// What a number is that is no person's: English, Swedish, Danish.
fn other_number(number: OtherNumber) -> [&'static str; 3] {
    let [sv, da] = match number {
        OtherNumber::Organisation => [
            "det är ett organisationsnummer, en firmas eller en myndighets",
            "det er et svensk organisationsnummer, en virksomheds eller en myndigheds",
        ],
        OtherNumber::Vat => ["det är ett momsregistreringsnummer", "det er et svensk momsnummer"],
        OtherNumber::Cvr => [
            "det är ett danskt CVR-nummer, en firmas eller en myndighets",
            "det er et CVR-nummer, en virksomheds eller en myndigheds",
        ],
        OtherNumber::Iban => ["det är ett kontonummer (IBAN)", "det er et kontonummer (IBAN)"],
        OtherNumber::Giro => {
            ["det är ett bankgiro- eller plusgironummer", "det er et svensk bankgiro- eller plusgironummer"]
        }
        OtherNumber::Goods => ["det är ett artikelnummer (EAN)", "det er et varenummer (EAN)"],
        OtherNumber::Isbn => ["det är en boks nummer (ISBN)", "det er en bogs nummer (ISBN)"],
        OtherNumber::Plate => ["det är en bils registreringsnummer", "det er en bils registreringsnummer"],
        OtherNumber::Timestamp => ["det är ett datum eller klockslag", "det er en dato eller et klokkeslæt"],
        OtherNumber::Coordinates => {
            ["det är en plats på kartan eller ett decimaltal", "det er et sted på kortet eller et decimaltal"]
        }
        OtherNumber::Case => ["det är ett ärendes nummer, med år", "det er en sags nummer, med år"],
    };
    [number.explain(), sv, da]
}
