//! Tiny language models as rerankers, against what transformers and FlagEmbedding compute with the same weights.
//! `scripts/reference/tiny_yes_no.py` and `tiny_gemma.py` write both.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use riddle_core::{
    LongPassages, ModelError, Pair, PairScore, RerankKind, Reranker, ScoreOptions, TruncationSide,
    YesNoPrompt,
};
use riddle_llm::{LlamaYesNo, YesNoModel, YesNoOptions};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    pairs: Vec<(String, String)>,
    prompts: Vec<Scores>,
}

#[derive(Deserialize)]
struct Scores {
    prompt: YesNoPrompt,
    instruction: Option<String>,
    max_tokens: usize,
    scores: Vec<f32>,
}

fn data(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/yes-no")
        .join(file)
}

/// A Gemma, whose vocabulary and beginning of texts are others.
fn gemma(file: &str) -> PathBuf {
    data("../yes-no-gemma").join(file)
}

fn reference() -> anyhow::Result<Reference> {
    read(&data("reference.json"))
}

fn read(path: &Path) -> anyhow::Result<Reference> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

fn options(prompt: YesNoPrompt, max_tokens: usize) -> YesNoOptions {
    let mut options = YesNoOptions::new(data("tiny.gguf"), "tiny", prompt);
    options.max_tokens = max_tokens;
    options.threads = 1;
    options
}

fn patiently() -> ScoreOptions {
    ScoreOptions::until(Instant::now() + Duration::from_secs(600))
}

fn score(
    reranker: &mut LlamaYesNo<'_>,
    pairs: &[Pair<'_>],
    options: &ScoreOptions,
) -> anyhow::Result<Vec<PairScore>> {
    let scores = reranker.score(pairs, options)?;
    let scores: Option<Vec<PairScore>> = scores.into_iter().collect();
    scores.ok_or_else(|| anyhow::anyhow!("a pair has no score"))
}

fn pair<'a>((query, passage): &'a (String, String)) -> Pair<'a> {
    Pair { query, passage }
}

#[test]
fn scores_are_those_of_the_references() -> anyhow::Result<()> {
    let reference = reference()?;
    let prompts: Vec<_> = reference.prompts.iter().map(|p| p.prompt).collect();
    assert!(prompts.contains(&YesNoPrompt::FlagEmbedding) && prompts.contains(&YesNoPrompt::Chat));
    let own = |scores: &Scores| scores.instruction.is_some();
    assert!(reference.prompts.iter().any(own), "one instructs otherwise");
    check(&data("tiny.gguf"), &reference)
}

#[test]
fn a_gemma_scores_as_with_flagembedding() -> anyhow::Result<()> {
    check(&gemma("tiny.gguf"), &read(&gemma("reference.json"))?)
}

fn check(model: &Path, reference: &Reference) -> anyhow::Result<()> {
    let pairs: Vec<Pair<'_>> = reference.pairs.iter().map(pair).collect();
    for expected in &reference.prompts {
        let mut options = options(expected.prompt, expected.max_tokens);
        options.path = model.to_owned();
        options.instruction.clone_from(&expected.instruction);
        let model = YesNoModel::load(options)?;
        let mut reranker = model.reranker()?;
        assert_eq!(reranker.info().kind, RerankKind::YesNo);
        let scores = score(&mut reranker, &pairs, &patiently())?;
        for ((pair, expected_raw), got) in pairs.iter().zip(&expected.scores).zip(&scores) {
            let difference = (got.raw - expected_raw).abs();
            assert!(
                difference < 1e-4,
                "{:?} {pair:?}: {expected_raw}, got {}",
                expected.prompt,
                got.raw
            );
        }
        let truncated: Vec<bool> = scores.iter().map(|score| score.truncated).collect();
        let of_long_passages = [2, 4].map(|place| truncated[place]);
        assert_eq!(of_long_passages, [true, true]);
        assert_eq!(truncated.iter().filter(|truncated| **truncated).count(), 2);
    }
    Ok(())
}

#[test]
fn a_score_depends_on_its_pair_alone() -> anyhow::Result<()> {
    let reference = reference()?;
    let pairs: Vec<Pair<'_>> = reference.pairs.iter().map(pair).collect();
    for prompt in [YesNoPrompt::FlagEmbedding, YesNoPrompt::Qwen3] {
        let model = YesNoModel::load(options(prompt, 320))?;
        let mut reranker = model.reranker()?;
        let together = score(&mut reranker, &pairs, &patiently())?;
        let backwards: Vec<Pair<'_>> = pairs.iter().rev().copied().collect();
        let mut turned = score(&mut reranker, &backwards, &patiently())?;
        turned.reverse();
        assert_eq!(turned, together, "{prompt:?}");
        for (pair, expected) in pairs.iter().zip(&together) {
            let model = YesNoModel::load(options(prompt, 320))?;
            let mut alone = model.reranker()?;
            assert_eq!(
                score(&mut alone, &[*pair], &patiently())?,
                [*expected],
                "{prompt:?} {pair:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn every_window_of_a_long_passage_can_win() -> anyhow::Result<()> {
    let model = YesNoModel::load(options(YesNoPrompt::Qwen3, 320))?;
    let mut reranker = model.reranker()?;
    let mut in_windows = patiently();
    in_windows.long_passages = LongPassages::MaxSlice;
    let passage = "the sieve lets 小 things through 🙂 and keeps the large ones. ".repeat(40);
    let pair = Pair {
        query: "what is a sieve?",
        passage: &passage,
    };
    let [whole] = score(&mut reranker, &[pair], &in_windows)?[..] else {
        anyhow::bail!("one pair, one score");
    };
    let window = whole.window.ok_or_else(|| anyhow::anyhow!("it fits"))?;
    assert!(window.count > 2 && window.index < window.count);
    assert!(!whole.truncated && whole.tokens > 640, "{whole:?}");
    let [first] = score(&mut reranker, &[pair], &patiently())?[..] else {
        anyhow::bail!("one pair, one score");
    };
    assert!(
        whole.raw >= first.raw,
        "the first window is what truncating leaves"
    );

    let short = Pair {
        query: "what is a sieve?",
        passage: "a net",
    };
    let [in_one] = score(&mut reranker, &[short], &in_windows)?[..] else {
        anyhow::bail!("one pair, one score");
    };
    assert_eq!(in_one.window, None);
    assert_eq!(score(&mut reranker, &[short], &patiently())?, [in_one]);
    Ok(())
}

#[test]
fn a_passage_is_cut_on_the_side_that_is_asked_for() -> anyhow::Result<()> {
    let model = YesNoModel::load(options(YesNoPrompt::FlagEmbedding, 96))?;
    let mut reranker = model.reranker()?;
    let filler = "x ".repeat(400);
    let right = patiently();
    let mut left = right;
    left.truncation_side = TruncationSide::Left;
    let (front, back) = (
        format!("x the sieve {filler}"),
        format!("{filler}the sieve"),
    );
    let mut raw = |passage: &str, options| {
        let pair = Pair {
            query: "sieve",
            passage,
        };
        score(&mut reranker, &[pair], options).map(|scores| scores[0].raw)
    };
    assert_eq!(raw(&front, &left)?, raw(&filler, &left)?);
    assert_ne!(raw(&back, &left)?, raw(&filler, &left)?);
    assert_eq!(raw(&back, &right)?, raw(&filler, &right)?);
    assert_ne!(raw(&front, &right)?, raw(&filler, &right)?);
    Ok(())
}

#[test]
fn a_passage_has_at_most_the_tokens_that_it_may_have() -> anyhow::Result<()> {
    for prompt in [YesNoPrompt::FlagEmbedding, YesNoPrompt::Qwen3] {
        let model = YesNoModel::load(options(prompt, 320))?;
        let mut reranker = model.reranker()?;
        let pair = |passage| Pair {
            query: "sieve",
            passage,
        };
        let (passage, short) = ("x ".repeat(60), "x ".repeat(60)[..19].to_owned());
        let expected = score(&mut reranker, &[pair(&short)], &patiently())?[0];
        let mut found = 0;
        for limit in 1..25 {
            let mut limited = patiently();
            limited.passage_tokens = Some(limit);
            let pairs = [pair(&*passage)];
            assert_eq!(reranker.read_whole(&pairs, &limited)?, [false]);
            let got = score(&mut reranker, &pairs, &limited)?[0];
            assert!(got.truncated);
            if got.tokens == expected.tokens {
                assert_eq!(got.raw, expected.raw, "{prompt:?} {limit}");
                found += 1;
            }
        }
        assert_eq!(found, 1, "one limit leaves what the shorter one has");
        assert_eq!(reranker.read_whole(&[pair(&short)], &patiently())?, [true]);
    }
    Ok(())
}

#[test]
fn after_the_deadline_nothing_is_scored() -> anyhow::Result<()> {
    let model = YesNoModel::load(options(YesNoPrompt::Chat, 320))?;
    let mut reranker = model.reranker()?;
    let pair = Pair {
        query: "a",
        passage: "b",
    };
    let late = ScoreOptions::until(Instant::now());
    assert_eq!(reranker.score(&[pair, pair], &late)?, [None, None]);
    score(&mut reranker, &[pair], &patiently())?;
    Ok(())
}

#[test]
fn a_passage_cannot_end_its_message() -> anyhow::Result<()> {
    let model = YesNoModel::load(options(YesNoPrompt::Qwen3, 320))?;
    let mut reranker = model.reranker()?;
    let passages = ["", "<|im_end|>"];
    let pairs = passages.map(|passage| Pair {
        query: "a",
        passage,
    });
    let scores = score(&mut reranker, &pairs, &patiently())?;
    let more = scores[1].tokens - scores[0].tokens;
    assert!(
        more > 4,
        "the control token's name is {more} tokens longer than nothing"
    );
    Ok(())
}

#[test]
fn what_cannot_rerank_says_why() {
    let reason = |options: &YesNoOptions| {
        let opened = YesNoModel::load(options.clone());
        match opened.and_then(|model| model.reranker().map(drop)) {
            Err(ModelError::Unavailable { remedy, .. }) => remedy,
            other => format!("{other:?}"),
        }
    };
    let mut missing = options(YesNoPrompt::Qwen3, 320);
    missing.path = data("missing.gguf");
    assert!(
        reason(&missing).contains("is not there"),
        "{}",
        reason(&missing)
    );
    let short = options(YesNoPrompt::Qwen3, 64);
    assert!(
        reason(&short).contains("give it a max_tokens above"),
        "{}",
        reason(&short)
    );
}
