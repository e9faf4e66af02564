use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use riddle_api::{FusionDto, KnowledgeBaseDto, KnowledgeBaseListDto, RerankBody};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{fusion_body, rerank_body, show, text_of};
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
        KbCommand::List => show(api.get(PATH).await?, json, |all: &KnowledgeBaseListDto| {
            all.knowledge_bases.iter().for_each(print_line);
        }),
        KbCommand::Create {
            name,
            description,
            embedder,
            fusing,
        } => {
            let mut body = json!({"name": name, "description": description});
            if let Some(embedder) = embedder {
                body["embedder"] = json!(embedder);
            }
            if let Some(fusion) = fusion_body(fusing)? {
                body["retrieval"] = json!({ "fusion": fusion });
            }
            print(api.post(PATH, &body).await?, json)
        }
        KbCommand::Show { kb } => print(api.get(&path_of(kb)).await?, json),
        KbCommand::Set {
            kb,
            patch,
            examples,
            fusing,
            reranking,
        } => {
            let examples = examples.as_deref().map(examples_of).transpose()?;
            let patch = patch_of(patch.as_deref(), examples, fusion_body(fusing)?, reranking)?;
            print(api.patch(&path_of(kb), &patch).await?, json)
        }
        KbCommand::Delete { kb, .. } => {
            api.delete(&path_of(kb)).await?;
            output::note("deleted");
            Ok(())
        }
    }
}

fn path_of(kb: &str) -> String {
    format!("{PATH}/{}", segment(kb))
}

/// The lines of a file that hold a question.
fn examples_of(file: &Path) -> anyhow::Result<Vec<String>> {
    let text = text_of(file)?;
    let lines = text.lines().map(str::trim);
    Ok(lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

/// The body of the PATCH: the JSON that was given, and the options over it.
fn patch_of(
    patch: Option<&str>,
    examples: Option<Vec<String>>,
    fusion: Option<FusionDto>,
    reranking: &Reranking,
) -> anyhow::Result<Value> {
    let mut patch: Map<String, Value> =
        serde_json::from_str(patch.unwrap_or("{}")).context("the patch must be a JSON object")?;
    let Value::Object(options) = serde_json::to_value(rerank_body(reranking))? else {
        bail!("the options of reranking are no JSON object");
    };
    if fusion.is_some() || !options.is_empty() {
        let retrieval = patch.entry("retrieval").or_insert_with(|| json!({}));
        let retrieval = retrieval.as_object_mut();
        let retrieval = retrieval.context("`retrieval` of the patch must be a JSON object")?;
        if let Some(fusion) = fusion {
            retrieval.insert("fusion".to_owned(), json!(fusion));
        }
        if !options.is_empty() {
            put_options(retrieval, options);
        }
    }
    if let Some(examples) = examples {
        patch.insert("examples".to_owned(), json!(examples));
    }
    if patch.is_empty() {
        bail!(
            "say what to change, such as --rerank-weight 0.8 or '{{\"retrieval\": {{\"top_n\": 5}}}}'"
        );
    }
    Ok(Value::Object(patch))
}

/// Puts options of reranking over those of the patch, which may have them in the form of earlier versions.
fn put_options(retrieval: &mut Map<String, Value>, options: Map<String, Value>) {
    for (field, option) in RerankBody::FLAT {
        if options.contains_key(option) {
            retrieval.remove(field);
        }
    }
    match retrieval.get_mut("rerank") {
        Some(Value::Object(given)) => given.extend(options),
        enabled => {
            let enabled = enabled.map(|enabled| ("enabled".to_owned(), enabled.take()));
            let rerank = enabled.into_iter().chain(options).collect();
            retrieval.insert("rerank".to_owned(), Value::Object(rerank));
        }
    }
}

fn print(knowledge_base: Value, json: bool) -> anyhow::Result<()> {
    show(knowledge_base, json, |knowledge_base: &KnowledgeBaseDto| {
        print_line(knowledge_base);
        print_part("chunking", &knowledge_base.chunking);
        print_part("retrieval", &knowledge_base.retrieval);
        print_part("examples", &knowledge_base.examples);
    })
}

/// As JSON, so that it can be changed and given to `kb set`.
fn print_part(name: &str, part: &impl Serialize) {
    let part = serde_json::to_string_pretty(part).unwrap_or_default();
    output::line(&format!("{name} {part}"));
}

fn print_line(knowledge_base: &KnowledgeBaseDto) {
    output::line(&format!(
        "{}  {}  {} documents, {} chunks  {}",
        knowledge_base.id,
        knowledge_base.name,
        knowledge_base.documents,
        knowledge_base.chunks,
        knowledge_base.description
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
    fn options_go_over_the_patch_in_whatever_form_it_has_them() {
        let options = json!({"model": "x", "long_passages": "max_slice", "deadline_ms": 500});
        let with = |more: (&str, Value)| {
            let mut rerank = options.clone();
            rerank[more.0] = more.1;
            json!({"retrieval": {"top_n": 5, "rerank": rerank}})
        };
        for (given, expected) in [
            (
                r#"{"top_n": 5, "rerank": {"model": "y", "weight": 1}}"#,
                with(("weight", json!(1))),
            ),
            (
                r#"{"top_n": 5, "reranker": "y", "rerank": false}"#,
                with(("enabled", json!(false))),
            ),
        ] {
            let patch = patch_of(
                Some(&format!(r#"{{"retrieval": {given}}}"#)),
                None,
                None,
                &reranking(),
            );
            assert_eq!(patch.expect("fits"), expected);
        }
        let alone = patch_of(None, None, None, &reranking()).expect("fits");
        assert_eq!(alone, json!({"retrieval": {"rerank": options}}));
    }

    #[test]
    fn a_patch_changes_something() {
        assert!(patch_of(Some(r#"{"retrieval": 3}"#), None, None, &reranking()).is_err());
        let nothing = Reranking {
            reranker: None,
            long_passages: None,
            rerank_deadline_ms: None,
            ..reranking()
        };
        assert!(patch_of(None, None, None, &nothing).is_err());
        assert!(patch_of(Some("[]"), None, None, &nothing).is_err());
        assert!(patch_of(Some(r#"{"name": "b"}"#), None, None, &nothing).is_ok());
        let none = patch_of(None, Some(Vec::new()), None, &nothing).expect("takes them away");
        assert_eq!(none, json!({"examples": []}));
        let fusion = Some(FusionDto::Weighted { dense_weight: 0.5 });
        let fusion = patch_of(None, None, fusion, &nothing).expect("changes the fusion");
        let weighted = json!({"method": "weighted", "dense_weight": 0.5});
        assert_eq!(fusion, json!({"retrieval": {"fusion": weighted}}));
    }
}
