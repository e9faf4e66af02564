//! PDFs of text and pictures, as simple as they can be.

use std::fmt::Write;

/// A page: words and pictures on it.
#[derive(Default)]
pub(crate) struct Page {
    content: String,
}

impl Page {
    /// Lines of these words, from the top on.
    pub(crate) fn lines(mut self, words: &str, count: usize) -> Self {
        for line in 0..count {
            let y = 780 - 14 * line;
            writeln!(self.content, "BT /F 10 Tf 40 {y} Td ({words}) Tj ET").unwrap();
        }
        self
    }

    /// A picture of this size at this place from the lower left.
    pub(crate) fn picture(mut self, (x, y): (u32, u32), (width, height): (u32, u32)) -> Self {
        writeln!(self.content, "q {width} 0 0 {height} {x} {y} cm /I Do Q").unwrap();
        self
    }
}

/// A PDF of these pages with this area, such as `0 0 595 842`.
pub(crate) fn pdf(area: &str, pages: &[Page]) -> Vec<u8> {
    let kids: String = (0..pages.len())
        .map(|page| format!("{} 0 R ", 5 + 2 * page))
        .collect();
    let picture = "00FF808040FF10A0C0E020"; // Two by two pixels, as hexadecimal digits.
    let mut objects = vec![
        "<</Type /Catalog /Pages 2 0 R>>".to_owned(),
        format!("<</Type /Pages /Kids [{kids}] /Count {}>>", pages.len()),
        "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>".to_owned(),
        format!(
            "<</Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceRGB /BitsPerComponent 8 \
             /Filter /ASCIIHexDecode /Length {}>>\nstream\n{picture}90>\nendstream",
            picture.len() + 3
        ),
    ];
    for (index, page) in pages.iter().enumerate() {
        objects.push(format!(
            "<</Type /Page /Parent 2 0 R /MediaBox [{area}] /Contents {} 0 R \
             /Resources <</Font <</F 3 0 R>> /XObject <</I 4 0 R>>>>>>",
            6 + 2 * index
        ));
        let content = &page.content;
        objects.push(format!(
            "<</Length {}>>\nstream\n{content}endstream",
            content.len()
        ));
    }
    file(&objects)
}

fn file(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let table = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in offsets {
        writeln!(file, "{offset:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(
        file,
        "trailer <</Root 1 0 R/Size {size}>>\nstartxref\n{table}\n%%EOF"
    )
    .unwrap();
    file.into_bytes()
}
