//! API keys that this program makes.

use std::io::Read;

use anyhow::Context;

use crate::config::Secret;

/// 256 random bits in hexadecimal.
pub(crate) fn random() -> anyhow::Result<Secret> {
    let mut bytes = [0_u8; 32];
    let mut source =
        std::fs::File::open("/dev/urandom").context("cannot open the source of random numbers")?;
    source
        .read_exact(&mut bytes)
        .context("cannot read random numbers")?;
    let key: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret(format!("rk_{key}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_differ() {
        let (one, other) = (random().expect("a key"), random().expect("a key"));
        assert_eq!(one.0.len(), 67);
        assert_ne!(one.0, other.0);
    }
}
