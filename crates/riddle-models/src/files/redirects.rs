//! Where a hub may send a download: to the internet, but not into the network that this machine stands in, unless the
//! hub is there itself.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Looks up names for a client. A name that a redirect was allowed to for its addresses keeps these, so that a second
/// look cannot give others.
#[derive(Clone, Default)]
pub(super) struct Redirects {
    allowed: Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>,
}

impl Redirects {
    /// Whether the hub may send a download to `next`.
    pub(super) async fn allow(&self, hub: &Url, next: &Url) -> Result<(), &'static str> {
        if next.host_str() == hub.host_str() {
            return Ok(());
        }
        let addresses = addresses(next).await;
        // Nothing is known where a proxy alone looks up names; then it is the proxy's to reach or refuse it.
        let inside = addresses.iter().any(|address| !is_public(address.ip()));
        if inside && !is_inside(hub).await {
            return Err(
                "the server redirects to a private or local address, which is refused because the hub itself has none",
            );
        }
        if let Some(name) = next.host_str().filter(|_| !addresses.is_empty()) {
            self.lock().insert(name.to_owned(), addresses);
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<SocketAddr>>> {
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Redirects {
    fn resolve(&self, name: Name) -> Resolving {
        let known = self.lock().get(name.as_str()).cloned();
        Box::pin(async move {
            let addresses = match known {
                Some(addresses) => addresses,
                // The port is the caller's to set.
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
            };
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

async fn is_inside(hub: &Url) -> bool {
    let addresses = addresses(hub).await;
    addresses.iter().any(|address| !is_public(address.ip()))
}

/// The addresses of an URL's host; none where it is not known here.
async fn addresses(url: &Url) -> Vec<SocketAddr> {
    let Some(host) = url.host_str() else {
        return Vec::new();
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match tokio::net::lookup_host((host, 0)).await {
        Ok(addresses) => addresses.collect(),
        Err(_unknown) => Vec::new(),
    }
}

/// Whether an address belongs to the internet, as far as it is told by its number.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| translated(address)) {
            Some(address) => is_public_v4(address),
            None => {
                !(address.is_loopback()
                    || address.is_unspecified()
                    || address.is_unique_local()
                    || address.is_unicast_link_local())
            }
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let shared_by_a_provider = first == 100 && (64..128).contains(&second);
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || first == 0
        || shared_by_a_provider)
}

/// The address of version 4 behind a translator's, `64:ff9b::/96`.
fn translated(address: std::net::Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else {
        return None;
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hub_of_the_internet_does_not_send_into_the_own_network() {
        let redirects = Redirects::default();
        let url = |text: &str| Url::parse(text).expect("an address");
        let hub = url("https://8.8.8.8");
        for inside in [
            "http://127.0.0.1/x",
            "http://localhost:7878/x",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
        ] {
            assert!(
                redirects.allow(&hub, &url(inside)).await.is_err(),
                "{inside}"
            );
            let own = url("http://127.0.0.1:9");
            assert!(
                redirects.allow(&own, &url(inside)).await.is_ok(),
                "{inside}"
            );
        }
        for outside in [
            "https://1.1.1.1/x",
            "https://8.8.8.8/y",
            "https://[2606:4700::1111]/",
        ] {
            assert!(
                redirects.allow(&hub, &url(outside)).await.is_ok(),
                "{outside}"
            );
        }
    }
}
