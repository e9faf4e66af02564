/// A word as a shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        for word in [
            "plain-1.2",
            "",
            "two words",
            "it's",
            "$HOME `x` \"y\" \\",
            "手册",
            "a\nb",
        ] {
            let command = format!("printf %s {}", quoted(word));
            let folder = std::env::temp_dir();
            let output = riddle_sandbox::command("/bin/sh", &folder)
                .args(["-c", &command])
                .output();
            assert_eq!(
                output.expect("a shell").stdout,
                word.as_bytes(),
                "{command}"
            );
        }
        assert_eq!(quoted("plain-1.2"), "plain-1.2");
    }
}
