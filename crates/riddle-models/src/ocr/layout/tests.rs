use super::*;

fn line(text: &str, left: f32, top: f32, width: f32) -> PlacedLine {
    PlacedLine {
        text: text.to_owned(),
        left,
        right: left + width,
        top,
        bottom: top + 20.0,
    }
}

#[test]
fn two_columns_are_read_one_after_the_other_below_their_heading() {
    let mut lines = vec![line("Heading over both", 10.0, 0.0, 500.0)];
    for row in 0..4_u8 {
        let top = 60.0 + 30.0 * f32::from(row);
        lines.push(line(&format!("left {row}."), 10.0, top, 230.0));
        lines.push(line(&format!("right {row}."), 280.0, top + 9.0, 230.0));
    }
    lines.push(line("Foot across the page", 10.0, 300.0, 500.0));
    lines.reverse();
    let text = page_text(lines);
    let words: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let expected = [
        "Heading over both",
        "left 0.",
        "left 1.",
        "left 2.",
        "left 3.",
        "right 0.",
        "right 1.",
        "right 2.",
        "right 3.",
        "Foot across the page",
    ];
    assert_eq!(words, expected);
}

#[test]
fn a_table_is_read_row_by_row() {
    let mut lines = Vec::new();
    for row in 0..5_u8 {
        let top = 30.0 * f32::from(row);
        lines.push(line(&format!("name{row}"), 10.0, top, 70.0));
        lines.push(line(&format!("{row}0 %"), 300.0, top + 2.0, 50.0));
    }
    assert_eq!(
        page_text(lines),
        "name0 00 %\nname1 10 %\nname2 20 %\nname3 30 %\nname4 40 %"
    );
}

#[test]
fn lines_of_a_paragraph_are_one() {
    let text = page_text(vec![
        line("The divided infor-", 10.0, 0.0, 300.0),
        line("mation goes on and", 10.0, 26.0, 300.0),
        line("ends here.", 10.0, 52.0, 120.0),
        line("另一段文字写到行末", 10.0, 110.0, 300.0),
        line("继续到这里。", 10.0, 136.0, 200.0),
        line("- an item", 10.0, 162.0, 100.0),
        line("2. another", 10.0, 188.0, 100.0),
    ]);
    assert_eq!(
        text,
        "The divided information goes on and ends here.\n\n另一段文字写到行末继续到这里。\n- an item\n2. another"
    );
}

#[test]
fn a_page_without_lines_is_blank() {
    assert_eq!(page_text(Vec::new()), "");
}
