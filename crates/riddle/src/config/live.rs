use std::time::Duration;

use anyhow::ensure;
use riddle_engine::{LiveArm, LiveOptions};
use serde::Deserialize;

const DEFAULT_KEEP_DAYS: u32 = 30;
/// Ten years.
const MOST_KEEP_DAYS: u32 = 3_650;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawEvaluation {
    pub(super) live: RawLive,
}

/// Which questions of chats are searched in another way too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLive {
    /// Share of the questions, 0 to 1; none by default.
    share: f64,
    arm: RawArm,
    /// Catalogue name of the reranker of an arm that reranks.
    reranker: Option<String>,
    /// Days for which it is kept which sources were found.
    keep_days: Option<u32>,
}

/// How the other way differs from the settings of a knowledge base.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawArm {
    #[default]
    Opposite,
    WithRerank,
    WithoutRerank,
}

impl RawLive {
    pub(super) fn checked(self) -> anyhow::Result<LiveOptions> {
        ensure!(
            (0.0..=1.0).contains(&self.share),
            "`evaluation.live.share` must be between 0 and 1"
        );
        let days = self.keep_days.unwrap_or(DEFAULT_KEEP_DAYS);
        ensure!(
            (1..=MOST_KEEP_DAYS).contains(&days),
            "`evaluation.live.keep_days` must be between 1 and {MOST_KEEP_DAYS}"
        );
        let arm = match self.arm {
            RawArm::Opposite => LiveArm::Opposite,
            RawArm::WithRerank => LiveArm::WithRerank,
            RawArm::WithoutRerank => LiveArm::WithoutRerank,
        };
        ensure!(
            self.reranker.is_none() || arm != LiveArm::WithoutRerank,
            "`evaluation.live.reranker` is set, and `evaluation.live.arm` is `without_rerank`; leave one of them out"
        );
        Ok(LiveOptions {
            share: self.share,
            arm,
            reranker: self.reranker,
            keep: Duration::from_hours(24 * u64::from(days)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<LiveOptions> {
        toml::from_str::<RawEvaluation>(text)?.live.checked()
    }

    #[test]
    fn nothing_is_searched_twice_unless_somebody_says_so() {
        assert_eq!(read("").expect("defaults"), LiveOptions::default());
        let said = "[live]\nshare = 0.1\narm = \"with_rerank\"\nreranker = \"bge\"\nkeep_days = 7";
        let options = read(said).expect("it is right");
        assert_eq!((options.share, options.arm), (0.1, LiveArm::WithRerank));
        assert_eq!(options.reranker.as_deref(), Some("bge"));
        assert_eq!(options.keep, Duration::from_hours(7 * 24));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        for (text, names) in [
            ("[live]\nshare = 1.5", "evaluation.live.share"),
            ("[live]\nshare = nan", "evaluation.live.share"),
            ("[live]\nkeep_days = 0", "evaluation.live.keep_days"),
            (
                "[live]\narm = \"without_rerank\"\nreranker = \"bge\"",
                "evaluation.live.reranker",
            ),
            ("[live]\narm = \"another\"", "another"),
            ("[life]", "life"),
        ] {
            let error = format!("{:#}", read(text).expect_err(text));
            assert!(error.contains(names), "{text}: {error}");
        }
    }
}
