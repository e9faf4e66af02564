//! What of a thing a question asks for, where it says so: the age in "the age of Anna Berg". A row about Anna Berg that
//! has no age is no answer, though it has most words of the question.

use std::collections::HashSet;

use super::names::without_general_words;
use super::reading::ReadSentence;
use super::row;
use crate::text::function_words::is_english_function_word;
use crate::text::language::is_east_asian;
use crate::text::terms::{question_terms, terms};

/// Words of what is asked for, at most.
const MOST_WORDS: usize = 4;
/// Words that stand before a name at most: "the valve V-117".
const BEFORE_NAME: usize = 2;
/// Letters from which on a word is found in a longer one: `phone` in `telephone`.
const PART: usize = 4;
/// What says nothing about which column is meant.
const VAGUE: &str = "number name value current total full exact purpose meaning use function definition description kind \
    type difference information details status contents entry row record amount";
/// Names of columns that mean the same, or by which the same is found.
const ALIKE: [&str; 10] = [
    "phone telephone mobile cell tel extension ext call contact 电话 手机 座机 分机 联系方式",
    "mail email e-mail address contact 邮箱 邮件 邮址 联系方式",
    "office room desk seat floor building location place site address city workplace 办公室 房间 地点 位置 地址 座位 \
     楼层 工位",
    "department team division unit group section branch 部门 科室 团队 单位 小组",
    "role position title job occupation profession post 职位 职务 岗位 头衔 职称",
    "boss manager supervisor lead leader head superior 上级 主管 经理 负责人 领导",
    "age birth birthday born 年龄 年纪 岁数 出生 生日",
    "salary wage pay income earnings 工资 薪水 薪资 月薪 收入",
    "price cost fee charge rate 价格 价钱 费用 单价 金额 收费",
    "date day time hours year month deadline start end 日期 时间 期限",
];
/// Ways to ask for an age in Chinese that do not name it.
const AGES: [&str; 3] = ["几岁", "多大年纪", "多大岁数"];

/// What is asked for, and of what.
pub(super) struct Attribute {
    owner: HashSet<String>,
    named: HashSet<String>,
    /// What is named, and what means the same.
    asked: HashSet<String>,
}

impl Attribute {
    /// Of a question that says both.
    pub(super) fn of(question: &str) -> Option<Self> {
        let (owner, asked) = match question.chars().any(is_east_asian) {
            true => in_chinese(question)?,
            false => in_english(question)?,
        };
        let vague = terms(VAGUE);
        let named: HashSet<String> = terms(&asked).difference(&vague).cloned().collect();
        let owner = terms(&owner);
        let mut asked = named.clone();
        for group in ALIKE.map(terms) {
            if !group.is_disjoint(&named) {
                asked.extend(group);
            }
        }
        (!owner.is_empty() && !named.is_empty()).then_some(Self {
            owner,
            named,
            asked,
        })
    }

    /// Whether a row is about the thing and has not what is asked for. Where its columns have names in another script,
    /// nothing tells.
    pub(super) fn is_lacking_in(&self, row: &ReadSentence) -> bool {
        let names = row::names(&row.text);
        let script = |text: &str| text.contains(is_east_asian);
        if names.is_empty() || self.named.iter().all(|word| script(word)) != script(&names) {
            return false;
        }
        let is_in =
            |word: &String| row.words.own.contains(word) || row.words.heading.contains(word);
        let is_part = |asked: &String| {
            let long = |word: &str| !word.contains(is_east_asian) && word.len() >= PART;
            let others = row.words.own.iter().filter(|word| long(word));
            let mut others = others.filter(|_| long(asked));
            others.any(|word| word.contains(asked.as_str()) || asked.contains(word.as_str()))
        };
        self.owner.is_subset(&row::values(&row.text))
            && !self.asked.iter().any(|word| is_in(word) || is_part(word))
    }
}

/// The thing and what is asked for of it: "the age of Anna Berg", "Anna Berg's age", "which age does Anna Berg have",
/// "how old is Anna Berg".
fn in_english(question: &str) -> Option<(String, String)> {
    let words: Vec<&str> = question
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .collect();
    of_it(&words)
        .or_else(|| its(&words))
        .or_else(|| it_has(&words))
}

fn of_it(words: &[&str]) -> Option<(String, String)> {
    let at = words.iter().position(|word| *word == "of")?;
    let owner = name_in(&words[at + 1..])?;
    let before = &words[at.saturating_sub(MOST_WORDS)..at];
    let start = before.iter().rposition(is_grammar).map_or(0, |at| at + 1);
    Some((owner, before[start..].join(" ")))
}

fn its(words: &[&str]) -> Option<(String, String)> {
    let own = |word: &&str| {
        word.strip_suffix("'s")
            .or(word.strip_suffix("’s"))
            .is_some()
    };
    let at = words.iter().position(|word| own(word) && is_name(word))?;
    let behind = &words[at + 1..];
    let end = behind.iter().position(is_grammar).unwrap_or(behind.len());
    let start = words[..at]
        .iter()
        .rposition(|word| !is_name(word))
        .map_or(0, |at| at + 1);
    let owner = words[start..=at]
        .join(" ")
        .replace("'s", "")
        .replace("’s", "");
    Some((owner, behind[..end.min(MOST_WORDS)].join(" ")))
}

fn it_has(words: &[&str]) -> Option<(String, String)> {
    let first = words.first()?.to_lowercase();
    let asks = first == "which" || first == "how" && words.get(1) == Some(&"old");
    let verbs = ["does", "do", "did", "has", "is", "are", "was", "were"];
    let verb = words
        .iter()
        .position(|word| verbs.contains(word))
        .filter(|_| asks)?;
    let owner = name_in(&words[verb + 1..])?;
    let asked = words
        .get(1..verb)
        .filter(|asked| (1..=MOST_WORDS).contains(&asked.len()))?;
    Some((owner, asked.join(" ")))
}

/// The name that words begin with, behind an article and what it is the name of.
fn name_in(words: &[&str]) -> Option<String> {
    let start = words.iter().take(BEFORE_NAME + 1).position(is_name)?;
    let name = words[start..].iter().take_while(|word| is_name(word));
    let name: Vec<&str> = name.copied().collect();
    (!name.is_empty()).then(|| name.join(" "))
}

fn is_name(word: &&str) -> bool {
    word.contains(|c: char| c.is_uppercase() || c.is_ascii_digit())
}

fn is_grammar(word: &&str) -> bool {
    is_english_function_word(&word.to_lowercase().replace(['\'', '’'], ""))
}

/// The same of `王芳的年龄是多少`.
fn in_chinese(question: &str) -> Option<(String, String)> {
    if let Some(age) = AGES.iter().find(|age| question.contains(**age)) {
        let owner = question.split(age).next().unwrap_or_default();
        return Some((owner.replace("今年", " "), "年龄".to_owned()));
    }
    let (owner, asked) = question.rsplit_once('的')?;
    let asked = question_terms(&without_general_words(asked));
    let asked: Vec<String> = asked.into_iter().collect();
    Some((owner.to_owned(), asked.join(" ")))
}
