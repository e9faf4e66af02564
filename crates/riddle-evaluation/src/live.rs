//! What live comparisons have seen: chat questions that were searched in another way too.

use riddle_core::{LiveObservation, LiveSource, Verdict};

use crate::statistics::{ConfidenceSequence, Interval, quantile};

/// Points of a course at most.
const MOST_POINTS: usize = 100;

/// What the other arm would have changed among the first sources of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OfFirst {
    /// How many of the other arm's sources are none of the present arm's.
    pub replaced: u32,
    /// Whether another source would be the first.
    pub first_changed: bool,
}

/// Compares the first sources of both arms, best first.
pub fn of_first(present: &[LiveSource], other: &[LiveSource]) -> OfFirst {
    let is_new = |source: &&LiveSource| present.iter().all(|known| known.chunk != source.chunk);
    let first = |sources: &[LiveSource]| sources.first().map(|source| source.chunk);
    OfFirst {
        replaced: u32::try_from(other.iter().filter(is_new).count()).unwrap_or(u32::MAX),
        first_changed: first(present) != first(other),
    }
}

/// The figures of a live comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveFigures {
    /// Questions that both arms have searched.
    pub questions: u32,
    /// Share of them for which at least one of the first sources would be another one.
    pub replaced: Option<LiveShare>,
    /// Share of them for which another source would be the first.
    pub first_changed: Option<LiveShare>,
    /// How `replaced` came about.
    pub course: Vec<LiveCourse>,
    /// Milliseconds of a search in the present arm.
    pub present_ms: Option<LiveTimes>,
    /// The same in the other arm.
    pub other_ms: Option<LiveTimes>,
    /// What people thought of answers whose first sources would be others.
    pub feedback_replaced: FeedbackCounts,
    /// What they thought of the other answers.
    pub feedback_same: FeedbackCounts,
}

/// A share of questions, with bounds that hold however often they are looked at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiveShare {
    /// From 0 to 1.
    pub share: f64,
    /// See [`ConfidenceSequence`].
    pub interval: Interval,
}

/// What a share was after so many questions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiveCourse {
    /// How many.
    pub questions: u32,
    /// The share by then.
    pub at: LiveShare,
}

/// Percentiles of milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiveTimes {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// How many people found an answer good or bad.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeedbackCounts {
    /// Good.
    pub up: u32,
    /// Bad.
    pub down: u32,
}

/// Makes the figures of questions that are added in the order in which they were searched.
#[derive(Clone, Debug)]
pub struct LiveFiguresBuilder {
    replaced: ConfidenceSequence,
    first_changed: ConfidenceSequence,
    course: Vec<LiveCourse>,
    /// After so many questions the course has another point.
    every: u32,
    present_ms: Vec<f64>,
    other_ms: Vec<f64>,
    feedback_replaced: FeedbackCounts,
    feedback_same: FeedbackCounts,
}

impl LiveFiguresBuilder {
    /// Of no question yet.
    pub fn new() -> Self {
        Self {
            replaced: ConfidenceSequence::new(),
            first_changed: ConfidenceSequence::new(),
            course: Vec::new(),
            every: 1,
            present_ms: Vec::new(),
            other_ms: Vec::new(),
            feedback_replaced: FeedbackCounts::default(),
            feedback_same: FeedbackCounts::default(),
        }
    }

    /// Takes the next question.
    pub fn add(&mut self, observation: &LiveObservation) {
        let LiveObservation { score, verdict } = observation;
        self.replaced.add(as_value(score.replaced > 0));
        self.first_changed.add(as_value(score.first_changed));
        self.present_ms.push(score.present_ms);
        self.other_ms.push(score.other_ms);
        let feedback = if score.replaced > 0 {
            &mut self.feedback_replaced
        } else {
            &mut self.feedback_same
        };
        match verdict {
            Some(Verdict::Up) => feedback.up += 1,
            Some(Verdict::Down) => feedback.down += 1,
            None => {}
        }
        if self.replaced.count().is_multiple_of(self.every) {
            self.course.extend(point(&self.replaced));
        }
        if self.course.len() > MOST_POINTS {
            self.every *= 2;
            let every = self.every;
            self.course
                .retain(|point| point.questions.is_multiple_of(every));
        }
    }

    /// What was seen. The course ends with the last question.
    pub fn finish(mut self) -> LiveFigures {
        let questions = self.replaced.count();
        if !questions.is_multiple_of(self.every) {
            self.course.extend(point(&self.replaced));
        }
        LiveFigures {
            questions,
            replaced: share(&self.replaced),
            first_changed: share(&self.first_changed),
            course: self.course,
            present_ms: times(self.present_ms),
            other_ms: times(self.other_ms),
            feedback_replaced: self.feedback_replaced,
            feedback_same: self.feedback_same,
        }
    }
}

impl Default for LiveFiguresBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// The point of a course at the last question.
fn point(sequence: &ConfidenceSequence) -> Option<LiveCourse> {
    Some(LiveCourse {
        questions: sequence.count(),
        at: share(sequence)?,
    })
}

fn as_value(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn share(sequence: &ConfidenceSequence) -> Option<LiveShare> {
    Some(LiveShare {
        share: sequence.mean()?,
        interval: sequence.interval(),
    })
}

fn times(mut values: Vec<f64>) -> Option<LiveTimes> {
    values.sort_by(f64::total_cmp);
    Some(LiveTimes {
        p50: quantile(&values, 0.5)?,
        p95: quantile(&values, 0.95)?,
        p99: quantile(&values, 0.99)?,
    })
}

#[cfg(test)]
mod tests {
    use riddle_core::{ChunkId, DocumentId, LiveScore};

    use super::*;

    fn source(ordinal: u32) -> LiveSource {
        let document: DocumentId = "01a226bf-84a7-7132-8ef0-189db44226cc"
            .parse()
            .expect("an id");
        LiveSource {
            chunk: ChunkId::derive(document, 1, ordinal),
            document: "tea.md".to_owned(),
        }
    }

    fn sources(ordinals: &[u32]) -> Vec<LiveSource> {
        ordinals.iter().copied().map(source).collect()
    }

    #[test]
    fn what_is_new_and_what_is_first_are_counted_apart() {
        for (present, other, replaced, first_changed) in [
            (&[1, 2, 3][..], &[1, 2, 3][..], 0, false),
            (&[1, 2, 3], &[2, 1, 3], 0, true),
            (&[1, 2, 3], &[1, 4, 5], 2, false),
            (&[1, 2, 3], &[4, 5, 6], 3, true),
            (&[], &[1], 1, true),
            (&[1], &[], 0, true),
            (&[], &[], 0, false),
        ] {
            let found = of_first(&sources(present), &sources(other));
            let expected = OfFirst {
                replaced,
                first_changed,
            };
            assert_eq!(found, expected, "{present:?} and {other:?}");
        }
    }

    fn live_figures(seen: &[LiveObservation]) -> LiveFigures {
        let mut builder = LiveFiguresBuilder::new();
        for observation in seen {
            builder.add(observation);
        }
        builder.finish()
    }

    fn seen(replaced: u32, present_ms: f64, verdict: Option<Verdict>) -> LiveObservation {
        LiveObservation {
            score: LiveScore {
                replaced,
                first_changed: replaced > 1,
                present_ms,
                other_ms: present_ms / 2.0,
            },
            verdict,
        }
    }

    #[test]
    fn figures_are_of_all_questions_and_nothing_has_none() {
        let all = [
            seen(0, 10.0, Some(Verdict::Up)),
            seen(1, 20.0, Some(Verdict::Down)),
            seen(3, 30.0, None),
            seen(0, 40.0, Some(Verdict::Up)),
        ];
        let figures = live_figures(&all);
        assert_eq!(figures.questions, 4);
        assert_eq!(figures.replaced.map(|share| share.share), Some(0.5));
        assert_eq!(figures.first_changed.map(|share| share.share), Some(0.25));
        assert_eq!(figures.course.len(), 4);
        assert_eq!(
            figures.present_ms.map(|times| (times.p50, times.p99)),
            Some((20.0, 40.0))
        );
        assert_eq!(figures.other_ms.map(|times| times.p95), Some(20.0));
        assert_eq!(figures.feedback_replaced, FeedbackCounts { up: 0, down: 1 });
        assert_eq!(figures.feedback_same, FeedbackCounts { up: 2, down: 0 });
        let none = live_figures(&[]);
        assert_eq!(
            (none.questions, none.replaced, none.present_ms),
            (0, None, None)
        );
    }

    #[test]
    fn a_course_of_many_questions_has_few_points_and_ends_with_the_last() {
        let all = vec![seen(1, 1.0, None); 1_234];
        let course = live_figures(&all).course;
        let questions: Vec<u32> = course.iter().map(|point| point.questions).collect();
        assert_eq!(course.len(), 1_234 / 16 + 1);
        assert_eq!(questions[..3], [16, 32, 48]);
        assert_eq!(course.last().map(|point| point.questions), Some(1_234));
        let low: Vec<f64> = course.iter().map(|point| point.at.interval.low).collect();
        assert!(low.is_sorted(), "bounds only become tighter");
    }
}
