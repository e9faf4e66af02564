use crate::error::{ApiError, ErrorCode};

/// How many values a JSON body may hold and how deep they may lie in one another. In memory a value takes up to a
/// hundred times its place in the text, so that the length of a body says little of what reading it takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) max_values: usize,
    pub(super) max_depth: usize,
}

impl Shape {
    /// Looks at brackets and commas alone; whether the text is JSON at all is not told here.
    ///
    /// # Errors
    /// There are more values, or they lie deeper.
    pub(super) fn check(self, json: &[u8]) -> Result<(), ApiError> {
        let (mut values, mut depth) = (1_usize, 0_usize);
        let mut bytes = json.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => skip_string(&mut bytes),
                b'[' | b'{' => {
                    values += 1;
                    depth += 1;
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                b',' => values += 1,
                _ => {}
            }
            if depth > self.max_depth {
                let limit = self.max_depth;
                return Err(too_much(format!(
                    "the JSON body is nested more than {limit} levels deep"
                )));
            }
            if values > self.max_values {
                let limit = self.max_values;
                return Err(too_much(format!(
                    "the JSON body holds more than {limit} values; send them in several requests"
                )));
            }
        }
        Ok(())
    }
}

fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' => return,
            _ => {}
        }
    }
}

fn too_much(message: String) -> ApiError {
    ApiError::new(ErrorCode::TOO_LARGE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        max_values: 6,
        max_depth: 3,
    };

    #[test]
    fn values_are_counted_outside_of_texts() {
        for fits in [
            r#"{"a": "[[[[,,,,,,,,"}"#,
            r#"{"a\"": "\\", "b": [1, 2]}"#,
            "[[[]]]",
            "",
            r#""unfinished"#,
        ] {
            SHAPE.check(fits.as_bytes()).expect(fits);
        }
        for too_large in ["[0,0,0,0,0,0]", "[[[[]]]]", r#"{"a": {"b": {"c": {}}}}"#] {
            let error = SHAPE.check(too_large.as_bytes()).expect_err(too_large);
            assert_eq!(error.code, ErrorCode::TOO_LARGE);
        }
    }
}
