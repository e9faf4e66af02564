//! What clients of other servers share: how they are built, keys, addresses, and when a server is left alone.

mod address;
mod api_key;
mod breaker;
mod cause;

pub use address::{BadAddress, address};
pub use api_key::{ApiKey, BadKey};
pub use breaker::Breaker;
pub use cause::cause;

/// A builder of HTTP clients, for encrypted connections too. It settles the cryptography of the whole process, which no
/// client can be built without.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that the others are sent to"
)]
pub fn builder() -> reqwest::ClientBuilder {
    // An error says that a provider is there already, which is all that a client needs.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A builder of clients of model servers, to which documents and keys are sent.
pub fn model_server() -> reqwest::ClientBuilder {
    builder()
        // A redirect could carry documents and the key to a host that nobody configured.
        .redirect(reqwest::redirect::Policy::none())
        // Proxies of the environment are the binary's business, and local servers are never behind one.
        .no_proxy()
}

#[cfg(test)]
mod tests {
    #[test]
    fn clients_are_built_with_encryption_and_more_than_once() {
        for _ in 0..2 {
            super::builder()
                .https_only(true)
                .build()
                .expect("cryptography is there");
        }
    }
}
