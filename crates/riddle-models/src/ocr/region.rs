//! Connected regions of a map of bits.

use super::rectangle::Point;

/// Most regions of a page. A page full of specks has more, and none of them is text.
const MOST: usize = 3_000;

/// The ends of a region in each of its rows, which its hull is made of.
pub(super) type Ends = Vec<Point>;

/// The regions of `bits`, rows of `width`, that are connected by sides or corners, those with more pixels first.
pub(super) fn regions(bits: &mut [bool], width: usize) -> Vec<Ends> {
    let mut found: Vec<(usize, Ends)> = Vec::new();
    for start in 0..bits.len() {
        if bits[start] {
            found.push(take(bits, width, start));
        }
    }
    found.sort_by_key(|(pixels, _)| std::cmp::Reverse(*pixels));
    found.truncate(MOST);
    found.into_iter().map(|(_, ends)| ends).collect()
}

/// Clears the region around `start` and returns its number of pixels and its ends.
fn take(bits: &mut [bool], width: usize, start: usize) -> (usize, Ends) {
    let height = bits.len() / width;
    let mut rows: std::collections::BTreeMap<usize, (usize, usize)> =
        std::collections::BTreeMap::new();
    let mut open = vec![start];
    bits[start] = false;
    let mut pixels = 0;
    while let Some(at) = open.pop() {
        pixels += 1;
        let (x, y) = (at % width, at / width);
        let ends = rows.entry(y).or_insert((x, x));
        *ends = (ends.0.min(x), ends.1.max(x));
        for row in y.saturating_sub(1)..=(y + 1).min(height - 1) {
            for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                let next = row * width + column;
                if bits[next] {
                    bits[next] = false;
                    open.push(next);
                }
            }
        }
    }
    let point = |x: usize, y: usize| Point {
        x: x as f32,
        y: y as f32,
    };
    let ends = rows
        .into_iter()
        .flat_map(|(y, (left, right))| [point(left, y), point(right, y)])
        .collect();
    (pixels, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions_of(rows: &[&str]) -> Vec<Ends> {
        let mut bits: Vec<bool> = rows.concat().bytes().map(|byte| byte == b'#').collect();
        regions(&mut bits, rows[0].len())
    }

    #[test]
    fn corners_connect_and_gaps_do_not() {
        let found = regions_of(&["##...#", "..#...", "..#..#"]);
        assert_eq!(found.len(), 3);
        let first: Vec<(f32, f32)> = found[0].iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(
            first,
            [
                (0.0, 0.0),
                (1.0, 0.0),
                (2.0, 1.0),
                (2.0, 1.0),
                (2.0, 2.0),
                (2.0, 2.0)
            ]
        );
    }

    #[test]
    fn a_map_full_of_specks_is_bounded() {
        let width = 401;
        let mut bits: Vec<bool> = (0..width * 201)
            .map(|at| (at % width) % 2 == 0 && (at / width) % 2 == 0)
            .collect();
        assert_eq!(regions(&mut bits, width).len(), MOST);
    }
}
