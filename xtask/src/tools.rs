//! The test tools under `tests/tools/`: Go programs, each a pinned module, and programs of Node, each a pinned package.
//!
//! A built tool is kept outside the tree, in a folder named by the hash of what it is built from.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::cargo::{root, run};

/// A test tool that is built.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// The environment variable that tests find it by.
    pub(crate) variable: &'static str,
    pub(crate) path: PathBuf,
}

struct Recipe {
    name: &'static str,
    variable: &'static str,
    package: &'static str,
    /// What the project's own build sets: without it Helm 3 takes every cluster for Kubernetes 1.20.
    flags: &'static str,
}

const RECIPES: &[Recipe] = &[
    Recipe {
        name: "helm3",
        variable: "HELMWRIGHT_HELM3",
        package: "helm.sh/helm/v3/cmd/helm",
        flags: "-s -w -X helm.sh/helm/v3/internal/version.version=v3.21.4 \
                -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=36 \
                -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=36",
    },
    Recipe {
        name: "helm4",
        variable: "HELMWRIGHT_HELM4",
        package: "helm.sh/helm/v4/cmd/helm",
        flags: "-s -w -X helm.sh/helm/v4/internal/version.version=v4.2.4",
    },
    Recipe {
        name: "kubernetes",
        variable: "HELMWRIGHT_KUBERNETES",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "alloy",
        variable: "HELMWRIGHT_ALLOY",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "argocd",
        variable: "HELMWRIGHT_ARGOCD",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "flux",
        variable: "HELMWRIGHT_FLUX",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "kustomize",
        variable: "HELMWRIGHT_KUSTOMIZE",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "external-secrets",
        variable: "HELMWRIGHT_EXTERNAL_SECRETS",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "amtool",
        variable: "HELMWRIGHT_AMTOOL",
        package: "github.com/prometheus/alertmanager/cmd/amtool",
        flags: "-s -w",
    },
    Recipe {
        name: "logql",
        variable: "HELMWRIGHT_LOGQL",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "prometheus-operator",
        variable: "HELMWRIGHT_PROMETHEUS_OPERATOR",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "promql",
        variable: "HELMWRIGHT_PROMQL",
        package: ".",
        flags: "-s -w",
    },
    Recipe {
        name: "promtool",
        variable: "HELMWRIGHT_PROMTOOL",
        package: "github.com/prometheus/prometheus/cmd/promtool",
        flags: "-s -w",
    },
];

/// Returns whether Go is at hand.
pub(crate) fn go_is_at_hand() -> bool {
    answers("go", "version")
}

/// Returns whether Node and its package manager are at hand.
pub(crate) fn node_is_at_hand() -> bool {
    answers("node", "--version") && answers("npm", "--version")
}

fn answers(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A test tool that is a package of Node.
struct Package {
    name: &'static str,
    variable: &'static str,
    /// What is run, in the folder that it is installed in.
    program: &'static str,
}

const PACKAGES: [Package; 3] = [
    Package {
        name: "yaml-language-server",
        variable: "HELMWRIGHT_YAML_LANGUAGE_SERVER",
        program: "node_modules/yaml-language-server/bin/yaml-language-server",
    },
    Package {
        name: "mermaid",
        variable: "HELMWRIGHT_MERMAID",
        program: "read.mjs",
    },
    Package {
        name: "viz",
        variable: "HELMWRIGHT_VIZ",
        program: "read.mjs",
    },
];

/// Installs the tools that need Node and are not there yet, and returns all of them.
pub(crate) fn packages() -> Result<Vec<Tool>> {
    PACKAGES.iter().map(install).collect()
}

fn install(package: &Package) -> Result<Tool> {
    let name = package.name;
    let kept = cache()?.join(format!("{name}-{}", fingerprint(name, &[])?));
    if !kept.is_dir() {
        println!("installing test tool {name} (once)");
        let unfinished = kept.with_extension(format!("unfinished-{}", std::process::id()));
        fs::create_dir_all(&unfinished)
            .with_context(|| format!("cannot make {}", unfinished.display()))?;
        for file in sources(name)? {
            let to = unfinished.join(file.file_name().unwrap_or_default());
            fs::copy(&file, to).with_context(|| format!("cannot copy {}", file.display()))?;
        }
        run(Command::new("npm").current_dir(&unfinished).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]))?;
        // Another run may have finished first; what it installed is the same.
        if let Err(error) = fs::rename(&unfinished, &kept) {
            let _ = fs::remove_dir_all(&unfinished);
            if !kept.is_dir() {
                return Err(error).with_context(|| format!("cannot keep {}", kept.display()));
            }
        }
    }
    Ok(Tool {
        name,
        variable: package.variable,
        path: kept.join(package.program),
    })
}

/// Builds what is not built yet, and returns all tools.
pub(crate) fn all() -> Result<Vec<Tool>> {
    RECIPES.iter().map(build).collect()
}

fn build(recipe: &Recipe) -> Result<Tool> {
    let folder = root().join("tests/tools").join(recipe.name);
    let kept = cache()?.join(format!(
        "{}-{}",
        recipe.name,
        fingerprint(recipe.name, &[recipe.package, recipe.flags])?
    ));
    let path = kept.join(recipe.name);
    if !path.is_file() {
        println!("building test tool {} (once)", recipe.name);
        fs::create_dir_all(&kept).with_context(|| format!("cannot make {}", kept.display()))?;
        // Built beside its place and renamed, so that an interrupted build leaves nothing that looks done.
        let unfinished = kept.join(format!("{}.unfinished-{}", recipe.name, std::process::id()));
        run(Command::new("go")
            .current_dir(&folder)
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-buildvcs=false")
            .args(["build", "-trimpath", "-ldflags", recipe.flags, "-o"])
            .arg(&unfinished)
            .arg(recipe.package))?;
        fs::rename(&unfinished, &path)
            .with_context(|| format!("cannot keep {}", path.display()))?;
    }
    Ok(Tool {
        name: recipe.name,
        variable: recipe.variable,
        path,
    })
}

fn cache() -> Result<PathBuf> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = variable("HELMWRIGHT_TOOLS") {
        return Ok(folder);
    }
    let user =
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    match user {
        Some(folder) => Ok(folder.join("helmwright/tools")),
        None => bail!("neither HELMWRIGHT_TOOLS nor HOME says where built tools may be kept"),
    }
}

/// Returns the files that a tool is made from, sorted.
fn sources(name: &str) -> Result<Vec<PathBuf>> {
    let folder = root().join("tests/tools").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Returns the hash of everything a tool is built from.
fn fingerprint(name: &str, how: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    for part in how {
        hash.update(part);
    }
    for file in sources(name)? {
        hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(hash
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
}
