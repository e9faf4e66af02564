use anyhow::Context;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::gate::Checked;

/// A test suite with a test case for each condition, which fails where the condition holds.
pub(super) fn of_checks(run: &str, arm: &str, checked: &[Checked<'_>]) -> anyhow::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, run, arm, checked).context("cannot write JUnit XML")?;
    String::from_utf8(writer.into_inner()).context("JUnit XML is not UTF-8")
}

fn write(
    writer: &mut Writer<Vec<u8>>,
    run: &str,
    arm: &str,
    checked: &[Checked<'_>],
) -> std::io::Result<()> {
    let tests = checked.len().to_string();
    let failures = checked.iter().filter(|checked| checked.fails()).count();
    let failures = failures.to_string();
    let counts = [("tests", tests.as_str()), ("failures", failures.as_str())];
    let suite_name = allowed(run);
    let class = allowed(&format!("{run}.{arm}"));
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = writer.create_element("testsuites").with_attributes(counts);
    suites.write_inner_content(|writer| {
        let suite = writer.create_element("testsuite");
        let suite = suite.with_attribute(("name", suite_name.as_str()));
        let suite = suite.with_attributes(counts);
        suite.write_inner_content(|writer| {
            checked
                .iter()
                .try_for_each(|checked| write_case(writer, &class, checked))
        })?;
        Ok(())
    })?;
    Ok(())
}

fn write_case(
    writer: &mut Writer<Vec<u8>>,
    class: &str,
    checked: &Checked<'_>,
) -> std::io::Result<()> {
    let name = allowed(&format!("not {}", checked.condition));
    let attributes = [("classname", class), ("name", name.as_str())];
    let case = writer
        .create_element("testcase")
        .with_attributes(attributes);
    let sentence = allowed(&checked.sentence());
    if !checked.fails() {
        case.write_inner_content(|writer| {
            let output = writer.create_element("system-out");
            output.write_text_content(BytesText::new(&sentence))?;
            Ok(())
        })?;
        return Ok(());
    }
    case.write_inner_content(|writer| {
        let failure = writer.create_element("failure");
        let failure = failure.with_attribute(("message", sentence.as_str()));
        failure.with_attribute(("type", "fail-if")).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

/// Without the characters that XML 1.0 has no place for, not even escaped.
fn allowed(text: &str) -> String {
    let fits = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars()
        .map(|c| if fits(c) { c } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_is_a_test_case_and_everything_is_escaped() {
        let conditions = ["ndcg@10.diff.low < -0.01", "success@3.mean>=0.8"];
        let conditions = conditions.map(|text| text.parse().expect(text));
        let checked = [
            Checked {
                condition: &conditions[0],
                value: -0.25,
            },
            Checked {
                condition: &conditions[1],
                value: 0.75,
            },
        ];
        let xml = of_checks("a \"b\" & <c> \u{1b}[31m", "it's 重排", &checked).expect("is written");
        insta::assert_snapshot!(xml);
    }
}
