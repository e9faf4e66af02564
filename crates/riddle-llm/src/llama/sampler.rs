//! Which token comes next.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use riddle_core::ChatRequest;

/// Qwen3's recommendation, and a sound one for its peers.
const TOP_K: i32 = 20;
/// Likewise, for an answer without thinking.
const TOP_P: f32 = 0.8;
/// Likewise, for an answer with thinking.
const TOP_P_THINKING: f32 = 0.95;
/// llama.cpp's sign for a seed of its own choice.
const RANDOM_SEED: u32 = u32::MAX;

/// How to choose tokens.
#[derive(Clone, Copy)]
pub(super) struct Sampling {
    temperature: f32,
    top_p: f32,
    seed: u32,
}

impl Sampling {
    pub(super) fn of(request: &ChatRequest) -> Self {
        Self {
            temperature: request.temperature,
            top_p: if request.thinking {
                TOP_P_THINKING
            } else {
                TOP_P
            },
            seed: request.seed.map_or(RANDOM_SEED, fold),
        }
    }

    pub(super) fn greedy() -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
        }
    }
}

/// Chooses tokens for one answer.
pub(super) enum Sampler {
    Likeliest,
    Random(LlamaSampler),
}

impl Sampler {
    pub(super) fn new(sampling: Sampling) -> Self {
        let warm = sampling.temperature.is_finite() && sampling.temperature > 0.0;
        if !warm {
            return Self::Likeliest;
        }
        Self::Random(LlamaSampler::chain(
            [
                LlamaSampler::top_k(TOP_K),
                LlamaSampler::top_p(sampling.top_p, 1),
                LlamaSampler::temp(sampling.temperature),
                LlamaSampler::dist(sampling.seed),
            ],
            true,
        ))
    }

    /// The token after the batch that `context` computed last.
    pub(super) fn next(&mut self, context: &LlamaContext<'_>) -> LlamaToken {
        match self {
            Self::Likeliest => LlamaToken(likeliest(context.get_logits_ith(-1))),
            Self::Random(chain) => chain.sample(context, -1),
        }
    }
}

/// Index of the largest logit, the first of equals. Lanes let the compiler compare many at once: a vocabulary has
/// 150,000 entries, and this runs for every token.
fn likeliest(logits: &[f32]) -> i32 {
    const LANES: usize = 16;
    let mut largest = [f32::NEG_INFINITY; LANES];
    let chunks = logits.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &logit) in largest.iter_mut().zip(chunk) {
            *lane = lane.max(logit);
        }
    }
    let largest = largest
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |best, &logit| best.max(logit));
    let index = logits.iter().position(|&logit| logit == largest);
    index
        .and_then(|index| i32::try_from(index).ok())
        .unwrap_or(0)
}

/// Both halves of a seed count, and no seed means the random one.
fn fold(seed: u64) -> u32 {
    let folded = (seed ^ (seed >> 32)) as u32;
    if folded == RANDOM_SEED { 0 } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_is_the_first_largest() {
        assert_eq!(likeliest(&[0.0, 3.0, f32::NAN, 3.0, -1.0]), 1);
        assert_eq!(likeliest(&[f32::NEG_INFINITY, -2.0]), 1);
        assert_eq!(likeliest(&[]), 0);
        for at in 0..50 {
            let mut logits = vec![-1.0; 50];
            logits[at] = 2.0;
            assert_eq!(likeliest(&logits), at as i32);
        }
    }

    #[test]
    fn no_seed_of_a_user_means_random() {
        assert_ne!(fold(u64::from(u32::MAX)), RANDOM_SEED);
        assert_ne!(fold(1), fold(1 << 33));
    }
}
