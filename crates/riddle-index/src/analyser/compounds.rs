//! Words that are written together: `Kündigungsfrist` is found by `Frist`, and finds the `Frist` of a `Kündigung`.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use hypher::Lang;
use riddle_core::detect_language;

use super::words;

/// Shorter words have no two parts.
const SHORTEST_COMPOUND: usize = 6;
/// Shorter parts are syllables that say nothing.
const SHORTEST_PART: usize = 3;
/// Longest syllable that may be without a voice of its own.
const LONGEST_SYLLABLE: usize = 4;
/// Begins a term that only a language with compounds gives. So a question in such a language meets texts in it, however
/// short the question is, and no others.
const MARK: char = '~';
/// Longer words are encoded data.
const LONGEST_COMPOUND: usize = 64;
/// A word of which nothing tells the language may be of one without compounds: `hospital` has no `Tal`. So it is taken
/// apart only from this length on, or into longer parts.
const SHORTEST_SURE_COMPOUND: usize = 11;
const SHORTEST_POSSIBLE_COMPOUND: usize = 9;
const SHORTEST_POSSIBLE_PART: usize = 4;
/// Texts up to this many bytes are asked for their language whatever they hold.
const SHORT_TEXT: usize = 200;

/// A language that writes compounds as one word.
pub(super) struct Compounding {
    /// As [`detect_language`] names it.
    code: &'static str,
    syllables: Lang,
    stemmer: LazyLock<Stemmer>,
    /// What is put before a word and makes another one of it: `Entscheidung` is no `Scheidung`.
    prefixes: &'static [&'static str],
    /// What is put behind a word, and is none itself.
    endings: &'static [&'static str],
}

static LANGUAGES: [Compounding; 6] = [
    Compounding {
        code: "de",
        syllables: Lang::German,
        stemmer: LazyLock::new(|| Stemmer::new(Algorithm::German)),
        prefixes: &[
            "be", "emp", "ent", "er", "ge", "miss", "un", "ur", "ver", "zer",
        ],
        endings: &[
            "bar", "chen", "haft", "heit", "isch", "keit", "lein", "lich", "ling", "los", "nis",
            "sam", "schaft", "tion", "tum", "ung",
        ],
    },
    Compounding {
        code: "nl",
        syllables: Lang::Dutch,
        stemmer: LazyLock::new(|| Stemmer::new(Algorithm::Dutch)),
        prefixes: &["be", "ge", "her", "ont", "ver"],
        endings: &["baar", "heid", "ing", "lijk", "schap", "tie"],
    },
    Compounding {
        code: "sv",
        syllables: Lang::Swedish,
        stemmer: LazyLock::new(|| Stemmer::new(Algorithm::Swedish)),
        prefixes: &["be", "för"],
        endings: &["het", "ing", "lig", "ning", "skap", "tion"],
    },
    Compounding {
        code: "da",
        syllables: Lang::Danish,
        stemmer: LazyLock::new(|| Stemmer::new(Algorithm::Danish)),
        prefixes: &["be", "for"],
        endings: &["hed", "ing", "lig", "ning", "skab", "tion"],
    },
    Compounding {
        code: "no",
        syllables: Lang::Norwegian,
        stemmer: LazyLock::new(|| Stemmer::new(Algorithm::Norwegian)),
        prefixes: &["be", "for"],
        endings: &["het", "ing", "lig", "ning", "skap", "sjon"],
    },
    Compounding {
        code: "fi",
        syllables: Lang::Finnish,
        stemmer: LazyLock::new(|| Stemmer::new(Algorithm::Finnish)),
        prefixes: &["epä"],
        endings: &["inen", "lli", "nen", "nnen", "sti", "ton", "uus", "vuus"],
    },
];

/// As which a question is taken whose language does not show.
pub(super) static LIKELIEST: &Compounding = &LANGUAGES[0];

/// The parts of a word of a question whose language does not show.
pub(super) fn for_each_possible_part(word: &str, sink: &mut dyn FnMut(&str)) {
    let length = word.chars().count();
    let shortest = match length {
        SHORTEST_SURE_COMPOUND.. => SHORTEST_PART,
        SHORTEST_POSSIBLE_COMPOUND.. => SHORTEST_POSSIBLE_PART,
        _ => return,
    };
    LIKELIEST.for_each_part_from(word, shortest, sink);
}

/// The language of a text, if it is one that writes compounds as one word.
pub(super) fn compounding(text: &str) -> Option<&'static Compounding> {
    if text.is_empty() || !(text.len() <= SHORT_TEXT || may_be_of_one(text)) {
        return None;
    }
    let code = detect_language(text)?;
    LANGUAGES.iter().find(|language| language.code == code)
}

/// Asking for the language of every English text would take longer than all else that is done with it.
fn may_be_of_one(text: &str) -> bool {
    let letters = ["ä", "ö", "ü", "ß", "å", "ø", "æ", "Ä", "Ö", "Ü", "Å", "Ø"];
    let words = [
        " der ", " die ", " und ", " het ", " een ", " och ", " og ", " det ", " ja ",
    ];
    letters.iter().chain(&words).any(|sign| text.contains(sign))
}

impl Compounding {
    /// The terms of a word that only its language gives: its stem, and its parts with theirs.
    pub(super) fn for_each_term(&self, word: &str, sink: &mut dyn FnMut(&str)) {
        self.stem_term(word, sink);
        self.for_each_part(word, sink);
    }

    /// The stem of a word.
    pub(super) fn stem_term(&self, word: &str, sink: &mut dyn FnMut(&str)) {
        if word.chars().all(char::is_alphabetic) {
            sink(&self.marked(&word.to_lowercase()));
        }
    }

    /// The parts that a word may be put together of.
    pub(super) fn for_each_part(&self, word: &str, sink: &mut dyn FnMut(&str)) {
        self.for_each_part_from(word, 1, sink);
    }

    /// The same where both parts have at least so many letters.
    fn for_each_part_from(&self, word: &str, shortest: usize, sink: &mut dyn FnMut(&str)) {
        let length = word.chars().count();
        let is_long = (SHORTEST_COMPOUND..=LONGEST_COMPOUND).contains(&length);
        if !is_long || !word.chars().all(char::is_alphabetic) {
            return;
        }
        let word = word.to_lowercase();
        let mut terms = Vec::new();
        let mut at = 0;
        for syllable in hypher::hyphenate(&word, self.syllables) {
            at += syllable.len();
            let (before, after) = word.split_at(at);
            if before.chars().count() < shortest || after.chars().count() < shortest {
                continue;
            }
            if self.is_ending(after) || is_weak(after) || self.prefixes.contains(&before) {
                continue;
            }
            terms.push(self.marked(after));
            if !is_weak(before) {
                terms.push(self.marked(before));
                // The sign of the genitive joins both parts.
                let bare = before.strip_suffix('s').filter(|bare| !is_weak(bare));
                terms.extend(bare.map(|bare| self.marked(bare)));
            }
        }
        terms.sort_unstable();
        terms.dedup();
        for term in &terms {
            sink(term);
        }
    }

    fn marked(&self, word: &str) -> String {
        let mut term = MARK.to_string();
        term.push_str(&words::folded(&self.stemmer.stem(word)));
        term
    }

    /// Whether this is an ending, in any case or number.
    fn is_ending(&self, part: &str) -> bool {
        self.endings.iter().any(|ending| {
            part.strip_prefix(ending)
                .is_some_and(|rest| rest.len() <= 2)
        })
    }
}

/// Whether a part is no more than a syllable without a voice of its own, such as the last one of `Lehrer` or `Boden`.
fn is_weak(part: &str) -> bool {
    let length = part.chars().count();
    let vowels = |c: &char| "aeiouyäöüåøæ".contains(*c);
    let only_e = part.chars().filter(vowels).all(|c| c == 'e');
    let fades = ["e", "el", "em", "en", "er", "es"]
        .iter()
        .any(|end| part.ends_with(end));
    length < SHORTEST_PART || (length <= LONGEST_SYLLABLE && only_e && fades)
}

#[cfg(test)]
mod tests {
    use super::super::{analyse, query_terms};
    use super::*;

    fn terms(word: &str, code: &str) -> Vec<String> {
        let language = LANGUAGES
            .iter()
            .find(|language| language.code == code)
            .expect("a language");
        let mut terms = Vec::new();
        language.for_each_term(word, &mut |term| terms.push(term.to_owned()));
        terms
    }

    #[test]
    fn compounds_have_the_terms_of_their_parts() {
        for (code, compound, part) in [
            ("de", "Kündigungsfrist", "Frist"),
            ("de", "Kündigungsfrist", "Kündigung"),
            ("de", "Kündigungsfristen", "Frist"),
            ("de", "Arbeitszeit", "Zeit"),
            ("de", "Arbeitszeit", "Arbeit"),
            ("de", "Krankenhausaufenthalt", "Krankenhaus"),
            ("de", "Krankenhausaufenthalt", "Aufenthalte"),
            ("de", "Steuererklärung", "Erklärungen"),
            ("de", "Wasserpumpe", "Pumpen"),
            ("de", "Mietvertrag", "Verträge"),
            ("de", "Fahrradkeller", "Keller"),
            ("de", "Haustür", "Tür"),
            ("de", "Betriebsrat", "Rat"),
            ("de", "Feldweg", "Wege"),
            ("de", "Öltank", "Tanks"),
            ("de", "Grundstücksverkehrsgenehmigung", "Genehmigung"),
            ("nl", "arbeidsovereenkomst", "overeenkomst"),
            ("nl", "opzegtermijn", "termijn"),
            ("sv", "uppsägningstid", "tid"),
            ("sv", "sjukhusvistelse", "sjukhus"),
        ] {
            let (whole, alone) = (terms(compound, code), terms(part, code));
            assert!(
                whole.contains(&alone[0]),
                "{compound} has {whole:?}, {part} has {alone:?}"
            );
        }
    }

    #[test]
    fn what_only_ends_alike_is_no_part() {
        for (word, other) in [
            ("Entscheidung", "~scheid"),
            ("Verbrauch", "~brauch"),
            ("Wirtschaft", "~schaft"),
            ("Geschwindigkeiten", "~keit"),
            ("Haus", "~aus"),
            ("Urlaub", "~laub"),
            ("Bundeskanzler", "~ler"),
            ("Speicher", "~cher"),
            ("Rechner", "~ner"),
        ] {
            let terms = terms(word, "de");
            assert!(!terms.contains(&other.to_owned()), "{word}: {terms:?}");
        }
    }

    #[test]
    fn a_text_of_another_language_has_the_terms_of_its_words_alone() {
        for text in [
            "The informationtechnology of the department handles warehousetemperature and the die.",
            "La température de l'entrepôt est contrôlée par le système de réfrigération.",
            "Uber is a company, and Björk a singer; both are in the article that was published in October.",
            "发票的期限是什么？",
            "fn get_user_name(id: u32) -> Option<String> { self.names.get(&id).cloned() }",
        ] {
            assert!(compounding(text).is_none(), "{text}");
        }
        assert_eq!(analyse("warehousetemperature"), ["warehousetemperatur"]);
    }

    #[test]
    fn a_word_alone_is_taken_apart_only_if_it_is_long() {
        for (word, part) in [
            ("hospital", "~tal"),
            ("Hospital", "~hospi"),
            ("restaurant", "~rest"),
        ] {
            let terms = query_terms(word);
            assert!(
                terms.iter().all(|term| term.text != part),
                "{word}: {terms:?}"
            );
        }
        for (word, text) in [
            (
                "Betriebsrat",
                "Der Rat des Betriebs tagt am Montag und nicht am Dienstag.",
            ),
            (
                "Wasserpumpe",
                "Die Pumpe ist im Keller und wird jährlich gewartet.",
            ),
        ] {
            let found = analyse(text);
            let terms = query_terms(word);
            assert!(
                terms.iter().any(|term| found.contains(&term.text)),
                "{word}: {terms:?}"
            );
        }
    }

    #[test]
    fn questions_and_texts_meet() {
        let kuendigungsfrist = "Die Kündigungsfrist beträgt drei Monate zum Ende des Quartals.";
        for (question, text) in [
            ("Wie lang ist die Frist?", kuendigungsfrist),
            ("Frist", kuendigungsfrist),
            ("Fristen", kuendigungsfrist),
            ("Kündigungsfristen", kuendigungsfrist),
            (
                "Kündigungsfrist",
                "Für die Kündigung gilt eine Frist von drei Monaten.",
            ),
            (
                "Welche Pumpen gibt es?",
                "Die Wasserpumpe ist im Keller und wird jährlich gewartet.",
            ),
            (
                "Hoe lang is de termijn?",
                "De opzegtermijn is drie maanden voor het einde van het jaar.",
            ),
            (
                "Hvad er fristen?",
                "Opsigelsesfristen er tre måneder og gælder fra i dag.",
            ),
            (
                "Hva er temperaturen?",
                "Romtemperaturen er ikke over tjue grader, og det er ikke noe annet.",
            ),
            (
                "Mikä on lämpötila?",
                "Huonelämpötila on kaksikymmentä astetta, mutta se ei ole aina sama.",
            ),
        ] {
            let found = analyse(text);
            let wanted = query_terms(question);
            assert!(
                wanted.iter().any(|term| found.contains(&term.text)),
                "{wanted:?} and {found:?}"
            );
        }
    }
}
