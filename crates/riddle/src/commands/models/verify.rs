use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};

use super::unavailable;
use crate::output;
use crate::provider::{GoldenScore, LocalModels, ModelCheck, ModelTrial};

/// What is shown of a text, in characters.
const SHOWN: usize = 48;

/// Looks into a model's files, loads it and scores its published pairs.
pub(super) fn run(models: &LocalModels, name: &str, json: bool) -> anyhow::Result<ExitCode> {
    let mut checked = models.check(name).map_err(unavailable)?;
    let loaded = checked.tried.take().transpose();
    let loaded =
        loaded.with_context(|| format!("the files of {name} are sound, but it cannot be loaded"));
    let tried = loaded.as_ref().ok().and_then(Option::as_ref);
    let golden: &[GoldenScore] = tried.map_or(&[], |tried| &tried.golden);
    let ok = checked.report.is_ok() && loaded.is_ok() && golden.iter().all(|score| score.agrees);
    if json {
        let load_error = loaded.as_ref().err().map(|error| format!("{error:#}"));
        output::json(&described(&checked, tried, ok, load_error));
    } else {
        tell(&checked, tried);
    }
    loaded?;
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn described(
    checked: &ModelCheck,
    tried: Option<&ModelTrial>,
    ok: bool,
    load_error: Option<String>,
) -> Value {
    let files = checked.report.files.iter().map(|file| {
        let trouble = file.trouble.as_ref();
        let trouble = trouble.map(|t| format!("{}; {}", t.problem, t.remedy));
        json!({"path": file.path, "size": file.size, "sha256": file.sha256, "trouble": trouble})
    });
    let golden: &[GoldenScore] = tried.map_or(&[], |tried| &tried.golden);
    let scores = golden.iter().map(|score| {
        json!({
            "query": score.query, "passage": score.passage, "layer": score.layer, "expected": score.expected,
            "got": score.got, "tolerance": score.tolerance, "agrees": score.agrees,
        })
    });
    json!({
        "name": checked.report.model,
        "files": files.collect::<Vec<_>>(),
        "ok": ok,
        "device": tried.map(|tried| &tried.device),
        "load_error": load_error,
        "published_scores": scores.collect::<Vec<_>>(),
    })
}

fn tell(checked: &ModelCheck, tried: Option<&ModelTrial>) {
    for file in &checked.report.files {
        let verdict = match &file.trouble {
            Some(trouble) => format!("{}; {}", trouble.problem, trouble.remedy),
            None => "ok".to_owned(),
        };
        output::line(&format!("{}: {verdict}", file.path));
    }
    if let Some(tried) = tried {
        for score in &tried.golden {
            output::line(&line(score));
        }
        output::line(&tried.summary);
    }
}

/// A pair, what is published for it, what the model gives and whether they agree.
fn line(score: &GoldenScore) -> String {
    let layer = score.layer.map(|layer| format!(" at layer {layer}"));
    format!(
        "{:?} | {:?}{}: expected {:.4}, got {:.4} (within {:.2}): {}",
        shortened(&score.query),
        shortened(&score.passage),
        layer.unwrap_or_default(),
        score.expected,
        score.got,
        score.tolerance,
        if score.agrees { "ok" } else { "DIFFERS" }
    )
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(SHOWN - 1).collect();
    format!("{}…", beginning.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_pair_and_the_verdict() {
        let score = GoldenScore {
            query: "what is panda?".to_owned(),
            passage: "The giant panda, sometimes called a panda bear, lives in China.".to_owned(),
            layer: Some(28),
            expected: 27.453,
            got: 27.46,
            tolerance: 0.05,
            agrees: true,
        };
        assert_eq!(
            line(&score),
            "\"what is panda?\" | \"The giant panda, sometimes called a panda bear,…\" at layer 28: expected 27.4530, got 27.4600 (within 0.05): ok"
        );
        let differs = GoldenScore {
            layer: None,
            agrees: false,
            ..score
        };
        assert!(line(&differs).ends_with(": DIFFERS"));
        assert_eq!(shortened("熊猫"), "熊猫");
    }
}
