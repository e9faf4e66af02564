use super::cost::mean;
use super::kept::reported;
use super::types::{AnswerFigures, MeasureFigure};
use super::view::{RESAMPLES_OF_MEANS, View};
use crate::measures::AnswerScores;
use crate::statistics::{Estimate, bootstrap};

/// The measures of every arm, in the order of the arms.
pub(super) fn measures(view: &View<'_>) -> Vec<Vec<MeasureFigure>> {
    let (clusters, _) = view.units(&view.ranked);
    let dev = view.dev();
    let places = reported(1).len();
    let series = view
        .arms
        .iter()
        .flat_map(|arm| (0..places).map(move |measure| (arm, measure)));
    let values: Vec<Vec<Option<f64>>> = series
        .map(|(arm, measure)| view.values(arm, measure, &view.ranked))
        .collect();
    let estimates = bootstrap(&clusters, &values, RESAMPLES_OF_MEANS, view.seed);
    let arms = view.arms.iter().zip(estimates.chunks(places));
    arms.map(|(arm, estimates)| {
        let mut figures: Vec<MeasureFigure> = Vec::with_capacity(places);
        for (place, measure) in reported(arm.settings.top_k).into_iter().enumerate() {
            // Recall at top_k may be recall at 10.
            if figures.iter().all(|figure| figure.measure != measure) {
                let dev = mean(view.values(arm, place, &dev).into_iter().flatten());
                figures.push(MeasureFigure {
                    measure,
                    headline: estimates[place],
                    dev,
                });
            }
        }
        figures
    })
    .collect()
}

type Score = fn(&AnswerScores) -> Option<f64>;

const SCORES: [Score; 7] = [
    |scores| scores.exact_match,
    |scores| scores.token_f1,
    |scores| scores.rouge_l,
    |scores| scores.contains_answer,
    |scores| scores.citation_precision,
    |scores| scores.citation_recall,
    |scores| scores.refusal_right,
];

/// The answers of every arm; `None` for those that have written none.
pub(super) fn answers(view: &View<'_>) -> Vec<Option<AnswerFigures>> {
    let (clusters, _) = view.units(&view.headline);
    let figures = view.arms.iter().map(|arm| {
        let scores: Vec<Option<&AnswerScores>> = view
            .headline
            .iter()
            .map(|index| arm.kept(&view.questions[*index])?.answer.as_ref())
            .collect();
        if scores.iter().all(Option::is_none) {
            return None;
        }
        let values: Vec<Vec<Option<f64>>> = SCORES
            .iter()
            .map(|score| scores.iter().map(|scores| score((*scores)?)).collect())
            .collect();
        let estimates = bootstrap(&clusters, &values, RESAMPLES_OF_MEANS, view.seed);
        let estimate =
            |place: usize| -> Option<Estimate> { estimates.get(place).copied().flatten() };
        Some(AnswerFigures {
            exact_match: estimate(0),
            token_f1: estimate(1),
            rouge_l: estimate(2),
            contains_answer: estimate(3),
            citation_precision: estimate(4),
            citation_recall: estimate(5),
            refusal_right: estimate(6),
        })
    });
    figures.collect()
}
