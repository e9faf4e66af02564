//! What a Chinese question begins with, which most often is what it is about: `王芳` of `王芳的电话是多少？`.

use super::sources::Sources;
use crate::text::terms::{Run, folded, question_runs};

/// Characters of a subject that may be a name.
const NAME: std::ops::RangeInclusive<usize> = 2..=6;
/// A longer name is taken for unknown only if something of it is asked for, or no two of its characters stand together
/// in the passages.
const SHORT_NAME: usize = 4;
/// Characters of a name of a person, or of a department, whose last ones others share.
const PERSON: usize = 3;
/// Share of letters without spaces in the passages below which they are in another language.
const SAME_LANGUAGE: f32 = 0.2;
/// What a request begins with.
const OPENINGS: [&str; 8] = [
    "请问",
    "请告诉我",
    "告诉我",
    "我想知道",
    "想知道",
    "你知道",
    "那么",
    "那",
];
/// A subject that begins with one of these names nothing by itself.
const GENERAL_BEGINNINGS: &str = "该 其 这 那 各 每 列 已 有 没 从 为 对 当 如 若 因 但 除 根据 按 自 本 此 某 另 \
    全 所 一 二 两 三 四 五 六 七 八 九 十 还 大约 曾 共 人们 估计 上一 上个 上过 下一 下个 文中 文章 我 你 您 \
    他 她 它 大家 通常 默认";
/// Who and what a text is about without saying so.
const GENERAL: &str = "公司 单位 企业 机构 组织 部门 员工 职工 人员 用户 客户 同事 学生 系统 软件 程序 产品 服务 平台 \
    网站 项目 学校";

/// Whether the subject of a Chinese question is nowhere in the passages.
pub(super) fn is_unknown(question: &str, sources: &Sources) -> bool {
    let Some(subject) = subject(question).filter(|_| sources.unspaced() >= SAME_LANGUAGE) else {
        return false;
    };
    let name: Vec<char> = subject.name.chars().collect();
    let pair = |at: usize| name[at..at + 2].iter().collect::<String>();
    let has = |pair: &String| sources.text.contains(pair.as_str());
    let pairs: Vec<String> = (0..name.len() - 1).map(pair).collect();
    let lacks = |character: &char| !sources.text.contains(*character);
    if !pairs.iter().any(has) {
        // A common noun may be spelt out there: 年假 as 带薪年休假.
        return subject.owns || name.iter().all(lacks);
    }
    let lacks_character = name.iter().any(lacks);
    let is_person = name.len() <= PERSON && subject.owns;
    if pairs.first().is_some_and(has) {
        return lacks_character && is_person;
    }
    is_person || lacks_character && (name.len() <= SHORT_NAME || subject.owns)
}

struct Subject {
    name: String,
    /// Whether something of it is asked for.
    owns: bool,
}

fn subject(question: &str) -> Option<Subject> {
    let folded = folded(question);
    let mut text = folded.trim();
    if text.chars().any(is_kana) {
        return None;
    }
    for opening in OPENINGS {
        text = text
            .strip_prefix(opening)
            .unwrap_or(text)
            .trim_start_matches(['，', ',', ' ']);
    }
    let runs = question_runs(text);
    let Some(Run::Characters(name)) = runs.first() else {
        return None;
    };
    let rest = text.strip_prefix(name.as_str())?;
    let mut general = GENERAL.split_whitespace();
    let name = general
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(name);
    let mut beginnings = GENERAL_BEGINNINGS.split_whitespace();
    let says_nothing = beginnings.any(|word| name.starts_with(word));
    // In `建立在…` a verb stands in front, in `王芳在哪里` a name.
    let is_verb = rest
        .strip_prefix('在')
        .is_some_and(|place| !place.starts_with(['哪', '什', '几', '何', '吗']));
    let fits = NAME.contains(&name.chars().count()) && !says_nothing && !is_verb;
    fits.then(|| Subject {
        name: name.to_owned(),
        owns: rest.starts_with('的'),
    })
}

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}')
}
