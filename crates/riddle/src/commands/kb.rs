use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use riddle_api::{FusionDto, KnowledgeBaseDto, KnowledgeBaseListDto, RerankBody};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{fusion_body, rerank_body, show, text_of, unconfirmed};
use crate::api::{Api, ApiError, segment};
use crate::arguments::KbCommand;
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
        bail!(unconfirmed(&format!("`{kb}` with all its documents")));
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
            chat_model,
            fusing,
        } => {
            let mut body = json!({"name": name, "description": description});
            let given = [("embedder", embedder), ("chat_model", chat_model)];
            for (key, value) in given.into_iter().filter(|(_, value)| value.is_some()) {
                body[key] = json!(value);
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
            chat_model,
            embedder,
            fusing,
            reranking,
        } => {
            let examples = examples.as_deref().map(examples_of).transpose()?;
            let patch = patch_of(
                patch.as_deref(),
                Options {
                    examples,
                    chat_model: chat_model.clone(),
                    embedder: embedder.clone(),
                    fusion: fusion_body(fusing)?,
                    rerank: rerank_body(reranking),
                },
            )?;
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

/// What the command's options change.
#[derive(Default)]
struct Options {
    examples: Option<Vec<String>>,
    chat_model: Option<String>,
    embedder: Option<String>,
    fusion: Option<FusionDto>,
    rerank: RerankBody,
}

/// The body of the PATCH: the JSON that was given, and the options over it.
fn patch_of(patch: Option<&str>, options: Options) -> anyhow::Result<Value> {
    let mut patch: Map<String, Value> =
        serde_json::from_str(patch.unwrap_or("{}")).context("the patch must be a JSON object")?;
    let Value::Object(rerank) = serde_json::to_value(options.rerank)? else {
        bail!("the options of reranking are no JSON object");
    };
    if options.fusion.is_some() || !rerank.is_empty() {
        let retrieval = patch.entry("retrieval").or_insert_with(|| json!({}));
        let retrieval = retrieval.as_object_mut();
        let retrieval = retrieval.context("`retrieval` of the patch must be a JSON object")?;
        if let Some(fusion) = options.fusion {
            retrieval.insert("fusion".to_owned(), json!(fusion));
        }
        if !rerank.is_empty() {
            put_options(retrieval, rerank);
        }
    }
    if let Some(chat_model) = options.chat_model {
        patch.insert("chat_model".to_owned(), json!(chat_model));
    }
    if let Some(embedder) = options.embedder {
        patch.insert("embedder".to_owned(), json!(embedder));
    }
    if let Some(examples) = options.examples {
        patch.insert("examples".to_owned(), json!(examples));
    }
    if patch.is_empty() {
        bail!(ApiError::invalid(
            "say what to change, such as --rerank-weight 0.8 or '{\"retrieval\": {\"top_n\": 5}}'"
        ));
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
        print_part("chat_model", &knowledge_base.chat_model);
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
    use riddle_api::LongPassagesDto;

    fn reranking() -> Options {
        Options {
            rerank: RerankBody {
                model: Some(Some("x".to_owned())),
                long_passages: Some(LongPassagesDto::MaxSlice),
                deadline_ms: Some(Some(500)),
                ..RerankBody::default()
            },
            ..Options::default()
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
            let given = format!(r#"{{"retrieval": {given}}}"#);
            let patch = patch_of(Some(&given), reranking());
            assert_eq!(patch.expect("fits"), expected);
        }
        let alone = patch_of(None, reranking()).expect("fits");
        assert_eq!(alone, json!({"retrieval": {"rerank": options}}));
    }

    #[test]
    fn a_patch_changes_something() {
        assert!(patch_of(Some(r#"{"retrieval": 3}"#), reranking()).is_err());
        let nothing = Options::default;
        assert!(patch_of(None, nothing()).is_err());
        assert!(patch_of(Some("[]"), nothing()).is_err());
        assert!(patch_of(Some(r#"{"name": "b"}"#), nothing()).is_ok());
        let none = Options {
            examples: Some(Vec::new()),
            ..nothing()
        };
        let none = patch_of(None, none).expect("takes them away");
        assert_eq!(none, json!({"examples": []}));
        let others = Options {
            chat_model: Some("small".to_owned()),
            embedder: Some("e5".to_owned()),
            fusion: Some(FusionDto::Weighted { dense_weight: 0.5 }),
            ..nothing()
        };
        let weighted = json!({"method": "weighted", "dense_weight": 0.5});
        assert_eq!(
            patch_of(None, others).expect("changes both"),
            json!({"chat_model": "small", "embedder": "e5", "retrieval": {"fusion": weighted}})
        );
    }
}
