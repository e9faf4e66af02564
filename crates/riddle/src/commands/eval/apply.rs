use riddle_api::{AppliedArmDto, EvaluationReportDto, RerankBody, RetrievalSettingsDto};
use serde_json::{Map, Value, json};

use super::arm::find_arm;
use super::find::find_run;
use super::gate::names;
use super::{run_path, shell};
use crate::api::{Api, typed};
use crate::output;

pub(super) async fn run(api: &Api, run: &str, arm: &str, json: bool) -> anyhow::Result<()> {
    let path = run_path(find_run(api, run).await?);
    let report: EvaluationReportDto = api.get(&format!("{path}/report")).await?;
    let names = names(&report);
    let arm = names
        .get(find_arm(&names, arm)?)
        .copied()
        .unwrap_or_default();
    let answer: Value = api
        .post(&format!("{path}/apply"), &json!({ "arm": arm }))
        .await?;
    if json {
        output::json(&answer);
        return Ok(());
    }
    let applied: AppliedArmDto = typed(answer)?;
    let before = as_json(&applied.before)?;
    let name = &applied.knowledge_base.name;
    output::line(&format!("`{name}` searches as “{arm}” now"));
    let now = serde_json::to_string_pretty(&applied.knowledge_base.retrieval)?;
    output::line(&format!("retrieval {now}"));
    output::line(&format!(
        "before {}",
        serde_json::to_string_pretty(&before)?
    ));
    output::line(&format!("To go back:\n  {}", way_back(name, before)));
    Ok(())
}

/// The command that gives a knowledge base these settings.
fn way_back(knowledge_base: &str, before: Value) -> String {
    let patch = json!({"retrieval": patch(before)}).to_string();
    format!(
        "riddle kb set {} {}",
        shell::quoted(knowledge_base),
        shell::quoted(&patch)
    )
}

/// Settings as they are sent. A value that is made of them directly would show more digits of a weight than it has.
fn as_json(settings: &RetrievalSettingsDto) -> serde_json::Result<Value> {
    serde_json::from_str(&serde_json::to_string(settings)?)
}

/// Settings as a change has them: how to rerank is an object.
fn patch(settings: Value) -> Value {
    let Value::Object(mut settings) = settings else {
        return settings;
    };
    let mut rerank = Map::new();
    if let Some(enabled) = settings.remove("rerank") {
        rerank.insert("enabled".to_owned(), enabled);
    }
    for (field, option) in RerankBody::FLAT {
        if let Some(value) = settings.remove(field) {
            rerank.insert(option.to_owned(), value);
        }
    }
    settings.insert("rerank".to_owned(), Value::Object(rerank));
    Value::Object(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_gives_every_setting_in_the_form_of_a_change() {
        let before = json!({
            "top_k": 20, "top_n": 3, "mode": "hybrid", "fusion": {"method": "reciprocal_rank"}, "rerank": true,
            "reranker": null, "rerank_weight": 0.7, "rerank_skip_lead": null, "long_passages": "truncate",
            "cutoff_layer": null, "rerank_deadline_ms": 500
        });
        let settings = serde_json::from_value(before.clone()).expect("settings");
        assert_eq!(as_json(&settings).expect("JSON"), before);
        let fields = before.as_object().map(Map::len);
        let after = patch(before.clone());
        let rerank = json!({
            "enabled": true, "model": null, "weight": 0.7, "skip_lead": null, "long_passages": "truncate",
            "cutoff_layer": null, "deadline_ms": 500
        });
        assert_eq!(after["rerank"], rerank);
        let rest = after.as_object().map_or(0, Map::len) - 1;
        assert_eq!(fields, Some(rest + rerank.as_object().map_or(0, Map::len)));
        let read: riddle_api::PatchKnowledgeBase =
            serde_json::from_value(json!({ "retrieval": after })).expect("the server takes it");
        assert!(read.touches_settings());
        assert!(way_back("it's", before).starts_with(r"riddle kb set 'it'\''s' '{"));
    }
}
