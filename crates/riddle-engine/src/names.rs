//! Names that clients send, before they are looked for.

/// The beginning of a name that has more than `characters` characters, for an error that must not repeat all of it.
pub(crate) fn beginning_if_longer(name: &str, characters: usize) -> Option<String> {
    let (end, _) = name.char_indices().nth(characters)?;
    Some(format!("{}…", &name[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_between_characters() {
        assert_eq!(beginning_if_longer("手册", 2), None);
        assert_eq!(
            beginning_if_longer("手册手册", 3).as_deref(),
            Some("手册手…")
        );
    }
}
