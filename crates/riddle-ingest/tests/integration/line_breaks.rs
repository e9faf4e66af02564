//! Chinese and Japanese lines of a PDF, which go on in the next without a space.

use std::io::Write;

use riddle_core::{Extractor, Unwatched};

use crate::support::extractor;

/// A PDF of one page with lines at given heights, in points above the bottom, in a font that every reader brings along.
fn pdf(lines: &[(u32, &str)]) -> Vec<u8> {
    let line = |(height, words): &(u32, &str)| {
        let codes: String = words
            .encode_utf16()
            .map(|code| format!("{code:04X}"))
            .collect();
        format!("BT /F1 12 Tf 72 {height} Td <{codes}> Tj ET\n")
    };
    let content: String = lines.iter().map(line).collect();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[5 0 R]/Count 1>>".to_owned(),
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>"
            .to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents 6 0 R>>".to_owned(),
        format!("<</Length {}>>stream\n{content}endstream", content.len()),
    ];
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

fn read(lines: &[(u32, &str)]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&pdf(lines)).unwrap();
    let read = extractor().extract(file.path(), "a.pdf", None, &Unwatched);
    read.unwrap().text
}

#[test]
fn a_line_goes_on_in_the_next_without_a_space() {
    let text = read(&[
        (760, "员工出差返回以后须在十五个工作日之内提交全部票据，"),
        (744, "逾期未提交的视为放弃。财务部收到票据以后按照出差标"),
        (728, "准审核，并在月底之前付款。使用 Riddle 保存的票据不"),
        (712, "需要另外打印。"),
        (650, "住宿费的上限由总经理办公室每年公布一次，各部门按照"),
        (634, "公布的金额执行。"),
    ]);
    for whole in [
        "提交全部票据，逾期未提交的视为放弃。",
        "按照出差标准审核，",
        "使用 Riddle 保存的票据不需要另外打印。",
        "各部门按照公布的金额执行。",
    ] {
        assert!(text.contains(whole), "{whole}: {text}");
    }
    assert!(!text.contains("打印。住宿费"), "paragraphs stay: {text}");
}
