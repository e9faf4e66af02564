use std::time::{Duration, Instant};

use riddle_core::{LongPassages, Pair, PairScore, Reranker, ScoreOptions, TruncationSide};
use riddle_models::{CrossEncoder, Precision, RerankerSpec};
use serde::Deserialize;

use crate::setup::{Way, cut_by_a_deadline, reranker_spec, runtime, starter, ways};

#[derive(Deserialize)]
struct Case {
    query: String,
    passage: String,
    logit_fp32: f32,
}

#[test]
fn logits_equal_those_of_transformers() {
    for way in ways() {
        let Some((_cache, mut reranker)) = open_on(way, Precision::Fp32) else {
            return;
        };
        for case in cases() {
            let score = score(&mut reranker, &case.query, &[&case.passage])[0].raw;
            let difference = (score - case.logit_fp32).abs();
            assert!(
                difference < 1e-4,
                "{way:?}: {score} instead of {}",
                case.logit_fp32
            );
        }
    }
}

#[test]
fn quantized_logits_keep_the_order_of_those_of_transformers() {
    for way in ways() {
        let Some((_cache, mut reranker)) = open_on(way, Precision::Int8) else {
            return;
        };
        let scored: Vec<(f32, f32)> = cases()
            .iter()
            .map(|case| {
                let score = score(&mut reranker, &case.query, &[&case.passage])[0].raw;
                (case.logit_fp32, score)
            })
            .collect();
        let exact = || scored.iter().map(|(exact, _)| *exact);
        let range = exact().fold(f32::MIN, f32::max) - exact().fold(f32::MAX, f32::min);
        for (exact, score) in &scored {
            eprintln!("{way:?}: {score} for {exact}");
            assert!((score - exact).abs() < 0.5, "{score} instead of {exact}");
            for (other, other_score) in &scored {
                let apart = exact - other > range * 0.02;
                assert!(
                    !apart || score > other_score,
                    "{exact} and {other} change places"
                );
            }
        }
    }
}

#[test]
fn a_score_depends_on_nothing_but_its_pair() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    let cases = cases();
    let query = &cases[0].query;
    let mut passages: Vec<&str> = cases.iter().map(|case| &*case.passage).collect();
    let forward = score(&mut reranker, query, &passages);
    for (together, passage) in forward.iter().zip(&passages) {
        assert_eq!(*together, score(&mut reranker, query, &[passage])[0]);
    }
    passages.reverse();
    let mut backward = score(&mut reranker, query, &passages);
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn a_deadline_in_the_past_scores_nothing() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    let scores = reranker
        .score(
            &pairs("question", &["one", "two"]),
            &ScoreOptions::until(Instant::now()),
        )
        .expect("it is no failure");
    assert_eq!(scores, [None, None]);
}

#[test]
fn a_deadline_on_the_way_leaves_the_last_passages_unscored() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    let long = "the sieve lets small things through ".repeat(100);
    let pair = Pair {
        query: "what is a sieve?",
        passage: &long,
    };
    let scores = cut_by_a_deadline(&mut reranker, pair);
    let scored = scores.iter().take_while(|score| score.is_some()).count();
    // Beside the last one in order another thread may have scored one more.
    assert!(scores[scored..].iter().filter(|s| s.is_some()).count() <= 2);
}

#[test]
fn cut_passages_say_so_and_tokens_are_counted() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    let long = "sand ".repeat(4_000);
    let scores = score(&mut reranker, "sand", &["sand", &long, ""]);
    let told: Vec<_> = scores.iter().map(|s| (s.tokens, s.truncated)).collect();
    assert_eq!(told, [(5, false), (512, true), (4, false)]);
    let scores = score(&mut reranker, &long, &["sand", &long]);
    let told: Vec<_> = scores.iter().map(|s| (s.tokens, s.truncated)).collect();
    assert_eq!(told, [(3 + 384 + 1, false), (512, true)]);
}

/// Words that are one token each, so that a test can cut as the model does.
const WORDS: [&str; 6] = ["river", "stone", "water", "garden", "window", "paper"];

fn long_passage(words: usize) -> Vec<&'static str> {
    let mut words: Vec<&str> = (0..words).map(|n| WORDS[n * n % 5 % WORDS.len()]).collect();
    let place = words.len() * 3 / 4;
    words.splice(place..place, ["the", "panda", "is", "a", "bear"]);
    words
}

#[test]
fn the_best_window_of_a_long_passage_wins() {
    let Some((_cache, mut reranker)) = open(Precision::Fp32) else {
        return;
    };
    let query = "what is a panda";
    let words = long_passage(1_500);
    let passage = words.join(" ");
    let options = ScoreOptions {
        long_passages: LongPassages::MaxSlice,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    };
    let texts = [&*passage, "a short one"];
    let scores = reranker
        .score(&pairs(query, &texts), &options)
        .expect("the model runs");
    let [Some(long), Some(short)] = &*scores else {
        panic!("there is time enough");
    };

    // Three special tokens and four of the query leave room for 505, of which 80 are shared.
    let mut best = (f32::MIN, 0, "");
    let (mut start, mut count, mut tokens) = (0, 0, 0);
    while start == 0 || start + 80 < words.len() {
        let end = (start + 505).min(words.len());
        let from = words[..start]
            .iter()
            .map(|word| word.len() + 1)
            .sum::<usize>();
        let window = words[start..end].join(" ");
        let window = &passage[from..from + window.len()];
        let alone = score(&mut reranker, query, &[window])[0];
        if alone.raw > best.0 {
            best = (alone.raw, count, window);
        }
        tokens += alone.tokens;
        count += 1;
        start += 425;
    }
    let window = long.window.expect("it does not fit");
    assert_eq!(
        (long.raw, long.tokens, long.truncated),
        (best.0, tokens, false)
    );
    assert_eq!((window.index, window.count), (best.1, count));
    let span = window.span.start as usize..window.span.end as usize;
    assert_eq!(&passage[span], best.2);
    assert!(best.2.contains("panda"), "the answer decides");
    assert_eq!(*short, score(&mut reranker, query, &["a short one"])[0]);
}

#[test]
fn window_spans_are_characters() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    let passage = "熊猫是熊。🐼 ".repeat(400);
    let options = ScoreOptions {
        long_passages: LongPassages::MaxSlice,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    };
    let scores = reranker
        .score(&pairs("熊猫", &[&passage]), &options)
        .expect("the model runs");
    let window = scores[0].and_then(|score| score.window).expect("windows");
    let (start, end) = (window.span.start as usize, window.span.end as usize);
    let own: String = passage.chars().skip(start).take(end - start).collect();
    assert_eq!(own.chars().count(), end - start);
    let alone = score(&mut reranker, "熊猫", &[&own])[0].raw;
    let best = scores[0].map(|score| score.raw).expect("scored");
    assert!((alone - best).abs() < 1e-5, "{alone} instead of {best}");
}

#[test]
fn the_beginning_can_be_cut_instead_of_the_end() {
    let Some((_cache, mut reranker)) = open(Precision::Fp32) else {
        return;
    };
    let words = long_passage(600);
    let options = ScoreOptions {
        truncation_side: TruncationSide::Left,
        ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
    };
    let query = "what is a panda";
    let passage = words.join(" ");
    let scores = reranker
        .score(&pairs(query, &[&passage]), &options)
        .expect("the model runs");
    let cut = scores[0].expect("there is time enough");
    let tail = words[words.len() - 505..].join(" ");
    let expected = score(&mut reranker, query, &[&tail])[0];
    assert_eq!((cut.raw, cut.tokens), (expected.raw, 512));
    assert!(cut.truncated && !expected.truncated);
}

#[test]
fn a_passage_has_at_most_the_tokens_that_it_may_have() {
    let Some((_cache, reranker)) = open(Precision::Fp32) else {
        return;
    };
    // Kept tokens take another way to the same end.
    let mut reranker = reranker.keep_passages(1 << 20);
    let query = "what is a panda";
    let words = long_passage(300);
    let passage = words.join(" ");
    let sides = [
        (TruncationSide::Right, words[..100].join(" ")),
        (TruncationSide::Left, words[words.len() - 100..].join(" ")),
    ];
    for (truncation_side, short) in sides {
        let options = ScoreOptions {
            truncation_side,
            passage_tokens: Some(100),
            ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
        };
        let texts = [&*passage, &*short];
        let limited = reranker
            .score(&pairs(query, &texts), &options)
            .expect("the model runs");
        let expected = score(&mut reranker, query, &[&short])[0];
        let limited = limited[0].expect("there is time enough");
        assert_eq!(
            (limited.raw, limited.tokens),
            (expected.raw, expected.tokens)
        );
        assert!(limited.truncated && !expected.truncated);
        let whole = reranker.read_whole(&pairs(query, &texts), &options);
        assert_eq!(whole.expect("it is text"), [false, true]);
    }
}

#[test]
fn what_does_not_fit_is_known_without_the_model() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    // Three special tokens and four of the query leave room for 505.
    let (fits, long) = ("river ".repeat(505), "river ".repeat(506));
    let options = ScoreOptions::until(Instant::now());
    let whole = reranker.read_whole(&pairs("what is a panda", &["", &fits, &long]), &options);
    assert_eq!(whole.expect("it is text"), [true, true, false]);
    let long_query = "river ".repeat(400);
    let whole = reranker.read_whole(&pairs(&long_query, &["x"]), &options);
    assert_eq!(
        whole.expect("it is text"),
        [false],
        "the query would be cut"
    );
}

#[test]
fn an_embedder_is_no_cross_encoder() {
    let Some((folder, runtime)) = crate::setup::minilm().zip(runtime(1)) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = reranker_spec(folder, cache.path(), Precision::Int8);
    let error = CrossEncoder::open(&runtime, &spec)
        .err()
        .expect("it has no head");
    assert!(error.to_string().contains("classifier"), "{error}");
}

#[test]
fn kept_tokens_give_the_same_scores() {
    let Some((_cache, mut reranker)) = open(Precision::Int8) else {
        return;
    };
    let texts: Vec<String> = cases().into_iter().map(|case| case.passage).collect();
    let mut long = texts.join(" ").repeat(100);
    long.truncate(long.floor_char_boundary(8_000));
    let passages: Vec<&str> = texts.iter().chain([&long]).map(String::as_str).collect();
    let sides = [TruncationSide::Right, TruncationSide::Left];
    let scored = |reranker: &mut CrossEncoder| {
        sides.map(|truncation_side| {
            let deadline = Instant::now() + Duration::from_secs(600);
            let options = ScoreOptions {
                truncation_side,
                ..ScoreOptions::until(deadline)
            };
            let pairs = pairs("what is kept?", &passages);
            reranker.score(&pairs, &options).expect("the model runs")
        })
    };
    let fresh = scored(&mut reranker);
    let mut keeping = reranker.keep_passages(1 << 20);
    for round in ["filling", "using"] {
        assert_eq!(scored(&mut keeping), fresh, "{round}");
    }
    let last = fresh[0].last().copied().flatten().expect("it is scored");
    assert!(last.truncated);
}

fn cases() -> Vec<Case> {
    let path = starter()
        .expect("opened before")
        .join("reference_scores.json");
    let json = std::fs::read(path).expect("it lies beside the model");
    serde_json::from_slice(&json).expect("it is a list of scores")
}

fn open(precision: Precision) -> Option<(tempfile::TempDir, CrossEncoder)> {
    open_on(Way::USUAL, precision)
}

fn open_on(way: Way, precision: Precision) -> Option<(tempfile::TempDir, CrossEncoder)> {
    let (folder, runtime) = starter().zip(runtime(2))?;
    let runtime = way.on(&runtime);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec: RerankerSpec = reranker_spec(folder, cache.path(), precision);
    let reranker = CrossEncoder::open(&runtime, &spec).expect("it loads");
    Some((cache, reranker))
}

fn score(reranker: &mut CrossEncoder, query: &str, passages: &[&str]) -> Vec<PairScore> {
    let deadline = Instant::now() + Duration::from_secs(600);
    reranker
        .score(&pairs(query, passages), &ScoreOptions::until(deadline))
        .expect("the model runs")
        .into_iter()
        .map(|score| score.expect("there is time enough"))
        .collect()
}

fn pairs<'a>(query: &'a str, passages: &[&'a str]) -> Vec<Pair<'a>> {
    let pair = |passage: &&'a str| Pair { query, passage };
    passages.iter().map(pair).collect()
}
