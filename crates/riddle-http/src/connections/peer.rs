use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// What counts as one client: an IPv4 address, or the 64-bit network of an IPv6 address, which one machine has whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Peer {
    /// This machine, by any of its loopback addresses.
    Loopback,
    /// Another address or network.
    Address(IpAddr),
    /// The system did not say.
    Unknown,
}

impl Peer {
    pub(super) fn of(address: Option<SocketAddr>) -> Self {
        let Some(address) = address else {
            return Self::Unknown;
        };
        match address.ip().to_canonical() {
            address if address.is_loopback() => Self::Loopback,
            IpAddr::V6(address) => Self::Address(IpAddr::V6(network(address))),
            address => Self::Address(address),
        }
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Loopback => f.write_str("this machine"),
            Self::Address(address) => address.fmt(f),
            Self::Unknown => f.write_str("an unknown address"),
        }
    }
}

fn network(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::of(Some(address.parse().expect("an address")))
    }

    #[test]
    fn one_machine_is_one_peer() {
        assert_eq!(peer("127.0.0.1:1"), peer("[::1]:2"));
        assert_eq!(peer("127.0.0.1:1"), peer("[::ffff:127.0.0.9]:2"));
        assert_eq!(peer("10.0.0.1:1"), peer("[::ffff:10.0.0.1]:2"));
        assert_eq!(peer("[2001:db8::1]:1"), peer("[2001:db8::f:f:f:f]:2"));
        assert_ne!(peer("[2001:db8::1]:1"), peer("[2001:db8:0:1::1]:1"));
        assert_ne!(peer("10.0.0.1:1"), peer("10.0.0.2:1"));
    }
}
