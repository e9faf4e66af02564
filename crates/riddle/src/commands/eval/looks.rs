use riddle_api::{LookReasonDto, TestLookDto, TestLookListDto};

use super::report::Table;
use super::terminal::aligned;
use crate::output;

/// Prints which runs have shown figures of the test half, of so many looks in all.
pub(super) fn print(page: &TestLookListDto, all: u32) {
    let looks = &page.looks;
    if !looks.is_empty() {
        output::line(&format!("\n{}", aligned(&table(looks))));
    }
    let shown = u32::try_from(looks.len()).unwrap_or(u32::MAX);
    let left_out = all.saturating_sub(shown);
    if left_out > 0 {
        output::line(&format!("{left_out} earlier looks at the test half"));
    }
}

fn table(looks: &[TestLookDto]) -> Table {
    let head = ["looked at test", "run", "id", "why"];
    looks
        .iter()
        .fold(Table::new(head.len(), &head), |table, look| {
            let run = look.run.map(|run| run.to_string());
            table.row([
                look.at.clone(),
                look.run_name.clone(),
                run.unwrap_or_else(|| "deleted".to_owned()),
                why(look.reason).to_owned(),
            ])
        })
}

fn why(reason: LookReasonDto) -> &'static str {
    match reason {
        LookReasonDto::Finished => "finished",
        LookReasonDto::Recounted => "recounted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_has_its_run_and_why_it_was_one() {
        let look = |run: Option<u128>, reason| TestLookDto {
            run: run.map(uuid::Uuid::from_u128),
            run_name: "nightly".to_owned(),
            reason,
            at: "2026-03-01T09:40:00.000Z".to_owned(),
        };
        let looks = [
            look(Some(1), LookReasonDto::Recounted),
            look(None, LookReasonDto::Finished),
        ];
        assert_eq!(
            aligned(&table(&looks)),
            "looked at test            run      id                                    why\n\
             2026-03-01T09:40:00.000Z  nightly  00000000-0000-0000-0000-000000000001  recounted\n\
             2026-03-01T09:40:00.000Z  nightly  deleted                               finished"
        );
    }
}
