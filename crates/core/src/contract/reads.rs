//! Who reads each value of a chart: template, line, and what must be set for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::templates::{PlaceId, Places, Reading};

/// Who reads the values of a chart, by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reads {
    /// The templates, by the numbers in the entries.
    files: Vec<String>,
    /// A map like the values; the entry of a map itself stands under an empty key.
    paths: Json,
}

/// Who reads one value first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The template, from the chart's own folder.
    pub file: String,
    /// The line, from 1; 0 for Helm itself, which reads what `Chart.yaml` names.
    pub line: u32,
    /// The values that must be set for any template to read it.
    pub when: Vec<String>,
    /// The value whose default text reads it: the read vanishes when that text is replaced.
    pub default_of: Option<String>,
}

/// How the reads stand in a contract's text.
#[derive(Deserialize, Serialize)]
struct Text {
    files: Vec<String>,
    paths: Json,
}

impl Reads {
    pub(super) fn of(reading: &Reading) -> Self {
        let mut used = BTreeMap::new();
        let paths = tree(reading, Places::TOP, &mut used, 0).unwrap_or(Json::Null);
        let mut files = vec![String::new(); used.len()];
        for (file, number) in used {
            let name = reading.files.get(file as usize);
            if let (Some(slot), Some(name)) = (files.get_mut(number), name) {
                *slot = name.to_string();
            }
        }
        Self { files, paths }
    }

    /// Reads them from a contract's text; empty where it has none.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not JSON, or its reads are of another form.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Contract {
            #[serde(rename = "x-reads")]
            reads: Option<Text>,
        }
        let contract: Contract = serde_json::from_str(text)?;
        Ok(contract.reads.map_or_else(Self::default, |text| Self {
            files: text.files,
            paths: text.paths,
        }))
    }

    /// Returns them as one line of JSON.
    pub(super) fn to_json(&self) -> String {
        let text = Text {
            files: self.files.clone(),
            paths: self.paths.clone(),
        };
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// Returns whether nothing is read.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns who reads the value at a path, or the nearest map above it that is read whole.
    pub fn at(&self, path: &[&str]) -> Option<Read> {
        let mut node = &self.paths;
        let mut found = self.entry(node);
        for key in path {
            match node.get(key).or_else(|| node.get("*")) {
                Some(below) => {
                    node = below;
                    found = self.entry(node).or(found);
                }
                None => break,
            }
        }
        found
    }

    fn entry(&self, node: &Json) -> Option<Read> {
        let text = node.as_str().or_else(|| node.get("")?.as_str())?;
        let (place, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (file, line) = place.split_once(':')?;
        let mut read = Read {
            file: self.files.get(file.parse::<usize>().ok()?)?.clone(),
            line: line.parse().ok()?,
            when: Vec::new(),
            default_of: None,
        };
        for word in rest.split(' ').filter(|word| !word.is_empty()) {
            match word.strip_prefix('=') {
                Some(text) => read.default_of = Some(text.to_owned()),
                None => read.when.push(word.trim_start_matches('?').to_owned()),
            }
        }
        Some(read)
    }
}

fn tree(
    reading: &Reading,
    id: PlaceId,
    used: &mut BTreeMap<u32, usize>,
    depth: usize,
) -> Option<Json> {
    if depth > 48 {
        return None;
    }
    let place = reading.places.get(id);
    let own = place.sites.first().filter(|_| place.is_read()).map(|site| {
        let next = used.len();
        let file = *used.entry(site.file).or_insert(next);
        let mut text = format!("{file}:{}", site.line);
        for guard in place.when.iter().flatten() {
            // What stands above it goes without saying.
            if !is_above(&reading.places, *guard, id) {
                text.push_str(&format!(" ?{}", shown(&reading.places, *guard)));
            }
        }
        if let Some(default) = place.default_of.filter(|_| !place.read_by_template) {
            text.push_str(&format!(" ={}", shown(&reading.places, default)));
        }
        Json::from(text)
    });
    let mut below = serde_json::Map::new();
    for (key, child) in &place.children {
        if let Some(json) = tree(reading, *child, used, depth + 1) {
            below.insert(key.to_string(), json);
        }
    }
    if let Some(each) = place.each
        && let Some(json) = tree(reading, each, used, depth + 1)
    {
        below.insert("*".to_owned(), json);
    }
    if below.is_empty() {
        return own;
    }
    if let Some(own) = own {
        below.insert(String::new(), own);
    }
    Some(Json::Object(below))
}

fn is_above(places: &Places, above: PlaceId, id: PlaceId) -> bool {
    let mut at = id;
    while let Some(parent) = places.get(at).parent {
        if parent == above {
            return true;
        }
        at = parent;
    }
    false
}

fn shown(places: &Places, id: PlaceId) -> String {
    places.path(id).join(".").replace(' ', "_")
}
