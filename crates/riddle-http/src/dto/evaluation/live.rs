use riddle_api::{
    IntervalDto, LiveComparisonDto, LiveComparisonsDto, LiveCourseDto, LiveFeedbackDto,
    LiveQuestionDto, LiveShareDto, LiveSourceDto, LiveTimesDto, VerdictDto,
};
use riddle_core::{LiveRecord, LiveSource, Verdict, rfc3339};
use riddle_engine::{LiveTrialView, LiveView};
use riddle_evaluation::{FeedbackCounts, Interval, LiveCourse, LiveShare, LiveTimes};

use crate::dto::convert::{Convert, ConvertFrom};

const DAY_S: u64 = 86_400;

impl ConvertFrom<LiveView> for LiveComparisonsDto {
    fn convert_from(view: LiveView) -> Self {
        Self {
            share: view.share,
            keep_days: u32::try_from(view.keep.as_secs() / DAY_S).unwrap_or(u32::MAX),
            waiting: view.waiting,
            comparisons: view.trials.into_iter().filter_map(comparison).collect(),
        }
    }
}

/// `None` of one without a question, which has no figures.
fn comparison(view: LiveTrialView) -> Option<LiveComparisonDto> {
    let LiveTrialView { trial, figures } = view;
    Some(LiveComparisonDto {
        id: trial.id,
        knowledge_base: trial.knowledge_base.convert(),
        present: trial.arms.present.convert(),
        other: trial.arms.other.convert(),
        since: rfc3339(trial.since),
        questions: figures.questions,
        replaced: share(figures.replaced?),
        first_changed: share(figures.first_changed?),
        course: figures.course.into_iter().map(course).collect(),
        present_ms: times(figures.present_ms?),
        other_ms: times(figures.other_ms?),
        feedback_replaced: feedback(figures.feedback_replaced),
        feedback_same: feedback(figures.feedback_same),
    })
}

fn share(share: LiveShare) -> LiveShareDto {
    LiveShareDto {
        share: share.share,
        interval: interval(share.interval),
    }
}

fn course(course: LiveCourse) -> LiveCourseDto {
    LiveCourseDto {
        questions: course.questions,
        share: course.at.share,
        interval: interval(course.at.interval),
    }
}

fn interval(interval: Interval) -> IntervalDto {
    IntervalDto {
        low: interval.low,
        high: interval.high,
    }
}

fn times(times: LiveTimes) -> LiveTimesDto {
    LiveTimesDto {
        p50: times.p50,
        p95: times.p95,
        p99: times.p99,
    }
}

fn feedback(counts: FeedbackCounts) -> LiveFeedbackDto {
    LiveFeedbackDto {
        up: counts.up,
        down: counts.down,
    }
}

impl ConvertFrom<LiveRecord> for LiveQuestionDto {
    fn convert_from(record: LiveRecord) -> Self {
        let sources = |sources: Vec<LiveSource>| sources.into_iter().map(source).collect();
        Self {
            chat: record.chat.0,
            message: record.message.0,
            comparison: record.trial,
            question: record.question,
            asked_at: rfc3339(record.asked_at),
            replaced: record.score.replaced,
            first_changed: record.score.first_changed,
            present_ms: record.score.present_ms,
            other_ms: record.score.other_ms,
            present: sources(record.sources.present),
            other: sources(record.sources.other),
            verdict: record.verdict.map(|verdict| match verdict {
                Verdict::Up => VerdictDto::Up,
                Verdict::Down => VerdictDto::Down,
            }),
        }
    }
}

fn source(source: LiveSource) -> LiveSourceDto {
    LiveSourceDto {
        chunk: source.chunk.0,
        document: source.document,
    }
}
