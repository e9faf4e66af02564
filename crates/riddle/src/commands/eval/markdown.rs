use super::gate::Found;
use super::report::{Section, Table, manifest, sections};

/// The report of a run for a pull request, with what it takes to make it again.
pub(super) fn of_run(found: &Found) -> String {
    let mut text = format!(
        "## Evaluation: {}\n\n**{}**\n",
        inert(&found.run.name),
        inert(&found.report.headline.en)
    );
    for section in sections(found) {
        push_section(&mut text, &section);
    }
    text.push_str("\n<details><summary>How to make this again</summary>\n");
    push_section(&mut text, &manifest::section(&found.run));
    text.push_str(&fenced(&manifest::commands(&found.run)));
    text.push_str("\n</details>");
    text
}

fn push_section(text: &mut String, section: &Section) {
    text.push_str(&format!("\n### {}\n\n", inert(&section.title)));
    if let Some(table) = &section.table {
        text.push_str(&grid(table));
        text.push('\n');
    }
    for line in &section.lines {
        text.push_str(&format!("- {}\n", inert(line)));
    }
}

fn grid(table: &Table) -> String {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| inert(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let places = 0..table.head.len();
    let rule: Vec<&str> = places
        .map(|place| if place < table.names { "---" } else { "---:" })
        .collect();
    let mut text = row(&table.head);
    text.push_str(&format!("| {} |\n", rule.join(" | ")));
    table
        .rows
        .iter()
        .for_each(|cells| text.push_str(&row(cells)));
    text
}

/// Text that is no markup, on one line.
fn inert(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' => {
                inert.extend(['\\', character]);
            }
            // A name must not call people or other requests, as `@name` and `#1` do.
            '@' if !inert.ends_with(char::is_alphanumeric) => inert.push_str("&#64;"),
            '#' => inert.push_str("&#35;"),
            c if c.is_control() => inert.push(' '),
            c => inert.push(c),
        }
    }
    inert
}

/// Commands behind a fence that is longer than any in them.
fn fenced(code: &str) -> String {
    let longest = code
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}sh\n{code}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::eval::example::found;

    #[test]
    fn the_report_of_a_run() {
        insta::assert_snapshot!(of_run(&found()));
    }

    #[test]
    fn names_are_no_markup() {
        assert_eq!(
            inert("a|b <i>*x*</i>\n[y](z)"),
            r"a\|b \<i\>\*x\*\</i\> \[y\](z)"
        );
        assert_eq!(
            inert("nDCG@10 for @all, #1"),
            "nDCG@10 for &#64;all, &#35;1"
        );
        assert_eq!(fenced("echo '```'"), "\n````sh\necho '```'\n````\n");
    }
}
