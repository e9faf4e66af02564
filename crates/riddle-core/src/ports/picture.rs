use crate::domain::document::Failure;

/// The picture of a page, without transparency, the right way up as far as its file says.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of these bytes, red, green and blue of each pixel, row by row from the top; `None` where their number
    /// is not that of the pixels, or there are none.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Option<Self> {
        let pixels = width.checked_mul(height)?;
        let sound = pixels > 0 && pixels.checked_mul(3) == Some(rgb.len());
        sound.then_some(Self { width, height, rgb })
    }

    /// Pixels of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Red, green and blue of each pixel, row by row from the top.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

/// Reads the text in pictures (OCR).
pub trait PictureReader {
    /// The text of a page in reading order: a line for each paragraph, blank where there is none.
    ///
    /// # Errors
    /// The model does not work.
    fn read(&mut self, page: &Picture) -> Result<String, Failure>;
}
