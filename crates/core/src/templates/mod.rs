//! Reads a chart's templates, and says what they really read of `.Values`, where, and what becomes of it.
//!
//! No template is run. The syntax tree of each is walked with what is known of every expression: a constant, a place
//! below `.Values`, a map or a list of those, or a printed text with such values in it. Both sides of a condition are
//! walked unless its outcome is the same for every user; a loop over a list that the chart writes itself is walked
//! for each element, one over a user's values once, for any. Named templates are walked with the context they are
//! handed, so `index $.ctx.Values $.component` is followed when the component is a constant of the caller.
//!
//! What is printed is laid out line by line, so that a value's place in the rendered object is known: a map that
//! lands under `spec.template.spec.containers[].resources` is Kubernetes' own type, and closed again.
//!
//! ```
//! use helmwright::chart::Chart;
//! use helmwright::templates;
//!
//! let chart = Chart::from_files([
//!     ("Chart.yaml", "name: demo\nversion: 1.0.0\n"),
//!     ("values.yaml", "web: {replicas: 1, old: true}\n"),
//!     ("templates/web.yaml", "kind: Deployment\nspec:\n  replicas: {{ .Values.web.replicas }}\n"),
//! ])
//! .map_err(|_| "a broken chart")?;
//! let reading = templates::read(&chart);
//! let web = reading.places.get(templates::Places::TOP).children["web"];
//! let read: Vec<_> = reading.places.get(web).children.keys().map(|key| &**key).collect();
//! assert_eq!(read, ["replicas"]);
//! # Ok::<(), &str>(())
//! ```

mod defaults;
mod expression;
mod functions;
mod layout;
mod library;
mod limits;
mod notes;
mod output;
mod place;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod text_reads;
mod value;
mod walk;

use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::chart::Chart;
use crate::yaml::{Node, Value};

use library::{Library, Part};
use place::{How, Origin};
use walk::Walker;

pub use library::Broken;
pub(crate) use library::below;
pub use place::{Landing, Passed, Place, PlaceId, Places, Site};
pub(crate) use text_reads::paths_in;

/// What a chart's templates read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The places below `.Values`, those of subcharts under their names.
    pub places: Places,
    /// The files that read, by the numbers of [`Site::file`]: paths from the chart's own folder.
    pub files: Vec<Arc<str>>,
    /// Templates that could not be read.
    pub broken: Vec<Broken>,
    /// Where a template is called whose name is computed: what it reads is not known.
    pub unknown_calls: Vec<Site>,
    /// Where the reading was cut short, because the templates do not end.
    pub cut: Option<Site>,
    /// The charts without templates, as `<name> <version>`: all that their values list is taken for read.
    pub bare: Vec<String>,
}

/// Reads the templates of a chart and of its subcharts.
pub fn read(chart: &Chart) -> Reading {
    let mut places = Places::new();
    let library = Library::new(chart, &mut places);
    let mut walker = Walker::new(library, places);
    walker.walk_all();
    let bare = suppose(&mut walker);
    read_metadata(&mut walker);
    import_values(&mut walker);
    let mut broken = std::mem::take(&mut walker.library.broken);
    broken.dedup();
    Reading {
        files: std::mem::take(&mut walker.library.names),
        places: walker.places,
        broken,
        unknown_calls: walker.unknown_calls,
        cut: walker.cut,
        bare,
    }
}

/// Supposes that a chart whose templates are not at hand reads all that its values list, and names those charts.
fn suppose(walker: &mut Walker<'_>) -> Vec<String> {
    let mut bare = Vec::new();
    let Some(file) = walker.library.name("values.yaml") else {
        return bare;
    };
    let origin = Origin {
        site: Site { file, line: 0 },
        guards: Rc::from([]),
        default_of: None,
    };
    for part in 0..walker.library.parts.len() {
        let Part { chart, values, .. } = walker.library.parts[part];
        let has_templates = chart
            .files
            .iter()
            .any(|(path, _)| path.starts_with("templates/"));
        let is_empty = chart.values.as_map().is_none_or(IndexMap::is_empty);
        if has_templates || chart.is_library || is_empty {
            continue;
        }
        bare.push(format!("{} {}", chart.name, chart.version));
        let subcharts: Vec<String> = walker.library.parts[part]
            .below
            .iter()
            .map(|(key, _)| key.clone())
            .collect();
        for (key, entry) in chart.values.as_map().into_iter().flatten() {
            if !subcharts.contains(key) {
                let place = walker.places.child(values, key);
                suppose_at(&mut walker.places, place, &entry.value, &origin, 0);
            }
        }
    }
    bare
}

fn suppose_at(places: &mut Places, id: PlaceId, node: &Node, origin: &Origin, depth: usize) {
    places.get_mut(id).supposed = true;
    match &node.value {
        Value::Map(map) if !map.is_empty() && depth < 32 => {
            for (key, entry) in map {
                let child = places.child(id, key);
                suppose_at(places, child, &entry.value, origin, depth + 1);
            }
        }
        Value::Map(_) | Value::List(_) | Value::Null => {
            let how = How::Passed {
                landing: None,
                without: Vec::new(),
            };
            places.read(id, how, origin);
        }
        _ => places.read(id, How::Printed(None), origin),
    }
}

/// Helm itself reads the keys that switch subcharts.
fn read_metadata(walker: &mut Walker<'_>) {
    let Some(file) = walker.library.name("Chart.yaml") else {
        return;
    };
    let origin = Origin {
        site: Site { file, line: 0 },
        guards: Rc::from([]),
        default_of: None,
    };
    for part in 0..walker.library.parts.len() {
        let Part { chart, values, .. } = walker.library.parts[part];
        for dependency in &chart.dependencies {
            for path in dependency.conditions() {
                let place = path
                    .split('.')
                    .fold(values, |at, key| walker.places.child(at, key));
                walker.places.read(place, How::Asked, &origin);
            }
            for tag in &dependency.tags {
                let tags = walker.places.child(Places::TOP, "tags");
                let place = walker.places.child(tags, tag);
                walker.places.read(place, How::Asked, &origin);
            }
        }
    }
}

/// Values of a subchart that stand among its parent's: what reads the copy reads them, too.
fn import_values(walker: &mut Walker<'_>) {
    let mut imports = Vec::new();
    for part in &walker.library.parts {
        for dependency in &part.chart.dependencies {
            for (child, parent) in &dependency.imports {
                imports.push((
                    part.values,
                    dependency.key().to_owned(),
                    child.clone(),
                    parent.clone(),
                ));
            }
        }
    }
    for (values, key, child, parent) in imports {
        let steps = |path: &str| -> Vec<String> {
            path.split('.')
                .filter(|step| !step.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let from = steps(&parent)
            .iter()
            .fold(values, |at, step| walker.places.child(at, step));
        let below = walker.places.child(values, &key);
        let to = steps(&child)
            .iter()
            .fold(below, |at, step| walker.places.child(at, step));
        copy(&mut walker.places, from, to, below, 0);
    }
}

/// Copies the reads of one place to another, below them too, but not into the subchart itself.
fn copy(places: &mut Places, from: PlaceId, to: PlaceId, not_into: PlaceId, depth: usize) {
    if depth > 16 || from == not_into {
        return;
    }
    let source = places.get(from).clone();
    let target = places.get_mut(to);
    target.asked |= source.asked;
    target.printed |= source.printed;
    target.ranged |= source.ranged;
    target.keyed |= source.keyed;
    target.template |= source.template;
    target.read_by_template |= source.read_by_template;
    target.sites.extend(source.sites);
    target.landings.extend(source.landings);
    target.passed.extend(source.passed);
    for (key, child) in source.children {
        // A value at the top of a chart is imported only where the subchart exports it.
        let inner = places.child(to, &key);
        copy(places, child, inner, not_into, depth + 1);
    }
    if let Some(each) = source.each {
        let inner = places.each(to);
        copy(places, each, inner, not_into, depth + 1);
    }
}
