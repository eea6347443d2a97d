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

    /// Returns how many letters all patterns have.
    pub(super) fn length(&self) -> usize {
        self.patterns.iter().map(|pattern| pattern.text.len()).sum()
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
///
/// Only the last star is ever asked to take more, so the work is at most the product of both lengths.
fn fits(pattern: &[char], letters: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Behind the last star, and the first letter that it has not taken yet.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&'*') {
            at += 1;
            star = Some((at, read));
            continue;
        }
        let step = letters
            .get(read)
            .and_then(|letter| one(&pattern[at..], *letter));
        if let Some(length) = step {
            at += length;
            read += 1;
            continue;
        }
        if at == pattern.len() && read == letters.len() {
            return true;
        }
        match star {
            Some((behind, taken)) if letters.get(taken).is_some_and(|letter| *letter != '/') => {
                star = Some((behind, taken + 1));
                (at, read) = (behind, taken + 1);
            }
            _ => return false,
        }
    }
}

/// Returns how long the part of a pattern is that one letter fits, if it does.
fn one(pattern: &[char], letter: char) -> Option<usize> {
    match pattern.split_first()? {
        ('?', _) => (letter != '/').then_some(1),
        ('[', rest) => {
            let end = rest.iter().position(|letter| *letter == ']')?;
            let class = &rest[..end];
            let (negated, class) = match class.split_first() {
                Some(('^' | '!', class)) => (true, class),
                _ => (false, class),
            };
            let inside = class.contains(&letter)
                || class
                    .windows(3)
                    .any(|range| range[1] == '-' && (range[0]..=range[2]).contains(&letter));
            (inside != negated).then_some(end + 2)
        }
        (first, _) => (*first == letter).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_stars_cost_no_more_than_their_letters() {
        let stars = format!("{}b", "*a".repeat(200));
        let ignore = Ignore::new(&stars);
        assert!(!ignore.names(&"a".repeat(2000)));
        assert!(ignore.names(&format!("{}b", "a".repeat(2000))));
        assert!(Ignore::new("*a*/x*y").names("bac/xzy"));
        assert!(!Ignore::new("*a*/x*y").names("bac/z/xzy"));
    }

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
