//! Late interaction: a vector for each token, and MaxSim between those of query and passage.

mod head;

use std::time::Instant;

use head::TokenHead;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    LongPassages, ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions,
    TokenVectors, max_sim,
};

use crate::compute::Compute;
use crate::encoder::{Cut, Encoder, InputBuilder, InputOfWindow, Output};
use crate::open::Wanted;
use crate::reranker_spec::RerankerSpec;
use crate::scored_windows::score_windows;
use crate::tokenizer::HfTokenizer;
use riddle_checkpoint::{Head, Source};

/// Outputs that hold a vector for each token.
const OUTPUTS: [&str; 4] = [
    "token_embeddings",
    "contextual",
    "colbert_vecs",
    "last_hidden_state",
];
/// Longest query in tokens, as FlagEmbedding cuts it.
const LONGEST_QUERY: usize = 512;

/// A reranker by late interaction. As BGE-M3 and RAG-Retrieval have it, a linear layer makes the vectors of all tokens
/// but the first; other models have it inside their graph and all tokens count. Vectors have length 1; the score is the
/// mean over the query's of the best cosine in the passage.
pub struct LateInteraction {
    info: RerankerInfo,
    encoder: Encoder,
    inputs: InputBuilder,
    head: TokenHead,
}

/// What to score one query with.
struct EncodedQuery {
    vectors: TokenVectors,
    tokens: u32,
}

impl LateInteraction {
    /// Loads it, converting its weights if that was not done before, and runs it once. `head_file` is the path within
    /// the folder of the linear layer that makes token vectors: a `.pt` file of PyTorch or a `.safetensors` file.
    /// Without it, the ONNX graph gives the vectors as they are compared, and all tokens count.
    ///
    /// # Errors
    /// A file is missing or damaged, or the head does not fit the encoder.
    pub fn open(
        compute: &Compute,
        spec: &RerankerSpec,
        head_file: Option<&str>,
    ) -> Result<Self, ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        let head = TokenHead::open(&source, head_file)?;
        let wanted = Wanted {
            source: source.clone(),
            weights: &spec.weights,
            cache: &spec.cache,
            head: Head::HiddenStates,
            precision: spec.precision,
            max_tokens: spec.max_tokens,
            outputs: &OUTPUTS,
            same_everywhere: false,
        };
        let opened = wanted.open(compute)?;
        let tokenizer = HfTokenizer::read_beside_weights(&source, opened.vocabulary)?;
        let mut reranker = Self {
            info: RerankerInfo {
                name: spec.name.clone(),
                kind: RerankKind::LateInteraction,
                max_tokens: spec.max_tokens.min(opened.max_tokens),
                scale: spec.scale,
                default_weight: spec.default_weight,
                device: compute.device().to_string(),
                layers: None,
                fingerprint: Some(opened.fingerprint(&spec.name)),
            },
            encoder: opened.encoder,
            inputs: InputBuilder::new(&source, tokenizer)?,
            head,
        };
        reranker.check(&source, head_file.unwrap_or(&spec.weights))?;
        Ok(reranker)
    }

    fn query(&mut self, text: &str) -> Result<EncodedQuery, ModelError> {
        let input = self.inputs.single(text, self.longest_query(), Cut::END);
        let inputs = [input.map_err(|error| self.tokenizer_failed(&error))?];
        let head = &self.head;
        let vectors =
            self.encoder
                .map(&inputs, &[0], || true, |_, output| head.vectors(&output))?;
        let vectors = vectors.into_iter().flatten().next();
        Ok(EncodedQuery {
            vectors: vectors.unwrap_or(TokenVectors {
                dimensions: 0,
                values: Vec::new(),
            }),
            tokens: u32::try_from(inputs[0].ids.len()).unwrap_or(u32::MAX),
        })
    }

    fn longest_query(&self) -> usize {
        self.info.max_tokens.min(LONGEST_QUERY)
    }

    fn passages(
        &self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<(usize, InputOfWindow)>, ModelError> {
        let longest = self.info.max_tokens;
        let encoded = |(place, pair): (usize, &Pair<'_>)| {
            let inputs = match options.long_passages {
                LongPassages::MaxSlice => self.inputs.single_windows(pair.passage, longest)?,
                LongPassages::Truncate => {
                    let cut = Cut::of(options);
                    vec![(self.inputs.single(pair.passage, longest, cut)?, None)]
                }
            };
            let placed = inputs.into_iter().map(|input| (place, input));
            Ok(placed.collect::<Vec<_>>())
        };
        let inputs: Result<Vec<_>, tokenizers::Error> =
            pairs.par_iter().enumerate().map(encoded).collect();
        let inputs = inputs.map_err(|error| self.tokenizer_failed(&error))?;
        Ok(inputs.into_iter().flatten().collect())
    }

    /// Scores pairs of one query.
    fn score_for(
        &mut self,
        query: &EncodedQuery,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let inputs = self.passages(pairs, options)?;
        let in_time = || Instant::now() < options.deadline;
        let head = &self.head;
        let raw = |output: &Output<'_>| {
            let score = max_sim(&query.vectors, &head.vectors(output));
            score.unwrap_or(f32::NAN)
        };
        let mut scores = score_windows(&mut self.encoder, inputs, pairs.len(), in_time, raw)?;
        for score in scores.iter_mut().flatten() {
            score.tokens = score.tokens.saturating_add(query.tokens);
        }
        Ok(scores)
    }

    /// A head that does not fit is told now, not with the first question.
    fn check(&mut self, source: &Source<'_>, file: &str) -> Result<(), ModelError> {
        let query = self.query("riddle")?;
        let pair = Pair {
            query: "riddle",
            passage: "riddle",
        };
        let patient = ScoreOptions::until(Instant::now() + std::time::Duration::from_secs(600));
        let scores = self.score_for(&query, &[pair], &patient)?;
        // The same text has the same vectors.
        let same = |score: &PairScore| (score.raw - 1.0).abs() < 0.01;
        if matches!(&*scores, [Some(score)] if same(score)) {
            return Ok(());
        }
        Err(source.bad(
            file,
            "does not make token vectors from what the encoder gives",
            "use the head that was trained with this encoder",
        ))
    }

    fn tokenizer_failed(&self, error: &tokenizers::Error) -> ModelError {
        ModelError::Failed {
            model: self.info.name.clone(),
            message: format!("its tokenizer: {error}"),
        }
    }
}

impl Reranker for LateInteraction {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        self.encoder.parallel()
    }

    /// The deadline is looked at before each passage, so it is passed by a query and a passage at most.
    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let mut scores = Vec::with_capacity(pairs.len());
        for same in pairs.chunk_by(|a, b| a.query == b.query) {
            if Instant::now() >= options.deadline {
                break;
            }
            let query = self.query(same[0].query)?;
            scores.extend(self.score_for(&query, same, options)?);
        }
        scores.resize(pairs.len(), None);
        Ok(scores)
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let whole = |pair: &Pair<'_>| {
            let (longest, cut) = (self.info.max_tokens, Cut::of(options));
            let query = self
                .inputs
                .single(pair.query, self.longest_query(), Cut::END)?;
            let passage = self.inputs.single(pair.passage, longest, cut)?;
            Ok(!query.truncated && !passage.truncated)
        };
        let whole: Result<Vec<bool>, tokenizers::Error> = pairs.par_iter().map(whole).collect();
        whole.map_err(|error| self.tokenizer_failed(&error))
    }
}
