//! Late interaction: a vector for each token, and MaxSim between those of query and passage.

mod head;
mod marks;
mod projection;

use std::time::Instant;

use head::TokenHead;
use marks::Marks;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    LongPassages, ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions,
    TokenVectors, max_sim,
};

use crate::catalogue::{Colbert, RerankerFacts};
use crate::compute::Compute;
use crate::encoder::{Cut, EncodedText, Encoder, InputBuilder, InputOfWindow, Output};
use crate::open::{Opened, Wanted, form_mark};
use crate::reranker_spec::RerankerSpec;
use crate::scored_windows::score_windows;
use crate::tokenizer::{self, HfTokenizer};
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
/// but the first; other models have it inside their graph and all tokens count; those of PyLate have markers besides.
/// Vectors have length 1; the score is the mean over the query's of the best cosine in the passage.
pub struct LateInteraction {
    info: RerankerInfo,
    encoder: Encoder,
    inputs: InputBuilder,
    head: TokenHead,
    marks: Option<Marks>,
    longest_query: usize,
}

/// What makes its token vectors.
#[derive(Clone, Copy, Debug)]
pub enum LateInteractionHead<'a> {
    /// A linear layer as BGE-M3 has it: the path within the folder of a `.pt` file of PyTorch or a `.safetensors` file.
    Layer(&'a str),
    /// The ONNX graph itself gives the vectors as they are compared, and all tokens count.
    InGraph,
    /// The layers and the markers of a ColBERT in its own form.
    Colbert(&'a Colbert),
}

/// What to score one query with.
struct EncodedQuery {
    vectors: TokenVectors,
    tokens: u32,
}

impl LateInteraction {
    /// Loads it, converting its weights if that was not done before, and runs it once.
    ///
    /// # Errors
    /// A file is missing or damaged, or the head does not fit the encoder.
    pub fn open(
        compute: &Compute,
        spec: &RerankerSpec,
        head: LateInteractionHead<'_>,
    ) -> Result<Self, ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        let token_head = head.read(&source)?;
        let opened = opened(compute, &source, spec, head.needs_mask())?;
        let tokenizer = HfTokenizer::read_beside_weights(&source, opened.vocabulary)?;
        let marks = match head {
            LateInteractionHead::Colbert(form) => Some(Marks::new(&source, &tokenizer, form)?),
            LateInteractionHead::Layer(_) | LateInteractionHead::InGraph => None,
        };
        let max_tokens = spec.max_tokens.min(opened.max_tokens);
        let fingerprint = opened.fingerprint(&spec.name) + &head.mark(&source)?;
        let mut reranker = Self {
            info: info(compute, spec, max_tokens, fingerprint),
            longest_query: match &marks {
                Some(marks) => marks.query_tokens().min(opened.max_tokens),
                None => max_tokens.min(LONGEST_QUERY),
            },
            encoder: opened.encoder,
            inputs: InputBuilder::new(&source, tokenizer)?,
            head: token_head,
            marks,
        };
        reranker.check(&source, head.file().unwrap_or(&spec.weights))?;
        Ok(reranker)
    }

    fn query(&mut self, text: &str) -> Result<EncodedQuery, ModelError> {
        let input = self.query_input(text);
        let inputs = [input.map_err(|error| tokenizer::failed(&self.info.name, &error))?];
        let head = &self.head;
        let vectors = |_: &EncodedText, output: Output<'_>| head.vectors(&output, |_| true);
        let vectors = self.encoder.map(&inputs, &[0], || true, vectors)?;
        let vectors = vectors.into_iter().flatten().next();
        Ok(EncodedQuery {
            vectors: vectors.unwrap_or(TokenVectors {
                dimensions: 0,
                values: Vec::new(),
            }),
            tokens: u32::try_from(inputs[0].ids.len()).unwrap_or(u32::MAX),
        })
    }

    fn query_input(&self, text: &str) -> Result<EncodedText, tokenizers::Error> {
        let longest = self.longest_query;
        let Some(marks) = &self.marks else {
            return self.inputs.single(text, longest, Cut::END);
        };
        let room = longest.saturating_sub(marks.taken_of_query());
        let input = self.inputs.single(text, room, Cut::END)?;
        Ok(marks.query(input, longest))
    }

    fn passage_input(&self, text: &str, cut: Cut) -> Result<EncodedText, tokenizers::Error> {
        let input = self.inputs.single(text, self.room_of_passage(), cut)?;
        Ok(self.with_marker(input))
    }

    fn passage_windows(&self, text: &str) -> Result<Vec<InputOfWindow>, tokenizers::Error> {
        let windows = self.inputs.single_windows(text, self.room_of_passage())?;
        let marked = |(input, window)| (self.with_marker(input), window);
        Ok(windows.into_iter().map(marked).collect())
    }

    fn room_of_passage(&self) -> usize {
        let taken = self.marks.as_ref().map_or(0, Marks::taken_of_passage);
        self.info.max_tokens.saturating_sub(taken)
    }

    fn with_marker(&self, passage: EncodedText) -> EncodedText {
        match &self.marks {
            Some(marks) => marks.passage(passage),
            None => passage,
        }
    }

    fn passages(
        &self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<(usize, InputOfWindow)>, ModelError> {
        let encoded = |(place, pair): (usize, &Pair<'_>)| {
            let inputs = match options.long_passages {
                LongPassages::MaxSlice => self.passage_windows(pair.passage)?,
                LongPassages::Truncate => {
                    vec![(self.passage_input(pair.passage, Cut::of(options))?, None)]
                }
            };
            let placed = inputs.into_iter().map(|input| (place, input));
            Ok(placed.collect::<Vec<_>>())
        };
        let inputs: Result<Vec<_>, tokenizers::Error> =
            pairs.par_iter().enumerate().map(encoded).collect();
        let inputs = inputs.map_err(|error| tokenizer::failed(&self.info.name, &error))?;
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
        let (head, marks) = (&self.head, self.marks.as_ref());
        let raw = |text: &EncodedText, output: &Output<'_>| {
            let compares = |place: usize| marks.is_none_or(|marks| marks.compares(text, place));
            let score = max_sim(&query.vectors, &head.vectors(output, compares));
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
        // The same text has the same vectors, unless a marker tells a query from a passage.
        let is_marked = self.marks.is_some();
        let fits = |score: &PairScore| {
            (is_marked && score.raw.is_finite()) || (score.raw - 1.0).abs() < 0.01
        };
        if matches!(&*scores, [Some(score)] if fits(score)) {
            return Ok(());
        }
        Err(source.bad(
            file,
            "does not make token vectors from what the encoder gives",
            "use the head that was trained with this encoder",
        ))
    }
}

impl<'a> LateInteractionHead<'a> {
    /// What an entry of the catalogue says.
    pub fn of(facts: &'a RerankerFacts) -> Self {
        match (&facts.colbert, &facts.head) {
            (Some(form), _) => Self::Colbert(form),
            (None, Some(file)) => Self::Layer(file),
            (None, None) => Self::InGraph,
        }
    }

    fn read(self, source: &Source<'_>) -> Result<TokenHead, ModelError> {
        match self {
            Self::Layer(file) => TokenHead::read(source, file),
            Self::InGraph => Ok(TokenHead::InGraph),
            Self::Colbert(form) => projection::read(source, &form.projection).map(TokenHead::OfAll),
        }
    }

    /// Whether the network has to read tokens that it must not attend to.
    fn needs_mask(self) -> bool {
        matches!(self, Self::Colbert(form) if form.leaves_out_expansion())
    }

    /// What it decides about scores, as a part of the fingerprint. Older forms have none.
    fn mark(self, source: &Source<'_>) -> Result<String, ModelError> {
        match self {
            Self::Colbert(form) => {
                let files = form.projection.iter().map(|layer| &*layer.weights);
                form_mark(source, form, files)
            }
            Self::Layer(_) | Self::InGraph => Ok(String::new()),
        }
    }

    /// The file to name where its vectors do not fit.
    fn file(self) -> Option<&'a str> {
        match self {
            Self::Layer(file) => Some(file),
            Self::InGraph => None,
            Self::Colbert(form) => form.projection.first().map(|layer| &*layer.weights),
        }
    }
}

/// The network that gives a vector for each token; one that can keep tokens from being attended to, if that is needed.
fn opened(
    compute: &Compute,
    source: &Source<'_>,
    spec: &RerankerSpec,
    needs_mask: bool,
) -> Result<Opened, ModelError> {
    // What a GPU gives for padding is not defined.
    if needs_mask && compute.device().is_gpu() {
        return Err(ModelError::Unavailable {
            model: source.model.to_owned(),
            remedy: "it fills queries up with tokens that none attends to, which CPUs alone compute; set `models.device` to cpu, or use another reranker".to_owned(),
        });
    }
    let wanted = Wanted {
        source: source.clone(),
        weights: &spec.weights,
        cache: &spec.cache,
        head: Head::HiddenStates,
        precision: spec.precision,
        max_tokens: spec.max_tokens,
        outputs: &OUTPUTS,
        same_everywhere: false,
        needs_mask,
    };
    let opened = wanted.open(compute)?;
    // An ONNX file of another tool has the inputs that it has.
    if needs_mask && !opened.encoder.masks() {
        return Err(source.bad(
            &spec.weights,
            "takes no `attention_mask`, without which the tokens that fill queries up are attended to",
            "use its safetensors, or another reranker",
        ));
    }
    Ok(opened)
}

fn info(
    compute: &Compute,
    spec: &RerankerSpec,
    max_tokens: usize,
    fingerprint: String,
) -> RerankerInfo {
    RerankerInfo {
        name: spec.name.clone(),
        kind: RerankKind::LateInteraction,
        max_tokens,
        scale: spec.scale,
        default_weight: spec.default_weight,
        device: compute.device().to_string(),
        layers: None,
        fingerprint: Some(fingerprint),
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
            let query = self.query_input(pair.query)?;
            let passage = self.passage_input(pair.passage, Cut::of(options))?;
            Ok(!query.truncated && !passage.truncated)
        };
        let whole: Result<Vec<bool>, tokenizers::Error> = pairs.par_iter().map(whole).collect();
        whole.map_err(|error| tokenizer::failed(&self.info.name, &error))
    }
}
