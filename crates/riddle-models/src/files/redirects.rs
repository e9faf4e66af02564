//! Where a hub may send a download: to the internet, but not into the network that this machine stands in, unless the
//! hub is there itself.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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
        // Another port of the hub may be another server, and its name may lead elsewhere by now.
        if next.origin() == hub.origin() {
            return Ok(());
        }
        let addresses = addresses(next).await;
        if is_inside_any(&addresses) && !is_inside(&self::addresses(hub).await) {
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

/// Whether a connection to one of these would stay in the own network. Nothing is known where a proxy alone looks up
/// names; then it is the proxy's to reach or refuse it.
fn is_inside_any(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|address| !is_public(address.ip()))
}

/// Whether a host stands in the own network. One that has an address of the internet too does not: anybody may give
/// a name of theirs a private address besides.
fn is_inside(addresses: &[SocketAddr]) -> bool {
    !addresses.is_empty() && addresses.iter().all(|address| !is_public(address.ip()))
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
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let site_local = first & 0xffc0 == 0xfec0;
    let for_examples = (first, second) == (0x2001, 0xdb8);
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || site_local
        || for_examples)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared_by_a_provider = first == 100 && (64..128).contains(&second);
    let for_protocols = (first, second, third) == (192, 0, 0);
    let for_benchmarks = first == 198 && (18..20).contains(&second);
    let reserved = first >= 240;
    !(address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || shared_by_a_provider
        || for_protocols
        || for_benchmarks
        || reserved)
}

/// The address of version 4 that one of version 6 leads to: a mapped one, that behind a translator (`64:ff9b::/96`), or
/// that of a tunnel (`2002::/16`).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => (high, low),
        [0x2002, high, low, ..] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_with_an_address_of_the_internet_is_not_inside() {
        let of = |all: &[&str]| -> Vec<SocketAddr> {
            let addresses = all.iter().map(|one| one.parse().expect("an address"));
            addresses.collect()
        };
        assert!(is_inside(&of(&["10.0.0.1:0", "[fd00::1]:0"])));
        assert!(!is_inside(&of(&["8.8.8.8:0", "10.0.0.1:0"])));
        assert!(!is_inside(&[]));
        assert!(is_inside_any(&of(&["8.8.8.8:0", "10.0.0.1:0"])));
    }

    #[tokio::test]
    async fn another_port_of_the_hub_is_checked_like_any_other_server() {
        let redirects = Redirects::default();
        let hub = Url::parse("http://localhost:7001").expect("an address");
        redirects.allow(&hub, &hub).await.expect("the hub itself");
        assert!(redirects.lock().is_empty());
        let other = Url::parse("http://localhost:7002").expect("an address");
        redirects
            .allow(&hub, &other)
            .await
            .expect("both are inside");
        assert!(
            redirects.lock().contains_key("localhost"),
            "its addresses are kept"
        );
    }

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
            "http://[2002:a00:1::]/",
            "http://[ff02::1]/",
            "http://224.0.0.1/",
            "http://240.0.0.1/",
            "http://255.255.255.255/",
            "http://192.0.0.1/",
            "http://198.18.0.1/",
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
