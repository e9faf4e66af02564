use super::find::find_run;
use super::gate::{Found, fail_if_any_holds};
use super::report::sections;
use super::{csv, junit, markdown, terminal};
use crate::api::Api;
use crate::arguments::{EvalGate, EvalShow};
use crate::output;

pub(super) async fn run(api: &Api, arguments: &EvalShow, json: bool) -> anyhow::Result<()> {
    let id = find_run(api, &arguments.run).await?;
    let found = Found::load(api, id, &arguments.gate).await?;
    if arguments.junit {
        return print_junit(&found, &arguments.gate);
    }
    if arguments.markdown {
        output::line(&markdown::of_run(&found));
    } else if arguments.csv {
        output::piece(&csv::of_run(&found)?);
    } else {
        print(&found, json);
    }
    check(&found, &arguments.gate)
}

/// For people, or for a program as the server gave it.
pub(super) fn print(found: &Found, json: bool) {
    if json {
        output::json(&found.answer);
    } else {
        output::line(&found.report.headline.en);
        terminal::print(&sections(found));
    }
}

/// An error if one of the conditions holds, or looks at what is not there.
pub(super) fn check(found: &Found, gate: &EvalGate) -> anyhow::Result<()> {
    let checked = found.check(gate)?;
    fail_if_any_holds(&checked, arm_name(found))
}

fn print_junit(found: &Found, gate: &EvalGate) -> anyhow::Result<()> {
    let checked = found.check(gate)?;
    output::line(&junit::of_checks(
        &found.run.name,
        arm_name(found),
        &checked,
    )?);
    fail_if_any_holds(&checked, arm_name(found))
}

fn arm_name(found: &Found) -> &str {
    found.arm().map_or("", |arm| arm.name.as_str())
}
