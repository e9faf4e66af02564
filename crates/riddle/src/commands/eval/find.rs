use riddle_api::{EvaluationRunDto, EvaluationRunListDto};
use uuid::Uuid;

use super::RUNS;
use crate::api::{Api, ApiError, segment};

/// The newest run.
const LATEST: &str = "latest";
/// Runs that are read at once.
const PAGE: u32 = 200;
/// Most runs that an error names.
const NAMED: usize = 5;

/// The run of an id, of the beginning of one, or the newest.
pub(super) async fn find_run(api: &Api, given: &str) -> anyhow::Result<Uuid> {
    if let Ok(id) = Uuid::parse_str(given) {
        return Ok(id);
    }
    if given == LATEST {
        let runs = page(api, 1, None).await?.runs;
        let newest = runs.first().map(|run| run.id);
        return newest.ok_or_else(|| {
            not_found("there is no run yet; start one with `riddle eval run SET`").into()
        });
    }
    let mut matching = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(api, PAGE, cursor.as_deref()).await?;
        matching.extend(page.runs.into_iter().filter(|run| begins(run, given)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(only(given, &matching)?);
        }
    }
}

async fn page(api: &Api, limit: u32, cursor: Option<&str>) -> anyhow::Result<EvaluationRunListDto> {
    let mut path = format!("{RUNS}?limit={limit}");
    if let Some(cursor) = cursor {
        path.push_str(&format!("&cursor={}", segment(cursor)));
    }
    api.get(&path).await
}

fn begins(run: &EvaluationRunDto, given: &str) -> bool {
    !given.is_empty() && run.id.to_string().starts_with(&given.to_lowercase())
}

fn only(given: &str, matching: &[EvaluationRunDto]) -> Result<Uuid, ApiError> {
    match matching {
        [run] => Ok(run.id),
        [] => Err(not_found(&format!(
            "no run's id begins with `{given}`; `riddle eval runs` lists them, and `{LATEST}` is the newest"
        ))),
        several => {
            let named = several.iter().take(NAMED);
            let named: Vec<String> = named
                .map(|run| format!("{} ({})", run.id, run.name))
                .collect();
            Err(ApiError::invalid(format!(
                "the ids of {} runs begin with `{given}`; give more of it: {}",
                several.len(),
                named.join(", ")
            )))
        }
    }
}

fn not_found(message: &str) -> ApiError {
    ApiError {
        code: "evaluation_run_not_found".to_owned(),
        message: message.to_owned(),
    }
}
