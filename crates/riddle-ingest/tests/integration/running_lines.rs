//! Headers and footers that come again on the pages of a PDF.

use std::io::Write;

use riddle_core::{ExtractedText, Extractor, Unwatched};

use crate::support::extractor;

/// A PDF with lines at given heights, in points above the bottom, on each page.
fn pdf(pages: &[Vec<(u32, String)>]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len())
        .map(|page| format!("{} 0 R", 4 + page * 2))
        .collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!(
            "<</Type/Pages/Kids[{}]/Count {}>>",
            kids.join(" "),
            pages.len()
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    for (page, lines) in pages.iter().enumerate() {
        let content: String = lines
            .iter()
            .map(|(height, words)| format!("BT /F1 11 Tf 72 {height} Td ({words}) Tj ET\n"))
            .collect();
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>",
            5 + page * 2
        ));
        objects.push(format!(
            "<</Length {}>>stream\n{content}endstream",
            content.len()
        ));
    }
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let table = file.len();
    file.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for place in places {
        file.push_str(&format!("{place:010} 00000 n \n"));
    }
    let size = objects.len() + 1;
    file.push_str(&format!(
        "trailer <</Root 1 0 R/Size {size}>>\nstartxref\n{table}\n%%EOF"
    ));
    file.into_bytes()
}

fn read(pages: &[Vec<(u32, String)>]) -> ExtractedText {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&pdf(pages)).unwrap();
    extractor()
        .extract(file.path(), "a.pdf", None, &Unwatched)
        .unwrap()
}

const PLANTS: [&str; 6] = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir"];

/// A page about each plant, with a line at the top and one at the bottom.
fn pages(
    count: usize,
    top: impl Fn(usize) -> String,
    bottom: impl Fn(usize) -> String,
) -> Vec<Vec<(u32, String)>> {
    let page = |number: usize| {
        let plant = PLANTS[number - 1];
        let mut lines = vec![(800, top(number))];
        for line in 0..5 {
            let words =
                format!("{plant} grows in wet places and line {line} says how tall it gets there.");
            lines.push((700 - 16 * line, words));
        }
        lines.push((500, format!("The wood of {plant} is sold by the metre.")));
        lines.push((30, bottom(number)));
        lines
    };
    (1..=count).map(page).collect()
}

#[test]
fn running_lines_stay_once_and_pages_keep_their_starts() {
    let read = read(&pages(
        6,
        |_| "Handbook of trees of the north".to_owned(),
        |page| format!("Nursery Ltd, confidential, {page} / 6"),
    ));
    assert_eq!(
        read.text.matches("Handbook of trees").count(),
        1,
        "{}",
        read.text
    );
    assert_eq!(
        read.text.matches("confidential").count(),
        1,
        "{}",
        read.text
    );
    let numbers: Vec<u32> = read.pages.iter().map(|page| page.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    for (index, plant) in PLANTS.iter().enumerate() {
        assert_eq!(read.text.matches(&format!("wood of {plant}")).count(), 1);
        let start = read.pages[index].byte_offset;
        let first = read.text.find(plant).unwrap();
        let next = read
            .pages
            .get(index + 1)
            .map_or(read.text.len(), |next| next.byte_offset);
        assert!(
            start <= first && first < next,
            "{plant} on page {}",
            index + 1
        );
    }
}

#[test]
fn numbers_of_pages_are_no_text() {
    for style in ["# ", "- # -", "Page # of 6", "Seite #"] {
        let read = read(&pages(
            6,
            |_| String::new(),
            |page| style.replace('#', &page.to_string()),
        ));
        let last = style.replace('#', "6");
        let left = read
            .text
            .lines()
            .filter(|line| line.trim() == last.trim())
            .count();
        assert_eq!(left, 0, "{style}: {}", read.text);
    }
}

#[test]
fn left_and_right_pages_may_differ() {
    let read = read(&pages(
        6,
        |page| ["Trees of the north", "Chapter on water plants"][page % 2].to_owned(),
        |_| String::new(),
    ));
    assert_eq!(
        read.text.matches("Trees of the north").count(),
        1,
        "{}",
        read.text
    );
    assert_eq!(
        read.text.matches("Chapter on water").count(),
        1,
        "{}",
        read.text
    );
}

#[test]
fn what_only_looks_alike_stays() {
    let values = [4, 19, 7, 88, 23, 51];
    let read = read(&pages(
        6,
        |page| format!("{} is the first word", PLANTS[page - 1]),
        |page| format!("Total length {} metres", values[page - 1]),
    ));
    for value in values {
        assert!(
            read.text.contains(&format!("Total length {value} metres")),
            "{}",
            read.text
        );
    }
    let two = self::read(&pages(2, |_| "Trees".to_owned(), |_| "Sold out".to_owned()));
    assert_eq!(two.text.matches("Sold out").count(), 2, "{}", two.text);
}

/// Pages with lines from the top down, and nothing else.
fn short(pages: &[Vec<String>]) -> String {
    let page = |lines: &Vec<String>| {
        let heights = (0..).map(|line| 780 - 45 * line);
        heights.zip(lines.iter().cloned()).collect()
    };
    let pages: Vec<Vec<(u32, String)>> = pages.iter().map(page).collect();
    read(&pages).text
}

#[test]
fn numbers_that_rise_with_the_pages_are_content_but_for_those_of_pages() {
    let page = |number: usize| {
        vec![
            format!("Station {number}: Mast {number}"),
            format!(
                "Mast {number} carries {} kilos and is painted every {} years.",
                200 + 13 * number,
                number + 3
            ),
            format!("Delivery note 2031-{:03}", 80 + number),
        ]
    };
    let text = short(&(1..=6).map(page).collect::<Vec<_>>());
    for number in 1..=6 {
        for line in page(number) {
            assert!(text.contains(&line), "{line}: {text}");
        }
    }
    for (last, rising) in [
        ("Gauge TX-# is sealed", 500),
        ("Crate number #", 4410),
        ("Ladder #", 0),
        ("Log of #/10", 0),
        ("Lift # carries eight people", 0),
    ] {
        let line = |number: usize| last.replace('#', &(rising + number).to_string());
        let text = read(&pages(6, |_| String::new(), line)).text;
        for number in 1..=6 {
            assert!(text.contains(&line(number)), "{last}: {text}");
        }
    }
}

#[test]
fn what_forms_say_alike_stays() {
    let forms = |answers: &[&str]| -> String {
        let page = |(at, answer): (usize, &&str)| {
            vec![
                format!("Request of {}", PLANTS[at]),
                "The papers were read by two people in the office of the town.".to_owned(),
                (*answer).to_owned(),
            ]
        };
        short(&answers.iter().enumerate().map(page).collect::<Vec<_>>())
    };
    let granted = "Outcome: granted";
    let text = forms(&[granted, granted, "Outcome: refused", granted, granted]);
    assert_eq!(text.matches(granted).count(), 4, "{text}");
    let text = forms(&["Cannot stand the smell of cats"; 2]);
    assert_eq!(text.matches("smell of cats").count(), 2, "{text}");
    let text = forms(&["Must not be given bread, milk or honey at any time"; 5]);
    assert_eq!(text.matches("bread").count(), 5, "{text}");
}

#[test]
fn running_lines_go_from_the_outside_to_the_inside() {
    let mut all = pages(
        6,
        |page| format!("Seite {page} von 6"),
        |page| format!("Orchard guide | {page}"),
    );
    for (number, page) in all.iter_mut().enumerate() {
        page.push((760, "Trees of the south".to_owned()));
        page.push((60, format!("Ask the gardener about {}.", PLANTS[number])));
        page.push((90, "Water at noon.".to_owned()));
    }
    let text = read(&all).text;
    for once in ["Seite", "Orchard guide", "Trees of the south"] {
        assert_eq!(text.matches(once).count(), 1, "{once}: {text}");
    }
    for each in ["Ask the gardener about", "Water at noon."] {
        assert_eq!(text.matches(each).count(), 6, "{each}: {text}");
    }
}
