//! A reader of pictures without a model, for tests of the extractor: it reads a picture's size, and does what the
//! colour of its first pixel says.

use riddle_core::{Failure, Picture, PictureReader};

struct FakeReader;

impl PictureReader for FakeReader {
    fn read(&mut self, page: &Picture) -> Result<String, Failure> {
        match page.rgb()[..3] {
            // A crash of the whole process.
            [255, 0, 0] => std::process::abort(),
            // A hang.
            [0, 0, 255] => loop {
                std::thread::sleep(std::time::Duration::from_secs(1));
            },
            _ => {}
        }
        Ok(format!("{} by {}", page.width(), page.height()))
    }
}

fn main() -> std::process::ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("broken") => {
            riddle_ingest::run_picture_reader(|| Err::<FakeReader, _>("as told".to_owned()))
        }
        Some("pictures") => riddle_ingest::run_picture_reader(|| Ok(FakeReader)),
        _ => riddle_ingest::run_worker(),
    }
}
