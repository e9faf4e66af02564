use std::process::ExitCode;

use indicatif::ProgressBar;
use riddle_api::{JudgeAgreementDto, JudgeByModel};
use serde::Deserialize;
use serde_json::{Value, json};

use super::agreement::agreement;
use super::find::find_run;
use super::wait::{bar, unless_interrupted};
use super::{run_path, shell};
use crate::api::{Api, sent_error, typed};
use crate::{exit, output};

/// The data of `begun`.
#[derive(Deserialize)]
struct Begun {
    passages: u32,
}

/// The data of `done`.
#[derive(Deserialize)]
struct Done {
    graded: u32,
    no_grade: u32,
    agreement: JudgeAgreementDto,
}

/// What has come so far.
struct Judging {
    bar: ProgressBar,
    done: Option<Done>,
}

pub(super) async fn run(
    api: &Api,
    run: &str,
    (model, count): (&str, Option<u32>),
    json: bool,
) -> anyhow::Result<ExitCode> {
    let id = find_run(api, run).await?;
    let body = JudgeByModel {
        model: model.to_owned(),
        count,
    };
    let mut judging = Judging {
        bar: bar(0, "{bar:30} {pos}/{len} passages  {elapsed} elapsed")?,
        done: None,
    };
    let path = format!("{}/judge", run_path(id));
    let events = api.events(&path, &body, |name, data| judging.on_event(name, data));
    let ended = unless_interrupted(events).await;
    judging.bar.finish_and_clear();
    let Some(ended) = ended else {
        output::note("interrupted; the grades that were given are kept");
        return Ok(exit::interrupted());
    };
    ended?;
    let Some(done) = judging.done else {
        anyhow::bail!("the server ended the answer early; the grades that were given are kept");
    };
    tell(&done, json);
    if done.agreement.graded > 0 {
        let judge = shell::quoted(&done.agreement.judge);
        output::note(&format!(
            "`riddle eval recount {id} --judge {judge}` counts the run anew with them"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

impl Judging {
    fn on_event(&mut self, name: &str, data: Value) -> anyhow::Result<()> {
        match name {
            "begun" => {
                let Begun { passages } = typed(data)?;
                self.bar.set_length(u64::from(passages));
            }
            "graded" | "no_grade" => self.bar.inc(1),
            "done" => self.done = Some(typed(data)?),
            "error" => return Err(sent_error(data)),
            _ => {}
        }
        Ok(())
    }
}

fn tell(done: &Done, json: bool) {
    let Done {
        graded,
        no_grade,
        agreement: found,
    } = done;
    if json {
        output::json(&json!({"graded": graded, "no_grade": no_grade, "agreement": found}));
        return;
    }
    output::line(&format!(
        "{graded} graded, {no_grade} without a grade; {}",
        agreement(found)
    ));
}
