use std::time::{Duration, Instant};

use riddle_core::{LongPassages, RerankOptions, RerankerInfo, RetrievalSettings, ScoreOptions};

use crate::error::EngineError;
use crate::reranking::{check_deadline, check_skip_lead, check_weight};

/// How the candidates are reranked: by the request, or by the knowledge base where the request says nothing.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Reranking {
    /// Catalogue name; the server's default where `None`.
    pub(crate) reranker: Option<String>,
    /// Weight that the request named.
    pub(crate) asked_weight: Option<f32>,
    /// The knowledge base's weight; `None` if it was set for another reranker.
    pub(crate) set_weight: Option<f32>,
    /// The lead from which on nothing is reranked. That of the knowledge base counts for its own reranker alone.
    pub(crate) skip_lead: Option<f32>,
    /// Whether the request named the reranker or the layer, so that it is refused if they cannot be used.
    pub(crate) asked_model: bool,
    pub(crate) long_passages: LongPassages,
    pub(crate) cutoff_layer: Option<u32>,
    deadline: Option<Duration>,
    /// The part of the deadline that was spent before the stage, on checking the model.
    spent: Duration,
}

impl Reranking {
    pub(super) fn of(
        asked: RerankOptions,
        settings: &RetrievalSettings,
    ) -> Result<Self, EngineError> {
        check_weight("rerank.weight", asked.weight.flatten())?;
        check_skip_lead("rerank.skip_lead", asked.skip_lead.flatten())?;
        check_deadline("rerank.deadline_ms", asked.deadline_ms.flatten())?;
        let reranker = asked.reranker.clone();
        let reranker = reranker.unwrap_or_else(|| settings.reranker.clone());
        let own = reranker == settings.reranker;
        let set_weight = settings
            .rerank_weight
            .filter(|_| own && asked.weight.is_none());
        let set_lead = settings.rerank_skip_lead.filter(|_| own);
        let set_layer = settings.cutoff_layer.filter(|_| own);
        let deadline_ms = asked.deadline_ms.unwrap_or(settings.rerank_deadline_ms);
        Ok(Self {
            asked_model: asked.reranker.flatten().is_some()
                || asked.cutoff_layer.flatten().is_some(),
            asked_weight: asked.weight.flatten(),
            set_weight,
            skip_lead: asked.skip_lead.unwrap_or(set_lead),
            long_passages: asked.long_passages.unwrap_or(settings.long_passages),
            cutoff_layer: asked.cutoff_layer.unwrap_or(set_layer),
            deadline: deadline_ms.map(|ms| Duration::from_millis(ms.into())),
            spent: Duration::ZERO,
            reranker,
        })
    }

    /// How long the stage may take; `default` is the server's limit.
    pub(crate) fn deadline(&self, default: Duration) -> Duration {
        self.deadline.unwrap_or(default)
    }

    /// Whether the request or the knowledge base sets the deadline.
    pub(crate) fn has_deadline(&self) -> bool {
        self.deadline.is_some()
    }

    /// How much of the deadline is left when the stage begins.
    pub(crate) fn left(&self, default: Duration) -> Duration {
        self.deadline(default).saturating_sub(self.spent)
    }

    /// Counts time before the stage as time of the stage.
    pub(crate) fn having_spent(self, time: Duration) -> Self {
        let spent = self.spent + time;
        Self { spent, ..self }
    }

    /// The layer that a model stops at; `None` for one without heads on its layers. A layer that was set for another
    /// model is brought within the bounds of this one.
    pub(crate) fn layer_of(&self, info: &RerankerInfo) -> Option<u32> {
        let (lowest, highest) = info.layers?;
        let layer = self.cutoff_layer.unwrap_or(highest);
        Some(layer.min(highest).max(lowest))
    }

    /// Options for scoring until `deadline`.
    pub(crate) fn options(&self, info: &RerankerInfo, deadline: Instant) -> ScoreOptions {
        ScoreOptions {
            long_passages: self.long_passages,
            cutoff_layer: self.layer_of(info),
            ..ScoreOptions::until(deadline)
        }
    }
}

#[cfg(test)]
mod tests {
    use riddle_core::{KnowledgeBaseSettings, RerankKind, ScoreScale};

    use super::*;

    fn settings() -> RetrievalSettings {
        let mut settings = KnowledgeBaseSettings::with_embedder(None).retrieval;
        settings.reranker = Some("own".to_owned());
        settings.rerank_weight = Some(0.3);
        settings.rerank_skip_lead = Some(0.25);
        settings.cutoff_layer = Some(12);
        settings.rerank_deadline_ms = Some(700);
        settings.long_passages = LongPassages::MaxSlice;
        settings
    }

    fn info(layers: Option<(u32, u32)>) -> RerankerInfo {
        RerankerInfo {
            name: "own".to_owned(),
            kind: RerankKind::Layerwise,
            max_tokens: 512,
            scale: ScoreScale::Logit,
            default_weight: 1.0,
            device: "cpu".to_owned(),
            layers,
            fingerprint: None,
        }
    }

    #[test]
    fn a_request_goes_before_the_knowledge_base() {
        let nothing = Reranking::of(RerankOptions::default(), &settings()).expect("fits");
        assert_eq!(nothing.reranker.as_deref(), Some("own"));
        assert_eq!(
            (nothing.set_weight, nothing.cutoff_layer),
            (Some(0.3), Some(12))
        );
        assert_eq!(nothing.skip_lead, Some(0.25));
        assert_eq!(nothing.long_passages, LongPassages::MaxSlice);
        assert_eq!(
            nothing.deadline(Duration::from_secs(2)),
            Duration::from_millis(700)
        );
        assert!(!nothing.asked_model);

        let asked = RerankOptions {
            reranker: Some(Some("other".to_owned())),
            weight: Some(Some(0.8)),
            skip_lead: None,
            long_passages: Some(LongPassages::Truncate),
            cutoff_layer: None,
            deadline_ms: Some(Some(100)),
        };
        let asked = Reranking::of(asked, &settings()).expect("fits");
        assert_eq!(asked.reranker.as_deref(), Some("other"));
        // The knowledge base's weight, layer and lead were chosen for its own reranker.
        assert_eq!((asked.set_weight, asked.cutoff_layer), (None, None));
        assert_eq!(asked.skip_lead, None);
        assert_eq!(asked.asked_weight, Some(0.8));
        assert_eq!(asked.long_passages, LongPassages::Truncate);
        assert_eq!(
            asked.deadline(Duration::from_secs(2)),
            Duration::from_millis(100)
        );
        assert!(asked.asked_model);
    }

    #[test]
    fn a_setting_can_be_left_out_of_one_request() {
        let server = Duration::from_secs(2);
        let without = |options| Reranking::of(options, &settings()).expect("fits");
        let all = without(RerankOptions {
            reranker: Some(None),
            weight: Some(None),
            skip_lead: Some(None),
            cutoff_layer: Some(None),
            deadline_ms: Some(None),
            long_passages: None,
        });
        assert_eq!((&all.reranker, all.asked_model), (&None, false));
        assert_eq!((all.asked_weight, all.set_weight), (None, None));
        assert_eq!((all.skip_lead, all.cutoff_layer), (None, None));
        assert_eq!((all.deadline(server), all.has_deadline()), (server, false));

        let weight = without(RerankOptions {
            weight: Some(None),
            ..RerankOptions::default()
        });
        assert_eq!((weight.asked_weight, weight.set_weight), (None, None));
        assert_eq!(weight.reranker.as_deref(), Some("own"));
        assert_eq!(
            (weight.skip_lead, weight.cutoff_layer),
            (Some(0.25), Some(12))
        );
        // What was set for a reranker goes with it.
        let model = without(RerankOptions {
            reranker: Some(None),
            ..RerankOptions::default()
        });
        assert_eq!((model.set_weight, model.cutoff_layer), (None, None));
        assert_eq!(model.deadline(server), Duration::from_millis(700));
    }

    #[test]
    fn values_out_of_bounds_are_refused_with_their_name() {
        for (weight, skip_lead, deadline_ms, field) in [
            (Some(1.1), None, None, "rerank.weight"),
            (Some(f32::NAN), None, None, "rerank.weight"),
            (None, Some(0.0), None, "rerank.skip_lead"),
            (None, Some(1.1), None, "rerank.skip_lead"),
            (None, Some(f32::NAN), None, "rerank.skip_lead"),
            (None, None, Some(0), "rerank.deadline_ms"),
            (None, None, Some(60_001), "rerank.deadline_ms"),
        ] {
            let asked = RerankOptions {
                weight: Some(weight),
                skip_lead: Some(skip_lead),
                deadline_ms: Some(deadline_ms),
                ..RerankOptions::default()
            };
            let error = Reranking::of(asked, &settings()).expect_err("out of bounds");
            assert!(error.to_string().contains(field), "{error}");
        }
    }

    #[test]
    fn a_layer_is_given_to_models_that_have_layers() {
        let reranking = Reranking::of(RerankOptions::default(), &settings()).expect("fits");
        assert_eq!(reranking.layer_of(&info(None)), None);
        assert_eq!(reranking.layer_of(&info(Some((8, 40)))), Some(12));
        assert_eq!(reranking.layer_of(&info(Some((20, 40)))), Some(20));
        let mut none = settings();
        none.cutoff_layer = None;
        let reranking = Reranking::of(RerankOptions::default(), &none).expect("fits");
        assert_eq!(reranking.layer_of(&info(Some((8, 40)))), Some(40));
    }
}
