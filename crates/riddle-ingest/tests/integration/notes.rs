//! Notes and comments of texts stand behind what refers to them, under the numbers that readers see.

use crate::hostile::container;
use crate::office::{TYPES, W, open_document, p, r, relations, tbl, text};

/// A DOCX with this body, and parts of notes: kind, and id and text of each.
fn noted(body: &str, notes: &[(&str, &[(&str, &str)])]) -> String {
    let main = relations(&[("rId1", "officeDocument", "word/document.xml")]);
    let document = format!("<w:document {W}><w:body>{body}</w:body></w:document>");
    let mut parts = vec![
        ("_rels/.rels".to_owned(), main),
        ("word/document.xml".to_owned(), document),
    ];
    for (kind, all) in notes {
        let mut xml = format!("<w:{kind}s {W}>");
        for id in ["-1", "0"] {
            let rule = "<w:p><w:r><w:separator/></w:r></w:p>";
            xml.push_str(&format!(
                "<w:{kind} w:type=\"separator\" w:id=\"{id}\">{rule}</w:{kind}>"
            ));
        }
        for (id, words) in *all {
            let words = p(&r(words));
            xml.push_str(&format!("<w:{kind} w:id=\"{id}\">{words}</w:{kind}>"));
        }
        xml.push_str(&format!("</w:{kind}s>"));
        parts.push((format!("word/{kind}s.xml"), xml));
    }
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, xml)| (name.as_str(), xml.as_bytes()))
        .collect();
    text(&container(&[&[TYPES], parts.as_slice()].concat()), "a.docx")
}

fn refer(kind: &str, id: &str) -> String {
    format!(
        "<w:r><w:rPr><w:vertAlign w:val=\"superscript\"/></w:rPr><w:{kind}Reference w:id=\"{id}\"/></w:r>"
    )
}

fn row(cells: &[String]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| format!("<w:tc>{}</w:tc>", p(cell)))
        .collect();
    format!("<w:tr>{cells}</w:tr>")
}

#[test]
fn notes_of_texts_stand_behind_what_refers_to_them() {
    let [first, second] = ["1", "2"].map(|id| refer("footnote", id));
    let body = [
        p(&format!(
            "{}{second}{}{first}",
            r("Bolts are counted"),
            r(" in the hall.")
        )),
        p(&format!(
            "{}{}",
            r("Nuts come in bags."),
            refer("endnote", "1")
        )),
        tbl(&format!(
            "{}{}",
            row(&[r("Part"), r("Price")]),
            row(&[r("Rivet"), format!("{}{}", r("5"), refer("footnote", "3"))])
        )),
        p(&format!(
            "{}{}{second}",
            r("Reviewed."),
            refer("comment", "7")
        )),
        p(&format!("{}{}", r("Lost."), refer("footnote", "99"))),
    ]
    .concat();
    let footnotes = [
        ("1", "Hall B."),
        ("2", "Nine per crate."),
        ("3", "Without tax."),
    ];
    let read = noted(
        &body,
        &[
            ("footnote", &footnotes),
            ("endnote", &[("1", "Bags of seven.")]),
            ("comment", &[("7", "Ask Ida.")]),
        ],
    );
    assert_eq!(
        read,
        "Bolts are counted[^1] in the hall.[^2]\n\n[^1]: Nine per crate.\n\n[^2]: Hall B.\n\n\
         Nuts come in bags.[^i]\n\n[^i]: Bags of seven.\n\n\
         | Part | Price |\n| --- | --- |\n| Rivet | 5[^3] |\n\n[^3]: Without tax.\n\n\
         Reviewed.[^c1][^1]\n\n[^c1]: Ask Ida.\n\nLost."
    );
}

#[test]
fn changes_in_notes_count_as_accepted() {
    let body = p(&format!(
        "{}{}",
        r("The rent is due."),
        refer("footnote", "1")
    ));
    let note = "In May</w:t></w:r><w:del w:id=\"2\"><w:r><w:delText>June</w:delText></w:r></w:del><w:r><w:t>.";
    let read = noted(&body, &[("footnote", &[("1", note)])]);
    assert_eq!(read, "The rent is due.[^1]\n\n[^1]: In May.");
}

#[test]
fn what_stands_beside_paragraphs_of_open_document_is_read_once() {
    let note = |class: &str, number: &str, words: &str| {
        format!(
            "<text:note text:note-class=\"{class}\"><text:note-citation>{number}</text:note-citation>\
             <text:note-body><text:p>{words}</text:p></text:note-body></text:note>"
        )
    };
    let body = format!(
        "<office:text><text:h text:outline-level=\"1\">Ferry</text:h>\
         <text:p>Tickets{} are sold{} on board.\
         <office:annotation><text:p>Ask Ida.</text:p></office:annotation></text:p>\
         <text:p>Beside it:\
         <draw:frame><draw:text-box><text:p>Mind the step.</text:p></draw:text-box></draw:frame></text:p>\
         <text:p>The end.</text:p></office:text>",
        note("footnote", "1", "Children travel free."),
        note("endnote", "i", "Since May.")
    );
    let read = text(&open_document("text", "", &body), "a.odt");
    assert_eq!(
        read,
        "# Ferry\n\nTickets[^1] are sold[^i] on board.[^c1]\n\n[^1]: Children travel free.\n\n[^i]: Since May.\n\n\
         [^c1]: Ask Ida.\n\nBeside it:\n\nMind the step.\n\nThe end."
    );
}
