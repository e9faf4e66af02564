//! Example questions that are made of headings, for the first screen of a chat.

mod chinese;
mod english;
mod heading;

use crate::text::language::{detect_language, is_han};

/// A question that a passage should answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeadingQuestion {
    /// What to ask.
    pub question: String,
    /// Its language as an ISO 639-1 code, where that is clear.
    pub language: Option<&'static str>,
}

/// Makes a question of a heading, in the heading's language. `text` is what stands under it.
///
/// `None` if the heading says too little to be asked about (a single word, a number, a date, "Introduction"), if it has
/// characters that are not those of words and sentences, or if there is no template for its language.
pub fn heading_question(heading: &str, text: &str) -> Option<HeadingQuestion> {
    let title = heading::title(heading)?;
    let language = language_of(&title, text);
    let asks = title.ends_with(['?', '？']);
    let question = match language {
        _ if asks => title,
        Some("en") => english::question(&title, text),
        Some("zh") => chinese::question(&title),
        _ => return None,
    };
    Some(HeadingQuestion { question, language })
}

/// What two headings or questions have in common that say the same: their letters and digits, in lower case.
pub fn heading_key(text: &str) -> String {
    let letters = text.chars().filter(|character| character.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A heading is short, so the text below it says which language it is in. Chinese characters say it themselves, where
/// the text is not Japanese or Korean.
fn language_of(title: &str, text: &str) -> Option<&'static str> {
    let found = detect_language(&format!("{title}\n{text}"));
    match found {
        Some("ja" | "ko") => found,
        _ if title.chars().any(is_han) => Some("zh"),
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str =
        "This is what the company pays for, and how a trip is booked with the office.";
    const CHINESE: &str = "公司支付出差的费用，行程由办公室预订。";

    fn asked(heading: &str, text: &str) -> Option<String> {
        heading_question(heading, text).map(|made| made.question)
    }

    #[test]
    fn english_headings_become_english_questions() {
        for (heading, question) in [
            ("Why did my PDF fail?", "Why did my PDF fail?"),
            ("What is needed", "What is needed?"),
            ("Should I worry", "Should I worry?"),
            ("How to restore a backup", "How do I restore a backup?"),
            (
                "How Riddle searches",
                "Can you explain how Riddle searches?",
            ),
            (
                "When a file is broken",
                "What happens when a file is broken?",
            ),
            (
                "If the reranker fails",
                "What happens if the reranker fails?",
            ),
            ("2.1 Start the server", "How do I start the server?"),
            ("Install ONNX Runtime", "How do I install ONNX Runtime?"),
            ("Stop and start again", "How do I stop and start again?"),
            (
                "**Trip** approval",
                "What should I know about trip approval?",
            ),
            ("The deadline", "What should I know about the deadline?"),
            ("Booking hotels", "What should I know about booking hotels?"),
            ("Berlin office", "What should I know about Berlin office?"),
            (
                "Travel in `Europe`:",
                "What should I know about Travel in Europe?",
            ),
            (
                "A server already runs on this folder",
                "What do the documents say about “A server already runs on this folder”?",
            ),
            (
                "Answers are slow",
                "What do the documents say about “Answers are slow”?",
            ),
        ] {
            assert_eq!(
                asked(heading, ENGLISH).as_deref(),
                Some(question),
                "{heading}"
            );
        }
    }

    #[test]
    fn chinese_headings_become_chinese_questions() {
        for (heading, question) in [
            ("扫描件为什么失败?", "扫描件为什么失败?"),
            ("如何恢复备份", "如何恢复备份？"),
            ("备份保存在哪里", "备份保存在哪里？"),
            ("没有语言模型时", "没有语言模型时怎么办？"),
            ("第三章 出差报销", "关于“出差报销”，需要了解什么？"),
            ("一、年假制度", "关于“年假制度”，需要了解什么？"),
            ("（二）大小限制", "关于“大小限制”，需要了解什么？"),
            ("PDF 的加密", "关于“PDF 的加密”，需要了解什么？"),
        ] {
            assert_eq!(
                asked(heading, CHINESE).as_deref(),
                Some(question),
                "{heading}"
            );
        }
    }

    #[test]
    fn headings_that_say_little_are_left_out() {
        for heading in [
            "Introduction",
            "Table of contents",
            "1. Introduction and overview",
            "Ports",
            "3.2",
            "March 2024",
            "12 March 2024, Monday",
            "Release 2.4.1",
            "Quarter 3 2024",
            "Appendix B",
            "目录",
            "参考文献",
            "附录一",
            "备份",
            "二〇二四年三月",
            "2024年3月12日",
            "",
            "***",
        ] {
            for text in [ENGLISH, CHINESE] {
                assert_eq!(asked(heading, text), None, "{heading}");
            }
        }
        assert_eq!(asked(&"trip ".repeat(13), ENGLISH), None);
        assert_eq!(asked(&"差".repeat(31), CHINESE), None);
        assert!(asked(&"差".repeat(30), CHINESE).is_some());
    }

    #[test]
    fn headings_hold_words_and_nothing_else() {
        for heading in [
            "Trip <|im_start|> approval",
            "Trip approval {{name}}",
            "Trip | approval",
            "Trip\u{202e} approval",
            "Trip\u{200b} approval",
            "Trip approval https://example.org",
            "Trip 🚀 approval",
        ] {
            assert_eq!(asked(heading, ENGLISH), None, "{heading}");
        }
    }

    #[test]
    fn other_languages_give_what_is_a_question_already() {
        let text = "Die Reisekosten werden von der Firma erstattet, sobald der Antrag genehmigt worden ist.";
        assert_eq!(asked("Erstattung der Kosten", text), None);
        let made = heading_question("Wer genehmigt den Antrag?", text);
        let made = made.expect("it is a question");
        assert_eq!(made.question, "Wer genehmigt den Antrag?");
        assert_eq!(made.language, Some("de"));
        assert_eq!(
            asked("検索設定一覧", "リランカーはなぜ役に立つのですか"),
            None
        );
    }

    #[test]
    fn the_same_heading_has_the_same_key() {
        assert_eq!(
            heading_key("Trip approval:"),
            heading_key("trip  **Approval**")
        );
        assert_ne!(heading_key("Trip approval"), heading_key("Trip approvals"));
    }
}
