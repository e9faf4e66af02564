use whatlang::{Detector, Lang, Script};

use crate::text::function_words::{is_norwegian_rather_than_danish, language_of_function_words};

/// An East Asian script is taken if it has at least this share of all words, counted there as pairs of characters: a
/// Chinese question full of English product names is still Chinese.
const EAST_ASIAN_SHARE: f32 = 0.3;
/// Share of kana among kana and Han characters above which the text is Japanese.
const KANA_SHARE: f32 = 0.1;
/// Shorter texts are not guessed from trigrams, which say little about them.
const MIN_LATIN_LETTERS: usize = 20;
/// Below this confidence a language in Latin letters is unknown: a wrong guess would cost the dense half of a search.
const MIN_LATIN_CONFIDENCE: f64 = 0.9;

const DANISH: &str = "da";
/// English function words that other languages in Latin letters do not have.
const ENGLISH_WORDS: [&str; 16] = [
    "the", "what", "how", "which", "does", "when", "who", "why", "where", "and", "with", "from",
    "this", "that", "should", "between",
];

/// ISO 639-3 codes of `whatlang` with their ISO 639-1 codes.
const CODES: [(&str, &str); 70] = [
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("cym", "cy"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "no"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zul", "zu"),
];

/// ISO 639-1 code of the language of a question, or `None` where a guess would be worth little.
/// Short text in Latin letters is `None` unless it is plainly of one language.
pub fn detect_language(text: &str) -> Option<&'static str> {
    east_asian(text).or_else(|| by_statistics(text))
}

/// English name of a language by its ISO 639-1 code; the code itself where the name is not known.
pub fn language_name(code: &str) -> &str {
    if code == "zh" {
        return "Chinese";
    }
    CODES
        .iter()
        .find(|(_, short)| *short == code)
        .and_then(|(long, _)| Lang::from_code(*long))
        .map_or(code, |language| language.eng_name())
}

/// Whether a character belongs to a script that is written without spaces between words.
pub(crate) fn is_east_asian(character: char) -> bool {
    is_han(character) || is_kana(character) || is_hangul(character)
}

fn east_asian(text: &str) -> Option<&'static str> {
    let (mut han, mut kana, mut hangul, mut words) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut in_word = false;
    for character in text.chars() {
        let east_asian = is_east_asian(character);
        han += u32::from(is_han(character));
        kana += u32::from(is_kana(character));
        hangul += u32::from(is_hangul(character));
        let in_other = character.is_alphabetic() && !east_asian;
        words += u32::from(in_other && !in_word);
        in_word = in_other;
    }
    let characters = (han + kana + hangul) as f32;
    let own = characters / 2.0;
    if characters == 0.0 || own / (own + words as f32) < EAST_ASIAN_SHARE {
        return None;
    }
    if hangul > han + kana {
        return Some("ko");
    }
    let japanese = kana as f32 > KANA_SHARE * (han + kana) as f32;
    Some(if japanese { "ja" } else { "zh" })
}

fn by_statistics(text: &str) -> Option<&'static str> {
    let guess = whatlang::detect(text)?;
    if guess.script() != Script::Latin {
        return short_code(guess.lang());
    }
    let lower = text.to_lowercase();
    let english = lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| ENGLISH_WORDS.contains(&word));
    let told = language_of_function_words(text);
    if english && told.is_none() {
        return Some("en");
    }
    if told == Some(DANISH) {
        return Some(danish_or_norwegian(text));
    }
    if told.is_some() {
        return told;
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let confident = guess.confidence() >= MIN_LATIN_CONFIDENCE && letters >= MIN_LATIN_LETTERS;
    confident.then(|| short_code(guess.lang())).flatten()
}

/// Which of two languages a text is in that have most words in common.
fn danish_or_norwegian(text: &str) -> &'static str {
    let is_norwegian = is_norwegian_rather_than_danish(text).unwrap_or_else(|| {
        let detector = Detector::with_allowlist(vec![Lang::Dan, Lang::Nob]);
        detector.detect_lang(text) == Some(Lang::Nob)
    });
    if is_norwegian { "no" } else { DANISH }
}

fn short_code(language: Lang) -> Option<&'static str> {
    CODES
        .iter()
        .find(|(long, _)| *long == language.code())
        .map(|(_, short)| *short)
}

pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '々' | '〇')
}

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}')
}

fn is_hangul(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use riddle_test_support::shared_data;

    #[test]
    fn scripts_decide_before_statistics() {
        assert_eq!(detect_language("重排序为什么有用？"), Some("zh"));
        assert_eq!(
            detect_language("kubernetes 里的 pod 和 node 有什么区别"),
            Some("zh")
        );
        assert_eq!(detect_language("RRF 融合"), Some("zh"));
        assert_eq!(
            detect_language("リランカーはなぜ役に立つのですか"),
            Some("ja")
        );
        assert_eq!(detect_language("재순위화는 왜 유용합니까"), Some("ko"));
        assert_eq!(
            detect_language("Как работает переранжирование?"),
            Some("ru")
        );
    }

    #[test]
    fn one_foreign_name_does_not_change_the_language() {
        assert_eq!(
            detect_language("What does the word 北京 mean in this document?"),
            Some("en")
        );
    }

    #[test]
    fn short_latin_text_is_unknown() {
        for text in [
            "",
            "42",
            "tokio",
            "rerank top_k",
            "GPU memory",
            "Qdrant segment",
        ] {
            assert_eq!(detect_language(text), None, "{text}");
        }
    }

    #[test]
    fn long_latin_text_is_told_apart() {
        assert_eq!(
            detect_language("Wie lange werden die Daten nach der Kündigung aufbewahrt?"),
            Some("de")
        );
        assert_eq!(
            detect_language(
                "Combien de temps les données des utilisateurs sont-elles conservées après la fermeture de leur compte ?"
            ),
            Some("fr")
        );
    }

    #[test]
    fn short_texts_of_the_north_are_told_apart() {
        for (text, language) in [
            ("Hvad er fristen for opsigelse?", "da"),
            ("Hvornår åbner kontoret efter ferien?", "da"),
            ("Hva er fristen for oppsigelse?", "no"),
            ("Hvor mye koster det å parkere?", "no"),
            ("Nøkkelen ble funnet etter ferien og er ikke din.", "no"),
            ("Hur lång är uppsägningstiden?", "sv"),
            ("Kuinka pitkä irtisanomisaika on?", "fi"),
            ("Missä on toimiston avain?", "fi"),
            ("Hoe lang is de opzegtermijn van het contract?", "nl"),
            ("Wie lang ist die Frist?", "de"),
            ("Where is the key to the office?", "en"),
        ] {
            assert_eq!(detect_language(text), Some(language), "{text}");
        }
        let either = detect_language("Hvor er nøglen til kontoret?");
        assert!(matches!(either, Some("da" | "no")), "{either:?}");
    }

    #[test]
    fn names_are_english() {
        assert_eq!(language_name("zh"), "Chinese");
        assert_eq!(language_name("de"), "German");
        assert_eq!(language_name("xx"), "xx");
    }

    #[test]
    fn every_language_of_the_detector_has_a_code() {
        for language in Lang::all() {
            assert!(short_code(*language).is_some(), "{}", language.code());
        }
    }

    #[test]
    fn questions_are_taken_for_their_language_or_for_none() {
        for (language, questions) in [("en", ENGLISH), ("zh", CHINESE)] {
            let questions: Vec<&str> = questions.lines().collect();
            assert_eq!(questions.len(), 24, "{language}");
            for question in &questions {
                let found = detect_language(question);
                assert!(
                    found.is_none_or(|found| found == language),
                    "{question}: {found:?}"
                );
            }
            let told = questions
                .iter()
                .filter(|one| detect_language(one).is_some());
            assert!(told.count() >= 16, "most of {language} is told");
        }
    }

    const ENGLISH: &str = "\
When does the last boat leave from pier nine?
Which department approves a journey that costs more than two thousand euros?
How long are log files kept after a customer has closed the account?
What happens if the embedding model is replaced while documents are being indexed?
Who has to sign the form before a laptop is handed out?
Why did the import of my presentation fail with a timeout?
Is the warranty void when the cover has been opened?
Can I change the reranker of a knowledge base without indexing it again?
Aspirin lowers the risk of a second stroke in elderly patients.
Where is the emergency shutdown of the east turbine hall?
Does the function that parses the configuration file return an error for unknown keys?
What is the difference between a chunk and a passage?
How many litres of water does the cooling system need per hour?
Show me every place where the connection pool is closed.
Which vitamin deficiency is associated with night blindness?
How do I reset the password of the administrator?
What was the total revenue of the northern branch in the third quarter?
Under which conditions may the tenant terminate the contract early?
Mice without this gene gain less weight on a diet rich in fat.
What temperature must the oven have before the bread goes in?
Explain why hybrid search ranks exact product numbers higher.
How can two retrievers be compared on the same questions?
Name the three founders of the company.
Should the server be restarted after the certificate has been renewed?";

    const CHINESE: &str = "\
最后一班渡船几点从九号码头出发？
超过两千欧元的出差由哪个部门批准？
客户注销账户以后日志保存多长时间？
重排序模型为什么能提高答案的质量？
笔记本电脑发放之前谁必须签字？
为什么我的演示文稿导入失败？
打开外壳以后保修还有效吗？
如何在不重新索引的情况下更换重排序器？
北京大学的创办时间是哪一年？
东侧汽轮机厂房的紧急停机按钮在哪里？
配置文件中出现未知的键时程序会报错吗？
PDF 文件最大可以是多少 MB？
冷却系统每小时需要多少升水？
列出所有关闭连接池的地方。
缺乏哪种维生素会导致夜盲症？
怎样重置管理员的密码？
北方分公司第三季度的总收入是多少？
租户在什么条件下可以提前解除合同？
这部小说的作者出生在哪座城市？
面包放进烤箱之前温度要达到多少度？
BM25 和向量检索有什么区别？
同样的问题怎样比较两种检索方式？
公司的三位创始人分别是谁？
更新证书以后需要重新启动服务器吗？";

    #[test]
    fn real_questions_are_hardly_ever_taken_for_another_language() {
        for (set, language) in [
            ("scifact", "en"),
            ("codebase_chunks", "en"),
            ("xquad_en", "en"),
            ("xquad_zh", "zh"),
            ("cmrc2018_dev", "zh"),
        ] {
            let Some(path) = shared_data(&format!("retrieval/{set}/queries.jsonl")) else {
                return;
            };
            let text = std::fs::read_to_string(path).expect("a test file");
            let questions: Vec<serde_json::Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).expect("a question"))
                .collect();
            let wrong = questions
                .iter()
                .filter_map(|question| detect_language(question["text"].as_str()?))
                .filter(|found| *found != language)
                .count();
            assert!(wrong * 200 <= questions.len(), "{set}: {wrong} are wrong");
        }
    }
}
