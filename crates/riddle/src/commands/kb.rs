use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use super::{list, number, reranking_fields, text};
use crate::api::{Api, segment};
use crate::arguments::{KbCommand, Reranking};
use crate::config::Config;
use crate::output;
use crate::session::Session;

const PATH: &str = "/api/v1/knowledge-bases";

pub(crate) async fn run(
    config: &Config,
    command: &KbCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    if let KbCommand::Delete { kb, yes: false } = command {
        bail!("this deletes `{kb}` with all its documents; say so with --yes");
    }
    let session = Session::open(config).await?;
    let outcome = act(&session.api, command, json).await;
    session.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn act(api: &Api, command: &KbCommand, json: bool) -> anyhow::Result<()> {
    match command {
        KbCommand::List => {
            let response = api.get(PATH).await?;
            if json {
                output::json(&response);
            } else {
                list(&response, "/knowledge_bases")
                    .iter()
                    .for_each(print_line);
            }
        }
        KbCommand::Create {
            name,
            description,
            embedder,
        } => {
            let mut body = json!({"name": name, "description": description});
            if let Some(embedder) = embedder {
                body["embedder"] = json!(embedder);
            }
            show(&api.post(PATH, &body).await?, json);
        }
        KbCommand::Show { kb } => show(&api.get(&format!("{PATH}/{}", segment(kb))).await?, json),
        KbCommand::Set {
            kb,
            patch,
            reranking,
        } => {
            let patch = patch_of(patch.as_deref(), reranking)?;
            show(
                &api.patch(&format!("{PATH}/{}", segment(kb)), &patch)
                    .await?,
                json,
            );
        }
        KbCommand::Delete { kb, .. } => {
            api.delete(&format!("{PATH}/{}", segment(kb))).await?;
            output::note("deleted");
        }
    }
    Ok(())
}

/// The body of the PATCH: the JSON that was given, and the options over it.
fn patch_of(patch: Option<&str>, reranking: &Reranking) -> anyhow::Result<Value> {
    let mut patch: Map<String, Value> =
        serde_json::from_str(patch.unwrap_or("{}")).context("the patch must be a JSON object")?;
    let options = reranking_fields(reranking);
    if !options.is_empty() {
        let retrieval = patch.entry("retrieval").or_insert_with(|| json!({}));
        let retrieval = retrieval.as_object_mut();
        let retrieval = retrieval.context("`retrieval` of the patch must be a JSON object")?;
        retrieval.extend(options);
    }
    if patch.is_empty() {
        bail!(
            "say what to change, such as --rerank-weight 0.8 or '{{\"retrieval\": {{\"top_n\": 5}}}}'"
        );
    }
    Ok(Value::Object(patch))
}

fn show(knowledge_base: &Value, json: bool) {
    if json {
        output::json(knowledge_base);
        return;
    }
    print_line(knowledge_base);
    for part in ["chunking", "retrieval"] {
        output::line(&format!("{part} {:#}", knowledge_base[part]));
    }
}

fn print_line(knowledge_base: &Value) {
    output::line(&format!(
        "{}  {}  {} documents, {} chunks  {}",
        text(knowledge_base, "/id"),
        text(knowledge_base, "/name"),
        number(knowledge_base, "/documents"),
        number(knowledge_base, "/chunks"),
        text(knowledge_base, "/description")
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::LongPassages;

    fn reranking() -> Reranking {
        Reranking {
            reranker: Some("x".to_owned()),
            rerank_weight: None,
            rerank_skip_lead: None,
            long_passages: Some(LongPassages::MaxSlice),
            cutoff_layer: None,
            rerank_deadline_ms: Some(500),
        }
    }

    #[test]
    fn options_go_over_the_patch() {
        let patch = patch_of(
            Some(r#"{"retrieval": {"top_n": 5, "reranker": "y"}}"#),
            &reranking(),
        );
        assert_eq!(
            patch.expect("fits"),
            json!({"retrieval": {
                "top_n": 5, "reranker": "x", "long_passages": "max_slice", "rerank_deadline_ms": 500
            }})
        );
        assert!(patch_of(Some(r#"{"retrieval": 3}"#), &reranking()).is_err());
        let nothing = Reranking {
            reranker: None,
            long_passages: None,
            rerank_deadline_ms: None,
            ..reranking()
        };
        assert!(patch_of(None, &nothing).is_err());
        assert!(patch_of(Some("[]"), &nothing).is_err());
    }
}
