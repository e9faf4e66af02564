use super::*;

fn line(x: f32, y: f32, width: f32, height: f32) -> Rectangle {
    Rectangle {
        center: Point {
            x: x + width / 2.0,
            y: y + height / 2.0,
        },
        along: Point { x: 1.0, y: 0.0 },
        width,
        height,
    }
}

/// What is found in each piece of a page with these lines, in the coordinates of the piece.
fn found(pieces: &Pieces, lines: &[Rectangle]) -> Vec<Vec<Rectangle>> {
    let seen = |start: f32| {
        let shown = Range {
            from: start,
            to: start + pieces.length,
        };
        let cut = |line: &Rectangle| {
            let mut bounds = pieces.bounds(line);
            let common = bounds.along.common(shown);
            bounds.along.from = bounds.along.from.max(shown.from) - start;
            bounds.along.to = bounds.along.to.min(shown.to) - start;
            (common > 2.0).then(|| pieces.rectangle(bounds).expect("corners"))
        };
        lines.iter().filter_map(cut).collect()
    };
    pieces.starts.iter().map(|start| seen(*start)).collect()
}

fn sorted(mut lines: Vec<Rectangle>) -> Vec<(i32, i32, i32, i32)> {
    lines.sort_by(|a, b| {
        a.center
            .y
            .total_cmp(&b.center.y)
            .then(a.center.x.total_cmp(&b.center.x))
    });
    let rounded = |line: &Rectangle| {
        (
            (line.center.x - line.width / 2.0).round() as i32,
            (line.center.y - line.height / 2.0).round() as i32,
            line.width.round() as i32,
            line.height.round() as i32,
        )
    };
    lines.iter().map(rounded).collect()
}

#[test]
fn pages_of_paper_are_one_piece_and_strips_are_several() {
    for (width, height) in [
        (2_480, 3_508),
        (1_000, 2_000),
        (1, 1),
        (300, 1_000),
        (1, 500),
    ] {
        assert!(Pieces::of(width, height).is_none(), "{width} {height}");
    }
    for (width, height, count) in [(1_000, 12_000, 10), (12_000, 1_000, 10), (300, 5_000, 10)] {
        let pieces = Pieces::of(width, height).expect("several");
        assert_eq!(pieces.count(), count, "{width} {height}");
        let last = pieces.starts[count - 1] + pieces.length;
        assert!((last - width.max(height) as f32).abs() <= 1.0, "{last}");
        assert!(pieces.overlap >= pieces.length * OVERLAP - 1.0);
    }
}

#[test]
fn a_piece_is_that_part_of_the_page() {
    let rows = (0..3_000_u32).flat_map(|row| [(row / 256) as u8, (row % 256) as u8, 0].repeat(20));
    let page = Picture::new(20, 3_000, rows.collect()).expect("a page");
    let pieces = Pieces::of(20, 3_000).expect("several");
    for index in 0..pieces.count() {
        let piece = pieces.piece(&page, index).expect("a piece");
        let start = pieces.starts[index] as usize;
        assert_eq!(piece.width(), 20);
        assert_eq!(piece.rgb()[..2], [(start / 256) as u8, (start % 256) as u8]);
        assert!(start + piece.height() <= 3_000);
    }
    assert!(pieces.piece(&page, pieces.count()).is_none());
}

#[test]
fn each_line_of_a_tall_page_is_found_once_wherever_it_stands() {
    let pieces = Pieces::of(1_000, 12_000).expect("several");
    let lines: Vec<Rectangle> = (0_u16..390)
        .map(|row| line(40.0, 20.0 + 30.0 * f32::from(row), 800.0, 26.0))
        .collect();
    let joined = pieces.join(found(&pieces, &lines));
    assert_eq!(sorted(joined), sorted(lines));
}

#[test]
fn lines_that_run_along_a_strip_are_put_together_or_cut_once() {
    let pieces = Pieces::of(6_000, 1_000).expect("several");
    let short = line(1_000.0, 500.0, 1_500.0, 50.0);
    let joined = pieces.join(found(&pieces, &[short]));
    assert_eq!(sorted(joined), [(1_000, 500, 1_500, 50)]);
    let long = line(100.0, 500.0, 5_800.0, 20.0);
    let joined = sorted(pieces.join(found(&pieces, &[long])));
    assert!(joined.len() > 1, "{joined:?}");
    let mut end = 100;
    for (from, _, width, _) in &joined {
        assert!((from - end).abs() <= 1, "{joined:?}");
        end = from + width;
    }
    assert!((end - 5_900).abs() <= 1, "{joined:?}");
}
