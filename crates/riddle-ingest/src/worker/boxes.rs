//! Areas of PDF pages, whose corners may be named in any order. The library takes them for lower left and upper right.

const NAMES: [&[u8]; 2] = [b"/MediaBox", b"/CropBox"];

/// Names the lower left corner first wherever an area stands in the file as it is. The file stays as long as it was, so
/// that all its offsets hold.
pub(super) fn order_corners(pdf: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = pdf[at..].iter().position(|byte| *byte == b'/') {
        at += found;
        let name = NAMES.iter().find(|name| pdf[at..].starts_with(name));
        at += name.map_or(1, |name| name.len());
        if name.is_some()
            && let Some(numbers) = numbers(&pdf[at..])
        {
            let numbers = numbers.map(|(start, end)| (start + at, end + at));
            order(pdf, numbers);
        }
    }
}

/// From where to where the four numbers of an array reach.
fn numbers(after: &[u8]) -> Option<[(usize, usize); 4]> {
    const LONGEST: usize = 200;
    let after = &after[..after.len().min(LONGEST)];
    let open = after.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if after[open] != b'[' {
        return None;
    }
    let mut at = open + 1;
    let mut found = [(0, 0); 4];
    for place in &mut found {
        let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
        let start = at
            + after[at..]
                .iter()
                .position(|byte| !byte.is_ascii_whitespace())?;
        let end = start + after[start..].iter().position(|byte| !is_number(byte))?;
        *place = (start, end);
        at = end;
    }
    let close = after[at..]
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())?;
    (*close == b']').then_some(found)
}

fn order(pdf: &mut [u8], places: [(usize, usize); 4]) {
    let written = places.map(|(start, end)| pdf[start..end].to_vec());
    let value = |at: usize| {
        let text = std::str::from_utf8(&written[at]).ok()?;
        text.parse::<f64>().ok()
    };
    let [Some(x0), Some(y0), Some(x1), Some(y1)] = [0, 1, 2, 3].map(value) else {
        return;
    };
    let mut order = [0, 1, 2, 3];
    if x0 > x1 {
        order.swap(0, 2);
    }
    if y0 > y1 {
        order.swap(1, 3);
    }
    if order == [0, 1, 2, 3] {
        return;
    }
    let (first, last) = (places[0].0, places[3].1);
    let mut ordered = order.map(|at| written[at].clone()).join(&b' ');
    // What stood between the numbers was at least as long.
    ordered.resize((last - first).max(ordered.len()), b' ');
    if ordered.len() == last - first {
        pdf[first..last].copy_from_slice(&ordered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_ordered_in_their_place() {
        for (before, after) in [
            (
                "/MediaBox [612 792 0 0] /X 1",
                "/MediaBox [0 0 612 792] /X 1",
            ),
            ("/MediaBox[0 792 612 0]", "/MediaBox[0 0 612 792]"),
            ("/CropBox [ 9.5  -1\n0 7 ]", "/CropBox [ 0 -1 9.5 7  ]"),
            ("/MediaBox [0 0 612 792]", "/MediaBox [0 0 612 792]"),
            ("/MediaBox [1 0 R 2 0 R]", "/MediaBox [1 0 R 2 0 R]"),
            ("/MediaBox 7 0 R /MediaBox", "/MediaBox 7 0 R /MediaBox"),
            ("/MediaBox [9 9 0", "/MediaBox [9 9 0"),
        ] {
            let mut bytes = before.as_bytes().to_vec();
            order_corners(&mut bytes);
            assert_eq!(String::from_utf8_lossy(&bytes), after);
        }
    }
}
