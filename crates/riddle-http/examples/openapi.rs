//! Prints the OpenAPI document, as it is committed in `docs/openapi.json`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let document = riddle_http::openapi()
        .to_pretty_json()
        .map_err(std::io::Error::other)?;
    writeln!(std::io::stdout(), "{document}")
}
