//! How many pictures an animation has. Only the first is read: the others mostly show the same.

use image::ImageFormat;

/// Pictures behind the first one.
pub(super) fn unread_frames(bytes: &[u8], format: ImageFormat) -> u32 {
    let frames = match format {
        ImageFormat::Gif => gif(bytes),
        ImageFormat::WebP => webp(bytes),
        ImageFormat::Png => png(bytes),
        _ => 1,
    };
    frames.saturating_sub(1)
}

fn gif(bytes: &[u8]) -> u32 {
    const HEADER: usize = 13;
    const DESCRIPTOR: usize = 10;
    let mut frames = 0;
    let Some(colours) = colours(bytes, 10) else {
        return frames;
    };
    let mut next = Some(HEADER + colours);
    while let Some(at) = next {
        next = match bytes.get(at) {
            Some(0x21) => behind_blocks(bytes, at + 2),
            Some(0x2C) => {
                frames += 1;
                let own = self::colours(bytes, at + 9);
                own.and_then(|own| behind_blocks(bytes, at + DESCRIPTOR + own + 1))
            }
            _ => None,
        };
    }
    frames
}

/// Bytes of the table of colours that a byte announces.
fn colours(bytes: &[u8], at: usize) -> Option<usize> {
    let packed = bytes.get(at)?;
    Some(match packed & 0x80 {
        0 => 0,
        _ => 3 << ((packed & 7) + 1),
    })
}

/// Behind blocks, each of which begins with its length, and the last of which is empty.
fn behind_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

fn webp(bytes: &[u8]) -> u32 {
    let mut frames = 0;
    let mut at = 12;
    while let Some(header) = bytes.get(at..at + 8) {
        frames += u32::from(header.starts_with(b"ANMF"));
        let length = number(&header[4..], u32::from_le_bytes);
        // Chunks begin at even places.
        let length = (length as usize).saturating_add(1) & !1;
        at = at.saturating_add(8).saturating_add(length);
        if at > bytes.len() {
            break;
        }
    }
    frames
}

fn png(bytes: &[u8]) -> u32 {
    let mut at = 8;
    while let Some(header) = bytes.get(at..at + 12) {
        match &header[4..8] {
            b"acTL" => return number(&header[8..], u32::from_be_bytes),
            // It stands in front of the picture, or it is none.
            b"IDAT" => break,
            _ => {}
        }
        let length = number(header, u32::from_be_bytes) as usize;
        at = at.saturating_add(length).saturating_add(12);
        if at > bytes.len() {
            break;
        }
    }
    1
}

fn number(bytes: &[u8], of: fn([u8; 4]) -> u32) -> u32 {
    let mut four = [0; 4];
    four.iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    of(four)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_a_webp_are_counted() {
        let chunk = |name: &[u8], data: &[u8]| {
            let length = (data.len() as u32).to_le_bytes();
            let pad = vec![0; data.len() % 2];
            [name, &length, data, &pad].concat()
        };
        let still = [&b"RIFF\0\0\0\0WEBP"[..], &chunk(b"VP8L", b"123")].concat();
        assert_eq!(unread_frames(&still, ImageFormat::WebP), 0);
        let frame = chunk(b"ANMF", b"12345");
        let moving = [
            &b"RIFF\0\0\0\0WEBP"[..],
            &chunk(b"ANIM", b"1"),
            &frame,
            &frame,
            &frame,
        ];
        let moving = moving.concat();
        assert_eq!(unread_frames(&moving, ImageFormat::WebP), 2);
        for length in 0..moving.len() {
            assert!(unread_frames(&moving[..length], ImageFormat::WebP) <= 2);
        }
    }

    #[test]
    fn pictures_of_a_png_are_counted() {
        let chunk = |name: &[u8], data: &[u8]| {
            let length = (data.len() as u32).to_be_bytes();
            [&length, name, data, b"sum!"].concat()
        };
        let start = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &[0; 13])].concat();
        let control = chunk(b"acTL", &[0, 0, 0, 7, 0, 0, 0, 0]);
        let moving = [&start[..], &control, &chunk(b"IDAT", b"1")].concat();
        assert_eq!(unread_frames(&moving, ImageFormat::Png), 6);
        let still = [&start[..], &chunk(b"IDAT", b"1"), &control].concat();
        assert_eq!(unread_frames(&still, ImageFormat::Png), 0);
    }
}
