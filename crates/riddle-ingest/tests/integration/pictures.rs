//! Documents whose pages are pictures, with a reader that reads their sizes.

use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use riddle_core::{
    ExtractError, ExtractedText, ExtractionWatch, Extractor, Failure, FailureCode, PagesRead,
    Unwatched,
};
use riddle_ingest::{
    ExtractionLimits, ExtractorOptions, PictureLimits, PictureOptions, PictureProgram,
    WorkerExtractor,
};

use crate::support::{LIMITS, failure_of, temporary};

pub(crate) const PICTURES: PictureLimits = PictureLimits {
    pages: 10,
    pixels: 4_000_000,
    memory_bytes: 1 << 30,
    page_time: Duration::from_secs(30),
    document_time: Duration::from_secs(60),
    threads: 1,
};
const GREY: [u8; 3] = [90, 90, 90];
const CRASHES: [u8; 3] = [255, 0, 0];
const HANGS: [u8; 3] = [0, 0, 255];

#[derive(Debug)]
struct Fake(Result<&'static str, &'static str>);

impl PictureProgram for Fake {
    fn arguments(&self) -> Result<Vec<String>, String> {
        self.0
            .map(|word| vec![word.to_owned()])
            .map_err(str::to_owned)
    }
}

fn extractor(limits: PictureLimits, program: Fake) -> WorkerExtractor {
    extractor_of(LIMITS, limits, program)
}

fn extractor_of(
    of_document: ExtractionLimits,
    limits: PictureLimits,
    program: Fake,
) -> WorkerExtractor {
    WorkerExtractor::new(ExtractorOptions {
        program: env!("CARGO_BIN_EXE_riddle-fake-picture-reader").into(),
        arguments: Vec::new(),
        limits: of_document,
        pictures: Some(PictureOptions {
            program: Arc::new(program),
            limits,
        }),
    })
}

pub(crate) fn read_with(limits: PictureLimits, bytes: &[u8]) -> Result<ExtractedText, Failure> {
    let file = temporary(bytes);
    let outcome =
        extractor(limits, Fake(Ok("pictures"))).extract(file.path(), "a", None, &Unwatched);
    outcome.map_err(failure_of)
}

pub(crate) fn read(bytes: &[u8]) -> Result<ExtractedText, Failure> {
    read_with(PICTURES, bytes)
}

fn code(outcome: Result<ExtractedText, Failure>) -> FailureCode {
    outcome.expect_err("it has no text").code
}

/// A picture of one colour, in which something is drawn.
fn coloured(width: u32, height: u32, colour: [u8; 3]) -> DynamicImage {
    let mut picture = RgbImage::from_pixel(width, height, Rgb(colour));
    picture.put_pixel(width - 1, height - 1, Rgb([0; 3]));
    picture.into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// A TIFF of pages of one colour each, uncompressed. In all but white ones something is drawn.
fn tiff(pages: &[(u16, [u8; 3])]) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (side, colour) in pages {
        let strip = bytes.len() as u32;
        bytes.extend(colour.repeat(usize::from(*side) * usize::from(*side)));
        if *colour != [255; 3] {
            bytes.truncate(bytes.len() - 3);
            bytes.extend([0; 3]);
        }
        let bits = bytes.len() as u32;
        bytes.extend([8, 0, 8, 0, 8, 0]);
        let directory = bytes.len() as u32;
        bytes[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        let side = u32::from(*side);
        // Width, height, bits, no compression, RGB, strip, samples, rows of the strip, bytes of the strip.
        let entries = [
            (256, 4, 1, side),
            (257, 4, 1, side),
            (258, 3, 3, bits),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (273, 4, 1, strip),
            (277, 3, 1, 3),
            (278, 4, 1, side),
            (279, 4, 1, side * side * 3),
        ];
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            bytes.extend(u16::to_le_bytes(tag));
            bytes.extend(u16::to_le_bytes(kind));
            bytes.extend(u32::to_le_bytes(count));
            bytes.extend(u32::to_le_bytes(value));
        }
        link = bytes.len();
        bytes.extend([0; 4]);
    }
    bytes
}

#[test]
fn pictures_of_every_format_are_read_as_one_page() {
    let picture = coloured(60, 40, GREY);
    for (format, media_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Tiff, "image/tiff"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Bmp, "image/bmp"),
        (ImageFormat::Gif, "image/gif"),
    ] {
        let text = read(&encoded(&picture, format)).expect(media_type);
        assert_eq!(text.text, "60 by 40", "{media_type}");
        assert_eq!(text.media_type, media_type);
        let pages: Vec<u32> = text.pages.iter().map(|page| page.number).collect();
        assert_eq!(pages, [1], "{media_type}");
        assert_eq!(text.recognised_pages.to_string(), "1", "{media_type}");
    }
}

#[test]
fn a_large_picture_is_made_smaller_and_a_clear_one_lies_on_white() {
    let limits = PictureLimits {
        pixels: 20_000_000,
        ..PICTURES
    };
    let large = encoded(&coloured(4_000, 3_000, GREY), ImageFormat::Png);
    let large = read_with(limits, &large);
    assert_eq!(large.expect("text").text, "3200 by 2400");
    let clear = image::RgbaImage::from_pixel(20, 20, image::Rgba([0, 0, 0, 0]));
    let blank = read(&encoded(&clear.into(), ImageFormat::Png));
    assert_eq!(code(blank), FailureCode::NoText);
}

/// As a page of the web that was saved as one picture.
#[test]
fn a_strip_keeps_letters_that_can_be_read() {
    let tall = read(&encoded(&coloured(400, 6_000, GREY), ImageFormat::Png));
    assert_eq!(tall.expect("text").text, "400 by 6000");
}

#[test]
fn white_words_on_nothing_are_seen() {
    let mut picture = image::RgbaImage::from_pixel(20, 10, image::Rgba([255, 255, 255, 0]));
    picture.put_pixel(5, 5, image::Rgba([255; 4]));
    let text = read(&encoded(&picture.into(), ImageFormat::Png));
    assert_eq!(text.expect("text").text, "20 by 10");
}

#[test]
fn a_jpeg_that_is_cut_is_read_and_says_so() {
    let noise = RgbImage::from_fn(400, 300, |x, y| {
        let value = |by: u32| u8::try_from((x * by + y * (by + 4)) % 251).unwrap_or(0);
        Rgb([value(7), value(31), value(57)])
    });
    let whole = encoded(&noise.into(), ImageFormat::Jpeg);
    let cut_pages = |bytes: &[u8]| {
        let text = read(bytes).expect("text");
        assert_eq!(text.text, "400 by 300");
        text.missing.cut_pages.to_string()
    };
    assert_eq!(cut_pages(&whole), "");
    assert_eq!(cut_pages(&whole[..whole.len() / 2]), "1");
}

#[test]
fn of_an_animation_the_first_picture_is_read_and_the_others_are_counted() {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for shade in [90, 120, 150] {
        let frame = coloured(60, 40, [shade; 3]).to_rgba8();
        encoder
            .encode_frame(image::Frame::new(frame))
            .expect("encoded");
    }
    drop(encoder);
    let text = read(&bytes).expect("text");
    assert_eq!(
        (text.text.as_str(), text.missing.unread_frames),
        ("60 by 40", 2)
    );
    let still = read(&encoded(&coloured(60, 40, GREY), ImageFormat::Gif)).expect("text");
    assert_eq!(still.missing.unread_frames, 0);
}

/// Has no time for pictures, or has and notes how far they are.
struct Noting {
    has_time: bool,
    pages: Mutex<Vec<(u32, u32)>>,
}

impl ExtractionWatch for Noting {
    fn is_wanted(&self) -> bool {
        true
    }

    fn pictures_begin(&self) -> bool {
        self.has_time
    }

    fn pages_read(&self, pages: PagesRead) {
        self.pages.lock().unwrap().push((pages.read, pages.total));
    }
}

#[test]
fn pictures_wait_for_whoever_has_time_and_tell_how_far_they_are() {
    let file = temporary(&tiff(&[(10, GREY), (20, GREY), (30, GREY)]));
    let limits = PictureLimits {
        pages: 2,
        ..PICTURES
    };
    let extractor = extractor(limits, Fake(Ok("pictures")));
    let outcome_for = |has_time| {
        let watch = Noting {
            has_time,
            pages: Mutex::default(),
        };
        let outcome = extractor.extract(file.path(), "a", None, &watch);
        (outcome, watch.pages.into_inner().unwrap())
    };
    let (outcome, pages) = outcome_for(false);
    assert!(matches!(outcome, Err(ExtractError::Later)), "{outcome:?}");
    assert_eq!(pages, []);
    let (outcome, pages) = outcome_for(true);
    assert_eq!(outcome.expect("text").unread_pages, 1);
    assert_eq!(pages.first(), Some(&(0, 1)));
    assert_eq!(pages[1..], [(1, 2), (2, 2), (2, 2)]);
}

#[test]
fn pages_beyond_the_limit_are_counted_as_unread() {
    let pages: Vec<(u16, [u8; 3])> = (1..=5).map(|side| (side * 10, GREY)).collect();
    let all = read(&tiff(&pages)).expect("text");
    assert_eq!(
        all.text,
        "10 by 10\n\n20 by 20\n\n30 by 30\n\n40 by 40\n\n50 by 50"
    );
    assert_eq!(
        (all.recognised_pages.to_string().as_str(), all.unread_pages),
        ("1-5", 0)
    );
    let limits = PictureLimits {
        pages: 2,
        ..PICTURES
    };
    let some = read_with(limits, &tiff(&pages)).expect("text");
    assert_eq!(
        (
            some.recognised_pages.to_string().as_str(),
            some.unread_pages
        ),
        ("1-2", 3)
    );
}

/// Each page is short enough, and all together are not.
#[test]
fn pages_with_more_text_together_than_a_document_may_have_are_too_large() {
    // "10 by 10" and two like it, with blank lines between them, are 28 bytes.
    let file = temporary(&tiff(&[(10, GREY), (20, GREY), (30, GREY)]));
    let outcome_of = |output_bytes| {
        let of_document = ExtractionLimits {
            output_bytes,
            ..LIMITS
        };
        let extractor = extractor_of(of_document, PICTURES, Fake(Ok("pictures")));
        let outcome = extractor.extract(file.path(), "a", None, &Unwatched);
        outcome.map_err(failure_of)
    };
    for too_few in [20, 27] {
        assert_eq!(code(outcome_of(too_few)), FailureCode::TooLarge);
    }
    assert_eq!(
        outcome_of(28).expect("text").text,
        "10 by 10\n\n20 by 20\n\n30 by 30"
    );
}

#[test]
fn a_page_that_ends_the_reader_costs_the_others_nothing() {
    let pages = [(10, GREY), (20, CRASHES), (30, GREY), (40, [255; 3])];
    let text = read(&tiff(&pages)).expect("text");
    assert_eq!(text.text, "10 by 10\n\n30 by 30");
    assert_eq!(
        (
            text.recognised_pages.to_string().as_str(),
            text.unread_pages
        ),
        ("1, 3", 1)
    );
    assert_eq!(
        code(read(&tiff(&[(20, CRASHES)]))),
        FailureCode::ParserCrashed
    );
    // One that ends it again and again is not started for each page anew.
    let all = read(&tiff(&[(10, CRASHES); 9]));
    assert_eq!(code(all), FailureCode::ParserCrashed);
}

#[test]
fn a_page_that_takes_too_long_fails_by_itself() {
    let limits = PictureLimits {
        page_time: Duration::from_secs(2),
        ..PICTURES
    };
    let failed = read_with(limits, &tiff(&[(20, HANGS)])).expect_err("too long");
    assert_eq!(failed.code, FailureCode::ParserTimeout);
    assert!(
        failed.message.contains("ocr.page_seconds"),
        "{}",
        failed.message
    );
}

#[test]
fn bombs_and_broken_pictures_fail_with_a_code() {
    let mut bomb = encoded(&coloured(30, 30, GREY), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 255, 255, 0, 0, 255, 255]);
    // The checksum of the header that says so.
    let checksum = crc32(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&checksum);
    let failed = read(&bomb).expect_err("too large");
    assert_eq!(failed.code, FailureCode::TooLarge, "{}", failed.message);
    assert!(
        failed.message.contains("ocr.max_megapixels"),
        "{}",
        failed.message
    );

    let jpeg = encoded(&coloured(300, 300, GREY), ImageFormat::Jpeg);
    for broken in [
        &jpeg[..20],
        &b"\x89PNG\r\n\x1a\n"[..],
        b"II*\0\xff\xff\xff\xff",
        b"GIF89a\xff",
    ] {
        let code = code(read(broken));
        assert!(
            matches!(code, FailureCode::Malformed | FailureCode::TooLarge),
            "{code:?}"
        );
    }
}

#[test]
fn without_a_reader_the_text_says_how_to_get_one() {
    let picture = encoded(&coloured(30, 30, GREY), ImageFormat::Png);
    let file = temporary(&picture);
    let missing = extractor(PICTURES, Fake(Err("fetch a model and retry")));
    let failed = failure_of(
        missing
            .extract(file.path(), "a.png", None, &Unwatched)
            .unwrap_err(),
    );
    assert_eq!(failed.code, FailureCode::NoText);
    assert!(
        failed.message.ends_with("fetch a model and retry"),
        "{}",
        failed.message
    );
    let broken = extractor(PICTURES, Fake(Ok("broken")));
    let failed = failure_of(
        broken
            .extract(file.path(), "a.png", None, &Unwatched)
            .unwrap_err(),
    );
    assert_eq!(failed.code, FailureCode::Internal);
    assert!(failed.message.contains("as told"), "{}", failed.message);
}

/// Wants the text until its pictures are read.
#[derive(Default)]
struct Impatient(AtomicBool);

impl ExtractionWatch for Impatient {
    fn is_wanted(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }

    fn pictures_begin(&self) -> bool {
        self.0.store(true, Ordering::Relaxed);
        true
    }

    fn pages_read(&self, _pages: PagesRead) {}
}

#[test]
fn a_text_that_nobody_wants_any_more_is_given_up() {
    let file = temporary(&tiff(&[(20, HANGS)]));
    let watch = Impatient::default();
    let outcome = extractor(PICTURES, Fake(Ok("pictures"))).extract(file.path(), "a", None, &watch);
    assert!(
        matches!(outcome, Err(ExtractError::Unwanted)),
        "{outcome:?}"
    );
}

#[test]
fn pages_of_a_pdf_with_text_of_their_own_are_not_read() {
    let scans = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/scans");
    let mixed = read(&std::fs::read(format!("{scans}/mixed.pdf")).expect("committed"));
    let mixed = mixed.expect("text");
    assert_eq!(mixed.recognised_pages.to_string(), "2, 4");
    let numbers: Vec<u32> = mixed.pages.iter().map(|page| page.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let order = ["otters", " by ", "badgers", " by "].map(|word| word.to_owned());
    let mut rest = mixed.text.as_str();
    for word in order {
        let at = rest
            .find(&word)
            .unwrap_or_else(|| panic!("{word}: {}", mixed.text));
        rest = &rest[at + word.len()..];
    }
    // As high as it is when it lies on its side.
    let rotated = read(&std::fs::read(format!("{scans}/rotated.pdf")).expect("committed"));
    let text = rotated.expect("text").text;
    let (width, height) = text.split_once(" by ").expect("two numbers");
    assert!(
        width.parse::<u32>().unwrap() < height.parse::<u32>().unwrap(),
        "{text}"
    );
    // The file says that it lies on its side.
    let turned = read(&std::fs::read(format!("{scans}/orientation.jpg")).expect("committed"));
    assert_eq!(turned.expect("text").text, "992 by 1402");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}
