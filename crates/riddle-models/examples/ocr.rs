//! Reads pictures in the format PPM and prints their text, for measurements of accuracy and time.
//!
//! `cargo run --release --example ocr -- LIBRARY DETECTOR RECOGNISER THREADS FILE...`; each text goes into FILE.txt

#![expect(clippy::print_stdout, reason = "this program prints its measurements")]

use std::path::PathBuf;
use std::time::Instant;

use riddle_core::{Picture, PictureReader};
use riddle_models::{OcrFiles, PreparedOcr};

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [library, detector, recogniser, threads, pictures @ ..] = &arguments[..] else {
        return Err("ocr LIBRARY DETECTOR RECOGNISER THREADS FILE...".into());
    };
    let files = OcrFiles {
        library: library.clone(),
        detector: detector.clone(),
        recogniser: recogniser.clone(),
    };
    let threads = threads.to_string_lossy().parse()?;
    let mut ocr = PreparedOcr::read(&files)?.open(threads)?;
    for path in pictures {
        let picture = picture(&std::fs::read(path)?).ok_or("not a picture in the format PPM")?;
        let started = Instant::now();
        let text = ocr.read(&picture).map_err(|failure| failure.message)?;
        println!(
            "{} {:.2} s",
            path.display(),
            started.elapsed().as_secs_f64()
        );
        std::fs::write(path.with_extension("txt"), text)?;
    }
    Ok(())
}

/// Of a header such as `P6 640 480 255` and the bytes behind it.
fn picture(bytes: &[u8]) -> Option<Picture> {
    let mut parts = bytes.splitn(5, u8::is_ascii_whitespace);
    let mut part = || std::str::from_utf8(parts.next()?).ok();
    let (magic, width, height, most) = (part()?, part()?, part()?, part()?);
    let rgb = parts.next()?.to_vec();
    let known = magic == "P6" && most == "255";
    let picture = Picture::new(width.parse().ok()?, height.parse().ok()?, rgb);
    picture.filter(|_| known)
}
