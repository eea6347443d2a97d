//! What both benches need: the shipped environments, and many more like them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::source::Source;

/// Returns the repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// Returns the text of a shipped environment file.
pub fn shipped(name: &str) -> String {
    fs::read_to_string(root().join("envs").join(name)).expect("the repository ships it")
}

/// Writes `count` environments of five components each into a folder: the shipped ones in turn, under names of their own.
pub fn write_many(folder: &Path, count: usize) {
    fs::write(folder.join("base.yaml"), shipped("base.yaml")).expect("the folder is new");
    let texts = ["dev", "test", "prod"].map(|name| (name, shipped(&format!("{name}.yaml"))));
    for index in 0..count {
        let (name, text) = &texts[index % texts.len()];
        let own = format!("{name}-{index}");
        let text = text.replace(
            &format!("environment: {name}\n"),
            &format!("environment: {own}\n"),
        );
        fs::write(folder.join(format!("{own}.yaml")), text).expect("the folder is new");
    }
}

/// Layers out of the shipped folder.
pub struct Shipped;

impl Layers for Shipped {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
        let file = name.rsplit('/').next().unwrap_or(name);
        Ok(fs::read_to_string(root().join("envs").join(file))
            .ok()
            .map(|text| Source::new(name, text)))
    }
}
