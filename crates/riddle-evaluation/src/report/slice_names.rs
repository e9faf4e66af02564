use riddle_core::language_name;

use super::types::SliceKind;

/// What the questions of a slice have in common, after "it loses on 40 questions, …".
pub(super) fn english_slice(kind: SliceKind, value: &str) -> String {
    match (kind, value) {
        (SliceKind::Language, "unknown") => "those whose language is not clear".to_owned(),
        (SliceKind::Language, code) => format!("those in {}", language_name(code)),
        (SliceKind::QuestionType, "other") => "those without a question word".to_owned(),
        (SliceKind::QuestionType, "yes_no") => "those that ask for yes or no".to_owned(),
        (SliceKind::QuestionType, word) => format!("those that ask “{}”", word.replace('_', " ")),
        (SliceKind::PassageLength, "short") => "those answered by short passages".to_owned(),
        (SliceKind::PassageLength, "middle") => {
            "those answered by passages of middle length".to_owned()
        }
        (SliceKind::PassageLength, _) => "those answered by long passages".to_owned(),
        (SliceKind::LexicalOverlap, "low") => {
            "those that share few words with their passage".to_owned()
        }
        (SliceKind::LexicalOverlap, "middle") => {
            "those that share some words with their passage".to_owned()
        }
        (SliceKind::LexicalOverlap, _) => {
            "those that share many words with their passage".to_owned()
        }
        (SliceKind::Origin, "made") => "those made of passages".to_owned(),
        (SliceKind::Origin, _) => "those that people asked".to_owned(),
        (SliceKind::Position, "first_third") => {
            "those answered in the first third of a document".to_owned()
        }
        (SliceKind::Position, "second_third") => {
            "those answered in the second third of a document".to_owned()
        }
        (SliceKind::Position, _) => "those answered in the last third of a document".to_owned(),
        (SliceKind::FileType, ending) => format!("those answered by .{ending} files"),
    }
}

/// The same in Chinese.
pub(super) fn chinese_slice(kind: SliceKind, value: &str) -> String {
    match (kind, value) {
        (SliceKind::Language, "unknown") => "语言不明的问题".to_owned(),
        (SliceKind::Language, "zh") => "中文问题".to_owned(),
        (SliceKind::Language, "en") => "英文问题".to_owned(),
        (SliceKind::Language, code) => format!("语言为 {code} 的问题"),
        (SliceKind::QuestionType, kind) => format!("{}问题", chinese_type(kind)),
        (SliceKind::PassageLength, "short") => "答案在短段落中的问题".to_owned(),
        (SliceKind::PassageLength, "middle") => "答案在中等长度段落中的问题".to_owned(),
        (SliceKind::PassageLength, _) => "答案在长段落中的问题".to_owned(),
        (SliceKind::LexicalOverlap, "low") => "与段落共用词语少的问题".to_owned(),
        (SliceKind::LexicalOverlap, "middle") => "与段落共用部分词语的问题".to_owned(),
        (SliceKind::LexicalOverlap, _) => "与段落共用词语多的问题".to_owned(),
        (SliceKind::Origin, "made") => "由段落生成的问题".to_owned(),
        (SliceKind::Origin, _) => "由人提出的问题".to_owned(),
        (SliceKind::Position, "first_third") => "答案在文档前三分之一的问题".to_owned(),
        (SliceKind::Position, "second_third") => "答案在文档中间三分之一的问题".to_owned(),
        (SliceKind::Position, _) => "答案在文档后三分之一的问题".to_owned(),
        (SliceKind::FileType, ending) => format!("答案在 .{ending} 文件中的问题"),
    }
}

fn chinese_type(kind: &str) -> &'static str {
    match kind {
        "what" => "“什么”类",
        "how" => "“怎么”类",
        "how_many" => "“多少”类",
        "why" => "“为什么”类",
        "who" => "“谁”类",
        "when" => "“何时”类",
        "where" => "“哪里”类",
        "which" => "“哪个”类",
        "yes_no" => "是非",
        _ => "没有疑问词的",
    }
}
