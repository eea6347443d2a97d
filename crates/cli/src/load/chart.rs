//! A chart's files, from its folder or its archive.

use std::fs;
use std::path::Path;

use helmwright::diagnostic::Diagnostic;

use crate::load::archive::{Budget, MAX_DEPTH, unpack};
use crate::load::file::{self, whole};
use crate::project::Place;

/// Reads a chart as paths and texts; files that are no text, such as icons, are left out.
pub(crate) fn read(place: &Place) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut budget = Budget::default();
    let mut texts = Vec::new();
    if fs::metadata(&place.path).is_ok_and(|metadata| metadata.is_dir()) {
        walk(place, "", 0, &mut budget, &mut texts)?;
    } else {
        let packed =
            file::read_bytes(&place.path, &place.name).map_err(file::Unread::diagnostic)?;
        return unpacked(&packed, &place.name);
    }
    texts.sort();
    Ok(texts)
}

/// Reads an archive as paths and texts.
pub(crate) fn unpacked(packed: &[u8], name: &str) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut budget = Budget::default();
    let mut texts = Vec::new();
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Err(Diagnostic::error(
            "chart/broken-archive",
            "this is neither a chart's folder nor its archive",
        )
        .at(&whole(name))
        .why("a chart's archive is gzip, and begins with its two marker bytes")
        .help("name the folder with Chart.yaml in it, or the `.tgz` that `helm pull` fetches"));
    }
    for (path, bytes) in unpack(packed, name, &mut budget)? {
        take(&path, bytes, name, 0, &mut budget, &mut texts)?;
    }
    texts.sort();
    Ok(texts)
}

/// Reads a folder and those below it, links not followed.
fn walk(
    folder: &Place,
    below: &str,
    depth: usize,
    budget: &mut Budget,
    texts: &mut Vec<(String, String)>,
) -> Result<(), Diagnostic> {
    /// Deeper than any chart: subcharts of subcharts of subcharts with their own folders.
    const MAX_FOLDERS: usize = 32;
    let failed = |error: std::io::Error| {
        Diagnostic::error("input/unreadable", "the chart's folder cannot be read")
            .at(&whole(&folder.name))
            .why(error.to_string())
            .help("let this user read the folder, or name the chart's archive")
    };
    if depth > MAX_FOLDERS {
        return Err(Diagnostic::error(
            "chart/too-large",
            format!("folders lie more than {MAX_FOLDERS} deep"),
        )
        .at(&whole(&folder.name))
        .why("no chart is like that")
        .help("name the chart's own folder"));
    }
    let mut entries = fs::read_dir(&folder.path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let place = folder.child(Path::new(&name));
        let path = format!("{below}{}", name.to_string_lossy());
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            if name != ".git" {
                walk(&place, &format!("{path}/"), depth + 1, budget, texts)?;
            }
        } else if kind.is_file() {
            let bytes =
                file::read_bytes(&place.path, &place.name).map_err(file::Unread::diagnostic)?;
            budget.take(bytes.len() as u64, &folder.name)?;
            take(&path, bytes, &place.name, 0, budget, texts)?;
        }
    }
    Ok(())
}

/// Keeps a text; a packed subchart is unpacked to the folder that Helm would see.
fn take(
    path: &str,
    bytes: Vec<u8>,
    name: &str,
    depth: usize,
    budget: &mut Budget,
    texts: &mut Vec<(String, String)>,
) -> Result<(), Diagnostic> {
    let is_subchart = path
        .strip_suffix(".tgz")
        .and_then(|stem| stem.rsplit_once('/'))
        .filter(|(folder, _)| *folder == "charts" || folder.ends_with("/charts"));
    if let Some((folder, stem)) = is_subchart {
        let inner = format!("{name}:{path}");
        if depth >= MAX_DEPTH {
            return Err(Diagnostic::error(
                "chart/too-large",
                format!("packed subcharts lie more than {MAX_DEPTH} deep"),
            )
            .at(&whole(&inner))
            .why("no chart is like that")
            .help("fetch the chart again from its repository with `helm pull`"));
        }
        for (below, bytes) in unpack(&bytes, &inner, budget)? {
            take(
                &format!("{folder}/{stem}/{below}"),
                bytes,
                name,
                depth + 1,
                budget,
                texts,
            )?;
        }
    } else if let Ok(text) = String::from_utf8(bytes) {
        texts.push((path.to_owned(), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tar::EntryType;

    use super::super::archive::tests::pack;
    use super::*;

    fn paths(place: &Place) -> Vec<String> {
        read(place)
            .unwrap()
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    }

    #[test]
    fn folder_and_archive_give_the_same_paths() {
        let minio = pack(&[("minio/Chart.yaml", b"name: minio", EntryType::Regular)]);
        let files: [(&str, &[u8]); 4] = [
            ("Chart.yaml", b"name: tempo"),
            ("charts/minio-5.0.0.tgz", &minio),
            ("icon.png", b"\xff\xd8"),
            ("templates/a.yaml", b"a"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let chart = folder.path().join("tempo");
        let mut entries = Vec::new();
        for (path, bytes) in files {
            fs::create_dir_all(chart.join(path).parent().unwrap()).unwrap();
            fs::write(chart.join(path), bytes).unwrap();
            entries.push((format!("tempo/{path}"), bytes));
        }
        let entries: Vec<_> = entries
            .iter()
            .map(|(path, bytes)| (path.as_str(), *bytes, EntryType::Regular))
            .collect();
        let archive = folder.path().join("tempo.tgz");
        fs::write(&archive, pack(&entries)).unwrap();
        let expected = [
            "Chart.yaml",
            "charts/minio-5.0.0/Chart.yaml",
            "templates/a.yaml",
        ];
        assert_eq!(
            paths(&Place {
                path: chart,
                name: "tempo".into()
            }),
            expected
        );
        assert_eq!(
            paths(&Place {
                path: archive,
                name: "tempo.tgz".into()
            }),
            expected
        );
    }

    #[test]
    fn what_is_no_chart_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.yaml");
        fs::write(&path, "a: 1").unwrap();
        let found = read(&Place {
            path,
            name: "values.yaml".into(),
        })
        .unwrap_err();
        assert_eq!(found.id, "chart/broken-archive");
    }
}
