//! Where backends keep what must last: what the template writes, and what overrides make of it.

use super::described::{Store, StoreBackend};
use super::overrides::Said;
use super::scope::Scope;
use crate::links::Bucket;
use crate::source::Location;

/// Where a chart keeps the client's settings, as paths of its values; of several the first that is set holds.
pub(super) struct Paths<'p> {
    /// What keeps the data: `s3`, `filesystem`.
    pub(super) backend: &'p [&'p str],
    /// The bucket.
    pub(super) bucket: &'p [&'p str],
    /// What names in it begin with.
    pub(super) prefix: &'p [&'p str],
    /// Maps with `endpoint`, `region` and `insecure`.
    pub(super) client: &'p [&'p str],
    /// How buckets are addressed, by path where it says so.
    pub(super) path_style: &'p [(&'p str, Style)],
}

/// How a client is told to address buckets by path.
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// By a truth value.
    Flag,
    /// By the word `path` or `path-style`, or another; without one the client decides by the address.
    Lookup,
}

impl Scope<'_> {
    /// Returns where one kind of data is kept; none where the environment has no object store.
    pub(super) fn kept(&self, bucket: &Bucket, paths: &Paths<'_>) -> Option<Store> {
        let store = self.environment.model.object_store.as_ref()?;
        let mut reader = Reader {
            scope: self,
            place: None,
        };
        let backend = match reader.first(paths.backend).text("s3").as_str() {
            "s3" | "" => StoreBackend::S3,
            "local" | "filesystem" => StoreBackend::Disk,
            _ => StoreBackend::Other,
        };
        let name = reader.first(paths.bucket).text(&bucket.name);
        let prefix = reader.first(paths.prefix).text("");
        let path_style = paths
            .path_style
            .iter()
            .find_map(|(path, style)| match (reader.first(&[path]), style) {
                (Said::Nothing, _) => None,
                (said, Style::Flag) => Some(Some(said.bool(false, false))),
                (Said::Removed(_), Style::Lookup) => Some(None),
                (said, Style::Lookup) => match said.text("").as_str() {
                    "path" | "path-style" => Some(Some(true)),
                    "virtual-hosted" | "virtual-hosted-style" => Some(Some(false)),
                    _ => Some(None),
                },
            })
            .unwrap_or(Some(store.uses_path_style()));
        let endpoint = reader.field(paths.client, "endpoint");
        let region = reader.field(paths.client, "region");
        let insecure = reader.field(paths.client, "insecure");
        Some(Store {
            component: self.release.component.to_owned(),
            purpose: bucket.purpose.clone(),
            backend,
            bucket: name,
            prefix,
            endpoint: endpoint.unwrap_or_else(|| store.endpoint.clone()),
            region: region.unwrap_or_else(|| store.region.clone()),
            insecure: insecure.map_or(!store.tls, |said| said == "true"),
            path_style,
            place: reader
                .place
                .unwrap_or_else(|| self.environment.location("objectStore")),
        })
    }

    /// Returns the buckets of this release.
    pub(super) fn own_buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.links
            .buckets()
            .iter()
            .filter(|bucket| bucket.component == self.release.component)
    }
}

/// Looks at overrides, and remembers where the first one stands.
struct Reader<'s, 'a> {
    scope: &'s Scope<'a>,
    place: Option<Location>,
}

impl<'a> Reader<'_, 'a> {
    fn first(&mut self, paths: &[&str]) -> Said<'a> {
        let said = self.scope.first_said(paths);
        if let Some(node) = said.node() {
            self.place.get_or_insert_with(|| node.location.clone());
        }
        said
    }

    /// Returns what any of several maps says of a key.
    fn field(&mut self, maps: &[&str], key: &str) -> Option<String> {
        maps.iter()
            .find_map(|map| match self.first(&[&format!("{map}.{key}")]) {
                Said::Nothing => None,
                said => Some(said.text("")),
            })
    }
}
