use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{list, number, text};
use crate::api::{Api, segment};
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
        KbCommand::Set { kb, patch } => {
            let patch: Value = serde_json::from_str(patch).context("the patch must be JSON")?;
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

fn show(knowledge_base: &Value, json: bool) {
    if json {
        output::json(knowledge_base);
        return;
    }
    print_line(knowledge_base);
    output::line(&format!("{:#}", knowledge_base["settings"]));
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
