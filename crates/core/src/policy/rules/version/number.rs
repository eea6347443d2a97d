//! Version numbers.

/// The three numbers of a version; what follows a hyphen or a plus is left out.
pub(super) type Number = [u64; 3];

/// Reads an exact version: three numbers, with `v` before them or without.
pub(super) fn exact(text: &str) -> Option<Number> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let core = plain.split(['-', '+']).next().unwrap_or_default();
    let mut parts = core.split('.');
    let mut number = || {
        let part = parts.next()?;
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let read = [number()?, number()?, number()?];
    parts.next().is_none().then_some(read)
}

/// Shows it.
pub(super) fn show([major, minor, patch]: Number) -> String {
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_versions_are_numbers() {
        assert_eq!(exact("2.26.2"), Some([2, 26, 2]));
        assert_eq!(exact("v3.0.4-rc.1"), Some([3, 0, 4]));
        for wrong in [
            ">=2", "2", "2.26", "2.x.1", "^2.1.0", "~2.1.0", "", "*", "2.1.0.4", "latest", "1.+2.3",
        ] {
            assert_eq!(exact(wrong), None, "{wrong}");
        }
    }
}
