use crate::text::language::is_han;

/// Words that a heading may have, and Chinese characters.
const WORDS: std::ops::RangeInclusive<usize> = 2..=12;
const CHINESE: std::ops::RangeInclusive<usize> = 4..=30;
/// A heading of fewer words that is more than this is no heading.
const MAX_CHARS: usize = 120;
/// What a heading may have besides letters, digits and blanks. Marks of code, of tables and of chat templates are not
/// among them, nor is anything that is not seen.
const PUNCTUATION: &str = "-–—,.;:!?'’\"“”‘’()/&%+#@_°€$£§·…，。、；：！？（）《》〈〉「」『』【】";
/// Headings that many documents have, and words that say nothing beside them.
const GENERAL: &[&str] = &[
    "a",
    "about",
    "abstract",
    "acknowledgements",
    "acknowledgments",
    "and",
    "annex",
    "appendices",
    "appendix",
    "background",
    "bibliography",
    "changelog",
    "changes",
    "chapter",
    "conclusion",
    "conclusions",
    "content",
    "contents",
    "disclaimer",
    "example",
    "examples",
    "faq",
    "figure",
    "figures",
    "foreword",
    "further",
    "general",
    "glossary",
    "history",
    "index",
    "information",
    "introduction",
    "license",
    "licence",
    "links",
    "list",
    "more",
    "next",
    "note",
    "notes",
    "of",
    "other",
    "overview",
    "page",
    "part",
    "preface",
    "quarter",
    "reading",
    "references",
    "related",
    "release",
    "remarks",
    "revision",
    "revisions",
    "section",
    "see",
    "also",
    "slide",
    "step",
    "steps",
    "summary",
    "table",
    "tables",
    "the",
    "this",
    "title",
    "to",
    "untitled",
    "version",
    "work",
];
const DATES: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const GENERAL_CHINESE: &[&str] = &[
    "版权声明",
    "免责声明",
    "修订记录",
    "修订历史",
    "更新日志",
    "更新记录",
    "参考文献",
    "参考资料",
    "相关链接",
    "相关文档",
    "延伸阅读",
    "注意事项",
    "常见问题",
    "文档说明",
    "基本信息",
    "本章小结",
    "内容简介",
    "内容提要",
    "目录",
    "目次",
    "前言",
    "序言",
    "引言",
    "导言",
    "简介",
    "介绍",
    "概述",
    "概览",
    "摘要",
    "背景",
    "总结",
    "小结",
    "结论",
    "结语",
    "后记",
    "致谢",
    "附录",
    "附件",
    "说明",
    "其他",
    "其它",
    "示例",
    "备注",
    "版本",
    "索引",
    "术语表",
];
/// Characters of numbers and dates.
const NUMERALS: &str = "零〇一二三四五六七八九十百千万年月日号第章节条款部分篇";

/// The words of a heading that is specific enough to be asked about, without its number and its marks of emphasis.
pub(super) fn title(heading: &str) -> Option<String> {
    let plain: String = heading
        .chars()
        .filter(|c| !matches!(c, '*' | '`' | '#'))
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = without_number(&plain);
    let title = title.trim_end_matches([
        ' ', ':', '：', '.', '。', ';', '；', ',', '，', '-', '–', '—',
    ]);
    let fits = title.chars().nth(MAX_CHARS).is_none() && title.chars().all(is_of_a_sentence);
    (fits && !title.contains("://") && is_specific(title)).then(|| title.to_owned())
}

fn is_of_a_sentence(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || PUNCTUATION.contains(character)
}

fn is_specific(title: &str) -> bool {
    if title.chars().any(is_han) {
        return is_specific_chinese(title);
    }
    let bare = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    let words: Vec<String> = title
        .split(' ')
        .map(bare)
        .filter(|word| !word.is_empty())
        .collect();
    let telling = |word: &&String| {
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        !number && word.chars().nth(1).is_some() && !DATES.contains(&word.as_str())
    };
    let general = |word: &String| GENERAL.contains(&word.as_str());
    let count = words.iter().filter(telling).count();
    WORDS.contains(&words.len())
        && count >= *WORDS.start()
        && !words.iter().filter(telling).all(general)
}

fn is_specific_chinese(title: &str) -> bool {
    let characters = title
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count();
    let mut rest = title.to_owned();
    for general in GENERAL_CHINESE {
        rest = rest.replace(general, "");
    }
    let telling = |character: &char| character.is_alphabetic() && !NUMERALS.contains(*character);
    CHINESE.contains(&characters) && rest.chars().filter(telling).count() >= 2
}

/// Without `2.1`, `3)`, `(a)`, `§ 4`, `Chapter 5:`, `第三章`, `一、` and `（二）` in front.
fn without_number(heading: &str) -> &str {
    let rest = without_chinese_number(heading);
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let (number, title) = match first.to_lowercase().as_str() {
        "chapter" | "section" | "part" | "appendix" | "step" | "article" | "§" => {
            after.split_once(' ').unwrap_or((after, ""))
        }
        _ => (first, after),
    };
    if is_number(number) && !title.is_empty() {
        return title.trim_start_matches(['-', '–', '—', ':', ' ']);
    }
    // `3.2出差` has no blank.
    let after_number =
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '．');
    let number = &rest[..rest.len() - after_number.len()];
    match number.contains(['.', '．']) && after_number.starts_with(is_han) {
        true => after_number,
        false => rest,
    }
}

/// `2`, `2.1`, `3)`, `(a)`, `B.`, `IV:`
fn is_number(word: &str) -> bool {
    let bare = word
        .trim_matches(|c: char| matches!(c, '(' | ')' | '.' | ':' | '-' | '–' | '—' | '（' | '）'));
    let digits = bare.starts_with(|c: char| c.is_ascii_digit())
        && bare
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    let marked = bare.len() < word.len();
    let letter = bare.len() == 1 && bare.starts_with(|c: char| c.is_ascii_alphabetic());
    let roman = !bare.is_empty() && bare.chars().all(|c| "IVXLC".contains(c));
    digits || marked && (letter || roman)
}

fn without_chinese_number(heading: &str) -> &str {
    let in_brackets = heading.strip_prefix(['（', '(']).and_then(after_numerals);
    let part = heading.strip_prefix('第').and_then(after_numerals);
    let part = part.and_then(|rest| {
        let unit = rest.strip_prefix(['章', '节', '条', '款', '篇']);
        unit.or_else(|| rest.strip_prefix("部分"))
    });
    let rest = in_brackets
        .and_then(|rest| rest.strip_prefix(['）', ')']))
        .or(part)
        .or_else(|| after_numerals(heading)?.strip_prefix('、'));
    rest.map_or(heading, |rest| {
        rest.trim_start_matches([' ', '：', ':', '、'])
    })
}

/// What follows the numerals that a text begins with, if it does.
fn after_numerals(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| {
        "零〇一二三四五六七八九十百".contains(c) || c.is_ascii_digit()
    });
    (rest.len() < text.len()).then_some(rest)
}
