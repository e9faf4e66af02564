/// A name of the catalogue, of a repository's or folder's.
pub(super) fn of(title: &str, quantization: Option<&str>) -> String {
    let mut name: String = title
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '-' | '_' | '.' => c,
            _ => '-',
        })
        .collect();
    if let Some(quantization) = quantization {
        name = name.trim_end_matches("-gguf").to_owned();
        let quantization = quantization.to_lowercase();
        if !name.ends_with(&quantization) {
            name = format!("{name}-{quantization}");
        }
    }
    name.trim_start_matches(['-', '_', '.']).to_owned()
}
