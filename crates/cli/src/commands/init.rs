//! `helmwright init`: the files that a project begins with.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use helmwright::Catalog;
use helmwright::diagnostic::Diagnostic;
use serde_json::{Value, json};

use crate::args::{Global, Init};
use crate::load::file::whole;
use crate::outcome::{Failure, Outcome, Product};
use crate::paths::normal;
use crate::project::{Home, Place};
use crate::report::visible;
use crate::write::target::{not_writable, write_alone};

/// The files with their texts. The schema is the library's, so that it is that of this very version.
const FILES: [(&str, &str); 5] = [
    (
        "helmwright.toml",
        include_str!("../../assets/init/helmwright.toml"),
    ),
    (
        "envs/base.yaml",
        include_str!("../../assets/init/envs/base.yaml"),
    ),
    (
        "envs/dev.yaml",
        include_str!("../../assets/init/envs/dev.yaml"),
    ),
    (
        ".vscode/settings.json",
        include_str!("../../assets/init/.vscode/settings.json"),
    ),
    (
        ".vscode/extensions.json",
        include_str!("../../assets/init/.vscode/extensions.json"),
    ),
];

/// Where the environment files and the editor's settings look for the schema.
const SCHEMA: &str = "schemas/environment.schema.json";

/// Runs the verb.
pub(crate) fn run(args: &Init, global: &Global) -> Result<Outcome, Failure> {
    const NOTHING: &str = "nothing was written";
    // Goes to the folder of `-C`; a project that lies above is none of a new one's business.
    Home::find(global)?;
    let folder = normal(&args.folder);
    let place = |file: &str| Place {
        path: args.folder.join(file),
        name: crate::paths::join(&folder, file),
    };
    let schema = Catalog::bundled().environment_schema().text();
    let files: Vec<(Place, &str)> = FILES
        .into_iter()
        .chain([(SCHEMA, schema)])
        .map(|(file, text)| (place(file), text))
        .collect();
    // A link that leads nowhere is there, too: what is written through it lies elsewhere.
    let there: Vec<&Place> = files
        .iter()
        .map(|(place, _)| place)
        .filter(|place| fs::symlink_metadata(&place.path).is_ok())
        .collect();
    if !there.is_empty() {
        return Err(Failure::from(in_the_way(&there)).closing(NOTHING));
    }
    if !args.folder.as_os_str().is_empty() {
        fs::create_dir_all(&args.folder)
            .map_err(|error| Failure::from(not_writable(&folder, &error)).closing(NOTHING))?;
    }
    for (index, (place, text)) in files.iter().enumerate() {
        if let Err(blocked) = write_alone(place, text) {
            // All of it or nothing: half a start would bar the way of the next try.
            for (place, _) in files.iter().take(index) {
                let _ = fs::remove_file(&place.path);
            }
            return Err(Failure::from(blocked).closing(NOTHING));
        }
    }
    Ok(Outcome::new(Vec::new()).with(Started {
        elsewhere: (folder != ".").then_some(folder),
        files: files.into_iter().map(|(place, _)| place.name).collect(),
    }))
}

fn in_the_way(there: &[&Place]) -> Diagnostic {
    let message = match there {
        [_] => "a file of the new project is there already".to_owned(),
        _ => format!("{} files of the new project are there already", there.len()),
    };
    there
        .iter()
        .fold(
            Diagnostic::error("output/already-there", message),
            |finding, place| finding.at(&whole(&place.name)),
        )
        .why("`init` begins a project, and overwrites nothing")
        .help("name an empty folder, or move these files away")
}

/// What was written.
struct Started {
    /// The folder, where it is not the working folder.
    elsewhere: Option<String>,
    files: Vec<String>,
}

impl Product for Started {
    fn text(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            let _ = writeln!(text, "wrote {}", visible(file));
        }
        let there = match &self.elsewhere {
            Some(folder) => format!(" -C {}", shell(folder)),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "Next: put your namespace and object store into {}, then run",
            visible(self.files.get(2).map_or("envs/dev.yaml", String::as_str))
        );
        let _ = writeln!(text, "  helmwright{there} generate");
        text
    }

    fn json(&self) -> Value {
        json!({"written": self.files})
    }

    fn is_talk(&self) -> bool {
        true
    }
}

/// Returns a folder as it is typed in a shell.
fn shell(folder: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-+~".contains(character);
    if !folder.is_empty() && folder.chars().all(plain) && Path::new(folder).is_relative() {
        folder.to_owned()
    } else {
        format!("'{}'", visible(&folder.replace('\'', "'\\''")))
    }
}
