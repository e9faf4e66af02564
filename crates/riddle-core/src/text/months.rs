use crate::text::terms::folded;

/// Names of months without accents, and what they are cut to, in the languages of Western and Northern Europe.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "jan", "januar", "janner", "jaenner", "janvier", "janv", "enero", "ene",
        "gennaio", "gen", "janeiro", "januari",
    ],
    &[
        "february",
        "feb",
        "februar",
        "fevrier",
        "fevr",
        "febrero",
        "febbraio",
        "fevereiro",
        "fev",
        "februari",
    ],
    &[
        "march", "mar", "marz", "maerz", "mrz", "mars", "marts", "marzo", "marco", "maart", "mrt",
    ],
    &["april", "apr", "avril", "avr", "abril", "abr", "aprile"],
    &["may", "mai", "mayo", "maggio", "mag", "maio", "mei", "maj"],
    &[
        "june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho",
    ],
    &[
        "july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho",
    ],
    &[
        "august", "aug", "aout", "agosto", "ago", "augustus", "augusti",
    ],
    &[
        "september",
        "sep",
        "sept",
        "septembre",
        "septiembre",
        "settembre",
        "set",
        "setembro",
    ],
    &[
        "october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro",
        "out",
    ],
    &["november", "nov", "novembre", "noviembre", "novembro"],
    &[
        "december",
        "dec",
        "dezember",
        "dez",
        "decembre",
        "diciembre",
        "dic",
        "dicembre",
        "dezembro",
        "desember",
    ],
];
/// The same in Finnish, where most dates have them with an ending: `5. maaliskuuta 2026`.
const FINNISH: [&str; 12] = [
    "tammikuu",
    "helmikuu",
    "maaliskuu",
    "huhtikuu",
    "toukokuu",
    "kesakuu",
    "heinakuu",
    "elokuu",
    "syyskuu",
    "lokakuu",
    "marraskuu",
    "joulukuu",
];
const FINNISH_ENDINGS: [&str; 5] = ["", "ta", "n", "ssa", "lla"];
/// Longest name of a month with its ending, in letters.
const LONGEST_NAME: usize = 12;

/// The number of the month, from 1, that a word names, whole or cut, in a language of Western or
/// Northern Europe.
pub fn month_of(word: &str) -> Option<usize> {
    let length = word.chars().take(LONGEST_NAME + 1).count();
    if !(3..=LONGEST_NAME).contains(&length) || !word.starts_with(char::is_alphabetic) {
        return None;
    }
    let name = folded(word);
    let place = MONTHS.iter().position(|names| names.contains(&&*name));
    place.or_else(|| finnish(&name)).map(|place| place + 1)
}

fn finnish(name: &str) -> Option<usize> {
    let is_it = |month: &&str| {
        let ending = name.strip_prefix(*month);
        ending.is_some_and(|ending| FINNISH_ENDINGS.contains(&ending))
    };
    FINNISH.iter().position(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_by_their_names() {
        for (word, month) in [
            ("March", 3),
            ("MÄRZ", 3),
            ("Maerz", 3),
            ("déc", 12),
            ("Sept", 9),
            ("août", 8),
            ("maj", 5),
            ("marts", 3),
            ("maaliskuuta", 3),
            ("Kesäkuu", 6),
            ("marraskuussa", 11),
        ] {
            assert_eq!(month_of(word), Some(month), "{word}");
        }
        for word in ["", "Ma", "Marchioness", "3", "三月", "kuuta", "kesäkuuhun"] {
            assert_eq!(month_of(word), None, "{word}");
        }
    }
}
