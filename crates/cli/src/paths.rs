//! Path texts: as shown, as given to the core, as opened.

use std::borrow::Cow;
use std::path::{Component, Path};

/// Returns a path with `/` between its parts, without `.`, and with `..` taken back where a part stands before it.
///
/// Only the text is looked at, so a part that is a symbolic link is taken at its word.
pub(crate) fn normal(path: &Path) -> String {
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    let mut start = String::new();
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => start.push_str(&prefix.as_os_str().to_string_lossy()),
            Component::RootDir => start.push('/'),
            Component::CurDir => {}
            Component::ParentDir => match parts.last() {
                Some(last) if last != ".." => {
                    parts.pop();
                }
                None if !start.is_empty() => {}
                _ => parts.push("..".into()),
            },
            Component::Normal(part) => parts.push(part.to_string_lossy()),
        }
    }
    let path = start + &parts.join("/");
    if path.is_empty() {
        ".".to_owned()
    } else {
        path
    }
}

/// Joins two `/` paths, either of which may be `.`.
pub(crate) fn join(folder: &str, file: &str) -> String {
    if folder == "." || folder.is_empty() {
        file.to_owned()
    } else {
        format!("{}/{file}", folder.trim_end_matches('/'))
    }
}

/// Returns whether a path names a file below a folder, whatever the folder: relative, no `..`, nothing that
/// another system reads differently.
pub(crate) fn is_below(path: &str) -> bool {
    !path.is_empty()
        && path.split('/').all(|part| {
            !matches!(part, "" | "." | "..")
                && !part.contains(['\\', ':'])
                && !part.contains(char::is_control)
        })
}

/// How names, which are relative to the project's folder, are shown in the working folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The working folder as seen from the project's folder; empty if it is that folder.
    pub(crate) below: String,
    /// The name given to a folder of environments outside of the project, and the path it stands for.
    pub(crate) outside: Option<(String, String)>,
}

impl Names {
    /// Returns the path that a name stands for, from the project's folder.
    pub(crate) fn path<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if let Some((alias, path)) = &self.outside
            && let Some(rest) = name.strip_prefix(alias.as_str())
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Cow::Owned(format!("{path}{rest}"));
        }
        Cow::Borrowed(name)
    }

    /// Returns the name as it is typed in the working folder.
    pub(crate) fn shown<'a>(&self, name: &'a str) -> Cow<'a, str> {
        let path = self.path(name);
        match self.seen_from_here(&path) {
            Some(shown) => Cow::Owned(shown),
            None => path,
        }
    }

    fn seen_from_here(&self, name: &str) -> Option<String> {
        if self.below.is_empty() || name.starts_with(['/', '<']) {
            return None;
        }
        let (mut here, mut there) = (self.below.split('/').peekable(), name.split('/').peekable());
        while here.peek().is_some() && here.peek() == there.peek() {
            here.next();
            there.next();
        }
        let up = here.map(|_| "..");
        Some(up.chain(there).collect::<Vec<_>>().join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths_are_short_and_stay_where_they_are() {
        for (path, expected) in [
            ("./envs//prod.yaml", "envs/prod.yaml"),
            ("a/../envs", "envs"),
            ("../envs", "../envs"),
            ("../../a/..", "../.."),
            ("/a/../../b", "/b"),
            (".", "."),
            ("a/..", "."),
        ] {
            assert_eq!(normal(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_leave_are_seen() {
        for path in ["dev/tempo/values.yaml", ".schemas/a/1.json"] {
            assert!(is_below(path), "{path}");
        }
        for path in [
            "", "/etc/x", "../x", "a/../x", "a//b", "a/./b", "c:/x", "a\\b", "a/", "a\n",
        ] {
            assert!(!is_below(path), "{path}");
        }
    }

    #[test]
    fn names_are_shown_from_the_working_folder() {
        let names = Names {
            below: "a/b".into(),
            outside: Some(("out".into(), "../x/out".into())),
        };
        assert_eq!(names.path("out/dev.yaml"), "../x/out/dev.yaml");
        assert_eq!(names.shown("out/dev.yaml"), "../../../x/out/dev.yaml");
        assert_eq!(names.shown("outer/dev.yaml"), "../../outer/dev.yaml");
        assert_eq!(names.shown("envs/dev.yaml"), "../../envs/dev.yaml");
        assert_eq!(names.shown("a/x.yaml"), "../x.yaml");
        assert_eq!(names.shown("a/b/x.yaml"), "x.yaml");
        assert_eq!(names.shown("/etc/x.yaml"), "/etc/x.yaml");
        assert_eq!(names.shown("<stdin>"), "<stdin>");
        assert_eq!(Names::default().shown("envs/dev.yaml"), "envs/dev.yaml");
    }
}
