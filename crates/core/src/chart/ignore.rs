//! `.helmignore`: which of a chart's files Helm leaves out.

/// The patterns of a `.helmignore`.
///
/// As in Helm: a pattern with a slash is matched against the whole path, one without against any name on the way;
/// one that ends in a slash means folders, one that begins with `!` takes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: Vec<char>,
    takes_back: bool,
    only_folders: bool,
    whole_path: bool,
}

impl Ignore {
    pub(super) fn new(text: &str) -> Self {
        let patterns = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let (takes_back, line) = match line.strip_prefix('!') {
                    Some(rest) => (true, rest),
                    None => (false, line),
                };
                let (only_folders, line) = match line.strip_suffix('/') {
                    Some(rest) => (true, rest),
                    None => (false, line),
                };
                Pattern {
                    whole_path: line.contains('/'),
                    text: line.trim_start_matches('/').chars().collect(),
                    takes_back,
                    only_folders,
                }
            })
            .collect();
        Self { patterns }
    }

    /// Returns whether a file, or a folder above it, is left out.
    pub(super) fn names(&self, path: &str) -> bool {
        let mut ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
        ends.push(path.len());
        ends.into_iter().any(|end| {
            let is_folder = end < path.len();
            let part = &path[..end];
            let mut ignored = false;
            for pattern in &self.patterns {
                if pattern.only_folders && !is_folder {
                    continue;
                }
                let subject = if pattern.whole_path {
                    part
                } else {
                    part.rsplit('/').next().unwrap_or(part)
                };
                let letters: Vec<char> = subject.chars().collect();
                if fits(&pattern.text, &letters) {
                    ignored = !pattern.takes_back;
                }
            }
            ignored
        })
    }
}

/// Returns whether letters fit a shell pattern: `*` and `?` within a name, and classes in brackets.
fn fits(pattern: &[char], letters: &[char]) -> bool {
    match pattern.split_first() {
        None => letters.is_empty(),
        Some(('*', rest)) => {
            let reach = letters
                .iter()
                .position(|letter| *letter == '/')
                .unwrap_or(letters.len());
            (0..=reach).any(|skip| fits(rest, &letters[skip..]))
        }
        Some(('?', rest)) => letters
            .split_first()
            .is_some_and(|(letter, letters)| *letter != '/' && fits(rest, letters)),
        Some(('[', rest)) => {
            let Some(end) = rest.iter().position(|letter| *letter == ']') else {
                return false;
            };
            let Some((letter, letters)) = letters.split_first() else {
                return false;
            };
            let (class, rest) = (&rest[..end], &rest[end + 1..]);
            let (negated, class) = match class.split_first() {
                Some(('^' | '!', class)) => (true, class),
                _ => (false, class),
            };
            let inside = class.contains(letter)
                || class
                    .windows(3)
                    .any(|range| range[1] == '-' && (range[0]..=range[2]).contains(letter));
            inside != negated && fits(rest, letters)
        }
        Some((first, rest)) => letters
            .split_first()
            .is_some_and(|(letter, letters)| letter == first && fits(rest, letters)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_patterns_as_helm_does() {
        let ignore =
            Ignore::new("# comment\n.git/\n*.tmp\ntests/\n/docs/*.md\n!keep.tmp\n[a-c]?.txt\n");
        for path in [
            ".git/config",
            "a/b.tmp",
            "templates/tests/x.yaml",
            "docs/a.md",
            "b1.txt",
        ] {
            assert!(ignore.names(path), "{path}");
        }
        for path in [
            "templates/x.yaml",
            "keep.tmp",
            "docs/deep/a.md",
            "tests",
            "d1.txt",
        ] {
            assert!(!ignore.names(path), "{path}");
        }
    }
}
