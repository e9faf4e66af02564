use riddle_api::{EvaluationRunDto, RunDiffDto};

use super::Section;
use crate::commands::eval::figures::{self, share, signed, with_interval};

/// How the run differs from an earlier one.
pub(in crate::commands::eval) fn section(
    (before, diff): &(EvaluationRunDto, RunDiffDto),
) -> Section {
    let mut lines = vec![difference(diff)];
    if diff.changes.is_empty() {
        lines.push("nothing was changed between them".to_owned());
    }
    lines.extend(diff.changes.iter().map(|change| {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        format!(
            "{}: {} → {}",
            change.what,
            side(&change.before),
            side(&change.after)
        )
    }));
    let title = format!("Against the run “{}” of {}", before.name, before.created_at);
    Section::of_lines(&title, lines)
}

/// The difference of two runs in a line.
pub(in crate::commands::eval) fn difference(diff: &RunDiffDto) -> String {
    let (Some(before), Some(after)) = (diff.before, diff.after) else {
        return "no question has a figure in both runs".to_owned();
    };
    let mut line = format!(
        "nDCG@10 {} → {} over {} questions that both have asked: {}",
        share(before),
        share(after),
        diff.questions,
        with_interval(diff.difference.as_ref(), signed)
    );
    if let Some(p) = diff.p {
        line.push_str(&format!(", p {}", share(p)));
    }
    if let Some(verdict) = &diff.verdict {
        line.push_str(&format!(": {}", figures::verdict(verdict)));
    }
    line
}
