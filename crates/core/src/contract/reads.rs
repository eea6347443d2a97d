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
    /// Parts of `paths` that stand there more than once; `#<number>` stands for them.
    shared: Vec<Json>,
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
    shared: Vec<Json>,
    paths: Json,
}

impl Reads {
    pub(super) fn of(reading: &Reading) -> Self {
        let mut used = BTreeMap::new();
        let mut paths = branch(reading, Places::TOP, &mut used, 0)
            .map_or(Json::Null, |top| json(reading, top, &[]));
        let shared = share(&mut paths);
        let mut files = vec![String::new(); used.len()];
        for (file, number) in used {
            let name = reading.files.get(file as usize);
            if let (Some(slot), Some(name)) = (files.get_mut(number), name) {
                *slot = name.to_string();
            }
        }
        Self {
            files,
            shared,
            paths,
        }
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
            shared: text.shared,
            paths: text.paths,
        }))
    }

    /// Returns them as one line of JSON.
    pub(super) fn to_json(&self) -> String {
        let text = Text {
            files: self.files.clone(),
            shared: self.shared.clone(),
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
        let mut node = self.follow(&self.paths);
        let mut when = Vec::new();
        let mut found = self.entry(node, &mut when);
        for key in path {
            let Some(below) = node.get(key).or_else(|| node.get("*")) else {
                break;
            };
            node = self.follow(below);
            found = self.entry(node, &mut when).or(found);
        }
        found.map(|read| Read { when, ..read })
    }

    fn follow<'a>(&'a self, node: &'a Json) -> &'a Json {
        node.as_str()
            .and_then(|text| {
                self.shared
                    .get(text.strip_prefix('#')?.parse::<usize>().ok()?)
            })
            .unwrap_or(node)
    }

    /// Returns what an entry says, and adds its conditions to those of the places above.
    fn entry(&self, node: &Json, when: &mut Vec<String>) -> Option<Read> {
        let text = node.as_str().or_else(|| node.get("")?.as_str())?;
        let mut read = None;
        let mut default_of = None;
        for word in text.split(' ') {
            if let Some(guard) = word.strip_prefix('?') {
                when.push(guard.to_owned());
            } else if let Some(text) = word.strip_prefix('=') {
                default_of = Some(text.to_owned());
            } else if let Some((file, line)) = word.split_once(':') {
                read = Some(Read {
                    file: self.files.get(file.parse::<usize>().ok()?)?.clone(),
                    line: line.parse().ok()?,
                    when: Vec::new(),
                    default_of: None,
                });
            }
        }
        read.map(|read| Read { default_of, ..read })
    }
}

/// The reads of one place and of those below it, before they are written.
struct Branch {
    /// The number of the file, and the line.
    site: Option<(usize, u32)>,
    /// What must be set for any read here or below, as far as the places above do not say so.
    when: Vec<PlaceId>,
    default_of: Option<PlaceId>,
    below: Vec<(String, Self)>,
}

fn branch(
    reading: &Reading,
    id: PlaceId,
    used: &mut BTreeMap<u32, usize>,
    depth: usize,
) -> Option<Branch> {
    if depth > 48 {
        return None;
    }
    let place = reading.places.get(id);
    let site = place.sites.first().filter(|_| place.is_read()).map(|site| {
        let next = used.len();
        (*used.entry(site.file).or_insert(next), site.line)
    });
    let children = place
        .children
        .iter()
        .map(|(key, child)| (key.to_string(), *child))
        .chain(place.each.map(|each| ("*".to_owned(), each)));
    let below: Vec<_> = children
        .filter_map(|(key, child)| Some((key, branch(reading, child, used, depth + 1)?)))
        .collect();
    if site.is_none() && below.is_empty() {
        return None;
    }
    let own = site.map(|_| place.when.clone().unwrap_or_default());
    // What all below it ask for is said once, here.
    let mut common: Option<Vec<PlaceId>> = own;
    for (_, child) in &below {
        match &mut common {
            None => common = Some(child.when.clone()),
            Some(known) => known.retain(|guard| child.when.contains(guard)),
        }
    }
    let mut when = common.unwrap_or_default();
    // What stands above it goes without saying.
    when.retain(|guard| *guard != id && !is_above(&reading.places, *guard, id));
    when.sort_unstable();
    when.dedup();
    Some(Branch {
        site,
        when,
        default_of: place.default_of.filter(|_| !place.read_by_template),
        below,
    })
}

fn json(reading: &Reading, branch: Branch, above: &[PlaceId]) -> Json {
    let mut words = Vec::new();
    if let Some((file, line)) = branch.site {
        words.push(format!("{file}:{line}"));
    }
    for guard in branch.when.iter().filter(|guard| !above.contains(guard)) {
        words.push(format!("?{}", shown(&reading.places, *guard)));
    }
    if let Some(default) = branch.default_of {
        words.push(format!("={}", shown(&reading.places, default)));
    }
    let own = words.join(" ");
    if branch.below.is_empty() {
        return Json::from(own);
    }
    let mut map = serde_json::Map::new();
    if !own.is_empty() {
        map.insert(String::new(), Json::from(own));
    }
    let above: Vec<PlaceId> = above.iter().chain(&branch.when).copied().collect();
    for (key, child) in branch.below {
        map.insert(key, json(reading, child, &above));
    }
    Json::Object(map)
}

/// Moves what stands more than once into a list, and leaves its number: `"#3"`.
fn share(paths: &mut Json) -> Vec<Json> {
    fn count(node: &Json, forms: &mut BTreeMap<String, usize>) {
        if let Json::Object(map) = node {
            let count_of = forms.entry(node.to_string()).or_default();
            *count_of += 1;
            if *count_of == 1 {
                map.values().for_each(|below| count(below, forms));
            }
        }
    }
    fn replace(
        node: &mut Json,
        forms: &BTreeMap<String, usize>,
        numbers: &mut BTreeMap<String, usize>,
        shared: &mut Vec<Json>,
    ) {
        let Json::Object(map) = node else { return };
        for (_, below) in map.iter_mut() {
            let text = below.to_string();
            let is_shared = below.is_object()
                && text.len() > 16
                && forms.get(&text).is_some_and(|count| *count > 1);
            if !is_shared {
                replace(below, forms, numbers, shared);
                continue;
            }
            let number = match numbers.get(&text) {
                Some(number) => *number,
                None => {
                    let mut own = below.clone();
                    replace(&mut own, forms, numbers, shared);
                    shared.push(own);
                    numbers.insert(text, shared.len() - 1);
                    shared.len() - 1
                }
            };
            *below = Json::from(format!("#{number}"));
        }
    }
    let mut forms = BTreeMap::new();
    count(paths, &mut forms);
    let mut shared = Vec::new();
    replace(paths, &forms, &mut BTreeMap::new(), &mut shared);
    shared
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
