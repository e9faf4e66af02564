//! Words that carry the grammar of a question and say nothing about its topic.

use std::collections::HashSet;

/// The function words of a language in Latin letters.
struct Language {
    code: &'static str,
    /// Words that tell the language: neither English nor of another language here.
    own: &'static [&'static str],
    /// Words that mean something in another language, such as `war`; they count only beside one of its own.
    shared: &'static [&'static str],
}

const ENGLISH: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
    "because", "been", "before", "being", "both", "but", "by", "can", "could", "did", "didnt",
    "do", "does", "doesnt", "doing", "dont", "each", "few", "for", "from", "had", "has", "have",
    "having", "he", "her", "here", "hers", "him", "his", "how", "hows", "i", "if", "im", "in",
    "into", "is", "isnt", "it", "its", "itself", "just", "may", "me", "might", "more", "most",
    "much", "many", "must", "my", "no", "nor", "not", "of", "on", "or", "other", "our", "ours",
    "shall", "she", "should", "so", "some", "such", "than", "that", "thats", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "too", "us", "very", "was",
    "wasnt", "we", "were", "what", "whats", "when", "where", "wheres", "which", "while", "who",
    "whom", "whos", "whose", "why", "will", "with", "would", "you", "your", "yours",
];

const OTHERS: &[Language] = &[
    Language {
        code: "de",
        own: &[
            "aber", "auch", "auf", "aus", "bei", "beim", "bis", "das", "dass", "dem", "den", "der",
            "diese", "diesem", "diesen", "dieser", "dieses", "dich", "du", "durch", "ein", "eine",
            "einem", "einen", "einer", "eines", "einige", "euch", "fur", "gegen", "gibt", "habe",
            "haben", "hatte", "hatten", "ich", "ihm", "ihn", "ihnen", "ihr", "ihre", "ihrem",
            "ihren", "ihrer", "ist", "jede", "jeden", "jeder", "jedes", "kann", "kannst", "konnen",
            "kein", "keine", "keinen", "meine", "meinem", "meinen", "meiner", "mich", "mir", "mit",
            "muss", "mussen", "nach", "nicht", "noch", "nur", "oder", "ohne", "sehr", "sein",
            "seine", "sich", "sie", "sind", "soll", "sollen", "uber", "uns", "unser", "unsere",
            "und", "unter", "viel", "viele", "vielen", "vom", "von", "vor", "wann", "warum",
            "wegen", "welche", "welchem", "welchen", "welcher", "welches", "wem", "wen", "wenn",
            "wer", "werde", "werden", "weshalb", "wie", "wieso", "wieviel", "wird", "wo", "wofur",
            "woher", "wohin", "womit", "worden", "wurde", "wurden", "zu", "zum", "zur", "zwischen",
            "darf", "bitte", "denn", "etwas",
        ],
        shared: &[
            "am", "an", "als", "also", "bin", "da", "des", "die", "er", "es", "hat", "im", "in",
            "man", "so", "um", "war", "was", "will", "ab", "mein", "dort",
        ],
    },
    Language {
        code: "fr",
        own: &[
            "au",
            "aux",
            "avec",
            "avez",
            "avoir",
            "avons",
            "ca",
            "ce",
            "ces",
            "cet",
            "cette",
            "chez",
            "combien",
            "comment",
            "dans",
            "depuis",
            "du",
            "elle",
            "elles",
            "est",
            "et",
            "etes",
            "etre",
            "il",
            "ils",
            "je",
            "jusqua",
            "la",
            "le",
            "les",
            "leur",
            "leurs",
            "lesquelles",
            "lesquels",
            "lequel",
            "laquelle",
            "mais",
            "mes",
            "mon",
            "nos",
            "notre",
            "nous",
            "ont",
            "ou",
            "par",
            "pas",
            "peut",
            "peuvent",
            "peux",
            "pourquoi",
            "quand",
            "que",
            "quel",
            "quelle",
            "quelles",
            "quels",
            "qui",
            "quoi",
            "sa",
            "sans",
            "sera",
            "ses",
            "sommes",
            "sont",
            "sous",
            "suis",
            "sur",
            "une",
            "vers",
            "vos",
            "votre",
            "vous",
            "etait",
            "faut",
            "doit",
            "quest",
            "cest",
            "jai",
        ],
        shared: &[
            "a", "as", "de", "des", "en", "entre", "fait", "faire", "me", "ma", "ne", "on", "or",
            "pour", "se", "si", "son", "te", "tu", "un", "y", "plus", "tout", "lors", "es",
        ],
    },
    Language {
        code: "es",
        own: &[
            "algun", "alguna", "aquel", "cada", "como", "con", "cual", "cuales", "cuando",
            "cuanta", "cuantas", "cuanto", "cuantos", "del", "desde", "donde", "el", "ella",
            "ellas", "ellos", "esta", "estan", "estas", "este", "estos", "fue", "fueron", "ha",
            "hace", "hacer", "hacia", "han", "hasta", "hay", "los", "las", "mis", "muy",
            "nosotros", "nuestra", "nuestro", "para", "pero", "por", "porque", "puede", "pueden",
            "puedo", "quien", "quienes", "segun", "ser", "sobre", "tengo", "tiene", "tienen",
            "una", "unas", "unos", "usted", "ustedes", "debe", "deben", "hemos", "consigo", "eran",
        ],
        shared: &[
            "a", "al", "de", "e", "en", "entre", "era", "es", "la", "le", "lo", "me", "mi", "no",
            "o", "que", "se", "si", "sin", "solo", "son", "su", "sus", "te", "todo", "tu", "un",
            "y", "ya", "yo", "mas", "el",
        ],
    },
    Language {
        code: "it",
        own: &[
            "agli", "ai", "alla", "alle", "allo", "anche", "che", "cosa", "cui", "dagli", "dai",
            "dal", "dalla", "dalle", "degli", "dei", "della", "delle", "dello", "dove", "essere",
            "gli", "hanno", "ho", "il", "loro", "ma", "mio", "mia", "negli", "nei", "nel", "nella",
            "nelle", "nello", "noi", "nostra", "nostro", "ogni", "perche", "piu", "possiamo",
            "possono", "posso", "puo", "qual", "quale", "quali", "quando", "quanta", "quante",
            "quanti", "quanto", "questa", "queste", "questi", "questo", "sono", "stato", "sua",
            "sue", "sui", "sul", "sulla", "sulle", "suo", "suoi", "uno", "viene", "vengono", "voi",
            "deve", "devono", "cose", "cos",
        ],
        shared: &[
            "a", "al", "chi", "come", "con", "da", "del", "di", "dopo", "e", "ed", "fa", "fra",
            "ha", "i", "in", "io", "la", "le", "lei", "li", "lo", "lui", "mi", "ne", "no", "non",
            "o", "per", "prima", "se", "si", "su", "tra", "tu", "un", "una",
        ],
    },
    Language {
        code: "pt",
        own: &[
            "ao", "aos", "ate", "com", "como", "da", "das", "dos", "ela", "elas", "ele", "eles",
            "em", "essa", "esse", "esta", "estao", "este", "eu", "foi", "isso", "isto", "mais",
            "mas", "meu", "minha", "muito", "na", "nao", "nas", "nos", "nossa", "nosso", "num",
            "numa", "onde", "os", "ou", "para", "pela", "pelo", "pode", "podem", "posso", "porque",
            "qual", "quais", "quando", "quanta", "quantas", "quanto", "quantos", "quem", "sao",
            "sem", "ser", "seu", "seus", "sua", "suas", "tem", "uma", "umas", "voce", "voces",
            "deve", "sobre",
        ],
        shared: &[
            "a", "as", "de", "do", "e", "entre", "era", "me", "no", "o", "por", "que", "se", "so",
            "um",
        ],
    },
    Language {
        code: "nl",
        own: &[
            "aan", "bij", "dat", "deze", "dit", "door", "een", "geen", "heb", "hebben", "hebt",
            "heeft", "het", "hoe", "hoeveel", "ik", "ijn", "jaar", "je", "jij", "jullie", "kan",
            "kunnen", "maar", "meer", "mijn", "moet", "moeten", "naar", "niet", "nog", "ons",
            "onze", "ook", "op", "uit", "van", "voor", "waar", "waarom", "wat", "welk", "welke",
            "werd", "wie", "wij", "worden", "wordt", "zijn", "zonder", "zou", "mag", "deze",
            "tussen",
        ],
        shared: &[
            "al", "als", "de", "den", "die", "en", "er", "in", "is", "met", "of", "om", "te",
            "tot", "was", "wanneer", "we", "ze", "zo",
        ],
    },
    Language {
        code: "pl",
        own: &[
            "albo",
            "ale",
            "bez",
            "byc",
            "byl",
            "byla",
            "bylo",
            "czy",
            "czym",
            "dlaczego",
            "dla",
            "gdzie",
            "ile",
            "jak",
            "jaka",
            "jaki",
            "jakie",
            "jest",
            "kiedy",
            "kto",
            "ktora",
            "ktore",
            "ktory",
            "lub",
            "mozna",
            "moze",
            "oraz",
            "przez",
            "przy",
            "sie",
            "skad",
            "wszystkie",
            "ktorych",
            "jakich",
            "jestem",
            "maja",
            "mam",
            "musi",
        ],
        shared: &[
            "co", "do", "i", "ma", "na", "nie", "o", "od", "po", "sa", "to", "w", "we", "z", "za",
            "ze",
        ],
    },
    Language {
        code: "sv",
        own: &[
            "att", "av", "eller", "hur", "inte", "jag", "kan", "mellan", "med", "nar", "och",
            "som", "till", "vad", "vara", "varfor", "vem", "vilka", "vilken", "vilket", "ar",
            "blir", "finns", "manga", "mycket", "maste",
        ],
        shared: &[
            "de", "den", "det", "en", "ett", "for", "har", "i", "man", "om", "pa", "var", "vi",
        ],
    },
    Language {
        code: "tr",
        own: &[
            "bir", "bu", "gibi", "hangi", "icin", "ile", "kac", "kim", "mi", "mu", "nasil",
            "neden", "nedir", "nerede", "nereden", "olan", "olarak", "ve", "veya", "zaman",
            "degil", "daha", "nicin", "kadar",
        ],
        shared: &["da", "de", "en", "ne", "o"],
    },
    // Danish and Norwegian, which have most of them in common.
    Language {
        code: "da",
        own: &[
            "og", "ikke", "jeg", "hvor", "hvordan", "hvorfor", "hvornar", "hvad", "hva", "hvem",
            "hvilken", "hvilke", "hvilket", "efter", "etter", "nogle", "noen", "noget", "blev",
            "bliver", "være", "været", "vært", "ogsa", "skal", "vores", "mellem", "mellom", "uden",
            "uten", "meget", "mye", "dere", "denne", "dette", "hvis", "igen", "igjen", "gælder",
            "gjelder", "ikkje", "kva", "korleis", "kvar", "kven", "hvert", "hver", "findes",
            "finnes",
        ],
        shared: &[
            "af", "til", "ved", "vær", "far", "vil", "vare", "mange", "kun", "bare", "dig", "min",
            "din", "oss", "disse", "skulle", "kunne", "hos", "under", "over", "mod", "mot", "aben",
            "apner", "eg", "fa", "pa", "ma", "var", "sin", "nar", "fra", "eller", "der", "det",
            "den", "de", "et", "en", "er", "som", "med", "kan", "har", "i", "om", "for", "vi",
            "du", "man", "at", "os", "ein", "ble", "mig", "meg", "deg", "sig", "seg", "jer", "noe",
        ],
    },
    Language {
        code: "fi",
        own: &[
            "ovat",
            "mika",
            "mita",
            "missa",
            "milloin",
            "miten",
            "miksi",
            "kuinka",
            "kuka",
            "kenen",
            "kenelle",
            "tama",
            "etta",
            "mutta",
            "myos",
            "voin",
            "voiko",
            "voidaan",
            "pitaa",
            "saako",
            "onko",
            "olen",
            "olla",
            "minun",
            "sinun",
            "hanen",
            "niin",
            "sita",
            "kaikki",
            "mihin",
            "mista",
            "monta",
            "paljonko",
            "millainen",
            "milla",
            "joka",
            "jotka",
            "jonka",
            "kanssa",
            "ennen",
            "jalkeen",
            "vain",
            "kuin",
            "seka",
            "tulee",
            "taytyy",
            "minka",
            "mikali",
            "tasta",
            "siita",
            "meidan",
            "teidan",
            "heidan",
            "ovatko",
            "olivat",
            "kertaa",
        ],
        shared: &[
            "on", "voi", "han", "se", "ne", "ja", "ole", "sen", "oli", "tai", "kun", "jos", "ei",
            "saa",
        ],
    },
];

/// Chinese words of questions and particles.
const CHINESE: &[&str] = &[
    "的",
    "了",
    "吗",
    "呢",
    "吧",
    "啊",
    "呀",
    "么",
    "嘛",
    "之",
    "着",
    "地",
    "得",
    "是",
    "在",
    "有",
    "和",
    "与",
    "及",
    "或",
    "或者",
    "而",
    "且",
    "并",
    "也",
    "都",
    "就",
    "还",
    "又",
    "把",
    "被",
    "让",
    "对",
    "对于",
    "关于",
    "从",
    "向",
    "到",
    "于",
    "以",
    "为",
    "为了",
    "由",
    "这",
    "那",
    "这个",
    "那个",
    "这些",
    "那些",
    "哪",
    "哪个",
    "哪些",
    "哪里",
    "哪儿",
    "哪种",
    "哪位",
    "什么",
    "甚么",
    "什么样",
    "怎么",
    "怎样",
    "怎么样",
    "怎么办",
    "如何",
    "为什么",
    "为何",
    "何时",
    "何地",
    "几",
    "几个",
    "多少",
    "多久",
    "谁",
    "请",
    "请问",
    "一下",
    "您",
    "你",
    "我",
    "他",
    "她",
    "它",
    "我们",
    "你们",
    "他们",
    "能",
    "能否",
    "可以",
    "可不可以",
    "能不能",
    "是不是",
    "有没有",
    "是否",
    "会",
    "应该",
    "需要",
    "什么时候",
    "时候",
    "以及",
    "其",
    "个",
];

/// Whether a Chinese word only carries grammar.
pub fn is_chinese_function_word(word: &str) -> bool {
    CHINESE.contains(&word)
}

/// Whether an English word in small letters only carries grammar.
pub(crate) fn is_english_function_word(word: &str) -> bool {
    ENGLISH.contains(&word)
}

/// The function words among the words of a text, lower-cased, without accents, as [`function_word_form`] writes them.
/// Those of one language alone: `die` is none of an English text, and `war` none of a text without another German word.
pub fn function_words(text: &str) -> HashSet<String> {
    let words = distinct_words(text);
    let english = words.iter().filter(|word| ENGLISH.contains(&word.as_str()));
    let english_count = english.clone().count();
    match best(&words) {
        Some((language, count)) if count > english_count || own_count(language, &words) > 1 => {
            words
                .iter()
                .filter(|word| {
                    language.own.contains(&word.as_str())
                        || language.shared.contains(&word.as_str())
                })
                .cloned()
                .collect()
        }
        _ => english.cloned().collect(),
    }
}

/// Words of Danish that are not Norwegian, and the other way round, as [`function_word_form`] writes them.
const ONLY_DANISH: &str = "af hvad efter mig dig sig nogle noget blev bliver mellem uden igen meget jer os ud op nu findes \
    gælder hvornar været vores aben uge";
const ONLY_NORWEGIAN: &str = "hva etter meg deg seg noen noe ble blir mellom uten igjen mye dere oss ut opp na finnes \
    gjelder vært apner uke ikkje kva korleis kvar kven eg ein";

/// Whether a text in one of both is Norwegian; `None` where its words do not tell.
pub(crate) fn is_norwegian_rather_than_danish(text: &str) -> Option<bool> {
    let words = distinct_words(text);
    let count = |list: &str| {
        list.split_whitespace()
            .filter(|word| words.contains(*word))
            .count()
    };
    let (danish, norwegian) = (count(ONLY_DANISH), count(ONLY_NORWEGIAN));
    (danish != norwegian).then_some(norwegian > danish)
}

/// A word as [`function_words`] gives it.
pub fn function_word_form(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let bare = |c: &char| c.is_alphanumeric();
    word.nfkd()
        .filter(bare)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The language that the function words of a text are of, if at least two of them tell it. English ones are not asked.
pub(crate) fn language_of_function_words(text: &str) -> Option<&'static str> {
    let words = distinct_words(text);
    let english = words.iter().filter(|word| ENGLISH.contains(&word.as_str()));
    let (language, count) = best(&words)?;
    let shared_with_english = |word: &&String| {
        ENGLISH.contains(&word.as_str()) && language.shared.contains(&word.as_str())
    };
    let only_english = english.clone().count() - english.filter(shared_with_english).count();
    (count >= 2 && own_count(language, &words) > only_english).then_some(language.code)
}

/// The language with the most function words, of which one at least is its own; `None` where two are equal.
fn best(words: &HashSet<String>) -> Option<(&'static Language, usize)> {
    let mut counts: Vec<(usize, usize, &Language)> = OTHERS
        .iter()
        .map(|language| {
            let own = own_count(language, words);
            let shared = words
                .iter()
                .filter(|word| language.shared.contains(&word.as_str()))
                .count();
            (own + shared, own, language)
        })
        .filter(|(_, own, _)| *own > 0)
        .collect();
    counts.sort_by_key(|(all, own, _)| std::cmp::Reverse((*all, *own)));
    match counts.as_slice() {
        [first, second, ..] if (first.0, first.1) == (second.0, second.1) => None,
        [(all, _, language), ..] => Some((*language, *all)),
        [] => None,
    }
}

fn own_count(language: &Language, words: &HashSet<String>) -> usize {
    let own = |word: &&String| language.own.contains(&word.as_str());
    words.iter().filter(own).count()
}

fn distinct_words(text: &str) -> HashSet<String> {
    text.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | '.' | '?' | '!' | ';' | ':' | '¿' | '¡' | '(' | ')' | '-'
            )
    })
    .map(function_word_form)
    .filter(|word| !word.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(text: &str) -> Vec<String> {
        let mut words: Vec<String> = function_words(text).into_iter().collect();
        words.sort();
        words
    }

    #[test]
    fn words_count_in_their_own_language_alone() {
        assert_eq!(
            sorted("How do I reset a password?"),
            ["a", "do", "how", "i"]
        );
        assert_eq!(
            sorted("Was ist die Frist für den Urlaub?"),
            ["den", "die", "fur", "ist", "was"]
        );
        assert_eq!(sorted("How did the die hit?"), ["did", "how", "the"]);
        for nothing in [
            "cold war",
            "Meg Ryan phone",
            "Tai chi classes",
            "ble pairing time",
        ] {
            assert_eq!(sorted(nothing), [] as [&str; 0], "{nothing}");
        }
        assert_eq!(
            sorted("Quelle est la durée du congé ?"),
            ["du", "est", "la", "quelle"]
        );
        assert_eq!(sorted("¿Dónde está el permiso?"), ["donde", "el", "esta"]);
        assert_eq!(
            sorted("Come posso cambiare la password?"),
            ["come", "la", "posso"]
        );
    }

    #[test]
    fn function_words_tell_a_language() {
        for (text, language) in [
            (
                "Wie viele Urlaubstage haben die Mitarbeiter im Jahr?",
                Some("de"),
            ),
            ("Wo finde ich die Anleitung?", Some("de")),
            ("Où est le parking ?", Some("fr")),
            ("¿Dónde consigo un permiso de estacionamiento?", Some("es")),
            ("Quanti giorni di ferie ho in un anno?", Some("it")),
            ("Hoeveel vakantiedagen heeft een medewerker?", Some("nl")),
            ("Hvor er nøglen til kontoret?", Some("da")),
            ("Milloin toimisto on auki?", Some("fi")),
            ("Who was der Alte?", None),
            ("What is the war about and who won it?", None),
            ("GPU memory", None),
        ] {
            assert_eq!(language_of_function_words(text), language, "{text}");
        }
    }
}
