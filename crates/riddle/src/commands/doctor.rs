mod check;
mod machine;
mod stores;

use std::process::ExitCode;

use anyhow::{Context, bail};
use riddle_api::{AuditBody, AuditDto, HealthDto, VectorsAuditDto};
use serde_json::{Value, json};

use check::{Check, State};

use super::print_notices;
use crate::api::{Api, typed};
use crate::arguments::DoctorArguments;
use crate::config::Config;
use crate::data_folder::own;
use crate::session::Session;
use crate::{exit, output, wiring};

/// One vector of so many may be missed by a search.
const MOST_NOT_FOUND: u64 = 100;

pub(crate) async fn run(
    config: &Config,
    arguments: &DoctorArguments,
    json: bool,
) -> anyhow::Result<ExitCode> {
    if arguments.rebuild {
        set_indexes_aside(config).await?;
    }
    let mut checks = machine::examine(config);
    checks.extend(stores::examine(config).await);
    if !json {
        checks.iter().for_each(print_check);
    }
    let (health, audit) = match examine_server(config, arguments).await {
        Ok(outcome) => outcome,
        Err(error) => {
            if json {
                output::json(&json!({"checks": checks, "health": null, "audit": null}));
            }
            return Err(error);
        }
    };
    if json {
        output::json(&json!({"checks": checks, "health": health, "audit": audit}));
    }
    let (health, audit): (HealthDto, AuditDto) = (typed(health)?, typed(audit)?);
    if !json {
        print(&health, &audit);
    }
    let works = checks.iter().all(|check| check.state != State::Failed);
    let found = audit.vectors.as_ref().is_none_or(are_found);
    let sound = works && health.ok && found && (audit.consistent || arguments.repair);
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::PARTIAL)
    })
}

async fn examine_server(
    config: &Config,
    arguments: &DoctorArguments,
) -> anyhow::Result<(Value, Value)> {
    let session = Session::open(config).await?;
    let outcome = examine(&session.api, arguments).await;
    session.close().await;
    outcome
}

async fn examine(api: &Api, arguments: &DoctorArguments) -> anyhow::Result<(Value, Value)> {
    let audit = api
        .post(
            "/api/v1/audit",
            &AuditBody {
                repair: arguments.repair,
                originals: arguments.originals,
                vectors: arguments.vectors,
            },
        )
        .await?;
    let health = api.get("/api/v1/health").await?;
    Ok((health, audit))
}

/// The next start finds no indexes and builds them from the database.
async fn set_indexes_aside(config: &Config) -> anyhow::Result<()> {
    let Ok(_ownership) = own(&config.data_dir, config.access).await? else {
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

/// Whether so many vectors are found as a search that is not exact finds.
fn are_found(vectors: &VectorsAuditDto) -> bool {
    vectors.not_found.saturating_mul(MOST_NOT_FOUND) <= vectors.checked
}

fn print_check(check: &Check) {
    let state = match check.state {
        State::Ok => "ok",
        State::Warning => "warning",
        State::Failed => "FAILED",
    };
    output::line(&format!("{state:<9} {}: {}", check.name, check.found));
    if let Some(remedy) = &check.remedy {
        output::line(&format!("          {}", output::with_commands(remedy)));
    }
}

fn print(health: &HealthDto, audit: &AuditDto) {
    let models = health.details.iter().flat_map(|details| &details.models);
    for model in models {
        let state = if model.loaded { "loaded" } else { "on demand" };
        let fallback = if model.stand_in { ", fallback" } else { "" };
        output::line(&format!(
            "{:<9} {} ({}, {state}{fallback})",
            model.role, model.name, model.device
        ));
    }
    for kb in &audit.knowledge_bases {
        let verdict = if kb.consistent {
            "stores agree"
        } else {
            "STORES DIFFER"
        };
        output::line(&format!(
            "{}: {verdict}, {} chunks",
            kb.name, kb.expected.count
        ));
    }
    if audit.repaired > 0 {
        output::line(&format!("{} chunks queued for repair", audit.repaired));
    }
    if let Some(vectors) = &audit.vectors {
        output::line(&format!(
            "{} vectors searched for by themselves, {} not found",
            vectors.checked, vectors.not_found
        ));
    }
    if let Some(originals) = &audit.originals {
        output::line(&format!(
            "{} originals read, {} damaged or missing",
            originals.checked, originals.damaged
        ));
        for original in &originals.documents {
            let problem = if original.missing {
                "MISSING"
            } else {
                "DAMAGED"
            };
            output::line(&format!("{problem} {} {}", original.id, original.name));
        }
    }
    if let Some(details) = &health.details {
        print_notices(&details.notices);
    }
}
