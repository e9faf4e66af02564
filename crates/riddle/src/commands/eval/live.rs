use riddle_api::{LiveComparisonDto, LiveComparisonsDto, LiveFeedbackDto, LiveShareDto};

use super::figures::{ms, share};
use super::report::{Section, Table};
use super::terminal;
use crate::api::Api;
use crate::commands;
use crate::output;

const LIVE: &str = "/api/v1/evaluations/live";
const HEAD: [&str; 4] = ["way to search", "median ms", "p95 ms", "p99 ms"];

pub(super) async fn show(api: &Api, json: bool) -> anyhow::Result<()> {
    let live = api.get(LIVE).await?;
    commands::show(live, json, |live: &LiveComparisonsDto| {
        output::line(&state(live));
        let sections: Vec<Section> = live.comparisons.iter().map(section).collect();
        terminal::print(&sections);
    })
}

pub(super) async fn delete(api: &Api) -> anyhow::Result<()> {
    api.delete(LIVE).await?;
    output::note("deleted what live comparisons have kept");
    Ok(())
}

/// Whether anything is compared, and how much waits.
fn state(live: &LiveComparisonsDto) -> String {
    if live.share == 0.0 {
        return "no question is searched in another way; set `share` under `[evaluation.live]` in the configuration"
            .to_owned();
    }
    format!(
        "{} of the chat questions are searched in another way too; {} wait; sources are kept for {} days",
        percent(live.share),
        live.waiting,
        live.keep_days
    )
}

fn section(comparison: &LiveComparisonDto) -> Section {
    let times = [
        (&comparison.present, comparison.present_ms),
        (&comparison.other, comparison.other_ms),
    ];
    let table = times
        .iter()
        .fold(Table::new(1, &HEAD), |table, (arm, times)| {
            let cells = [times.p50, times.p95, times.p99].map(ms);
            table.row(std::iter::once(arm.name.clone()).chain(cells))
        });
    let LiveComparisonDto {
        knowledge_base,
        other,
        questions,
        since,
        ..
    } = comparison;
    Section {
        title: format!(
            "{} against {} · {questions} questions since {since}",
            knowledge_base.name, other.name
        ),
        table: Some(table),
        lines: vec![
            format!(
                "another source among the first three: {}",
                with_bounds(&comparison.replaced)
            ),
            format!(
                "another source first: {}",
                with_bounds(&comparison.first_changed)
            ),
            format!(
                "feedback where sources would be others: {}; where they would not: {}",
                counts(&comparison.feedback_replaced),
                counts(&comparison.feedback_same)
            ),
        ],
    }
}

fn with_bounds(of: &LiveShareDto) -> String {
    let (low, high) = (share(of.interval.low), share(of.interval.high));
    format!(
        "{} [{low}, {high}], bounds that hold at every look",
        share(of.share)
    )
}

fn counts(feedback: &LiveFeedbackDto) -> String {
    format!("{} good, {} bad", feedback.up, feedback.down)
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_says_whether_anything_is_compared() {
        let mut live = LiveComparisonsDto {
            share: 0.0,
            keep_days: 30,
            waiting: 2,
            comparisons: Vec::new(),
        };
        assert!(state(&live).contains("[evaluation.live]"));
        live.share = 0.125;
        assert!(
            state(&live).starts_with("12.5 % of the chat questions"),
            "{}",
            state(&live)
        );
    }

    #[test]
    fn a_comparison_has_its_times_and_its_bounds() {
        let arm =
            |name| json!({"name": name, "mode": "bm25", "top_k": 20, "top_n": 3, "rerank": null});
        let bounds = json!({"share": 0.25, "interval": {"low": 0.1, "high": 0.5}});
        let times = json!({"p50": 5.25, "p95": 20.0, "p99": 30.0});
        let comparison = serde_json::from_value(json!({
            "id": 1, "knowledge_base": {"id": "0190f0e2-8a9b-7c3d-9e4f-5a6b7c8d9e11", "name": "handbook"},
            "present": arm("present"), "other": arm("without rerank"), "since": "2026-03-01T09:30:00.000Z",
            "questions": 40, "replaced": bounds, "first_changed": bounds, "course": [],
            "present_ms": times, "other_ms": times,
            "feedback_replaced": {"up": 1, "down": 2}, "feedback_same": {"up": 3, "down": 0},
        }));
        let section = section(&comparison.expect("the shape of the type"));
        assert!(
            section
                .title
                .starts_with("handbook against without rerank · 40 questions")
        );
        let rows = section.table.expect("a table").rows;
        assert_eq!(rows[1], ["without rerank", "5.2", "20", "30"]);
        assert!(section.lines[0].ends_with(".250 [.100, .500], bounds that hold at every look"));
        assert!(section.lines[2].contains("1 good, 2 bad"));
    }
}
