//! docs/extending.md, followed from its own text: its files are written, its commands run, its output compared.
//!
//! A code block behind a line that ends in a file name and a colon is that file. Of a block `console` each line behind `$`
//! is a command, and what follows it is what it prints. Blocks `console charts` need charts with their templates: a folder
//! `<chart>/<version>/` that `HELMWRIGHT_CHARTS` names, and Helm 4 by `HELMWRIGHT_HELM4`; without them they are left out,
//! and that is said. `cargo xtask bless` accepts new output.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper that fails, fails its test; what is left out is said"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use helmwright_tests::{expect, files, root};
use tempfile::TempDir;

/// What the page needs beside its own text.
struct Sandbox {
    folder: TempDir,
    /// Whether charts and Helm are at hand.
    charts: bool,
}

impl Sandbox {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let charts = std::env::var_os("HELMWRIGHT_CHARTS")
            .map(PathBuf::from)
            .filter(|charts| charts.join("opencost/2.5.17/templates").is_dir());
        let helm = std::env::var_os("HELMWRIGHT_HELM4").is_some();
        if let Some(charts) = charts.as_ref().filter(|_| helm) {
            std::os::unix::fs::symlink(charts, folder.path().join("charts")).unwrap();
        }
        Self {
            charts: charts.is_some() && helm,
            folder,
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Returns what a command line prints, findings and product as they come.
    fn run(&self, line: &str) -> String {
        let binary = Path::new(env!("CARGO_BIN_EXE_helmwright"));
        let mut path = vec![binary.parent().unwrap().to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let mut command = Command::new("sh");
        if let Some(helm) = std::env::var_os("HELMWRIGHT_HELM4") {
            command.env("HELMWRIGHT_HELM", helm);
        }
        let output = command
            .args(["-c", &format!("exec 2>&1; {line}")])
            .env("PATH", std::env::join_paths(path).unwrap())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Returns the page as it is when it is followed.
fn followed(page: &str, sandbox: &Sandbox) -> String {
    let mut text = String::new();
    let mut lines = page.split_inclusive('\n');
    // The file that the next block is.
    let mut file = None;
    while let Some(line) = lines.next() {
        text.push_str(line);
        let Some(language) = line.strip_prefix("```") else {
            if !line.trim().is_empty() {
                file = file_name(line);
            }
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .take_while(|line| line.trim_end() != "```")
            .collect();
        match language.trim_end() {
            "console charts" if !sandbox.charts => {
                eprintln!("left out, there are no charts: {}", block.concat());
                text.push_str(&block.concat());
            }
            "console" | "console charts" => {
                for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                    text.push_str(&format!("$ {command}"));
                    text.push_str(&sandbox.run(command.trim_end()));
                }
            }
            _ => match file.take() {
                Some(path) => {
                    let shown = root().join("docs/extending").join(path);
                    let shown = fs::read_to_string(&shown).unwrap();
                    sandbox.write(path, &shown);
                    text.push_str(&shown);
                }
                None => text.push_str(&block.concat()),
            },
        }
        text.push_str("```\n");
    }
    text
}

/// Returns the file that a line announces: "... `envs/dev.yaml`:".
fn file_name(line: &str) -> Option<&str> {
    line.trim_end()
        .strip_suffix("`:")?
        .rsplit_once('`')?
        .1
        .into()
}

#[test]
fn the_page_is_true() {
    let path = root().join("docs/extending.md");
    let page = fs::read_to_string(&path).unwrap();
    let sandbox = Sandbox::new();
    expect(&path, &followed(&page, &sandbox)).unwrap();
    // Every file of the example is shown, and nothing else lies there.
    let example = root().join("docs/extending");
    for file in files(&example, "") {
        let name = file.strip_prefix(&example).unwrap().display().to_string();
        assert!(
            page.contains(&format!("`{name}`:\n\n```")),
            "{name} is not shown"
        );
    }
    let values = fs::read_to_string(
        sandbox
            .folder
            .path()
            .join("gitops/dev/opencost/values.yaml"),
    );
    expect(
        &root().join("tests/extending/opencost.values.yaml"),
        &values.unwrap(),
    )
    .unwrap();
}

/// Runs a verb on the example with its files changed; returns what it prints.
fn changed(change: impl Fn(&Path)) -> String {
    let sandbox = Sandbox::new();
    let example = root().join("docs/extending");
    for file in files(&example, "") {
        let name = file.strip_prefix(&example).unwrap().display().to_string();
        sandbox.write(&name, &fs::read_to_string(&file).unwrap());
    }
    change(sandbox.folder.path());
    let out = sandbox.run("helmwright generate");
    let out = format!(
        "{out}{}",
        sandbox.run("helmwright generate >/dev/null; echo exit $?")
    );
    assert!(!out.contains("internal/fault"), "{out}");
    out
}

const TEMPLATE: &str = "catalog/opencost/deployment/values.yaml.j2";

#[test]
fn links_out_of_the_catalogue_are_not_followed() {
    use std::os::unix::fs::symlink;
    let secret = TempDir::new().unwrap();
    fs::write(secret.path().join("values.yaml.j2"), "secret: 1\n").unwrap();
    let out = changed(|folder| {
        fs::remove_file(folder.join(TEMPLATE)).unwrap();
        symlink(secret.path().join("values.yaml.j2"), folder.join(TEMPLATE)).unwrap();
        symlink(secret.path(), folder.join("catalog/opencost/more")).unwrap();
        symlink(
            "nowhere",
            folder.join("catalog/opencost/settings.schema.json.j2"),
        )
        .unwrap();
    });
    assert_eq!(out.matches("[catalog/link-outside]").count(), 4, "{out}");
    assert!(out.contains("[input/missing-file]"), "{out}");
    assert!(
        !out.contains("secret: 1") && out.ends_with("exit 1\n"),
        "{out}"
    );
    // A link within it, and the folder reached by one, are fine.
    let out = changed(|folder| {
        fs::rename(folder.join(TEMPLATE), folder.join("catalog/opencost/x.j2")).unwrap();
        symlink("../x.j2", folder.join(TEMPLATE)).unwrap();
        fs::rename(folder.join("catalog"), folder.join("real")).unwrap();
        symlink("real", folder.join("catalog")).unwrap();
    });
    assert!(out.ends_with("exit 0\n"), "{out}");
}

#[test]
fn what_is_no_catalogue_is_left_soon() {
    let out = changed(|folder| {
        for index in 0..10_000 {
            fs::write(folder.join(format!("catalog/opencost/{index}.j2")), "x").unwrap();
        }
    });
    assert!(
        out.contains("[catalog/too-many-files]") && out.ends_with("exit 1\n"),
        "{out}"
    );
    let out = changed(|folder| fs::remove_dir_all(folder.join("catalog/opencost")).unwrap());
    assert!(
        out.contains("[catalog/empty]") && out.ends_with("exit 1\n"),
        "{out}"
    );
    let out = changed(|folder| fs::remove_dir_all(folder.join("catalog")).unwrap());
    assert!(
        out.contains("[input/no-folder]") && out.ends_with("exit 2\n"),
        "{out}"
    );
}

#[test]
fn files_that_are_no_texts_are_said() {
    let out = changed(|folder| fs::write(folder.join(TEMPLATE), b"a: \xff\n").unwrap());
    assert!(
        out.contains("[input/not-utf-8]") && out.ends_with("exit 1\n"),
        "{out}"
    );
    let out = changed(|folder| {
        let file = fs::File::create(folder.join(TEMPLATE)).unwrap();
        file.set_len(1 << 32).unwrap();
    });
    assert!(
        out.contains("[input/too-large]") && out.ends_with("exit 1\n"),
        "{out}"
    );
}
