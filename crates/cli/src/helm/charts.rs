//! Where a release's chart lies: in a folder of charts, or fetched.

use std::fs;
use std::path::{Path, PathBuf};

use helmwright::chart::Chart;
use helmwright::diagnostic::Diagnostic;

use crate::helm::Helm;
use crate::helm::cache::{self, Cache};
use crate::load;
use crate::load::file::whole;
use crate::project::Place;

/// A chart at hand.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its folder or archive, as an absolute path.
    pub(crate) path: PathBuf,
    /// The hash of everything in it; none where Helm follows links to what is not looked at here.
    pub(crate) hash: Option<String>,
    pub(crate) chart: Chart,
}

/// The chart that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) chart: &'a str,
    pub(crate) version: &'a str,
    pub(crate) repository: &'a str,
    /// What its archive must be, as `sha256:...`.
    pub(crate) digest: Option<&'a str>,
}

impl Wanted<'_> {
    /// Returns the chart from a folder of charts, else from its repository by way of the cache.
    pub(crate) fn find(
        &self,
        charts: Option<&Place>,
        helm: &Helm,
        cache: Option<&Cache>,
    ) -> Result<Found, Vec<Diagnostic>> {
        if let Some(folder) = charts {
            if !folder.path.is_dir() {
                return Err(vec![
                    Diagnostic::error("input/no-folder", "there is no such folder of charts")
                        .at(&whole(&folder.name))
                        .why("`--charts` names the folder that holds charts or their archives")
                        .help("name another folder, or leave `--charts` out to fetch charts with Helm"),
                ]);
            }
            if let Some(found) = self.in_folder(folder)? {
                return Ok(found);
            }
        }
        self.fetched(charts, helm, cache)
    }

    /// Looks where people keep charts: by name and version, by name, and as archives.
    fn in_folder(&self, folder: &Place) -> Result<Option<Found>, Vec<Diagnostic>> {
        let below = Path::new(self.chart);
        let mut places = vec![folder.child(&below.join(self.version)), folder.child(below)];
        for holder in [folder.clone(), folder.child(below)] {
            let exact = format!("{}-{}.tgz", self.chart, self.version);
            let mut archives: Vec<_> = fs::read_dir(&holder.path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.file_name())
                .filter(|name| {
                    let name = name.to_string_lossy();
                    // Another chart's archive is not unpacked to see that it is another's.
                    name.ends_with(".tgz") && name.starts_with(self.chart)
                })
                .collect();
            archives.sort_by_key(|name| (name.to_string_lossy() != exact, name.clone()));
            places.extend(archives.iter().map(|name| holder.child(Path::new(name))));
        }
        for place in places {
            let is_chart = place.path.join("Chart.yaml").is_file() || place.path.is_file();
            if is_chart && let Some(found) = self.read(&place)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Reads a chart; none if it is another one, or another version.
    fn read(&self, place: &Place) -> Result<Option<Found>, Vec<Diagnostic>> {
        let files = load::chart::read(place).map_err(|found| vec![found])?;
        let parts: Vec<&str> = files
            .iter()
            .flat_map(|(path, text)| [path.as_str(), text.as_str()])
            .collect();
        let hash = (!has_links(&place.path, 0)).then(|| cache::hash(parts));
        let chart = Chart::from_files(files)?;
        if chart.name != self.chart || chart.version != self.version {
            return Ok(None);
        }
        self.check_digest(place)?;
        let path = std::path::absolute(&place.path).unwrap_or_else(|_| place.path.clone());
        Ok(Some(Found { path, hash, chart }))
    }

    fn check_digest(&self, place: &Place) -> Result<(), Vec<Diagnostic>> {
        let (Some(wanted), true) = (self.digest, place.path.is_file()) else {
            return Ok(());
        };
        let is = cache::digest(&place.path).unwrap_or_default();
        if wanted
            .strip_prefix("sha256:")
            .unwrap_or(wanted)
            .eq_ignore_ascii_case(&is)
        {
            return Ok(());
        }
        Err(vec![
            Diagnostic::error(
                "chart/wrong-digest",
                format!(
                    "the archive of {} {} is not the pinned one",
                    self.chart, self.version
                ),
            )
            .at(&whole(&place.name))
            .why(format!(
                "the environment says {wanted}, and this is sha256:{is}"
            ))
            .help("find out who changed it; if the change is meant, write the new `digest:`"),
        ])
    }

    /// Has Helm fetch the archive, once.
    fn fetched(
        &self,
        charts: Option<&Place>,
        helm: &Helm,
        cache: Option<&Cache>,
    ) -> Result<Found, Vec<Diagnostic>> {
        let name = format!("{}-{}.tgz", self.chart, self.version);
        let lacking = |why: String| {
            let found = Diagnostic::error(
                "chart/not-at-hand",
                format!("chart {} {} is not at hand", self.chart, self.version),
            );
            let found = match charts {
                Some(folder) => found.at(&whole(&folder.name)),
                None => found,
            };
            found.why(why).help(format!(
                "put `{}/{}/` or `{name}` into a folder and name it with `--charts DIR`, or see that `{}` can be reached",
                self.chart, self.version, self.repository
            ))
        };
        let Some(cache) = cache else {
            return Err(vec![lacking(format!(
                "the system names no cache folder to fetch it to; the variable {} does",
                cache::VARIABLE
            ))]);
        };
        let folder = cache
            .folder
            .join("charts")
            .join(&cache::hash([self.repository])[..16]);
        let place = Place {
            path: folder.join(&name),
            name: name.clone(),
        };
        if !place.path.is_file() {
            // Helm writes in place; only what came whole gets its name.
            let aside = folder.join(format!("{}.part", std::process::id()));
            let pulled = fs::create_dir_all(&aside)
                .map_err(|error| error.to_string())
                .and_then(|()| helm.pull(self.chart, self.version, self.repository, &aside))
                .and_then(|()| {
                    let archive = first_archive(&aside)
                        .ok_or("Helm says nothing, and there is no archive")?;
                    fs::rename(archive, &place.path).map_err(|error| error.to_string())
                });
            let _ = fs::remove_dir_all(&aside);
            pulled.map_err(|said| {
                let said = said.trim().replace('\n', " ");
                vec![lacking(format!(
                    "`helm pull` from {} says: {said}",
                    self.repository
                ))]
            })?;
        }
        match self.read(&place) {
            Ok(Some(found)) => Ok(found),
            Ok(None) => {
                let _ = fs::remove_file(&place.path);
                Err(vec![lacking(format!(
                    "{} serves another chart under this name and version",
                    self.repository
                ))])
            }
            Err(found) => {
                // What cannot be read now will not be readable next time either.
                let _ = fs::remove_file(&place.path);
                Err(found)
            }
        }
    }
}

/// Returns whether a link lies in a folder or below; deeper than a chart goes, it is taken for granted.
fn has_links(folder: &Path, depth: usize) -> bool {
    const MAX_DEPTH: usize = 32;
    depth > MAX_DEPTH
        || fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| match entry.file_type() {
                Ok(kind) if kind.is_dir() => has_links(&entry.path(), depth + 1),
                Ok(kind) => kind.is_symlink(),
                Err(_) => true,
            })
}

fn first_archive(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
}
