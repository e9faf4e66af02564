//! Office documents say what their readers see.

use std::io::Write;

use riddle_core::{ChunkingSettings, ExtractedText, Extractor, Failure, FailureCode, Unwatched};
use riddle_ingest::chunk;

use crate::chunking::Pieces;
use crate::hostile::container;
use crate::support::{extractor, failure_of};

pub(crate) const W: &str =
    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
pub(crate) const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn extract(bytes: &[u8], name: &str) -> Result<ExtractedText, Failure> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let outcome = extractor().extract(file.path(), name, None, &Unwatched);
    outcome.map_err(failure_of)
}

pub(crate) fn text(bytes: &[u8], name: &str) -> String {
    extract(bytes, name).unwrap().text
}

/// A part with the relationships of another: id, kind and target of each.
pub(crate) fn relations(all: &[(&str, &str, &str)]) -> String {
    let mut xml =
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
            .to_owned();
    for (id, kind, target) in all {
        xml.push_str(&format!(
            "<Relationship Id=\"{id}\" Type=\"{RELATIONSHIPS}/{kind}\" Target=\"{target}\"/>"
        ));
    }
    xml + "</Relationships>"
}

/// The text of a DOCX with this body and these styles.
pub(crate) fn letter(body: &str, styles: &str) -> String {
    let document = format!("<w:document {W}><w:body>{body}</w:body></w:document>");
    let styles = format!("<w:styles {W}>{styles}</w:styles>");
    let main = relations(&[("rId1", "officeDocument", "word/document.xml")]);
    let bytes = container(&[
        TYPES,
        ("_rels/.rels", main.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
    ]);
    text(&bytes, "a.docx")
}

pub(crate) fn p(runs: &str) -> String {
    format!("<w:p>{runs}</w:p>")
}

pub(crate) fn r(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

pub(crate) fn tc(properties: &str, content: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>")
}

pub(crate) fn tr(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| tc("", &p(&r(cell)))).collect();
    format!("<w:tr>{cells}</w:tr>")
}

pub(crate) fn tbl(rows: &str) -> String {
    format!("<w:tbl><w:tblPr/><w:tblGrid/>{rows}</w:tbl>")
}

#[test]
fn tracked_changes_count_as_accepted() {
    let gone = "<w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr>";
    let deleted =
        |text: &str| format!("<w:del w:id=\"2\"><w:r><w:delText>{text}</w:delText></w:r></w:del>");
    let body = [
        p(&format!("{}{}{}", r("The rent is "), deleted("forty"), "<w:ins><w:r><w:t>fifty</w:t></w:r></w:ins>")),
        // Inserted by one, deleted by another.
        p(&format!("{}<w:ins>{}</w:ins>", r("Keys are kept at the gate."), deleted("draft note"))),
        // The end of the paragraph is deleted, so that it goes on in the next one.
        p(&format!("{gone}{}", r("The lease begins "))),
        p(&r("in the spring.")),
        p(&format!("{gone}{}", deleted("A whole paragraph of the past."))),
        p(&format!("<w:moveFrom w:id=\"3\">{}</w:moveFrom>", r("Boats are moored east."))),
        p(&r("Rules of the harbour.")),
        p(&format!("<w:moveTo w:id=\"4\">{}</w:moveTo>", r("Boats are moored east."))),
        p("<w:r><w:rPr><w:b/><w:rPrChange w:id=\"5\"><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr>\
        <w:t>Seen again.</w:t></w:r>"),
    ]
    .concat();
    let text = letter(&body, "");
    assert!(text.contains("The rent is fifty"), "{text}");
    assert!(text.contains("The lease begins in the spring."), "{text}");
    assert!(text.contains("Seen again."), "{text}");
    assert_eq!(text.matches("Boats are moored east.").count(), 1, "{text}");
    assert!(text.find("Rules").unwrap() < text.find("Boats").unwrap());
    for past in ["forty", "draft note", "of the past"] {
        assert!(!text.contains(past), "{past}: {text}");
    }
}

#[test]
fn texts_with_another_prefix_are_read() {
    let names = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    for (prefix, declaration) in [("", "xmlns"), ("ns0:", "xmlns:ns0"), ("w:", "xmlns:w")] {
        let document = format!(
            "<_document {declaration}=\"{names}\"><_body><_p><_r><_t>The rent is </_t></_r>\
             <_del _id=\"1\"><_r><_delText>forty</_delText></_r></_del>\
             <_ins><_r><_t>fifty.</_t></_r></_ins></_p></_body></_document>"
        );
        let document = document.replace("<_", &format!("<{prefix}"));
        let document = document.replace("/_", &format!("/{prefix}"));
        let document = document.replace(" _", &format!(" {prefix}"));
        let main = relations(&[("rId1", "officeDocument", "word/document.xml")]);
        let bytes = container(&[
            TYPES,
            ("_rels/.rels", main.as_bytes()),
            ("word/document.xml", document.as_bytes()),
        ]);
        assert_eq!(
            text(&bytes, "a.docx").trim(),
            "The rent is fifty.",
            "{prefix}"
        );
    }
}

#[test]
fn tracked_rows_and_cells_of_tables_count_as_accepted() {
    let old = format!(
        "<w:tr><w:trPr><w:del w:id=\"1\"/></w:trPr>{}</w:tr>",
        tc("", &p(&r("Old row")))
    );
    let new = format!(
        "<w:tr><w:trPr><w:ins w:id=\"2\"/></w:trPr>{}{}{}</w:tr>",
        tc("", &p(&r("Crane"))),
        tc("", &p(&r("9"))),
        tc("<w:cellDel w:id=\"3\"/>", &p(&r("gone cell")))
    );
    let text = letter(&tbl(&format!("{}{old}{new}", tr(&["Tool", "Count"]))), "");
    assert!(text.contains("| Crane | 9 |"), "{text}");
    assert!(
        !text.contains("Old row") && !text.contains("gone cell"),
        "{text}"
    );
}

#[test]
fn hidden_text_stays_out_of_texts() {
    let styles = "<w:style w:type=\"paragraph\" w:styleId=\"Secret\"><w:rPr><w:vanish/></w:rPr></w:style>\
        <w:style w:type=\"paragraph\" w:styleId=\"Deeper\"><w:basedOn w:val=\"Secret\"/></w:style>\
        <w:style w:type=\"character\" w:styleId=\"Veil\"><w:rPr><w:vanish w:val=\"1\"/></w:rPr></w:style>\
        <w:style w:type=\"character\" w:styleId=\"LoopA\"><w:basedOn w:val=\"LoopB\"/></w:style>\
        <w:style w:type=\"character\" w:styleId=\"LoopB\"><w:basedOn w:val=\"LoopA\"/></w:style>";
    let run = |properties: &str, text: &str| {
        format!("<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>")
    };
    let body = [
        p(&run("<w:vanish/>", "margin one")),
        p(&run("<w:vanish w:val=\"false\"/>", "Shown one.")),
        p(&format!(
            "<w:pPr><w:pStyle w:val=\"Deeper\"/></w:pPr>{}",
            r("margin two")
        )),
        p(&format!(
            "<w:pPr><w:pStyle w:val=\"Deeper\"/></w:pPr>{}",
            run("<w:vanish w:val=\"0\"/>", "Shown two.")
        )),
        p(&run("<w:rStyle w:val=\"Veil\"/>", "margin three")),
        p(&run("<w:rStyle w:val=\"LoopA\"/>", "Shown three.")),
        // Only the mark of the paragraph is hidden.
        p(&format!(
            "<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>{}",
            r("Shown four.")
        )),
    ]
    .concat();
    let text = letter(&body, styles);
    for shown in ["Shown one.", "Shown two.", "Shown three.", "Shown four."] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!text.contains("margin"), "{text}");
}

#[test]
fn merged_cells_of_texts_are_in_each_row_and_column() {
    let cell = |properties: &str, text: &str| tc(properties, &p(&r(text)));
    let rows = [
        tr(&["Berth", "Day", "Keeper"]),
        format!(
            "<w:tr>{}{}{}</w:tr>",
            cell("<w:vMerge w:val=\"restart\"/>", "North"),
            cell("", "Mon"),
            cell("", "Ida")
        ),
        format!(
            "<w:tr>{}{}{}</w:tr>",
            cell("<w:vMerge/>", ""),
            cell("", "Tue"),
            cell("", "Olaf")
        ),
        format!(
            "<w:tr>{}{}{}</w:tr>",
            cell("<w:vMerge w:val=\"continue\"/>", ""),
            cell("", "Wed"),
            cell("", "Pia")
        ),
        format!(
            "<w:tr>{}{}</w:tr>",
            cell("", "South"),
            cell("<w:gridSpan w:val=\"2\"/>", "closed")
        ),
        format!(
            "<w:tr>{}</w:tr>",
            cell("<w:gridSpan w:val=\"3\"/>", "All times are local")
        ),
    ]
    .concat();
    let text = letter(&tbl(&rows), "");
    for row in [
        "| North | Mon | Ida |",
        "| North | Tue | Olaf |",
        "| North | Wed | Pia |",
        "| South | closed | closed |",
    ] {
        assert!(text.contains(row), "{row}: {text}");
    }
    assert_eq!(text.matches("All times are local").count(), 1, "{text}");
}

#[test]
fn rows_that_begin_further_right_keep_their_columns() {
    let skips = "<w:trPr><w:gridBefore w:val=\"1\"/></w:trPr>";
    let late = tr(&["Tue", "Olaf"]).replace("<w:tr>", &format!("<w:tr>{skips}"));
    let text = letter(
        &tbl(&format!("{}{late}", tr(&["Berth", "Day", "Keeper"]))),
        "",
    );
    assert!(text.contains("|  | Tue | Olaf |"), "{text}");
}

#[test]
fn names_in_two_rows_become_one_header() {
    let cell = |properties: &str, text: &str| tc(properties, &p(&r(text)));
    let rows = [
        format!(
            "<w:tr>{}{}</w:tr>",
            cell("<w:vMerge w:val=\"restart\"/>", "Depot"),
            cell("<w:gridSpan w:val=\"2\"/>", "Litres")
        ),
        format!(
            "<w:tr>{}{}{}</w:tr>",
            cell("<w:vMerge/>", ""),
            cell("", "planned"),
            cell("", "used")
        ),
        tr(&["Quay", "120", "95"]),
    ]
    .concat();
    let text = letter(&tbl(&rows), "");
    assert!(
        text.contains("| Depot | Litres planned | Litres used |"),
        "{text}"
    );
    assert!(text.contains("| Quay | 120 | 95 |"), "{text}");
}

#[test]
fn tables_in_tables_keep_their_rows() {
    let inner = tbl(&format!(
        "{}{}",
        tr(&["Primer", "two coats"]),
        tr(&["Lacquer", "one coat"])
    ));
    let outer = format!(
        "{}<w:tr>{}{}</w:tr>",
        tr(&["Part", "Layers"]),
        tc("", &p(&r("Hull"))),
        tc("", &format!("{inner}<w:p/>"))
    );
    let text = letter(&tbl(&outer), "");
    assert!(
        text.contains("| Hull | Primer: two coats; Lacquer: one coat |"),
        "{text}"
    );
    // A table that only holds another one in place.
    let frame = format!(
        "<w:tr>{}</w:tr>",
        tc(
            "",
            &format!(
                "{}{}",
                p(&r("Above.")),
                tbl(&format!("{}{}", tr(&["Zone", "Price"]), tr(&["A", "3"])))
            )
        )
    );
    let text = letter(&tbl(&frame), "");
    assert!(
        text.contains("Above.") && text.contains("| Zone | Price |"),
        "{text}"
    );
    assert!(text.contains("| A | 3 |"), "{text}");
}

#[test]
fn hostile_tables_of_texts_do_not_grow() {
    let wild = ["1000000000", "-5", "99999999999999999999", "", "0"];
    for span in wild {
        let cell = tc(
            &format!("<w:gridSpan w:val=\"{span}\"/><w:vMerge w:val=\"{span}\"/>"),
            &p(&r("wide")),
        );
        let rows = format!("<w:tr>{cell}{}</w:tr>", tc("", &p(&r("words")))).repeat(3);
        let text = letter(&tbl(&rows), "");
        assert!(text.contains("words") && text.len() < 10_000, "{text}");
    }
    // Merged cells with tables with merged cells, each doubling the one within.
    let mut nested = p(&r("deep"));
    for _ in 0..60 {
        let merged = tc("<w:vMerge w:val=\"restart\"/>", &nested);
        let below = tc("<w:vMerge/>", "<w:p/>");
        nested = tbl(&format!(
            "<w:tr>{merged}{}</w:tr><w:tr>{below}{}</w:tr>",
            tc("", ""),
            tc("", "")
        ));
    }
    let text = letter(&format!("{nested}{}", p(&r("after"))), "");
    assert!(
        text.contains("after") && text.len() < 100_000,
        "{}",
        text.len()
    );
}

#[test]
fn a_level_of_the_outline_makes_a_heading() {
    let level = |level: &str, text: &str| {
        p(&format!(
            "<w:pPr><w:pStyle w:val=\"Body\"/><w:outlineLvl w:val=\"{level}\"/></w:pPr>{}",
            r(text)
        ))
    };
    let body = [
        level("1", "Moorings"),
        level("9", "Plain words."),
        level("-1", "Odd words."),
    ];
    let text = letter(&body.concat(), "");
    assert_eq!(text, "## Moorings\n\nPlain words.\n\nOdd words.");
}

#[test]
fn a_style_with_the_name_of_a_heading_makes_one() {
    let style = |id: &str, name: &str, more: &str| {
        format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>{more}</w:style>"
        )
    };
    let styles = [
        style("berschrift2", "heading 2", ""),
        style("Own", "Chapter", "<w:basedOn w:val=\"berschrift2\"/>"),
        style("3", "Heading 3", ""),
        style("Loop", "Loop", "<w:basedOn w:val=\"Loop\"/>"),
    ]
    .concat();
    let styled = |id: &str, words: &str| {
        p(&format!(
            "<w:pPr><w:pStyle w:val=\"{id}\"/></w:pPr>{}",
            r(words)
        ))
    };
    let body = [
        styled("berschrift2", "Hafen"),
        styled("Own", "Boote"),
        styled("3", "Segel"),
        styled("Loop", "Words."),
    ]
    .concat();
    let text = letter(&body, &styles);
    assert_eq!(text, "## Hafen\n\n## Boote\n\n### Segel\n\nWords.");
}

#[test]
fn a_text_under_another_name_is_found() {
    let document = format!(
        "<w:document {W}><w:body>{}</w:body></w:document>",
        p(&r("Words of the second draft."))
    );
    let main = relations(&[("rId1", "officeDocument", "/word/document2.xml")]);
    let bytes = container(&[
        TYPES,
        ("_rels/.rels", main.as_bytes()),
        ("word/document2.xml", document.as_bytes()),
    ]);
    assert_eq!(text(&bytes, "a.docx"), "Words of the second draft.");
}

/// A workbook with these sheets, each a name, a state and what stands in its XML.
fn workbook(sheets: &[(&str, &str, &str)], strings: &str, formats: &str) -> Vec<u8> {
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut list = String::new();
    let mut own = Vec::new();
    for (index, (name, state, xml)) in sheets.iter().enumerate() {
        list.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{index}\" state=\"{state}\" r:id=\"rId{index}\"/>"
        ));
        own.push((
            format!("rId{index}"),
            format!("worksheets/sheet{index}.xml"),
        ));
        parts.push((
            format!("xl/worksheets/sheet{index}.xml"),
            format!("<worksheet>{xml}</worksheet>"),
        ));
    }
    let mut all: Vec<(&str, &str, &str)> = own
        .iter()
        .map(|(id, target)| (id.as_str(), "worksheet", target.as_str()))
        .collect();
    all.push(("rS", "sharedStrings", "sharedStrings.xml"));
    all.push(("rT", "styles", "styles.xml"));
    let workbook = format!(
        "<workbook xmlns:r=\"{RELATIONSHIPS}\"><workbookPr/><sheets>{list}</sheets></workbook>"
    );
    parts.push(("xl/workbook.xml".to_owned(), workbook));
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations(&all)));
    parts.push((
        "xl/sharedStrings.xml".to_owned(),
        format!("<sst>{strings}</sst>"),
    ));
    parts.push((
        "xl/styles.xml".to_owned(),
        format!("<styleSheet>{formats}</styleSheet>"),
    ));
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, xml)| (name.as_str(), xml.as_bytes()))
        .collect();
    container(&[&[TYPES], parts.as_slice()].concat())
}

/// Rows of cells, each as it stands in XML or as plain text; a blank one is left out.
fn sheet(rows: &[&[&str]]) -> String {
    let mut xml = "<sheetData>".to_owned();
    for (row, cells) in rows.iter().enumerate() {
        xml.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in cells.iter().enumerate() {
            let place = format!(
                "{}{}",
                char::from(b'A' + u8::try_from(column).unwrap()),
                row + 1
            );
            if let Some(attributes) = cell.strip_prefix('<') {
                xml.push_str(&format!("<c r=\"{place}\" {attributes}</c>"));
            } else if cell.parse::<f64>().is_ok() {
                xml.push_str(&format!("<c r=\"{place}\"><v>{cell}</v></c>"));
            } else if !cell.is_empty() {
                xml.push_str(&format!(
                    "<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"
                ));
            }
        }
        xml.push_str("</row>");
    }
    xml + "</sheetData>"
}

fn one_sheet(rows: &[&[&str]], merges: &[&str]) -> String {
    let merges: String = merges
        .iter()
        .map(|merge| format!("<mergeCell ref=\"{merge}\"/>"))
        .collect();
    let xml = format!("{}<mergeCells>{merges}</mergeCells>", sheet(rows));
    text(&workbook(&[("Data", "visible", &xml)], "", ""), "a.xlsx")
}

#[test]
fn cells_of_sheets_are_read_as_they_show() {
    let strings = "<si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh></si>\
        <si><r><t xml:space=\"preserve\">Night </t></r><r><rPr><b/></rPr><t>shift</t></r></si>\
        <si><t>line_x000D_\nbreak &amp; more</t></si>";
    let formats = "<numFmts><numFmt numFmtId=\"170\" formatCode=\"#,##0.00\\ [$€-407]\"/></numFmts>\
        <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"10\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/>\
        <xf numFmtId=\"46\"/><xf numFmtId=\"20\"/></cellXfs>";
    let rows: &[&[&str]] = &[
        &["What", "Shown"],
        &["share", "<s=\"1\"><v>0.375</v>"],
        &["day", "<s=\"2\"><v>46086</v>"],
        &["price", "<s=\"3\"><v>1234.5</v>"],
        &["length", "<s=\"4\"><v>1.5</v>"],
        &["clock", "<s=\"5\"><v>0.75</v>"],
        &["wrong", "<t=\"e\"><f>1/0</f><v>#DIV/0!</v>"],
        &["flag", "<t=\"b\"><v>1</v>"],
        &["sum", "<><f>A1+A2</f><v>0.30000000000000004</v>"],
        &["words", "<t=\"str\"><f>UPPER(A1)</f><v>QUAY</v>"],
        &["<t=\"s\"><v>0</v>", "<t=\"s\"><v>1</v>"],
        &["<t=\"s\"><v>2</v>", "<t=\"s\"><v>99</v>"],
        &["unknown style", "<s=\"77\"><v>5</v>"],
    ];
    let bytes = workbook(&[("Data", "visible", &sheet(rows))], strings, formats);
    let text = text(&bytes, "a.xlsx");
    for row in [
        "| share | 37.50% |",
        "| day | 2026-03-05 |",
        "| price | 1,234.50 € |",
        "| length | 36:00:00 |",
        "| clock | 18:00 |",
        "| wrong | #DIV/0! |",
        "| flag | TRUE |",
        "| sum | 0.3 |",
        "| words | QUAY |",
        "| 東京 | Night shift |",
        "| line break &amp; more | |",
        "| unknown style | 5 |",
    ] {
        let row = row.replace("&amp;", "&");
        assert!(text.contains(&row), "{row}: {text}");
    }
    assert!(!text.contains("トウキョウ"), "{text}");
}

#[test]
fn days_are_counted_from_where_the_workbook_says() {
    let formats = "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>";
    let xml = sheet(&[&["Event", "Day"], &["launch", "<s=\"1\"><v>44624</v>"]]);
    let mut bytes = workbook(&[("Data", "visible", &xml)], "", formats);
    assert!(text(&bytes, "a.xlsx").contains("2022-03-04"));
    let workbook = format!(
        "<workbook xmlns:r=\"{RELATIONSHIPS}\"><workbookPr date1904=\"1\"/><sheets>\
        <sheet name=\"Data\" r:id=\"rId0\"/></sheets></workbook>"
    );
    let styles = format!("<styleSheet>{formats}</styleSheet>");
    let xml = format!("<worksheet>{xml}</worksheet>");
    bytes = container(&[
        TYPES,
        ("xl/workbook.xml", workbook.as_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&[
                ("rId0", "worksheet", "/xl/s.xml"),
                ("r", "styles", "styles.xml"),
            ])
            .as_bytes(),
        ),
        ("xl/s.xml", xml.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ]);
    assert!(text(&bytes, "a.xlsx").contains("2026-03-05"));
}

#[test]
fn tables_of_sheets_have_their_names_and_titles() {
    let text = one_sheet(
        &[
            &["Fuel of the harbour"],
            &[],
            &["Depot", "Boat", "Litres"],
            &["Quay", "Heron", "312"],
            &["", "Teal", "187"],
            &[],
            &["Name", "Rank", "", "Zone", "Price"],
            &["Ida", "mate", "", "A", "3"],
            &["Olaf", "cook", "", "B", "4"],
            &["Checked in March"],
        ],
        &["A1:C1", "A4:A5"],
    );
    assert_eq!(
        text,
        "## Data\n\nFuel of the harbour\n\n| Depot | Boat | Litres |\n| --- | --- | --- |\n| Quay | Heron | 312 |\n\
         | Quay | Teal | 187 |\n\n| Name | Rank |\n| --- | --- |\n| Ida | mate |\n| Olaf | cook |\n\
         | Checked in March | |\n\n| Zone | Price |\n| --- | --- |\n| A | 3 |\n| B | 4 |"
    );
}

#[test]
fn names_in_two_rows_of_a_sheet_become_one_header() {
    let text = one_sheet(
        &[
            &["Depot", "Litres", "", "Crew"],
            &["", "planned", "used"],
            &["Quay", "120", "95", "3"],
            &["Hill", "80", "85", "2"],
        ],
        &["A1:A2", "B1:C1", "D1:D2"],
    );
    assert!(
        text.contains("| Depot | Litres planned | Litres used | Crew |"),
        "{text}"
    );
    assert!(text.contains("| Quay | 120 | 95 | 3 |"), "{text}");
}

#[test]
fn long_tables_of_sheets_name_their_columns_in_each_row() {
    let numbers: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    let mut rows: Vec<Vec<&str>> = vec![vec!["Stock"], vec!["# of boxes", "Shelf"]];
    rows.extend(numbers.iter().map(|number| vec![number.as_str(), "B"]));
    // A row between them that is blank parts nothing.
    rows.insert(20, vec![]);
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let text = one_sheet(&rows, &[]);
    assert!(
        text.starts_with("## Data\n\n### Stock\n\n\\# of boxes: 0 | Shelf: B\n"),
        "{text}"
    );
    assert!(text.contains("of boxes: 17 | Shelf: B\n"), "{text}");
    assert!(text.contains("29") && !text.contains("\n# of"), "{text}");
}

#[test]
fn the_title_of_a_long_table_is_said_of_each_of_its_rows() {
    let numbers: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    for apart in [false, true] {
        let mut rows: Vec<Vec<&str>> = vec![vec!["Fuel 2025, litres"]];
        rows.extend(apart.then(Vec::new));
        rows.push(vec!["Boat", "Used"]);
        rows.extend(numbers.iter().map(|number| vec!["Heron", number.as_str()]));
        rows.extend([
            vec![],
            vec!["Crew", "Rank", "Age"],
            vec!["Ida", "mate", "41"],
        ]);
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let bytes = workbook(&[("Data", "visible", &sheet(&rows))], "", "");
        let settings = ChunkingSettings {
            max_tokens: 64,
            overlap_tokens: 0,
        };
        let read = extract(&bytes, "a.xlsx").unwrap();
        let chunks = chunk(&read, &Pieces, settings);
        let rows = chunks
            .iter()
            .filter(|chunk| chunk.text.contains("Boat: Heron"));
        let mut paths: Vec<_> = rows.map(|chunk| chunk.heading_path.clone()).collect();
        assert!(paths.len() > 2, "{apart}: {}", read.text);
        paths.dedup();
        assert_eq!(paths, [["Data", "Fuel 2025, litres"]], "{apart}");
        let next = "\n\n## Data\n\n| Crew | Rank | Age |";
        assert!(read.text.contains(next), "{apart}: {}", read.text);
    }
}

#[test]
fn the_title_of_a_table_with_few_long_rows_is_a_heading() {
    let remark = "The hull is to be looked at in spring. ".repeat(3);
    let mut rows: Vec<&[&str]> = vec![
        &["Fuel of the harbour"],
        &["in litres"],
        &["Boat", "Remark"],
    ];
    let (heron, teal) = (["Heron", remark.as_str()], ["Teal", remark.as_str()]);
    rows.extend([&heron[..], &teal, &heron, &teal]);
    let text = one_sheet(&rows, &[]);
    let start = "## Data\n\n### Fuel of the harbour\n#### in litres\n\n| Boat | Remark |\n";
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn the_title_of_a_second_table_is_not_under_that_of_the_first() {
    let numbers: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let mut rows: Vec<Vec<&str>> = vec![vec!["Fuel 2025, litres"], vec!["Boat", "Used"]];
    rows.extend(numbers.iter().map(|number| vec!["Heron", number.as_str()]));
    rows.extend([
        vec![],
        vec!["Crew list"],
        vec![],
        vec!["Crew", "Rank", "Age"],
        vec!["Ida", "mate", "41"],
    ]);
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let text = one_sheet(&rows, &[]);
    let start = "## Data\n\n### Fuel 2025, litres\n\nBoat: Heron | Used: 0\n";
    assert!(text.starts_with(start), "{text}");
    let end = "Boat: Heron | Used: 19\n\n## Data\n\nCrew list\n\n| Crew | Rank | Age |\n| --- | --- | --- |\n\
               | Ida | mate | 41 |";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn hidden_sheets_are_marked_and_sheets_keep_their_order() {
    let first = sheet(&[&["Zone", "Price"], &["A", "3"]]);
    let second = sheet(&[&["Rate", "Limit"], &["B", "4"]]);
    let bytes = workbook(
        &[
            ("Zones", "visible", &first),
            ("Rates", "hidden", &second),
            ("Blank", "visible", "<sheetData/>"),
        ],
        "",
        "",
    );
    let text = text(&bytes, "a.xlsx");
    assert!(text.starts_with("## Zones\n"), "{text}");
    assert!(text.contains("## Rates (hidden sheet)\n"), "{text}");
    assert!(!text.contains("Blank"), "{text}");
}

#[test]
fn hostile_sheets_do_not_grow() {
    let wild = [
        "A1:XFD1048576",
        "A1:ZZZZ9",
        "B2",
        ":",
        "A1:A0",
        "XFD1048576:A1",
    ];
    let text = one_sheet(&[&["Zone", "Price"], &["A", "3"], &["", "4"]], &wild);
    assert!(text.contains("3") && text.len() < 1000, "{text}");
    let many: Vec<String> = (0..20_000)
        .map(|row| format!("A1:XFD{}", row + 2))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let text = one_sheet(&[&["Zone", "Price"], &["A", "3"]], &many);
    assert!(text.len() < 10_000, "{}", text.len());
    // Cells far apart, of which a whole table would have 268 million.
    let cells: String = (1..16_000_u32)
        .map(|row| {
            let letters = [row / 676, row / 26 % 26, row % 26];
            let name: String = letters.iter().map(|l| char::from(b'A' + u8::try_from(*l).unwrap())).collect();
            format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c><c r=\"{name}{row}\"><v>{row}</v></c></row>")
        })
        .collect();
    let bytes = workbook(
        &[(
            "Data",
            "visible",
            &format!("<sheetData>{cells}</sheetData>"),
        )],
        "",
        "",
    );
    assert!(extract(&bytes, "a.xlsx").unwrap().text.contains("15999"));
    // One long string in a million cells.
    let strings = format!("<si><t>{}</t></si>", "long ".repeat(6000));
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(100);
    let rows = format!("<row>{cells}</row>").repeat(1000);
    let bytes = workbook(
        &[("Data", "visible", &format!("<sheetData>{rows}</sheetData>"))],
        &strings,
        "",
    );
    assert_eq!(
        extract(&bytes, "a.xlsx").unwrap_err().code,
        FailureCode::TooLarge
    );
    // Rows and columns that no sheet has.
    let odd = "<sheetData><row r=\"-7\"><c r=\"??\"><v>1</v></c><c r=\"A99999999999\"><v>2</v></c></row>\
        <row r=\"4294967295\"><c><v>3</v></c></row><row><c><v>4</v></c></row></sheetData>";
    let bytes = workbook(&[("Data", "visible", odd)], "", "");
    assert!(extract(&bytes, "a.xlsx").unwrap().text.contains('4'));
}

const P: &str = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
    xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";

fn shape(kind: &str, text: &str) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"s\"/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:spPr/>\
        <p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
}

fn slide(attributes: &str, shapes: &str) -> String {
    format!(
        "<p:sld {P} {attributes}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{shapes}</p:spTree></p:cSld></p:sld>"
    )
}

fn titled(attributes: &str, title: &str, body: &str) -> String {
    let title = shape("<p:ph type=\"title\"/>", title);
    slide(attributes, &format!("{title}{}", shape("", body)))
}

/// A presentation whose list of slides names these parts.
fn deck(shown: &[&str], parts: &[(&str, &str)]) -> Vec<u8> {
    let ids: Vec<String> = (0..shown.len())
        .map(|index| format!("rId{index}"))
        .collect();
    let list: String = ids
        .iter()
        .enumerate()
        .map(|(index, id)| format!("<p:sldId id=\"{}\" r:id=\"{id}\"/>", 256 + index))
        .collect();
    let presentation = format!(
        "<p:presentation {P} xmlns:r=\"{RELATIONSHIPS}\"><p:sldIdLst>{list}</p:sldIdLst></p:presentation>"
    );
    let all: Vec<(&str, &str, &str)> = ids
        .iter()
        .zip(shown)
        .map(|(id, target)| (id.as_str(), "slide", *target))
        .collect();
    let own = relations(&all);
    let mut entries = vec![
        TYPES,
        ("ppt/presentation.xml", presentation.as_bytes()),
        ("ppt/_rels/presentation.xml.rels", own.as_bytes()),
    ];
    entries.extend(parts.iter().map(|(name, xml)| (*name, xml.as_bytes())));
    container(&entries)
}

#[test]
fn slides_come_in_the_order_in_which_they_are_shown() {
    let table = "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"3\" name=\"t\"/><p:cNvGraphicFramePr/>\
    <p:nvPr/></p:nvGraphicFramePr>\
        <a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/table\"><a:tbl><a:tblGrid/>\
        <a:tr><a:tc><a:txBody><a:p><a:r><a:t>Team</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r>\
        <a:t>Shift</a:t></a:r></a:p></a:txBody></a:tc></a:tr>\
        <a:tr><a:tc rowSpan=\"2\"><a:txBody><a:p><a:r><a:t>Dock</a:t></a:r></a:p></a:txBody></a:tc><a:tc>\
        <a:txBody><a:p><a:r><a:t>early</a:t></a:r></a:p></a:txBody></a:tc></a:tr>\
        <a:tr><a:tc vMerge=\"1\"><a:txBody><a:p/></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>late</a:t>\
        </a:r></a:p></a:txBody></a:tc></a:tr>\
        </a:tbl></a:graphicData></a:graphic></p:graphicFrame>";
    let notes = format!(
        "<p:notes {P}><p:cSld><p:spTree>{}{}{}</p:spTree></p:cSld></p:notes>",
        shape("<p:ph type=\"sldImg\"/>", ""),
        shape(
            "<p:ph type=\"body\" idx=\"1\"/>",
            "Mention the leak in hall four."
        ),
        shape("<p:ph type=\"sldNum\" idx=\"5\"/>", "777")
    );
    let own = relations(&[("rId1", "notesSlide", "../notesSlides/notesSlide9.xml")]);
    let number = shape("<p:ph type=\"sldNum\"/>", "777");
    let closing = format!(
        "{}{table}{number}",
        shape("<p:ph type=\"ctrTitle\"/>", "Closing")
    );
    let bytes = deck(
        &[
            "slides/slide7.xml",
            "slides/slide1.xml",
            "slides/slide3.xml",
            "slides/slide1.xml",
            "slides/gone.xml",
        ],
        &[
            (
                "ppt/slides/slide1.xml",
                &titled("show=\"0\"", "Agenda", "Budget talks"),
            ),
            ("ppt/slides/slide3.xml", &slide("", &closing)),
            ("ppt/slides/slide7.xml", &titled("", "Opening", "Agenda")),
            ("ppt/slides/_rels/slide7.xml.rels", &own),
            ("ppt/notesSlides/notesSlide9.xml", &notes),
            (
                "ppt/slides/slide99.xml",
                &titled("", "Orphan", "never shown"),
            ),
        ],
    );
    let deck = extract(&bytes, "a.pptx").unwrap();
    let text = &deck.text;
    let place = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words}: {text}"))
    };
    assert!(place("Opening") < place("leak in hall four"));
    assert!(place("### Speaker notes") < place("leak in hall four"));
    assert!(place("leak in hall four") < place("Agenda (hidden slide)"));
    assert!(place("Budget talks") < place("Closing"));
    assert_eq!(text.matches("Budget talks").count(), 1, "{text}");
    assert_eq!(text.matches("Dock").count(), 2, "{text}");
    assert!(!text.contains("777") && !text.contains("Orphan"), "{text}");
    let starts: Vec<(u32, &str)> = deck
        .pages
        .iter()
        .map(|page| {
            (
                page.number,
                text[page.byte_offset..].lines().next().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        starts,
        [
            (1, "## Opening"),
            (2, "## Agenda (hidden slide)"),
            (3, "## Closing")
        ]
    );
}

#[test]
fn footers_of_slides_are_said_once() {
    let footer = |words: &str| shape("<p:ph type=\"ftr\" idx=\"11\"/>", words);
    let page = |title: &str, around: &str| {
        let title = shape("<p:ph type=\"title\"/>", title);
        slide("", &format!("{title}{}", footer(around)))
    };
    let pages = [
        ("ppt/slides/slide1.xml", page("Opening", "Harbour office")),
        ("ppt/slides/slide2.xml", page("Budget", "Harbour office")),
        ("ppt/slides/slide3.xml", page("Closing", "Draft")),
    ];
    let parts: Vec<(&str, &str)> = pages
        .iter()
        .map(|(name, xml)| (*name, xml.as_str()))
        .collect();
    let shown = [
        "slides/slide1.xml",
        "slides/slide2.xml",
        "slides/slide3.xml",
    ];
    let text = text(&deck(&shown, &parts), "a.pptx");
    assert_eq!(text.matches("Harbour office").count(), 1, "{text}");
    for words in ["Opening", "Budget", "Closing", "Draft"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn hostile_presentations_end() {
    let looped = relations(&[
        ("rId1", "notesSlide", "slide1.xml"),
        ("rId2", "chart", "slide1.xml"),
    ]);
    let bytes = deck(
        &["slides/slide1.xml"; 2000],
        &[
            ("ppt/slides/slide1.xml", &titled("", "Title", "Words")),
            ("ppt/slides/_rels/slide1.xml.rels", &looped),
        ],
    );
    assert!(text(&bytes, "a.pptx").contains("Words"));
    let blank = slide("", "");
    let bytes = deck(&["slides/slide1.xml"], &[("ppt/slides/slide1.xml", &blank)]);
    assert_eq!(
        extract(&bytes, "a.pptx").unwrap_err().code,
        FailureCode::NoText
    );
    let bytes = deck(
        &["slides/slide1.xml"],
        &[("ppt/slides/slide1.xml", "<p:sld")],
    );
    let failure = extract(&bytes, "a.pptx").unwrap_err();
    assert!(
        matches!(failure.code, FailureCode::Malformed | FailureCode::NoText),
        "{failure:?}"
    );
}

const O: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
    xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" \
    xmlns:presentation=\"urn:oasis:names:tc:opendocument:xmlns:presentation:1.0\"";

pub(crate) fn open_document(kind: &str, styles: &str, body: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("mimetype", stored).unwrap();
    let media_type = format!("application/vnd.oasis.opendocument.{kind}");
    writer.write_all(media_type.as_bytes()).unwrap();
    writer.start_file("content.xml", stored).unwrap();
    let content = format!(
        "<office:document-content {O}><office:automatic-styles>{styles}</office:automatic-styles>\
        <office:body>{body}</office:body></office:document-content>"
    );
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn texts_of_open_document_are_read_as_they_show() {
    let styles = "<style:style style:name=\"T1\" style:family=\"text\">\
    <style:text-properties text:display=\"none\"/></style:style>";
    let body = "<office:text><text:tracked-changes><text:changed-region text:id=\"c1\"><text:deletion>\
    <office:change-info/>\
        <text:p>an old sentence</text:p></text:deletion></text:changed-region></text:tracked-changes>\
        <text:p>The ferry sails <text:change text:change-id=\"c1\"/>at noon.<text:span text:style-name=\"T1\"> secret fare</text:span></text:p>\
        <text:p><text:hidden-paragraph text:is-hidden=\"true\"/>secret plan</text:p>\
        <table:table><table:table-column table:number-columns-repeated=\"2\"/>\
        <table:table-row><table:table-cell><text:p>Team<text:line-break/>name</text:p></table:table-cell>\
        <table:table-cell><text:p>Shift</text:p></table:table-cell></table:table-row>\
        <table:table-row><table:table-cell table:number-rows-spanned=\"2\"><text:p>Dock</text:p>\
        </table:table-cell><table:table-cell><text:p>early</text:p></table:table-cell></table:table-row>\
        <table:table-row><table:covered-table-cell/><table:table-cell><text:p>late</text:p></table:table-cell>\
        </table:table-row>\
        </table:table></office:text>";
    let text = text(&open_document("text", styles, body), "a.odt");
    assert!(text.contains("The ferry sails at noon."), "{text}");
    assert!(text.contains("| Team name | Shift |"), "{text}");
    assert!(text.contains("| Dock | late |"), "{text}");
    assert!(
        !text.contains("old sentence") && !text.contains("secret"),
        "{text}"
    );
}

#[test]
fn workbooks_of_open_document_are_read_as_they_show() {
    let styles = "<style:style style:name=\"ta2\" style:family=\"table\">\
    <style:table-properties table:display=\"false\"/></style:style>";
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let body = format!(
        "<office:spreadsheet><table:tracked-changes><table:cell-content-change><text:p>old value</text:p>\
        </table:cell-content-change></table:tracked-changes>\
        <table:table table:name=\"Fuel\"><table:table-row table:number-rows-repeated=\"3\">\
        <table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>\
        <table:table-row>{}{}{}</table:table-row>\
        <table:table-row><table:table-cell table:number-rows-spanned=\"2\"><text:p>Quay</text:p>\
        </table:table-cell>{}<table:table-cell office:value=\"0.375\"><text:p>37,50 %</text:p><office:annotation>\
        <text:p>a remark</text:p></office:annotation></table:table-cell></table:table-row>\
        <table:table-row><table:covered-table-cell/>{}{}</table:table-row>\
        <table:table-row table:number-rows-repeated=\"1048000\">\
        <table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table>\
        <table:table table:name=\"Rates\" table:style-name=\"ta2\"><table:table-row>{}</table:table-row>\
        </table:table></office:spreadsheet>",
        cell("Depot"),
        cell("Boat"),
        cell("Share"),
        cell("Heron"),
        cell("Teal"),
        cell("1.234,00 €"),
        cell("Internal")
    );
    assert_eq!(
        text(&open_document("spreadsheet", styles, &body), "a.ods"),
        "## Fuel\n\n| Depot | Boat | Share |\n| --- | --- | --- |\n| Quay | Heron | 37,50 % |\n| Quay | Teal | 1.234,00 € |\n\n\
         ## Rates (hidden sheet)\n\nInternal"
    );
    let bomb = format!(
        "<office:spreadsheet><table:table table:name=\"x\"><table:table-row table:number-rows-repeated=\"1048576\">\
        <table:table-cell table:number-columns-repeated=\"99999999999\"><text:p>{}</text:p></table:table-cell>\
        </table:table-row></table:table></office:spreadsheet>",
        "long ".repeat(100)
    );
    let failure = extract(&open_document("spreadsheet", "", &bomb), "a.ods").unwrap_err();
    assert_eq!(failure.code, FailureCode::TooLarge);
}

#[test]
fn presentations_of_open_document_mark_hidden_slides() {
    let styles = "<style:style style:name=\"dp2\" style:family=\"drawing-page\">\
    <style:drawing-page-properties presentation:visibility=\"hidden\"/></style:style>";
    let page = |style: &str, words: &str| {
        format!(
            "<draw:page draw:name=\"p\" draw:style-name=\"{style}\"><draw:frame><draw:text-box>\
            <text:p>{words}</text:p></draw:text-box></draw:frame></draw:page>"
        )
    };
    let body = format!(
        "<office:presentation>{}{}</office:presentation>",
        page("dp1", "Open words"),
        page("dp2", "Veiled words")
    );
    let text = text(&open_document("presentation", styles, &body), "a.odp");
    let place = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("{words}: {text}"))
    };
    assert!(place("Open words") < place("(hidden slide)"));
    assert!(place("(hidden slide)") < place("Veiled words"));
}

/// A book with these chapters, each a name and its page.
fn book(chapters: &[(&str, &str)]) -> Vec<u8> {
    let (mut items, mut order) = (String::new(), String::new());
    for (number, (name, _)) in chapters.iter().enumerate() {
        items.push_str(&format!(
            "<item id=\"c{number}\" href=\"{name}\" media-type=\"application/xhtml+xml\"/>"
        ));
        order.push_str(&format!("<itemref idref=\"c{number}\"/>"));
    }
    let package = format!(
        "<package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\"><metadata/><manifest>{items}</manifest>\
         <spine>{order}</spine></package>"
    );
    let list = "<container xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\" version=\"1.0\"><rootfiles>\
        <rootfile full-path=\"book.opf\" media-type=\"application/oebps-package+xml\"/></rootfiles></container>";
    let mut parts = vec![
        ("mimetype", b"application/epub+zip".as_slice()),
        ("META-INF/container.xml", list.as_bytes()),
        ("book.opf", package.as_bytes()),
    ];
    parts.extend(chapters.iter().map(|(name, page)| (*name, page.as_bytes())));
    container(&parts)
}

#[test]
fn merged_cells_of_books_are_in_each_row_and_column() {
    let chapter = "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>One</title></head><body><h1>Shifts</h1>\
        <p>As of&nbsp;May.<br/>Ask the harbour master.</p><table><tr><th>Team</th><th>Shift</th><th>Hours</th></tr>\
        <tr><td rowspan=\"2\">Dock &amp; quay</td><td>early</td><td>8</td></tr><tr><td>late</td><td>6</td></tr>\
        <tr><td colspan=\"2\">Office</td><td>5</td></tr></table><p>The end.</p></body></html>";
    let other = "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>Two</title></head><body><h1>Moorings</h1>\
        <p>They are paid in spring.</p></body></html>";
    // A chapter is one in a folder of pictures too.
    let bytes = book(&[("one.xhtml", chapter), ("text/media/two.xhtml", other)]);
    let text = text(&bytes, "a.epub");
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = text.lines().map(words).collect();
    for line in [
        "# Shifts",
        "| Team | Shift | Hours |",
        "| Dock & quay | early | 8 |",
        "| Dock & quay | late | 6 |",
        "| Office | Office | 5 |",
        "The end.",
        "They are paid in spring.",
    ] {
        assert!(lines.iter().any(|other| other == line), "{line}: {text}");
    }
}

#[test]
fn years_over_halves_of_years_become_one_header() {
    for (above, below, names) in [
        (
            ["2031", "", "2032"],
            ["H1", "H2", "H1", "H2"],
            "| Kiln | 2031 H1 | 2031 H2 | 2032 H1 | 2032 H2 |",
        ),
        (
            ["Q1", "", "Q2"],
            ["2031", "2032", "2031", "2032"],
            "| Kiln | Q1 2031 | Q1 2032 | Q2 2031 | Q2 2032 |",
        ),
    ] {
        let text = one_sheet(
            &[
                &["Kiln", above[0], above[1], above[2], ""],
                &["", below[0], below[1], below[2], below[3]],
                &["East", "5", "6", "7", "8"],
                &["West", "9", "4", "3", "2"],
            ],
            &["A1:A2", "B1:C1", "D1:E1"],
        );
        assert!(text.contains(names), "{text}");
    }
}
