use crate::domain::chunk::Span;
use crate::text::sentences::{Sentence, SentenceKind, sentences};
use crate::text::terms::terms;

/// Characters before a citation in which its claim, the sentence that it supports, is looked for.
const CLAIM_WINDOW: usize = 600;

/// The sentence of a passage that a citation most likely refers to: the one with the most words in common with the
/// claim. `answer` is the text up to the citation, `passage` the sentences of the cited passage. Returns the place of
/// the sentence in the passage, or `None` where none shares a word.
pub fn cited_sentence(answer: &str, passage: &[Sentence]) -> Option<Span> {
    let claim = terms(&claim(answer)?);
    let mut best: Option<(f32, Span)> = None;
    for sentence in passage.iter().filter(|sentence| {
        !matches!(
            sentence.kind,
            SentenceKind::Heading | SentenceKind::TableHead
        )
    }) {
        let own = terms(&sentence.text);
        let shared = own.intersection(&claim).count() as f32;
        let cosine = shared / (own.len() as f32 * claim.len() as f32).sqrt().max(1.0);
        if shared > 0.0 && best.is_none_or(|(score, _)| cosine > score) {
            best = Some((cosine, sentence.span));
        }
    }
    best.map(|(_, span)| span)
}

/// The last sentence before a citation, without other citations.
pub(super) fn claim(answer: &str) -> Option<String> {
    let start = answer
        .char_indices()
        .rev()
        .nth(CLAIM_WINDOW)
        .map_or(0, |(at, _)| at);
    let mut rest = answer[start..].trim_end();
    while let Some(shorter) = without_last_citation(rest) {
        rest = shorter.trim_end();
    }
    sentences(rest)
        .pop()
        .map(|sentence| without_citations(&sentence.text))
}

fn without_last_citation(text: &str) -> Option<&str> {
    let inner = text.strip_suffix(']')?;
    let digits = inner.trim_end_matches(|c: char| c.is_ascii_digit());
    (digits.len() < inner.len())
        .then(|| digits.strip_suffix('['))
        .flatten()
}

fn without_citations(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let inner = &rest[at + 1..];
        let after = inner.trim_start_matches(|c: char| c.is_ascii_digit());
        kept.push_str(&rest[..at]);
        rest = match after.strip_prefix(']') {
            Some(tail) if after.len() < inner.len() => tail,
            _ => {
                kept.push('[');
                inner
            }
        };
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cited(answer: &str, passage: &str) -> Option<String> {
        let span = cited_sentence(answer, &sentences(passage))?;
        let (start, end) = (span.start as usize, span.end as usize);
        Some(passage.chars().skip(start).take(end - start).collect())
    }

    const PASSAGE: &str = "Uploads are limited to 64 MiB. Larger files must be split. \
                           Deleted documents leave the index within a minute.";

    #[test]
    fn the_sentence_with_most_in_common_is_cited() {
        assert_eq!(
            cited("A deleted document leaves the index soon ", PASSAGE).as_deref(),
            Some("Deleted documents leave the index within a minute.")
        );
        assert_eq!(
            cited(
                "Files have a limit. The limit of uploads is 64 MiB [2]. ",
                PASSAGE
            )
            .as_deref(),
            Some("Uploads are limited to 64 MiB.")
        );
    }

    #[test]
    fn chinese_works_without_spaces() {
        assert_eq!(
            cited(
                "删除后一分钟内离开索引",
                "上传限制为64兆。文档删除后在一分钟内离开索引。"
            )
            .as_deref(),
            Some("文档删除后在一分钟内离开索引。")
        );
    }

    #[test]
    fn nothing_in_common_cites_no_sentence() {
        assert_eq!(cited("Completely unrelated words", PASSAGE), None);
        assert_eq!(cited("", PASSAGE), None);
        assert_eq!(cited("[1]", PASSAGE), None);
    }
}
