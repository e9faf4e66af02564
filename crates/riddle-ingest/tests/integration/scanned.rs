//! Which pages of a PDF are pictures that have to be read.

use riddle_ingest::PictureLimits;

use crate::pdf::{Page, pdf};
use crate::pictures::{PICTURES, read, read_with};

const A4: &str = "0 0 595 842";
const SENTENCE: &str = "Otters live by the river and eat what they catch there.";

fn text_page() -> Page {
    Page::default().lines(SENTENCE, 12)
}

fn scan() -> Page {
    Page::default().picture((0, 0), (595, 842))
}

#[test]
fn pages_that_are_mostly_picture_are_read_and_others_are_not() {
    let pages = [
        text_page(),
        scan(),
        // A stamp on a scan.
        scan().lines("Received on 3 May", 1),
        // A photo on a page of text, and text over a picture that fills the page.
        text_page().picture((40, 40), (500, 400)),
        text_page().picture((0, 0), (595, 842)),
        // A small picture and its caption.
        Page::default()
            .lines("Figure 1 An otter", 1)
            .picture((40, 400), (250, 200)),
        // A scan in strips.
        Page::default()
            .lines("Received on 4 May", 1)
            .picture((0, 0), (595, 421))
            .picture((0, 421), (595, 421)),
        Page::default(),
    ];
    let text = read(&pdf(A4, &pages)).expect("text");
    assert_eq!(text.recognised_pages.to_string(), "2-3, 7", "{}", text.text);
    assert_eq!(text.unread_pages, 0);
    for stamp in ["3 May", "4 May", "Figure 1"] {
        assert!(text.text.contains(stamp), "{stamp}: {}", text.text);
    }
    let own = read(&pdf(A4, &[text_page(), text_page()])).expect("text");
    assert!(own.recognised_pages.is_empty());
}

#[test]
fn a_page_is_read_whichever_corners_of_it_are_named() {
    let ordered = read(&pdf(A4, &[scan()])).expect("text").text;
    let (width, height) = ordered.split_once(" by ").expect("two numbers");
    let [width, height] = [width, height].map(|side| side.parse::<u32>().expect("a number"));
    assert!(width > 1_000 && height > width, "{ordered}");
    for area in ["595 842 0 0", "595 0 0 842", "0 842 595 0"] {
        assert_eq!(
            read(&pdf(area, &[scan()])).expect("text").text,
            ordered,
            "{area}"
        );
        let own = read(&pdf(area, &[text_page()])).expect("text");
        assert!(own.text.contains("Otters live"), "{area}: {}", own.text);
    }
}

/// As a long receipt, or a page of the web that was printed as one.
#[test]
fn a_long_page_keeps_letters_that_can_be_read() {
    let page = Page::default().picture((0, 0), (300, 3_000));
    let file = pdf("0 0 300 3000", &[page]);
    for (pixels, widths) in [(40_000_000, 1_300..1_500), (4_000_000, 600..633)] {
        let limits = PictureLimits { pixels, ..PICTURES };
        let text = read_with(limits, &file).expect("text").text;
        let (width, height) = text.split_once(" by ").expect("two numbers");
        let [width, height] = [width, height].map(|side| side.parse::<u32>().expect("a number"));
        assert!(widths.contains(&width) && height > width * 9, "{text}");
    }
}
