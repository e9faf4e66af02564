mod circled;
mod claim;
mod code;
mod group;
mod link;
mod named;
mod numbers;
mod own_marks;
mod raised;
mod separator;
mod tag;

use crate::domain::chunk::Span;
use crate::text::prompt::PromptSource;

pub use claim::cited_sentence;

use circled::{CircledList, Place};
use claim::claim;
use code::CodeState;
use group::{Form, GroupState, Step};
use link::{LinkStep, LinkTarget};
use named::{SourceName, numbers_of};
use numbers::Content;
pub(crate) use own_marks::without_own_marks;
use own_marks::{OwnMark, Tail};
use raised::Before;
use separator::is_separator;

/// How far above the number of sources a number may be that a model has invented as a citation.
const FAR: u32 = 20;
/// The same of a number that stands alone: years and other names of things are above it.
const FAR_ALONE: u32 = 999;
/// Characters that are remembered of what stands before a number.
const RECENT: usize = 16;

/// A piece of an answer whose citations are checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnswerPiece {
    /// More text, the `[n]` of citations included.
    Text(String),
    /// The text so far ends with a citation.
    Citation {
        /// Its number, from 1 to the number of sources.
        number: u32,
        /// Where its `[n]` stands in the whole text, in characters.
        span: Span,
    },
}

/// Checks the citations of an answer while it streams in. Citations in any usual form (`[1]`, `[1, 2]`, `[1-3]`, `【1】`,
/// `[[1]]`, `[Source: 1]`, `(Source 1)`, `来源1`, `[1](address)`, `<sup>1</sup>`, `①`, `\[1\]`, `[S1]`, `##1$$`,
/// `<source id="1"/>`, `{{source:1}}`), and those by a document's name (`[Source: handbook.md]`, `[handbook.md]`), come
/// out as `[n]`; those without a source are removed and counted. Text that may yet become a citation is held back, so
/// that half of one is never shown. Code, links of words, powers and lists with numbers in circles are left alone, and
/// what a source says itself in the form of a citation is removed where it is copied. Space before and after the answer
/// is dropped. How the text is cut into pushes does not change the sum of what comes out.
pub struct CitationParser {
    sources: u32,
    emitted: u32,
    space: String,
    group: Option<GroupState>,
    /// A group of which the next character says what it is.
    closed: Option<GroupState>,
    /// The address behind a citation.
    link: Option<LinkTarget>,
    list: CircledList,
    own: Vec<OwnMark>,
    names: Vec<SourceName>,
    tail: Tail,
    last: Option<char>,
    /// The last characters, without spaces among them.
    recent: String,
    code: CodeState,
    removed: u32,
    just_removed: bool,
    /// Nothing has come behind a citation, or behind one that was removed.
    after_citation: bool,
    /// The separator that is held back stands behind a citation that was removed.
    is_behind_removed: bool,
    /// All that has come out, and how much of it is in a piece, in bytes.
    text: String,
    flushed: usize,
    pieces: Vec<AnswerPiece>,
}

impl CitationParser {
    /// A parser for an answer to which sources 1 to `sources` were given.
    pub fn new(sources: u32) -> Self {
        Self {
            sources,
            emitted: 0,
            space: String::new(),
            group: None,
            closed: None,
            link: None,
            list: CircledList::default(),
            own: Vec::new(),
            names: Vec::new(),
            tail: Tail::default(),
            last: None,
            recent: String::new(),
            code: CodeState::default(),
            removed: 0,
            just_removed: false,
            after_citation: false,
            is_behind_removed: false,
            text: String::new(),
            flushed: 0,
            pieces: Vec::new(),
        }
    }

    /// A parser for an answer to which these sources were given, numbered from 1.
    pub fn of_sources(sources: &[PromptSource<'_>]) -> Self {
        Self {
            sources: u32::try_from(sources.len()).unwrap_or(u32::MAX),
            own: OwnMark::of(sources.iter().map(|source| source.text)),
            names: sources.iter().map(SourceName::of).collect(),
            ..Self::new(0)
        }
    }

    /// Takes more text and returns what no later text can change.
    pub fn push(&mut self, delta: &str) -> Vec<AnswerPiece> {
        delta.chars().for_each(|character| self.read(character));
        self.take_pieces()
    }

    /// Ends the answer and returns what was held back.
    pub fn finish(&mut self) -> Vec<AnswerPiece> {
        self.close();
        self.space.clear();
        self.take_pieces()
    }

    /// Ends what may yet become a citation.
    fn close(&mut self) {
        while self.group.is_some() || self.closed.is_some() || self.link.is_some() {
            if let Some(link) = self.link.take() {
                link.text().chars().for_each(|c| self.read(c));
            }
            if let Some(group) = self.closed.take() {
                self.settle(&group, None);
            }
            self.end_group(None);
        }
    }

    /// Citations taken out so far because they named no source.
    pub fn removed(&self) -> u32 {
        self.removed
    }

    fn read(&mut self, character: char) {
        if let Some(group) = self.closed.take() {
            self.settle(&group, Some(character));
        }
        if let Some(link) = &mut self.link {
            let step = link.read(character);
            if step == LinkStep::Taken {
                return;
            }
            let text = link.text().to_owned();
            let is_address = step == LinkStep::Closed && link.is_address();
            self.link = None;
            if !is_address {
                text.chars().for_each(|c| self.read(c));
            }
            if step == LinkStep::Closed {
                return;
            }
        }
        if let Some(group) = &mut self.group {
            match group.read(character) {
                Step::Taken => return,
                Step::Closed => {
                    self.closed = self.group.take();
                    return;
                }
                Step::Over => self.end_group(Some(character)),
            }
            return self.read(character);
        }
        self.code.read(character);
        if self.code.is_text() && GroupState::opens(character) {
            self.group = Some(GroupState::new(character));
        } else {
            self.emit(character);
        }
    }

    fn end_group(&mut self, next: Option<char>) {
        if let Some(group) = self.group.take() {
            self.settle(&group, next);
        }
    }

    /// Writes a group that `next` follows: its citations, or its text, in which a shorter one may begin.
    fn settle(&mut self, group: &GroupState, next: Option<char>) {
        let content = group
            .content(next)
            .and_then(|c| self.with_numbers(group, c, next));
        match content.filter(|content| self.is_citation(group, content, next)) {
            Some(content) => {
                self.cite(&content.numbers);
                self.link = (next == Some('(') && group.may_be_label()).then(LinkTarget::new);
            }
            None => self.settle_other(group),
        }
    }

    /// Writes a group that is no citation: words with the source that they name, or its text.
    fn settle_other(&mut self, group: &GroupState) {
        let wrapped = group.wrapped().and_then(|(words, source)| {
            let content = self.with_numbers(group, source, None)?;
            Some((words, content.numbers))
        });
        if let Some((words, numbers)) = wrapped {
            words.chars().for_each(|c| self.read(c));
            self.close();
            self.cite(&numbers);
            return;
        }
        let mut rest = group.text().chars();
        rest.next().into_iter().for_each(|c| self.emit(c));
        rest.for_each(|c| self.read(c));
    }

    /// The numbers of what is named. A name that no source has is number 0, which names none either; in parentheses,
    /// where anything may stand, and as words of a link, it is no citation.
    fn with_numbers(
        &self,
        group: &GroupState,
        mut content: Content,
        next: Option<char>,
    ) -> Option<Content> {
        let Some(named) = &content.named else {
            return Some(content);
        };
        let claim = claim(&self.text).unwrap_or_default();
        let numbers = numbers_of(&named.names, &self.names, &claim);
        let may_be_unknown = named.is_citation && group.may_be_label() && next != Some('(');
        if numbers.is_empty() && !may_be_unknown {
            return None;
        }
        content.numbers = if numbers.is_empty() { vec![0] } else { numbers };
        Some(content)
    }

    /// Whether numbers are citations where they stand.
    fn is_citation(&mut self, group: &GroupState, content: &Content, next: Option<char>) -> bool {
        let attached = self.space.is_empty();
        let numbers = &content.numbers;
        match group.form() {
            Form::Brackets => self.is_in_place(group, content, next),
            Form::RaisedTag => {
                self.is_near(numbers) && !(attached && Before::of(&self.recent).takes_power())
            }
            Form::RaisedDigit => {
                let known = numbers.iter().all(|n| (1..=self.sources).contains(n));
                known && attached && Before::of(&self.recent).takes_mark()
            }
            Form::Circled => {
                let begins_line = self.emitted == 0 || self.space.contains('\n');
                let before = self.last.filter(|_| !begins_line);
                let number = numbers.first().copied().unwrap_or_default();
                self.list.is_citation(number, Place { before, next }) && !self.is_copied(numbers)
            }
        }
    }

    /// Whether numbers in brackets are citations: bare ones are not where one is far from all sources, such as a year
    /// or a port, in `[0-9]` and `[0, 5]`, as the index of `x[1]` and `list[0]`, and in `a/[1]` or `n=[1]`. In brackets
    /// of any kind `S24` is a name where no source has its number.
    fn is_in_place(&self, group: &GroupState, content: &Content, next: Option<char>) -> bool {
        let numbers = &content.numbers;
        let is_known = numbers.iter().all(|n| (1..=self.sources).contains(n));
        if content.is_short && !content.labelled && !is_known {
            return false;
        }
        if content.labelled || !group.text().starts_with(['[', '<', '\\']) {
            return true;
        }
        if !self.is_near(numbers) {
            return false;
        }
        let has_zero = numbers.contains(&0);
        let attached = self.space.is_empty();
        let in_path = |c: char| matches!(c, '/' | '=');
        let path = next.is_some_and(in_path) || attached && self.last.is_some_and(in_path);
        let word = Before::of(&self.recent).word;
        let letters = word.chars().filter(|letter| *letter != '_').count();
        let names = letters == 1 || self.is_in_identifier() || has_zero && letters > 0;
        !(path || attached && names)
    }

    /// Whether the last character is the end of `list_`; that of ` _` makes what follows stand out.
    fn is_in_identifier(&self) -> bool {
        let before = self.recent.strip_suffix('_');
        before.is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    }

    fn is_near(&self, numbers: &[u32]) -> bool {
        let far = match numbers.len() {
            1 => FAR_ALONE,
            _ => self.sources.saturating_add(FAR),
        };
        let has_zero = numbers.contains(&0);
        !(numbers.iter().any(|number| *number > far) || has_zero && numbers.len() > 1)
    }

    /// Whether a source has the same mark behind the same words.
    fn is_copied(&self, numbers: &[u32]) -> bool {
        let mut own = self.own.iter();
        own.any(|mark| mark.is_copied(numbers, &self.tail))
    }

    fn cite(&mut self, numbers: &[u32]) {
        let copied = self.is_copied(numbers);
        for number in numbers {
            if !copied && (1..=self.sources).contains(number) {
                self.emit_citation(*number);
            } else {
                self.removed = self.removed.saturating_add(u32::from(!copied));
                self.leave_out();
            }
        }
        if numbers.is_empty() {
            self.leave_out();
        }
        self.after_citation = true;
    }

    /// Writes nothing for a mark, and nothing that separates it from the citation before it.
    fn leave_out(&mut self) {
        if self.space.starts_with(is_separator) {
            self.space.clear();
        }
        self.just_removed = true;
    }

    fn emit_citation(&mut self, number: u32) {
        let digits = format!("[{number}]");
        self.just_removed = false;
        if self.is_behind_removed && self.space.starts_with(is_separator) {
            self.space.remove(0);
        }
        let tail = self.tail.clone();
        digits.chars().for_each(|c| self.emit(c));
        self.tail = tail;
        let span = Span {
            start: self.emitted - digits.len() as u32,
            end: self.emitted,
        };
        self.flush_text();
        self.pieces.push(AnswerPiece::Citation { number, span });
    }

    /// Holds space back until the next character is known, because the space before a removed citation goes with it.
    fn emit(&mut self, character: char) {
        if character.is_whitespace() {
            if self.just_removed {
                self.space.clear();
                self.just_removed = false;
            }
            self.space.push(character);
            return;
        }
        if std::mem::take(&mut self.after_citation) && is_separator(character) {
            self.hold_separator(character);
            return;
        }
        if self.just_removed && is_closing_mark(character) || self.emitted == 0 {
            self.space.clear();
        }
        self.just_removed = false;
        let added = self.space.chars().count() as u32 + 1;
        self.emitted = self.emitted.saturating_add(added);
        self.text.push_str(&self.space);
        self.space.clear();
        self.text.push(character);
        self.tail.push(character);
        self.remember(character, added == 1);
        self.last = Some(character);
    }

    /// Holds back the sign behind a citation until it is known whether another one follows that is removed.
    fn hold_separator(&mut self, sign: char) {
        self.is_behind_removed = self.just_removed;
        if std::mem::take(&mut self.just_removed) {
            self.space.clear();
        }
        self.space.push(sign);
    }

    fn remember(&mut self, character: char, is_attached: bool) {
        if !is_attached {
            self.recent.push(' ');
        }
        self.recent.push(character);
        while self.recent.chars().count() > RECENT {
            self.recent.remove(0);
        }
    }

    fn flush_text(&mut self) {
        let text = &self.text[self.flushed..];
        if !text.is_empty() {
            self.pieces.push(AnswerPiece::Text(text.to_owned()));
            self.flushed = self.text.len();
        }
    }

    fn take_pieces(&mut self) -> Vec<AnswerPiece> {
        self.flush_text();
        std::mem::take(&mut self.pieces)
    }
}

fn is_closing_mark(character: char) -> bool {
    matches!(
        character,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | ')'
            | '。'
            | '，'
            | '；'
            | '：'
            | '！'
            | '？'
            | '、'
            | '）'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Read {
        text: String,
        citations: Vec<(u32, Span)>,
        removed: u32,
    }

    fn read<'a>(sources: u32, deltas: impl IntoIterator<Item = &'a str>) -> Read {
        let mut parser = CitationParser::new(sources);
        let mut pieces = Vec::new();
        for delta in deltas {
            pieces.extend(parser.push(delta));
        }
        pieces.extend(parser.finish());
        let (mut text, mut citations) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                AnswerPiece::Text(more) => text.push_str(&more),
                AnswerPiece::Citation { number, span } => {
                    assert_eq!(span.end as usize, text.chars().count());
                    citations.push((number, span));
                }
            }
        }
        Read {
            text,
            citations,
            removed: parser.removed(),
        }
    }

    /// What an answer becomes that was given these documents and texts.
    fn read_of(sources: &[(&str, &str)], answer: &str) -> (String, u32) {
        let sources: Vec<PromptSource<'_>> = (1..)
            .zip(sources)
            .map(|(number, (document, text))| PromptSource {
                number,
                document,
                heading_path: &[],
                page: None,
                text,
            })
            .collect();
        let mut parser = CitationParser::of_sources(&sources);
        let mut text = String::new();
        for character in answer.chars() {
            let pieces = parser.push(&character.to_string());
            text.extend(pieces.into_iter().filter_map(shown));
        }
        text.extend(parser.finish().into_iter().filter_map(shown));
        (text, parser.removed())
    }

    fn shown(piece: AnswerPiece) -> Option<String> {
        match piece {
            AnswerPiece::Text(text) => Some(text),
            AnswerPiece::Citation { .. } => None,
        }
    }

    fn check(sources: u32, answer: &str, text: &str, numbers: &[u32], removed: u32) {
        let read = read(sources, [answer]);
        let found: Vec<u32> = read.citations.iter().map(|c| c.0).collect();
        assert_eq!(
            (read.text.as_str(), &found[..], read.removed),
            (text, numbers, removed)
        );
    }

    #[test]
    fn all_usual_forms_become_one() {
        check(3, "A [1]. B [2][3].", "A [1]. B [2][3].", &[1, 2, 3], 0);
        check(
            3,
            "A [1, 3]; B [2，3].",
            "A [1][3]; B [2][3].",
            &[1, 3, 2, 3],
            0,
        );
        check(3, "A [1-3].", "A [1][2][3].", &[1, 2, 3], 0);
        check(3, "甲【１】乙［２］。", "甲[1]乙[2]。", &[1, 2], 0);
        check(
            3,
            "甲[来源1] B [Source 2] C [^3]",
            "甲[1] B [2] C [3]",
            &[1, 2, 3],
            0,
        );
    }

    #[test]
    fn numbers_of_the_answer_itself_stay() {
        for text in [
            "Allowed sizes are [10, 20, 30].",
            "Set \"ports\": [80, 443]",
            "See RFC [2119]. In [2024] ten.",
            "Dates [1990-1995]",
            "Range [0, 5) holds",
            "Range [0, 5] holds",
            "regex [0-9]+ matches",
            "Take x[1] of my_[2].",
            "https://a.example/b[1]/c",
            "n=[1]",
            "An open [1",
            "An open [12",
        ] {
            check(3, text, text, &[], 0);
        }
        check(
            3,
            "Sizes [10, 20, 30] [1].",
            "Sizes [10, 20, 30] [1].",
            &[1],
            0,
        );
        check(3, "Out of 3 [7]. And [999].", "Out of 3. And.", &[], 2);
        check(3, "Riddle[1], Q4 [2].", "Riddle[1], Q4 [2].", &[1, 2], 0);
    }

    #[test]
    fn labels_of_other_languages_and_places_are_citations() {
        for form in [
            "[Quelle 2]",
            "[Fuente 2]",
            "[出典2]",
            "[資料2]",
            "[來源2]",
            "[文檔2]",
            "[출처 2]",
            "[Source 2: a.md]",
            "[Source 2, leave.md]",
            "(Source 2, p. 4)",
            "[Source 2, page 14]",
        ] {
            check(3, &format!("A {form}."), "A [2].", &[2], 0);
        }
        check(
            3,
            "A [1 or 2] B [1 und 2].",
            "A [1][2] B [1][2].",
            &[1, 2, 1, 2],
            0,
        );
    }

    #[test]
    fn forms_of_many_models_become_one() {
        for form in [
            "[Source: 2]",
            "[citation:2]",
            "[Citation 2]",
            "【2】",
            "[^2]",
            "[^2^]",
            "(Source 2)",
            "(source: 2)",
            "[[2]]",
            "[Passage 2]",
            "[passage: 2]",
            "(see Source 2)",
            "【来源：2】",
            "（来源2）",
            "来源2",
            "来源：２",
            "[来源 2]",
            "【2†source】",
            "【2:0†handbook.md】",
            "[Doc 2]",
            "[doc_2]",
            "[document-2]",
            "[ref. 2]",
            "[#2]",
            "[Source #2]",
            "[source_2]",
            "[资料2]",
            "[参考文献2]",
            "［２］",
            "〔2〕",
            "[ 2 ]",
            "[Source no. 2]",
            "[参见来源2]",
        ] {
            check(3, &format!("It is so {form}."), "It is so [2].", &[2], 0);
        }
        for form in [
            "[1][2]",
            "[1, 2]",
            "[1-2]",
            "[1 - 2]",
            "[1 to 2]",
            "[1 and 2]",
            "[Source 1, Source 2]",
            "[Sources: 1, 2]",
            "(Sources 1 and 2)",
            "[[1], [2]]",
            "[[1][2]]",
            "【1、2】",
            "【来源1和2】",
            "来源1来源2",
            "[1;2]",
            "[1–2]",
        ] {
            check(
                3,
                &format!("It is so {form}."),
                "It is so [1][2].",
                &[1, 2],
                0,
            );
        }
    }

    #[test]
    fn forms_that_tools_and_prompts_teach_become_one() {
        for form in [
            r"\[2\]",
            r"\[Source 2\]",
            "[S2]",
            "[Source S2]",
            "[Source 2: \"Leave\"]",
            "<source id=\"2\"/>",
            "<source number='2' document=\"a b.md\" />",
            "<source id=\"2\"></source>",
            "<ref id=source_2/>",
            "##2$$",
        ] {
            check(3, &format!("It is so {form}."), "It is so [2].", &[2], 0);
        }
        check(3, "A [S1, S3].", "A [1][3].", &[1, 3], 0);
        check(3, "A ##0$$. B ##7$$.", "A. B.", &[], 2);
        check(3, r"A \[7\].", "A.", &[], 1);
        check(3, "甲【S2】。", "甲[2]。", &[2], 0);
        for text in [
            "A bucket of [S9] and (S2)",
            "三星【S24】手机",
            "三星［S24］手机",
            r"\[ E = mc \] and \(x\) and list\[0\]",
            "# Title\n## 2 more\n##2 and #3, ##2$",
            "an <a id=\"2\"/> anchor, a <ref name=\"x\"/>",
            r"C:\[2",
        ] {
            check(3, text, text, &[], 0);
        }
        check(3, "A [Source 2, S4].", "A [2].", &[2], 0);
    }

    #[test]
    fn marks_of_other_products_and_models_become_citations() {
        for form in [
            "{{source:2}}",
            "{source: 2}",
            "[2: handbook.md]",
            "[Source 2 - handbook.md]",
            "[Source 2 (handbook.md, p. 4)]",
            "[source=2]",
            "[source id=\"2\"]",
            "⟦2⟧",
        ] {
            check(3, &format!("It is so {form}."), "It is so [2].", &[2], 0);
        }
        check(
            3,
            "So _[2]_ and list_[2].",
            "So _[2]_ and list_[2].",
            &[2],
            0,
        );
        check(3, "A {{source:7}}.", "A.", &[], 1);
        for (answer, text) in [
            ("[cite_start]It is so [cite: 2].", "It is so [2]."),
            ("Yes. [cite start] It is so [2].", "Yes. It is so [2]."),
            ("It is <cite id=\"2\">so</cite>.", "It is so[2]."),
        ] {
            check(3, answer, text, &[2], 0);
        }
        check(3, "A <source id='7'>is</source> so.", "A is so.", &[], 1);
        for text in [
            "{1} and {{2}} and \\frac{1}{2}",
            "{\"source\": 1}, {source: name}",
            "[4: main.rs]",
            "at [12:30] in [main.rs] (see main.rs)",
            "[start] and [source code]",
            "<cite id=\"x\">so</cite>",
        ] {
            check(3, text, text, &[], 0);
        }
    }

    #[test]
    fn documents_are_cited_by_their_names() {
        let sources = [
            ("staff/handbook.md", "Leave is thirty days a year."),
            ("手册.md", "年假三十天。"),
            (
                "staff/handbook.md",
                "The ferry leaves at seven from the pier.",
            ),
            ("2024 Report, final (1).pdf", "Sales grew."),
        ];
        let long = format!("A [Source: {}2024 Report, final (1).pdf].", " ".repeat(40));
        for (answer, text) in [
            (
                "Leave is 30 days [Source: handbook.md].",
                "Leave is 30 days [1].",
            ),
            (
                "The ferry leaves at seven [Source: handbook.md].",
                "The ferry leaves at seven [3].",
            ),
            ("年假三十天[来源：手册]。", "年假三十天[2]。"),
            ("年假三十天【来源：《手册》，第3页】。", "年假三十天[2]。"),
            ("A [Document: Staff/Handbook.md, p. 4].", "A [1]."),
            ("A (source: handbook.md).", "A [1]."),
            ("A [handbook.md] (手册.md).", "A [1] [2]."),
            (
                "A [staff/handbook.md](x.md), [other.md].",
                "A [1], [other.md].",
            ),
            ("A [Sources: handbook; 手册.md].", "A [1][2]."),
            ("A [Source: handbook.md](handbook.md).", "A [1]."),
            (
                "Growth was 3 % [Source: World Bank](https://data.worldbank.org).",
                "Growth was 3 % [Source: World Bank](https://data.worldbank.org).",
            ),
            (
                "A [Source: handbook.md [2]].",
                "A [Source: handbook.md [2]].",
            ),
            (long.as_str(), "A [4]."),
            (
                "[Document: title] (Source: World Bank)",
                "[Document: title] (Source: World Bank)",
            ),
            (
                "`[Source: handbook.md]` [note: handbook]",
                "`[Source: handbook.md]` [note: handbook]",
            ),
        ] {
            assert_eq!(read_of(&sources, answer), (text.to_owned(), 0), "{answer}");
        }
        for (answer, text) in [
            ("A [Source: leave.md].", "A."),
            ("好[来源：附录]。", "好。"),
            ("A [Document: leave.md].", "A."),
        ] {
            assert_eq!(read_of(&sources, answer), (text.to_owned(), 1), "{answer}");
        }
    }

    #[test]
    fn a_name_that_a_source_cites_is_none_of_the_answer() {
        let sources = [("a.md", "Sales grew by a tenth [Source: World Bank].")];
        let answer = "Sales grew by a tenth [Source: World Bank] [1].";
        assert_eq!(
            read_of(&sources, answer),
            ("Sales grew by a tenth [1].".to_owned(), 0)
        );
    }

    #[test]
    fn links_and_plain_parentheses_stay() {
        for text in [
            "See [the manual](https://example.org/a).",
            "See [2024](https://example.org/a).",
            "It opened (2) and closed (in 2004).",
            "since (a source of joy)",
            "数据来源2024年统计",
            "来源3种",
            "at [12:30] or [1.5]",
            "~~~\na[1] = b[^2]\n~~~",
            "the first is list[0]",
        ] {
            check(3, text, text, &[], 0);
        }
    }

    #[test]
    fn links_on_numbers_are_citations() {
        for form in [
            "[2](https://example.org/a_(b))",
            "[2](handbook.md)",
            "[2](#source-2)",
            "[2](<a b.md> \"The handbook\")",
            "[2](a.md 'The handbook')",
            "[[2]](a.md)",
            "[Source 2](a.md)",
            "【2】(a.md)",
        ] {
            check(3, &format!("It is so {form}."), "It is so [2].", &[2], 0);
        }
        check(3, "A [7](a.md).", "A.", &[], 1);
        check(3, "A [2](see below).", "A [2](see below).", &[2], 0);
        check(3, "A [2](see [1] too).", "A [2](see [1] too).", &[2, 1], 0);
        check(3, "A [2](never", "A [2](never", &[2], 0);
        check(3, "f[1](x)", "f[1](x)", &[], 0);
    }

    #[test]
    fn raised_numbers_are_citations_and_powers_are_none() {
        for form in [
            "<sup>2</sup>",
            "<sup>[2]</sup>",
            "<SUP> 2 </SUP>",
            "<sup><a href=\"#s2\">2</a></sup>",
            "<a href=\"#s2\">[2]</a>",
            "<cite>2</cite>",
            "<ref>2</ref>",
            "<citation>Source 2</citation>",
        ] {
            check(3, &format!("It is so{form}."), "It is so[2].", &[2], 0);
            check(3, &format!("好的。{form}"), "好的。[2]", &[2], 0);
        }
        check(3, "So<sup>1, 3</sup>.", "So[1][3].", &[1, 3], 0);
        check(3, "So<sup>7</sup>.", "So.", &[], 1);
        check(
            3,
            "It is closed² in winter.¹³",
            "It is closed[2] in winter.¹³",
            &[2],
            0,
        );
        check(3, "冬天关闭¹。", "冬天关闭[1]。", &[1], 0);
        for text in [
            "x<sup>2</sup> + y<sup>2</sup>",
            "E = mc<sup>2</sup>, so mv<sup>2</sup>/2",
            "c² = a² + ab<sup>2</sup>",
            "5 km<sup>2</sup>, 10<sup>3</sup>",
            "the 2<sup>nd</sup> day",
            "x² + y², 5 m², 10³, cos², π²",
            "a < b and <b>2</b>",
            "<a href=\"x\">2024</a>",
            "`<sup>1</sup>`",
            "an open <sup>1",
        ] {
            check(3, text, text, &[], 0);
        }
    }

    #[test]
    fn numbers_in_circles_are_citations_where_they_count_no_list() {
        for (answer, text, numbers) in [
            ("It is so [①].", "It is so [1].", vec![1]),
            ("It is so 【②】.", "It is so [2].", vec![2]),
            (
                "It opens in July ①. It closes ②③.",
                "It opens in July [1]. It closes [2][3].",
                vec![1, 2, 3],
            ),
            (
                "七月开放①。八月关闭②",
                "七月开放[1]。八月关闭[2]",
                vec![1, 2],
            ),
            (
                "七月开放。①八月关闭。❷",
                "七月开放。[1]八月关闭。[2]",
                vec![1, 2],
            ),
            (
                "It opens in July. ① It closes. ②",
                "It opens in July. [1] It closes. [2]",
                vec![1, 2],
            ),
        ] {
            check(3, answer, text, &numbers, 0);
        }
        check(3, "It is so ⑨.", "It is so.", &[], 1);
        for text in [
            "① Open the lid.\n② Press the button.",
            "步骤：①打开盖子。②按下按钮；③关闭。",
            "Steps: ① open ② press",
            "请带①护照②签证。",
            "如②所示",
            "- ① first",
            "`①`",
        ] {
            check(3, text, text, &[], 0);
        }
        check(
            3,
            "① Open the lid ③. ② Press ①.",
            "① Open the lid [3]. ② Press [1].",
            &[3, 1],
            0,
        );
    }

    #[test]
    fn a_list_of_a_source_keeps_its_circles() {
        let sources = [("kit.md", "The kit holds a lamp ② and a rope ③.")];
        let (text, _) = read_of(
            &sources,
            "The kit holds a lamp ② and a rope ③. It is red ①.",
        );
        assert_eq!(text, "The kit holds a lamp ② and a rope ③. It is red [1].");
    }

    #[test]
    fn what_a_source_says_itself_is_no_citation() {
        let sources = [
            ("ferry.md", "The ferry leaves at noon, see [3]."),
            ("deck.md", "甲板在上层【1】。"),
            ("season.md", "Season, as [3] says."),
        ];
        let (text, removed) = read_of(
            &sources,
            "The ferry leaves at noon, see [3] [1]. 甲板在上层【1】[2]. Season, as [3] says.",
        );
        assert_eq!(
            text,
            "The ferry leaves at noon, see [1]. 甲板在上层[2]. Season, as [3] says."
        );
        assert_eq!(removed, 0);
    }

    #[test]
    fn numbers_without_a_source_are_taken_out() {
        check(2, "A [9].", "A.", &[], 1);
        check(2, "A [9] and B [0][2].", "A and B [2].", &[2], 2);
        check(2, "A [1, 7].", "A [1].", &[1], 1);
        check(2, "A [99999999999].", "A.", &[], 1);
        check(2, "甲【7】。", "甲。", &[], 1);
        check(0, "A [1]", "A", &[], 1);
    }

    #[test]
    fn what_separates_citations_goes_with_a_removed_one() {
        for (answer, text, numbers, removed) in [
            ("A [1], [9].", "A [1].", vec![1], 1),
            ("A [9], [1].", "A [1].", vec![1], 1),
            ("A [8], [9] [2].", "A [2].", vec![2], 2),
            ("A [1]; [9]; B [2].", "A [1]; B [2].", vec![1, 2], 1),
            ("A [9], and B.", "A, and B.", vec![], 1),
            ("A [1], [2], and B.", "A [1], [2], and B.", vec![1, 2], 0),
            ("[9], so it is.", "so it is.", vec![], 1),
            ("甲【1】、【9】，乙。", "甲[1]，乙。", vec![1], 1),
            ("A [9], [note].", "A, [note].", vec![], 1),
        ] {
            check(2, answer, text, &numbers, removed);
        }
    }

    #[test]
    fn other_brackets_stay() {
        for text in [
            "a [b] c",
            "[]",
            "[ ]",
            "x [1",
            "[2",
            "[see [x]]",
            "[1.5]",
            "[1--]",
            "[a-1]",
        ] {
            check(1, text, text, &[], 0);
        }
        check(1, "[see [1]]", "[1]", &[1], 0);
        check(1, "[at [1] pm]", "[at [1] pm]", &[1], 0);
    }

    #[test]
    fn code_is_left_alone() {
        check(1, "`a[0]` is first [1].", "`a[0]` is first [1].", &[1], 0);
        check(
            1,
            "```\nx[7]\n```\nyes [1]",
            "```\nx[7]\n```\nyes [1]",
            &[1],
            0,
        );
        check(1, "a ` b\nc [9] d", "a ` b\nc d", &[], 1);
    }

    #[test]
    fn spans_count_characters() {
        let read = read(2, ["重排 [1]，很好 [2]"]);
        assert_eq!(
            read.citations,
            [
                (1, Span { start: 3, end: 6 }),
                (2, Span { start: 10, end: 13 })
            ]
        );
    }

    #[test]
    fn half_a_citation_is_held_back() {
        let mut parser = CitationParser::new(1);
        assert_eq!(parser.push("yes ["), [AnswerPiece::Text("yes".to_owned())]);
        assert_eq!(parser.push("1"), []);
        assert_eq!(parser.push("]"), [], "a link may follow");
        assert_eq!(
            parser.finish(),
            [
                AnswerPiece::Text(" [1]".to_owned()),
                AnswerPiece::Citation {
                    number: 1,
                    span: Span { start: 4, end: 7 }
                }
            ]
        );
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(
            parts in prop::collection::vec("(\\[[0-9]{1,2}\\]|【[0-9]】|来源[0-9]|\\(a\\)|</?sup>|[①③²]|\\(Source|\\)|\\(|:|~~~|†|\\[[0-9], ?[0-9]\\]|[a-z]{1,4}| |\\.|\\[|\\]|`|```|\\n|重|，|Source|, |\\{|\\}|source:|-|\\\\|S[0-9]|#|\\$|<source id=[0-9]/>|\"){0,6}", 0..12)
        ) {
            let whole = parts.concat();
            let streamed = read(4, parts.iter().map(String::as_str));
            let by_char: Vec<String> = whole.chars().map(String::from).collect();
            let by_char = read(4, by_char.iter().map(String::as_str));
            let at_once = read(4, [whole.as_str()]);
            for other in [streamed, by_char] {
                prop_assert_eq!(&other.text, &at_once.text);
                prop_assert_eq!(&other.citations, &at_once.citations);
                prop_assert_eq!(other.removed, at_once.removed);
            }
        }

        #[test]
        fn every_span_holds_its_number(answer in "([a-z重 ]{0,5}(\\[[0-9]\\]|【[0-9]】|\\[[0-9],[0-9]\\])?[.。]?){0,12}") {
            let read = read(5, [answer.as_str()]);
            let chars: Vec<char> = read.text.chars().collect();
            for (number, span) in read.citations {
                let cut: String = chars[span.start as usize..span.end as usize].iter().collect();
                prop_assert_eq!(cut, format!("[{}]", number));
            }
        }
    }
}
