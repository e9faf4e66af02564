//! Follow-ups without a language model: which questions build on the one before, and what they take from it.
//!
//! Measured by `make follow-ups`; docs/quality.md has the results. A question that stands alone is searched worse with
//! words of the one before it, so only what says little by itself, or points back, gets them.

mod new_topic;

use crate::text::function_words::{function_word_form, function_words};
use crate::text::language::is_east_asian;
use crate::text::terms::{Run, folded, question_runs, question_terms};

use new_topic::{asks_for_another_thing, asks_for_another_thing_zh};

/// Characters of the question before that are added at most.
const ADDED_CHARS: usize = 300;

/// A question with fewer content words says nothing by itself.
const FEW_WORDS: usize = 2;
/// "That" and "this" point back in short questions; in long ones they mostly join clauses.
const SHORT_QUESTION: usize = 3;
/// Content words of a question that "and" or "what about" can begin and that still needs the one before.
const SHORT_CONTINUATION: usize = 4;
/// With as many content words in front, a pronoun stands for one of them.
const OWN_TOPIC: usize = 2;

const PRONOUNS: [&str; 15] = [
    "it", "its", "they", "them", "their", "theirs", "he", "him", "his", "she", "her", "hers",
    "former", "latter", "ones",
];
const DEMONSTRATIVES: [&str; 6] = ["this", "that", "these", "those", "there", "one"];
const CONTINUATIONS: [&str; 7] = [
    "and ",
    "or ",
    "but ",
    "also ",
    "what about ",
    "how about ",
    "then ",
];
/// Forms of "be", between which and "to" an "it" stands for nothing, as in "is it safe to".
const EMPTY_BEFORE: [&str; 4] = ["is", "was", "does", "did"];
const BE: [&str; 5] = ["is", "are", "was", "were", "be"];
/// Behind these, "that for" stands for a noun.
const BEFORE_THAT: [&str; 7] = ["and", "or", "about", "than", "with", "what", "whats"];
/// Behind these "one" is a number.
const PREPOSITIONS: [&str; 9] = ["for", "in", "of", "per", "at", "with", "to", "by", "than"];

/// The same for Chinese and Japanese, in characters of content.
const FEW_CHARACTERS: usize = 4;
const OWN_TOPIC_CHARACTERS: usize = 4;
const SHORT_POINTING: usize = 7;
const SHORT_NAMING: usize = 6;
const SHORT_ENDING: usize = 8;

/// What a question begins with that asks if something is needed for what was said.
const NEEDS_ZH: [&str; 7] = [
    "需要",
    "要",
    "必须",
    "需不需要",
    "要不要",
    "用不用",
    "还需要",
];
/// Measures that are asked for, without of what; what a question may hold beside them.
const MEASURES_ASKED_ZH: [&str; 22] = [
    "多久",
    "多长时间",
    "多长",
    "多大",
    "多远",
    "多快",
    "多高",
    "多重",
    "多贵",
    "多少钱",
    "一次",
    "几次",
    "一年",
    "一个月",
    "一天",
    "每次",
    "大概",
    "大约",
    "一般",
    "最多",
    "最少",
    "至少",
];
const FEW_MEASURED: usize = 2;
/// Longest name in front of `的` that another one replaces.
const LONGEST_NAME: usize = 6;

/// Words that stand for something that was said, and longer ones with the same characters that do not.
const POINTERS_ZH: [(&str, &[&str]); 9] = [
    ("它", &[]),
    ("其中", &[]),
    ("上述", &[]),
    ("前者", &[]),
    ("后者", &[]),
    ("刚才", &[]),
    ("他", &["其他", "他人"]),
    ("她", &[]),
    ("该", &["应该", "不该"]),
];
/// Behind these, `这` and `那` belong to a noun.
const MEASURES: &str = "个些种位台款项次条份本家类";

/// The question with the topic of the one before, if it builds on that; `None` for any other.
pub fn joined_question(question: &str, previous: &str) -> Option<String> {
    if !points_back(question, previous) {
        return None;
    }
    let topic = without_what_is_replaced(topic(previous), question);
    let added: String = topic.chars().take(ADDED_CHARS).collect();
    Some(format!("{question} {}", added.trim()))
}

/// The topic without the name in it for which the question has another: after "the phone of Carl Dunn", "and Anna
/// Berg?" asks for a phone.
fn without_what_is_replaced(topic: String, question: &str) -> String {
    if question.chars().any(is_east_asian) {
        let names = question.contains('呢');
        let rest = topic.split_once('的').filter(|(name, rest)| {
            names
                && (1..=LONGEST_NAME).contains(&name.chars().count())
                && rest.chars().nth(1).is_some()
        });
        return rest.map(|(_, rest)| rest.to_owned()).unwrap_or(topic);
    }
    let is_name = |word: &&str| word.contains(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let brings_name = question
        .split_whitespace()
        .skip(1)
        .any(|word| is_name(&word));
    let rest: Vec<&str> = topic
        .split_whitespace()
        .filter(|word| !is_name(word))
        .collect();
    if brings_name && !rest.is_empty() {
        rest.join(" ")
    } else {
        topic
    }
}

/// What a question is about: its words without those of grammar, or all of it in a script without spaces.
fn topic(question: &str) -> String {
    if question.chars().any(is_east_asian) {
        return question.trim().to_owned();
    }
    let grammar = function_words(question);
    let words = question.split_whitespace();
    let content = words
        .map(|word| word.trim_matches(['?', '!', ',', '.', ';', ':', '"']))
        .filter(|word| !word.is_empty() && !grammar.contains(&function_word_form(word)));
    let content = content.collect::<Vec<_>>().join(" ");
    if content.is_empty() {
        question.trim().to_owned()
    } else {
        content
    }
}

fn points_back(question: &str, previous: &str) -> bool {
    if question.chars().any(is_east_asian) {
        points_back_in_characters(question, previous)
    } else {
        points_back_in_words(question, previous)
    }
}

fn points_back_in_words(question: &str, previous: &str) -> bool {
    let content = question_terms(question).len();
    let lower = question.trim().to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if asks_for_another_thing(&words, previous) {
        return false;
    }
    let asks_for_meaning = matches!(words[..], ["what", "is" | "are", next, ..] if next != "the");
    let points = |(at, word): (usize, &&str)| {
        let own_topic = question_terms(&words[..at].join(" ")).len() >= OWN_TOPIC;
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied();
        let behind = words.get(at + 1).copied();
        let demonstrative = || {
            let exists = before
                .into_iter()
                .chain(behind)
                .any(|word| BE.contains(&word));
            let counts = before.is_some_and(|before| PREPOSITIONS.contains(&before));
            content <= SHORT_QUESTION
                && DEMONSTRATIVES.contains(word)
                && !(*word == "there" && exists || *word == "one" && counts && behind.is_some())
        };
        !own_topic && (PRONOUNS.contains(word) && !is_empty(&words, at) || demonstrative())
    };
    let continues = CONTINUATIONS.iter().any(|start| lower.starts_with(start));
    content < FEW_WORDS && !(asks_for_meaning && content == 1 && words.len() <= 4)
        || continues && content <= SHORT_CONTINUATION
        || words.iter().enumerate().any(points)
        || (0..words.len()).any(|at| stands_for_noun(&words, at))
}

/// Whether a word takes the place of a noun that was said: "the cheapest one", "that for children".
fn stands_for_noun(words: &[&str], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).and_then(|at| words.get(at)).copied();
    let behind = words.get(at + 1).copied();
    match words[at] {
        "one" | "ones" => {
            let is_content = |word: &str| !question_terms(word).is_empty();
            before(2) == Some("the") && before(1).is_some_and(is_content)
        }
        "that" | "those" => {
            let begins =
                before(1).is_none_or(|word| BE.contains(&word) || BEFORE_THAT.contains(&word));
            begins && matches!(behind, Some("for" | "of" | "in"))
        }
        _ => false,
    }
}

/// Whether an "it" stands for what follows: "is it safe to open a file", "how long does it take to restore one".
fn is_empty(words: &[&str], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    before.is_some_and(|before| EMPTY_BEFORE.contains(before))
        && words.get(at + 2) == Some(&"to")
        && question_terms(&words[at + 3..].join(" ")).len() >= OWN_TOPIC
}

fn points_back_in_characters(question: &str, previous: &str) -> bool {
    let text = folded(question);
    let text = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    if asks_for_another_thing_zh(text, previous) {
        return false;
    }
    let size = size(text);
    let asks_for_meaning = text.starts_with("什么是") && size > 1;
    let continues = ["那", "还有", "以及", "另外"]
        .iter()
        .any(|start| text.starts_with(start));
    let asks_for_need = NEEDS_ZH.iter().any(|start| text.starts_with(start))
        && (text.ends_with(['吗', '么']) || text.contains('不'));
    size < FEW_CHARACTERS && !asks_for_meaning
        || asks_for_need && size <= SHORT_ENDING
        || asks_for_measure(text)
        || continues && size <= SHORT_NAMING
        || text.ends_with('呢') && size <= SHORT_ENDING
        || has_pointer(text)
        || has_demonstrative(text, size)
}

/// Whether no more is asked than how long, how often or how much: `多久一次`.
fn asks_for_measure(text: &str) -> bool {
    let rest = MEASURES_ASKED_ZH
        .iter()
        .fold(text.to_owned(), |rest, word| rest.replace(word, " "));
    rest.len() < text.len() && size(&rest) < FEW_MEASURED
}

fn has_pointer(text: &str) -> bool {
    POINTERS_ZH.iter().any(|(pointer, others)| {
        let mut places = text.match_indices(pointer);
        places.any(|(at, _)| {
            let is_part = others.iter().any(|other| {
                let mut found = text.match_indices(other);
                found.any(|(start, _)| (start..start + other.len()).contains(&at))
            });
            !is_part && size(&text[..at]) < OWN_TOPIC_CHARACTERS
        })
    })
}

/// Whether `这` or `那` points back: alone in a short question, before a noun in a shorter one.
fn has_demonstrative(text: &str, size: usize) -> bool {
    text.match_indices(['这', '那']).any(|(at, found)| {
        let next = text[at + found.len()..].chars().next();
        let limit = match next.is_some_and(|next| MEASURES.contains(next)) {
            true => SHORT_NAMING,
            false => SHORT_POINTING,
        };
        size <= limit
    })
}

/// Characters of content in a text; a word counts as two.
fn size(text: &str) -> usize {
    let sizes = question_runs(text).into_iter().map(|run| match run {
        Run::Word(_) => 2,
        Run::Characters(run) => run.chars().count(),
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_build_on_another_take_its_topic() {
        let previous = "Which port does the server listen on?";
        for pointing in [
            "How is it changed in the configuration file?",
            "And in Paris?",
            "And how is a newer version of it added?",
            "What about that limit?",
            "Why?",
            "What is the default?",
            "How is one made?",
            "What if they fail?",
        ] {
            let joined = joined_question(pointing, previous).expect(pointing);
            assert_eq!(joined, format!("{pointing} port server listen"));
        }
        let previous = "服务默认监听哪个端口？";
        for pointing in [
            "那英镑呢？",
            "那在 Windows 上呢？",
            "它的默认端口在哪里修改？",
            "哪些不在其中？",
            "在这之前能找到什么？",
            "那個模型多大？",
            "在哪里改？",
            "其他地址呢？",
        ] {
            let joined = joined_question(pointing, previous).expect(pointing);
            assert_eq!(joined, format!("{pointing} {previous}"));
        }
    }

    #[test]
    fn another_name_takes_the_place_of_the_one_before() {
        for (previous, follow_up, joined) in [
            (
                "What is the phone number of Carl Dunn?",
                "And Anna Berg?",
                "And Anna Berg? phone number",
            ),
            (
                "How heavy is the M100?",
                "What about the M200?",
                "What about the M200? heavy",
            ),
            ("张伟的电话是多少？", "李娜呢？", "李娜呢？ 电话是多少？"),
            ("Where is Paris?", "And Rome?", "And Rome? Paris"),
        ] {
            assert_eq!(
                joined_question(follow_up, previous).as_deref(),
                Some(joined)
            );
        }
    }

    #[test]
    fn what_only_asks_for_more_takes_the_topic() {
        let previous = "Which rooms does the guest house have?";
        for pointing in [
            "How much does the cheapest one cost per night?",
            "Which floor is the largest one on in summer?",
            "What is that for two adults and a child?",
            "And that for children under twelve years?",
            "Is there a discount?",
            "Is there a limit?",
            "Do they have a balcony?",
            "Is there one with a bath?",
        ] {
            let joined = joined_question(pointing, previous);
            assert!(
                joined.is_some_and(|joined| joined.contains("guest house")),
                "{pointing}"
            );
        }
        let previous = "空调怎样清洗？";
        for pointing in [
            "多久一次？",
            "大概多长时间？",
            "需要断电吗？",
            "要提前预约吗？",
            "需不需要专业人员？",
            "有限制吗？",
        ] {
            let joined = joined_question(pointing, previous).expect(pointing);
            assert!(joined.ends_with(previous), "{joined}");
        }
    }

    #[test]
    fn another_thing_is_another_topic() {
        let previous = "How many days of leave do I get?";
        for other in [
            "Is there a gym?",
            "Are there any lockers?",
            "And is there a canteen?",
            "Do you have a car park?",
            "Does the office have showers?",
        ] {
            assert_eq!(joined_question(other, previous), None, "{other}");
        }
        for other in ["有食堂吗？", "有没有健身房？", "有班车吗？"] {
            assert_eq!(joined_question(other, "年假有几天？"), None, "{other}");
        }
    }

    #[test]
    fn questions_that_stand_alone_take_nothing() {
        for alone in [
            "How long does a cake bake in the oven?",
            "Is there a limit for uploads that the server accepts from clients?",
            "Is there a limit for uploads?",
            "What is the limit for one upload?",
            "I deleted a document. Is it really gone?",
            "How long does it take to restore a backup?",
            "Is it dangerous to add a malicious file?",
            "Does this work on machines without network?",
            "What is BM25?",
            "服务器的默认端口是多少？",
            "什么是知识库？",
            "这些数据会外传吗？",
            "应该怎样备份数据？",
            "监听其他地址需要什么？",
            "添加文件时它们会丢失吗？",
        ] {
            assert_eq!(joined_question(alone, "Which port?"), None, "{alone}");
        }
    }
}
