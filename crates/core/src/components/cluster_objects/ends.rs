//! Who is at the other end of a link.

use serde_json::{Value, json};

use super::ApiServer;
use super::policy::Labels;
use crate::address::Address;
use crate::components::{Network, Reading};
use crate::links::{Endpoint, Links};

/// Returns the endpoint that is read, by its Service and port.
pub(super) fn endpoint<'l>(links: &'l Links, read: &Reading) -> Option<&'l Endpoint> {
    let address = Address::read(&read.address);
    let mut endpoints = links.endpoints();
    endpoints
        .find(|(component, _, endpoint)| {
            *component == read.component
                && endpoint.port == read.port
                && endpoint.host.eq_ignore_ascii_case(address.host)
        })
        .map(|(_, _, endpoint)| endpoint)
}

/// Returns the labels and the port of the pods that are read.
pub(super) fn end<'n>(
    links: &Links,
    read: &Reading,
    network: impl Fn(&str) -> Option<&'n Network>,
) -> Option<(&'n Labels, u16)> {
    let network = network(&read.component)?;
    let endpoint = endpoint(links, read)?;
    let role = endpoint.role.as_deref();
    let labels = role.and_then(|role| network.labels_of(role));
    Some((labels.unwrap_or(&network.labels), endpoint.target))
}

impl ApiServer {
    /// Returns the address blocks that it is in; none for any address.
    pub(super) fn peers(&self) -> Vec<Value> {
        let blocks = self.cidrs.iter();
        blocks
            .map(|cidr| json!({"ipBlock": {"cidr": cidr}}))
            .collect()
    }
}
