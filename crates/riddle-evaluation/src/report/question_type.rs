/// First words of English questions, and what they ask for.
const ENGLISH: [(&str, &[&str]); 8] = [
    ("how_many", &["how many", "how much"]),
    ("how", &["how"]),
    ("why", &["why"]),
    ("who", &["who", "whom", "whose"]),
    ("when", &["when"]),
    ("where", &["where"]),
    ("which", &["which"]),
    ("what", &["what", "what's"]),
];
const YES_NO: [&str; 18] = [
    "is", "are", "was", "were", "do", "does", "did", "can", "could", "has", "have", "had", "will",
    "would", "should", "may", "must", "am",
];
/// Words anywhere in Chinese questions: those that hold others come first.
const CHINESE: [(&str, &[&str]); 9] = [
    ("why", &["为什么", "為什麼", "为何", "為何"]),
    ("how_many", &["多少", "几", "幾", "多长", "多大", "多高"]),
    (
        "when",
        &[
            "什么时候",
            "什麼時候",
            "何时",
            "何時",
            "哪年",
            "哪一年",
            "什么时间",
        ],
    ),
    (
        "where",
        &["哪里", "哪裡", "哪儿", "何处", "什么地方", "什麼地方"],
    ),
    ("who", &["谁", "誰", "何人", "什么人"]),
    ("how", &["怎么", "怎麼", "怎样", "怎樣", "如何"]),
    ("which", &["哪"]),
    ("what", &["什么", "什麼", "何"]),
    ("yes_no", &["吗", "嗎", "是否", "能否"]),
];

/// What a question asks for, by its words: `what`, `how`, `how_many`, `why`, `who`, `when`, `where`, `which`, `yes_no`,
/// or `other`.
pub(super) fn question_type(text: &str) -> &'static str {
    let text = text
        .trim_start_matches(|character: char| !character.is_alphanumeric())
        .to_lowercase();
    let begins = |word: &str| {
        text.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
    };
    let english = ENGLISH
        .iter()
        .find(|(_, words)| words.iter().any(|word| begins(word)));
    let chinese = || {
        CHINESE
            .iter()
            .find(|(_, words)| words.iter().any(|word| text.contains(word)))
    };
    match english {
        Some((kind, _)) => kind,
        None if YES_NO.iter().any(|word| begins(word)) => "yes_no",
        None => chinese().map_or("other", |(kind, _)| kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_apart_by_their_words() {
        for (text, kind) in [
            ("What is a lease?", "what"),
            ("\"How\" do I start?", "how"),
            ("How many chunks?", "how_many"),
            ("However it is", "other"),
            ("Whose is it?", "who"),
            ("is it?", "yes_no"),
            ("Island names", "other"),
            ("什么时候开始？", "when"),
            ("为什么失败？", "why"),
            ("作者是谁？", "who"),
            ("有多少页？", "how_many"),
            ("如何安装", "how"),
            ("是什么意思", "what"),
            ("可以吗", "yes_no"),
            ("", "other"),
        ] {
            assert_eq!(question_type(text), kind, "{text}");
        }
    }
}
