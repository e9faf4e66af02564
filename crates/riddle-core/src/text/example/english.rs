/// A heading that begins with a question word is a question if its second word is one of these.
const AUXILIARIES: &[&str] = &[
    "am", "are", "can", "could", "did", "do", "does", "had", "has", "have", "is", "may", "must",
    "should", "was", "were", "will", "would",
];
const QUESTION_WORDS: &[&str] = &[
    "how", "what", "when", "where", "which", "who", "whose", "why",
];
/// A heading that begins with one of these is a question.
const BEGINNINGS: &[&str] = &["are", "does", "is", "should"];
const DETERMINERS: &[&str] = &[
    "a", "all", "an", "another", "each", "every", "my", "no", "one", "our", "the", "your",
];
/// Words that tell what to do at the beginning of a heading.
const ORDERS: &[&str] = &[
    "activate",
    "add",
    "avoid",
    "cancel",
    "choose",
    "compare",
    "configure",
    "connect",
    "create",
    "deactivate",
    "delete",
    "deploy",
    "disable",
    "enable",
    "enter",
    "find",
    "fix",
    "import",
    "install",
    "keep",
    "make",
    "remove",
    "rename",
    "replace",
    "restart",
    "restore",
    "save",
    "send",
    "stop",
    "submit",
    "uninstall",
    "upgrade",
    "verify",
    "write",
];
/// Words that do so only with a determiner after them; `order form` and `report templates` are things.
const ORDERS_OR_NAMES: &[&str] = &[
    "answer", "approve", "ask", "begin", "book", "build", "call", "change", "check", "claim",
    "clean", "close", "copy", "edit", "end", "export", "file", "get", "give", "help", "invite",
    "join", "leave", "move", "open", "order", "pay", "plan", "print", "publish", "read", "record",
    "register", "renew", "report", "request", "reset", "return", "review", "run", "schedule",
    "search", "select", "set", "share", "sign", "start", "switch", "take", "test", "train", "try",
    "turn", "update", "upload", "use", "view", "work",
];
/// Words that are small wherever they stand.
const SMALL: &[&str] = &[
    "a", "an", "and", "as", "at", "before", "after", "by", "each", "every", "for", "from", "in",
    "no", "of", "on", "other", "our", "the", "two", "three", "with", "without", "your",
];
/// A longer heading may be a sentence, which only quotes fit around.
const MAX_NAME_WORDS: usize = 4;

/// A question about a heading that is none itself.
pub(super) fn question(title: &str, text: &str) -> String {
    let words: Vec<String> = title.split(' ').map(str::to_lowercase).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let (first, second) = (word(0), word(1));
    if QUESTION_WORDS.contains(&first) && AUXILIARIES.contains(&second)
        || BEGINNINGS.contains(&first)
    {
        return format!("{title}?");
    }
    let rest = title.split_once(' ').map_or("", |(_, rest)| rest);
    if first == "if" || first == "when" && DETERMINERS.contains(&second) {
        return format!("What happens {first} {rest}?");
    }
    if let ("how", "to", Some((_, action))) = (first, second, rest.split_once(' ')) {
        return format!("How do I {action}?");
    }
    if QUESTION_WORDS.contains(&first) {
        return format!("Can you explain {first} {rest}?");
    }
    let either = |word: &str| ORDERS.contains(&word) || ORDERS_OR_NAMES.contains(&word);
    let two = second == "and" && either(word(2));
    if ORDERS.contains(&first) || either(first) && (two || DETERMINERS.contains(&second)) {
        return format!("How do I {first} {rest}?");
    }
    let is_sentence = words
        .iter()
        .any(|word| AUXILIARIES.contains(&word.as_str()));
    if words.len() > MAX_NAME_WORDS || is_sentence {
        return format!("What do the documents say about “{title}”?");
    }
    format!(
        "What should I know about {}?",
        within_a_sentence(title, text)
    )
}

/// The title with a small first letter, unless it may be a name: if it is small in the text too, it is none.
fn within_a_sentence(title: &str, text: &str) -> String {
    let (first, rest) = title.split_at(title.find(' ').unwrap_or(title.len()));
    let small = first.to_lowercase();
    let capital_alone = first.chars().skip(1).all(char::is_lowercase);
    let in_text = || {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == small)
    };
    if capital_alone && (SMALL.contains(&small.as_str()) || small.ends_with("ing") || in_text()) {
        return format!("{small}{rest}");
    }
    title.to_owned()
}
