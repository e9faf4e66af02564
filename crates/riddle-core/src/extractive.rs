mod coverage;
mod identifiers;
mod names;
mod reading;
mod row;

use std::collections::{HashMap, HashSet};

use crate::chunk::Span;
use crate::citations::without_own_marks;
use crate::front_matter::front_matter_of_passage;
use crate::language::is_east_asian;
use crate::scale::min_max_scale;
use crate::sentences::SentenceKind;
use crate::terms::{question_terms, terms};

use coverage::{Around, Coverage};
use identifiers::identifiers;
pub use names::names_unknown;
use reading::{ReadSentence, Words, read};

/// Sentences quoted at most.
const MAX_QUOTED: usize = 4;
/// Share of the best sentence's score that a further one needs.
const RELATIVE_SCORE: f32 = 0.7;
/// Weight of a word of the question that is in the headings above a sentence and not in the sentence itself.
const HEADING_WEIGHT: f32 = 0.5;
/// The same for the sentence before, which a sentence with "this" or "they" speaks of.
const CONTEXT_WEIGHT: f32 = 0.3;
/// The same for any other sentence of the passage, where no model tells how similar the meanings are.
const PASSAGE_WORD_WEIGHT: f32 = 0.4;
/// Coverage from which on a sentence is relevant, where no model tells how similar the meanings are and the question
/// has words with spaces between them. For other scripts [`Coverage`] tells.
const SUFFICIENT_COVERAGE: f32 = 0.28;
/// Columns of text, two for an East Asian character, that are quoted at most where no model tells; a first sentence is
/// quoted however long it is.
const MAX_QUOTED_COLUMNS: usize = 520;
/// Cosine plus half the overlap, from which on a sentence is relevant. Measured with MiniLM on 35 questions of XQuAD in
/// English: of those with an answer in the passages 97 % get one, of those without 9 %. The cosine alone gives 94 % and
/// 9 % at best.
const SUFFICIENT_RELEVANCE: f32 = 0.55;
/// Share of the question's words from which on a row of a table is relevant whatever the models say, as they know
/// little of names and numbers.
const SUFFICIENT_ROW: f32 = 0.6;
/// A passage that sentences are taken from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExtractivePassage<'a> {
    /// The passage.
    pub text: &'a str,
    /// Headings above it.
    pub heading_path: &'a [String],
    /// Score of the final order, 0 to 1.
    pub score: f32,
}

/// A sentence that may answer the question.
#[derive(Clone, PartialEq, Debug)]
pub struct CandidateSentence {
    /// Index of its passage.
    pub passage: usize,
    /// Where it stands in the passage, in characters.
    pub span: Span,
    /// Its words without Markdown; code in backticks.
    pub text: String,
    /// What a model should score: the sentence with the headings above it.
    pub scored_text: String,
    /// Share of the question's words in it or its headings, 0 to 1; rare words count more.
    pub overlap: f32,
    /// How far the sentence is about the question where no model tells.
    coverage: f32,
    /// Whether the words say so where no model tells.
    is_covered: bool,
    /// For a row of a table: the words of the question that it has.
    row_words: Option<HashSet<String>>,
    /// The question names something with a number, such as `P-99`, and this is about another such thing; or it is a
    /// row, and does not name that, or the question names something that no passage knows, where the row has no more of
    /// the question than the names of its columns.
    names_another: bool,
}

/// What models say about a sentence.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Evidence {
    /// Raw score of a cross-encoder.
    pub cross_encoder: Option<f32>,
    /// Cosine of the meanings of question and sentence.
    pub similarity: Option<f32>,
}

/// The sentences of the passages that may be quoted, each text once, with their overlap with the question. Headings and
/// fragments without content words are left out.
pub fn candidate_sentences(
    question: &str,
    passages: &[ExtractivePassage<'_>],
) -> Vec<CandidateSentence> {
    let asked = question_terms(question);
    let mut seen = HashSet::new();
    let read: Vec<ReadSentence> = passages
        .iter()
        .enumerate()
        .flat_map(|(index, passage)| read(index, passage, &asked, &mut seen))
        .collect();
    let mut candidates = candidates_of(question, &asked, &read, passages);
    let weights = term_weights(&asked, read.iter().map(|sentence| &sentence.words.own));
    for (candidate, sentence) in candidates.iter_mut().zip(&read) {
        candidate.overlap = overlap(&weights, &sentence.words, None);
    }
    cover(question, &weights, &mut candidates, &read, passages);
    candidates
}

fn candidates_of(
    question: &str,
    asked: &HashSet<String>,
    read: &[ReadSentence],
    passages: &[ExtractivePassage<'_>],
) -> Vec<CandidateSentence> {
    let wanted = identifiers(question);
    let unknown = names_unknown(question, passages);
    let candidate = |(at, sentence): (usize, &ReadSentence)| {
        let is_row = sentence.kind == SentenceKind::TableRow;
        let scored_text = with_headings(&sentence.path, &sentence.text);
        let own = identifiers(&scored_text);
        let other_number = !wanted.is_empty() && wanted.is_disjoint(&own);
        // A sentence without a name is about that of the one before it: "P-99 is obsolete. P-98 replaces it."
        let before = at.checked_sub(1).and_then(|at| read.get(at));
        let goes_on = before.is_some_and(|before| {
            before.passage == sentence.passage
                && before.path == sentence.path
                && !wanted.is_disjoint(&identifiers(&before.text))
        });
        let other_name = other_number && !own.is_empty() && !goes_on;
        let only_columns = || unknown && row::values(&sentence.text).is_disjoint(asked);
        let row_words = || sentence.words.own.intersection(asked).cloned().collect();
        CandidateSentence {
            passage: sentence.passage,
            span: sentence.span,
            text: quoted(&sentence.text, sentence.kind),
            overlap: 0.0,
            coverage: 0.0,
            is_covered: false,
            names_another: if is_row {
                other_number || only_columns()
            } else {
                other_name
            },
            row_words: is_row.then(row_words),
            scored_text,
        }
    };
    read.iter().enumerate().map(candidate).collect()
}

/// Says how far each candidate is about the question by its words alone.
fn cover(
    question: &str,
    weights: &[(String, f32)],
    candidates: &mut [CandidateSentence],
    read: &[ReadSentence],
    passages: &[ExtractivePassage<'_>],
) {
    let texts = passages
        .iter()
        .map(|p| &p.text[front_matter_of_passage(p.text)..]);
    let texts: Vec<&str> = texts.collect();
    let words: Vec<HashSet<String>> = texts.iter().map(|text| terms(text)).collect();
    let own: Vec<&HashSet<String>> = read.iter().map(|sentence| &sentence.words.own).collect();
    let Some(coverage) = Coverage::of(question, &own) else {
        let levelled = levelled(weights);
        for (candidate, sentence) in candidates.iter_mut().zip(read) {
            candidate.coverage = overlap(&levelled, &sentence.words, words.get(sentence.passage));
            candidate.is_covered = candidate.coverage >= SUFFICIENT_COVERAGE;
        }
        return;
    };
    let is_covered = (0..passages.len()).any(|index| {
        let sentences = read.iter().filter(|sentence| sentence.passage == index);
        let sentences: Vec<_> = sentences.map(|sentence| &sentence.words.own).collect();
        coverage.is_sufficient(texts[index], &words[index], &sentences)
    });
    for (at, (candidate, sentence)) in candidates.iter_mut().zip(read).enumerate() {
        let next = read
            .get(at + 1)
            .filter(|next| next.passage == sentence.passage && !next.words.before.is_empty());
        let around = Around {
            own: &sentence.words.own,
            heading: &sentence.words.heading,
            before: &sentence.words.before,
            behind: next.map(|next| &next.words.own),
            passage: words.get(sentence.passage),
        };
        let passage = passages.get(sentence.passage).map_or(0.0, |p| p.score);
        // Which passage fits best tells more than between models, so its score counts twice.
        candidate.coverage = coverage.of_sentence(around) + PASSAGE_WEIGHT * passage;
        candidate.is_covered = is_covered;
    }
}

/// Indices of the candidates to quote, in the order of the answer: passages by their best sentence, and the sentences
/// of one passage as they follow each other there. Empty where none is relevant. `evidence` is in the order of the
/// candidates.
pub fn select_sentences(
    candidates: &[CandidateSentence],
    evidence: &[Evidence],
    passages: &[ExtractivePassage<'_>],
) -> Vec<usize> {
    let evidence_of = |index: usize| evidence.get(index).copied().unwrap_or_default();
    let scores = combined_scores(candidates, &evidence_of, passages);
    let mut ranked: Vec<usize> = (0..candidates.len())
        .filter(|index| {
            let candidate = &candidates[*index];
            let similarity = evidence_of(*index).similarity;
            let asked_for = candidate.row_words.is_some() && candidate.overlap >= SUFFICIENT_ROW;
            (asked_for || is_relevant(candidate, similarity))
                && !candidate.names_another
                && !is_outdone(candidate, candidates)
        })
        .collect();
    ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let Some(best) = ranked.first().map(|index| scores[*index]) else {
        return Vec::new();
    };
    ranked.retain(|index| scores[*index] >= RELATIVE_SCORE * best);
    ranked.truncate(MAX_QUOTED);
    let is_blind = |index: &usize| evidence_of(*index).similarity.is_none();
    if ranked.iter().all(is_blind) {
        let mut room = MAX_QUOTED_COLUMNS;
        ranked.retain(|index| {
            let columns = columns(&candidates[*index].text);
            let fits = room == MAX_QUOTED_COLUMNS || columns <= room;
            room = if fits {
                room.saturating_sub(columns)
            } else {
                room
            };
            fits
        });
    }
    let first_of = |passage: usize| {
        ranked
            .iter()
            .position(|index| candidates[*index].passage == passage)
    };
    let mut ordered = ranked.clone();
    ordered.sort_by_key(|index| {
        let candidate = &candidates[*index];
        (first_of(candidate.passage), candidate.span.start)
    });
    ordered
}

/// Columns that a text takes: two for an East Asian character.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| 1 + usize::from(is_east_asian(c)))
        .sum()
}

/// Whether another row has every word of the question that this one has, and more: then that one is asked for.
fn is_outdone(candidate: &CandidateSentence, candidates: &[CandidateSentence]) -> bool {
    let Some(words) = &candidate.row_words else {
        return false;
    };
    candidates
        .iter()
        .filter_map(|other| other.row_words.as_ref())
        .any(|other| other.len() > words.len() && words.is_subset(other))
}

/// Whether a sentence with this cosine is about the question at all.
fn is_relevant(candidate: &CandidateSentence, similarity: Option<f32>) -> bool {
    match similarity {
        Some(similarity) => similarity + 0.5 * candidate.overlap >= SUFFICIENT_RELEVANCE,
        None => candidate.is_covered,
    }
}

/// The mean of the known scores of each sentence, each scaled to 0 to 1, plus a little for the score of its passage.
fn combined_scores(
    candidates: &[CandidateSentence],
    evidence: &dyn Fn(usize) -> Evidence,
    passages: &[ExtractivePassage<'_>],
) -> Vec<f32> {
    let scaled = |of: &dyn Fn(Evidence) -> Option<f32>| -> HashMap<usize, f32> {
        let (indices, values): (Vec<usize>, Vec<f32>) = (0..candidates.len())
            .filter_map(|index| {
                let value = of(evidence(index)).filter(|value| value.is_finite())?;
                Some((index, value))
            })
            .unzip();
        indices.into_iter().zip(min_max_scale(&values)).collect()
    };
    let cross_encoder = scaled(&|evidence| evidence.cross_encoder);
    let similarity = scaled(&|evidence| evidence.similarity);
    candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| {
            let known = [
                cross_encoder.get(&index).copied(),
                similarity.get(&index).copied(),
                Some(match similarity.contains_key(&index) {
                    true => candidate.overlap,
                    false => candidate.coverage,
                }),
            ];
            let (sum, count) = known
                .into_iter()
                .flatten()
                .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            let passage = passages.get(candidate.passage).map_or(0.0, |p| p.score);
            sum / count + PASSAGE_WEIGHT * passage
        })
        .collect()
}

/// Weight of the passage's score against the sentence's own.
const PASSAGE_WEIGHT: f32 = 0.2;

/// Weights of the question's terms. They add up to 1, and a term that fewer sentences have weighs more.
fn term_weights<'a>(
    question: &HashSet<String>,
    sentences: impl Iterator<Item = &'a HashSet<String>> + Clone,
) -> Vec<(String, f32)> {
    let total = sentences.clone().count() as f32;
    let mut weights: Vec<(String, f32)> = question
        .iter()
        .map(|term| {
            let holding = sentences.clone().filter(|s| s.contains(term)).count() as f32;
            (term.clone(), (1.0 + total / (1.0 + holding)).ln())
        })
        .collect();
    // Float sums depend on their order, and the order of a hash set changes from run to run.
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    let sum: f32 = weights.iter().map(|(_, weight)| weight).sum();
    for (_, weight) in &mut weights {
        *weight /= sum;
    }
    weights
}

/// Weights half way between these and equal ones.
fn levelled(weights: &[(String, f32)]) -> Vec<(String, f32)> {
    let equal = 1.0 / weights.len().max(1) as f32;
    let level = |(term, weight): &(String, f32)| (term.clone(), f32::midpoint(*weight, equal));
    weights.iter().map(level).collect()
}

/// Share of the question's words in a sentence and around it; `passage` has the words of all its passage.
fn overlap(weights: &[(String, f32)], words: &Words, passage: Option<&HashSet<String>>) -> f32 {
    weights
        .iter()
        .map(|(term, weight)| {
            if words.own.contains(term) {
                *weight
            } else if words.heading.contains(term) {
                HEADING_WEIGHT * weight
            } else if passage.is_some_and(|words| words.contains(term)) {
                PASSAGE_WORD_WEIGHT * weight
            } else if words.before.contains(term) {
                CONTEXT_WEIGHT * weight
            } else {
                0.0
            }
        })
        .sum()
}

fn with_headings(path: &str, text: &str) -> String {
    if path.is_empty() {
        text.to_owned()
    } else {
        format!("{path}\n{text}")
    }
}

fn quoted(text: &str, kind: SentenceKind) -> String {
    if kind == SentenceKind::Code && !text.contains('`') {
        return format!("`{text}`");
    }
    // They would read as citations of the answer.
    without_own_marks(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage<'a>(text: &'a str, score: f32) -> ExtractivePassage<'a> {
        ExtractivePassage {
            text,
            heading_path: &[],
            score,
        }
    }

    fn answer(question: &str, passages: &[ExtractivePassage<'_>]) -> Vec<String> {
        let candidates = candidate_sentences(question, passages);
        select_sentences(&candidates, &[], passages)
            .into_iter()
            .map(|index| candidates[index].text.clone())
            .collect()
    }

    #[test]
    fn the_sentence_with_the_answer_is_quoted() {
        let passages = [
            passage(
                "Riddle keeps documents in a folder. Uploads are limited to 64 MiB by default. It is written in Rust.",
                1.0,
            ),
            passage(
                "The server listens on port 8080. Nothing else is open.",
                0.4,
            ),
        ];
        assert_eq!(
            answer("How large may uploads be by default?", &passages),
            ["Uploads are limited to 64 MiB by default."]
        );
    }

    #[test]
    fn chinese_questions_find_chinese_sentences() {
        let passages = [passage(
            "系统支持多种格式。上传文件的大小限制为64兆。重启只需要几秒。",
            1.0,
        )];
        assert_eq!(
            answer("上传文件的大小限制是多少？", &passages),
            ["上传文件的大小限制为64兆。"]
        );
    }

    #[test]
    fn an_unrelated_question_is_not_answered() {
        let passages = [passage(
            "Uploads are limited to 64 MiB. The server listens on port 8080.",
            1.0,
        )];
        assert_eq!(
            answer("Who won the football championship of 1998?", &passages),
            [] as [&str; 0]
        );
        assert_eq!(answer("法国的首都在哪里？", &passages), [] as [&str; 0]);
    }

    #[test]
    fn meaning_counts_where_words_differ() {
        let passages = [passage(
            "The maximum file size is 64 MiB. Rust is a language.",
            1.0,
        )];
        let question = "How big can attachments get?";
        let candidates = candidate_sentences(question, &passages);
        let evidence = [0.6, 0.05].map(|similarity| Evidence {
            cross_encoder: None,
            similarity: Some(similarity),
        });
        assert_eq!(select_sentences(&candidates, &evidence, &passages), [0]);
    }

    #[test]
    fn the_row_that_is_asked_for_is_quoted_with_its_columns() {
        let table = "| Valve | Wing | Opening pressure | |\n|---|---|---|---|\n| V-116 | south | 448 kPa | |\n\
                     | V-117 | north | 451 kPa | x |\n| V-118 | north | 454 kPa | |\n";
        assert_eq!(
            answer(
                "What is the opening pressure of valve V-117?",
                &[passage(table, 1.0)]
            ),
            ["Valve: V-117 | Wing: north | Opening pressure: 451 kPa | x"]
        );
        let lines = "Name: Osk Brisk | Room: A10 | Phone: 2200\nName: Tam Brisk | Room: B11 | Phone: 2207\n\
                     Name: Tam Quint | Room: C12 | Phone: 2214\n";
        assert_eq!(
            answer(
                "What is the phone number of Tam Brisk?",
                &[passage(lines, 1.0)]
            ),
            ["Name: Tam Brisk | Room: B11 | Phone: 2207"]
        );
        let objects = "[0].name: Station Tove\n[0].state: idle\n[0].depth_m: 63\n[1].name: Station Kaj\n\
                       [1].state: running\n[1].depth_m: 60\n";
        assert_eq!(
            answer(
                "What is the depth of Station Kaj?",
                &[passage(objects, 1.0)]
            ),
            ["name: Station Kaj | state: running | depth_m: 60"]
        );
        let chinese = "| 部门 | 电话 |\n| --- | --- |\n| 财务部 | 2301 |\n| 仓储部 | 2302 |\n";
        assert_eq!(
            answer("仓储部的电话是多少？", &[passage(chinese, 1.0)]),
            ["部门: 仓储部 | 电话: 2302"]
        );
    }

    #[test]
    fn a_wide_row_is_cut_down_to_what_is_asked_for() {
        let names: Vec<String> = (0..40).map(|n| format!("Column{n}")).collect();
        let values: Vec<String> = (0..40).map(|n| format!("value{n} of it")).collect();
        let rule = vec!["---"; 40].join("|");
        let table = format!("|{}|\n|{rule}|\n|{}|\n", names.join("|"), values.join("|"));
        let quoted = answer(
            "What is in column31 beside value0?",
            &[passage(&table, 1.0)],
        );
        assert_eq!(quoted.len(), 1);
        assert!(
            quoted[0].starts_with("Column0: value0 of it | "),
            "{quoted:?}"
        );
        assert!(quoted[0].contains("Column31: value31 of it"), "{quoted:?}");
        assert!(quoted[0].chars().count() < 300, "{quoted:?}");
    }

    #[test]
    fn a_row_that_names_another_thing_is_no_answer() {
        let table = "| Pump | Pressure |\n|---|---|\n| P-11 | 12 bar |\n| P-12 | 14 bar |\n| P-140 | 9 bar |";
        let passages = [passage(table, 1.0)];
        assert_eq!(answer("What is the pressure of P-99?", &passages), [""; 0]);
        let found = answer("What is the pressure of p12?", &passages);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("14 bar"), "{found:?}");
    }

    #[test]
    fn rows_do_not_answer_for_a_thing_that_no_passage_knows() {
        let chinese = "| 部门 | 电话 |\n| --- | --- |\n| 财务部 | 2301 |\n| 仓储部 | 2302 |\n";
        for unknown in ["火星的电话", "火星的电话号码是多少？", "Mars 的电话"] {
            assert_eq!(
                answer(unknown, &[passage(chinese, 1.0)]),
                [""; 0],
                "{unknown}"
            );
        }
        for known in ["各部门的电话", "电话号码", "财务部的电话"] {
            assert_ne!(answer(known, &[passage(chinese, 1.0)]), [""; 0], "{known}");
        }
        let english = "Name: Tam Brisk | Phone: 2207\nName: Orla Quint | Phone: 2214\n";
        let question = "What is the phone of Mars?";
        assert_eq!(answer(question, &[passage(english, 1.0)]), [""; 0]);
        let question = "Which phone does Orla have?";
        assert_eq!(
            answer(question, &[passage(english, 1.0)]),
            ["Name: Orla Quint | Phone: 2214"]
        );
    }

    #[test]
    fn a_quantity_is_found_by_its_adjective() {
        let objects =
            "[0].name: Station Tove\n[0].depth_m: 63\n[1].name: Station Finn\n[1].depth_m: 60\n";
        for question in ["How deep is Finn?", "Finn 有多深？"] {
            let objects = objects.replace(
                "depth_m",
                if question.is_ascii() {
                    "depth_m"
                } else {
                    "深度"
                },
            );
            let quoted = answer(question, &[passage(&objects, 1.0)]);
            assert_eq!(quoted.len(), 1, "{question}: {quoted:?}");
            assert!(quoted[0].contains("Finn"), "{question}: {quoted:?}");
        }
    }

    #[test]
    fn a_japanese_question_is_read_without_its_grammar() {
        let table = "| Name | Team | Phone |\n|---|---|---|\n| 鈴木花 | Sales | 3100 |\n| 佐藤健 | Sales | 3101 |\n";
        for question in [
            "鈴木花の電話番号は？",
            "鈴木花さんの部署はどこですか？",
            "铃木花的电话",
        ] {
            let quoted = answer(question, &[passage(table, 1.0)]);
            assert_eq!(
                quoted,
                ["Name: 鈴木花 | Team: Sales | Phone: 3100"],
                "{question}"
            );
        }
        let prose = "鈴木花 works in Osaka. The weather is fine.";
        let quoted = answer("鈴木花はどこで働いていますか？", &[passage(prose, 1.0)]);
        assert_eq!(quoted, ["鈴木花 works in Osaka."]);
    }

    #[test]
    fn without_a_model_an_answer_is_bounded() {
        let sentence = |n: usize| {
            format!(
                "北湖的水位在第{n}年升高，{}。",
                "测量的人写下了很多数字".repeat(8)
            )
        };
        let text: String = (1..=6).map(sentence).collect();
        let quoted = answer("北湖的水位怎样升高？", &[passage(&text, 1.0)]);
        assert_eq!(quoted.len(), 2, "{quoted:?}");
    }

    #[test]
    fn front_matter_is_not_quoted() {
        let text = "---\ntitle: Travel policy\nauthor: Quill Dane\n---\n\nThe policy on travel allows 140 euros.\n";
        let passages = [passage(text, 1.0)];
        assert_eq!(
            answer("What does the travel policy allow?", &passages),
            ["The policy on travel allows 140 euros."]
        );
        assert_eq!(answer("Is Quill Dane the author?", &passages), [""; 0]);
    }

    #[test]
    fn headings_lend_their_words() {
        let headings = ["Refund period".to_owned()];
        let passages = [ExtractivePassage {
            text: "It is thirty days.",
            heading_path: &headings,
            score: 1.0,
        }];
        assert_eq!(
            answer("What is the refund period?", &passages),
            ["It is thirty days."]
        );
    }

    #[test]
    fn a_sentence_is_read_with_the_one_before_it() {
        let passages = [passage(
            "蓝藻后来被宿主细胞同化。它的大部分基因转移到了细胞核。有些海藻生活在海里。",
            1.0,
        )];
        let quoted = answer("蓝藻被同化后，它的基因怎样了？", &passages);
        assert!(
            quoted.contains(&"它的大部分基因转移到了细胞核。".to_owned()),
            "{quoted:?}"
        );
    }

    #[test]
    fn equal_sentences_are_quoted_once() {
        let passages = [
            passage("Uploads are limited to 64 MiB.", 1.0),
            passage("Uploads are limited to 64 MiB!", 0.5),
        ];
        assert_eq!(answer("What are uploads limited to?", &passages).len(), 1);
    }
}
