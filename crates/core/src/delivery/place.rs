//! Where files lie in the repository that the output is committed to.

use crate::layout::Layout;

/// Returns the folder of the output in its repository: without `./` before and `/` behind, empty for the root.
pub(super) fn folder(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let path = path.strip_prefix("./").unwrap_or(path);
    if path == "." { "" } else { path }
}

/// Returns the path in the repository of a path below the output folder.
pub(super) fn within(folder_of_output: &str, path: &str) -> String {
    match (folder(folder_of_output), path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

/// Returns what stands before a path below the output folder: empty, or with `/` behind.
pub(super) fn prefix(folder_of_output: &str) -> String {
    match folder(folder_of_output) {
        "" => String::new(),
        folder => format!("{folder}/"),
    }
}

/// Returns the path as tools of GitOps name a folder: `.` for the root.
pub(super) fn or_root(path: String) -> String {
    if path.is_empty() {
        ".".to_owned()
    } else {
        path
    }
}

/// Returns the name of a file without its folder.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Returns whether a path may name a folder of a repository.
pub(super) fn is_within_repository(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && !path.contains(['\\', '*', '?', '[', '{', '$'])
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| part != "..")
}

/// Returns whether each component of each environment has a folder of its own.
pub(super) fn has_own_folders(layout: Layout<'_>) -> bool {
    layout
        .pattern()
        .rsplit_once('/')
        .is_some_and(|(folder, _)| folder.contains("{env}") && folder.contains("{component}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_a_repository() {
        assert_eq!(within("gitops", "dev/a.yaml"), "gitops/dev/a.yaml");
        assert_eq!(within("./deploy/", "dev/a.yaml"), "deploy/dev/a.yaml");
        assert_eq!(within(".", "dev/a.yaml"), "dev/a.yaml");
        assert_eq!(within("gitops", ""), "gitops");
        assert_eq!(or_root(within(".", "")), ".");
        assert!(is_within_repository("."));
        for wrong in ["", "/gitops", "a/../b", "a*"] {
            assert!(!is_within_repository(wrong), "{wrong}");
        }
    }

    #[test]
    fn folders_are_own_where_both_names_are_in_them() {
        assert!(has_own_folders(Layout::default()));
        assert!(has_own_folders(Layout::new("a/{component}-{env}/x.yaml")));
        assert!(!has_own_folders(Layout::new(
            "{component}/values-{env}.yaml"
        )));
        assert!(!has_own_folders(Layout::new("{env}-{component}.yaml")));
    }
}
