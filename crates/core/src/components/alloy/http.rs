//! What can be said over HTTP: addresses and headers.

/// Headers that the push protocol or HTTP itself sets.
///
/// Source: those that Prometheus reserves in `remote_write.headers`, and HTTP's own of a connection.
const RESERVED: [&str; 14] = [
    "Accept-Encoding",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Transfer-Encoding",
    "User-Agent",
    "WWW-Authenticate",
    "X-Prometheus-Remote-Read-Version",
    "X-Prometheus-Remote-Write-Version",
];

/// Returns whether a header is set by the push protocol itself.
pub(super) fn is_reserved(header: &str) -> bool {
    RESERVED
        .iter()
        .any(|reserved| header.eq_ignore_ascii_case(reserved))
}

/// Follows RFC 9110, section 5.6.2, in a narrow form: no sign but the hyphen and `_`.
pub(super) fn is_header_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

pub(super) fn is_header_value(text: &str) -> bool {
    !text.is_empty()
        && !text
            .bytes()
            .any(|byte| byte.is_ascii_control() && byte != b'\t')
}

/// Returns what is wrong with a push URL.
pub(super) fn url_problem(url: &str) -> Option<&'static str> {
    let Some(rest) = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
    else {
        return Some("it begins neither with `http://` nor with `https://`");
    };
    if url.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Some("it holds white space or a control character");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some(
            "a user and a password never stand in an address; use `basicAuth`, with the password in a Secret",
        );
    }
    let (host, port) = match authority
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        // An IPv6 address stands in brackets, since it holds colons itself.
        Some((host, after)) => (host, after.strip_prefix(':')),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() {
        return Some("it names no host");
    }
    if port.is_some_and(|port| !matches!(port.parse::<u16>(), Ok(1..))) {
        return Some("what follows the host's colon is not a port from 1 to 65535");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_urls_have_a_scheme_a_host_and_no_user() {
        for fine in [
            "http://mimir-gateway.obs.svc.cluster.local/api/v1/push",
            "https://mimir.example.org:8443/api/v1/push?a=b@c",
            "https://[2001:db8::1]:9009/api/v1/push",
        ] {
            assert_eq!(url_problem(fine), None, "{fine}");
        }
        for wrong in [
            "mimir:9009/api/v1/push",
            "http:///api/v1/push",
            "https://:443/push",
            "https://user:word@mimir/push",
            "https://user@mimir/push",
            "https://mimir:http/push",
            "https://mimir:0/push",
            "https://mi mir/push",
            "ftp://mimir/push",
        ] {
            assert!(url_problem(wrong).is_some(), "{wrong}");
        }
    }
}
