use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{list, number, print_notices, text};
use crate::api::Api;
use crate::arguments::DoctorArguments;
use crate::config::Config;
use crate::data_folder::own;
use crate::session::Session;
use crate::{exit, output, wiring};

pub(crate) async fn run(
    config: &Config,
    arguments: &DoctorArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    if arguments.rebuild {
        set_indexes_aside(config)?;
    }
    let session = Session::open(config).await?;
    let outcome = examine(&session.api, arguments).await;
    session.close().await;
    let (health, audit) = outcome?;
    if json {
        output::json(&json!({"health": health, "audit": audit}));
    } else {
        print(&health, &audit);
    }
    let inconsistent = list(&audit, "/knowledge_bases")
        .iter()
        .any(|kb| kb["consistent"] == json!(false));
    let sound = health["ok"] == json!(true) && (!inconsistent || arguments.repair);
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::PARTIAL)
    })
}

async fn examine(api: &Api, arguments: &DoctorArguments) -> anyhow::Result<(Value, Value)> {
    let audit = api
        .post("/api/v1/audit", &json!({"repair": arguments.repair}))
        .await?;
    let health = api.get("/api/v1/health").await?;
    Ok((health, audit))
}

/// The next start finds no indexes and builds them from the database.
fn set_indexes_aside(config: &Config) -> anyhow::Result<()> {
    let Ok(_ownership) = own(&config.data_dir)? else {
        bail!("a server runs on this data folder; stop it before rebuilding the indexes");
    };
    let index_dir = wiring::index_dir(config);
    if !index_dir.try_exists()? {
        return Ok(());
    }
    let aside = index_dir.with_extension(format!("aside-{}", std::process::id()));
    std::fs::rename(&index_dir, &aside).context("cannot set the indexes aside")?;
    output::note(&format!(
        "the old indexes are in {}; remove them when all is well",
        aside.display()
    ));
    Ok(())
}

fn print(health: &Value, audit: &Value) {
    for model in list(health, "/models") {
        let state = if model["loaded"] == json!(true) {
            "loaded"
        } else {
            "on demand"
        };
        let stand_in = if model["stand_in"] == json!(true) {
            ", stand-in"
        } else {
            ""
        };
        output::line(&format!(
            "{:<9} {} ({}, {state}{stand_in})",
            text(model, "/role"),
            text(model, "/name"),
            text(model, "/device")
        ));
    }
    for kb in list(audit, "/knowledge_bases") {
        let verdict = if kb["consistent"] == json!(true) {
            "stores agree"
        } else {
            "STORES DIFFER"
        };
        output::line(&format!(
            "{}: {verdict}, {} chunks",
            text(kb, "/name"),
            number(kb, "/expected/count")
        ));
    }
    let repaired = number(audit, "/repaired");
    if repaired > 0.0 {
        output::line(&format!("{repaired} chunks queued for repair"));
    }
    print_notices(health);
}
