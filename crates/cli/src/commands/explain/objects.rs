//! What a component without a chart is: its objects, and where they are written.

use clap::builder::styling::Style;
use helmwright::diagnostic::Diagnostic;
use helmwright::pipeline::Derived;
use helmwright::source::Source;
use helmwright::values::Path;
use serde_json::{Value, json};

use super::super::model::Model;
use super::super::objects::{Objects, in_words};
use super::Figure;
use super::page;
use crate::outcome::{Failure, Product};
use crate::project::Project;
use crate::report::visible;

/// A component that is plain objects of Kubernetes.
pub(super) struct Plain {
    /// `prod/buckets`.
    target: String,
    summary: String,
    /// What its variant is.
    variant: String,
    namespace: String,
    wave: i32,
    files: Vec<(String, Objects)>,
    figures: Vec<Figure>,
}

impl Plain {
    /// Looks at a component; none if the environment does not run it, or it has a chart.
    pub(super) fn of(
        derived: &Derived,
        component: &str,
        path: &Path,
        (model, project): (&Model, &Project),
        figures: impl FnOnce() -> Vec<Figure>,
    ) -> Result<Option<Self>, Failure> {
        let Some(release) = derived
            .release(component)
            .filter(|release| release.chart.is_none())
        else {
            return Ok(None);
        };
        let target = format!("{}/{component}", derived.environment().name);
        if !path.steps().is_empty() {
            return Err(no_values(&target, path).into());
        }
        let files = derived
            .objects_for(component, &project.layout, &model.catalog)
            .map_err(|error| model.catalog.failure(&error))?
            .into_iter()
            .map(|file| {
                let objects = Objects::read(&Source::new(file.path.clone(), file.text.as_ref()));
                (file.path, objects)
            })
            .collect();
        let manifest = model.catalog.manifest(component);
        let variant = manifest.and_then(|manifest| manifest.variants.get(&release.variant));
        Ok(Some(Self {
            target,
            summary: manifest
                .map(|manifest| manifest.summary.clone())
                .unwrap_or_default(),
            variant: variant
                .map(|variant| variant.summary.clone())
                .unwrap_or_default(),
            namespace: release.namespace.clone(),
            wave: release.wave,
            files,
            figures: figures(),
        }))
    }
}

/// Says that what has no chart has no values.
fn no_values(target: &str, path: &Path) -> Diagnostic {
    Diagnostic::error(
        "explain/not-set",
        format!("`{target}` has no values, and so no `{path}`"),
    )
    .why("it is plain objects of Kubernetes, which are written whole")
    .help(format!(
        "`helmwright explain {target}` lists its objects; what can be chosen stands under `settings`"
    ))
}

impl Product for Plain {
    fn text(&self) -> String {
        let bold = Style::new().bold();
        let mut text = format!("{bold}{}{bold:#}  {}\n\n", self.target, self.summary);
        let mut line = |name: &str, words: &str| {
            text.push_str(&format!("  {name:<9} {}\n", visible(words)));
        };
        line("form", &self.variant);
        line("namespace", &self.namespace);
        line("wave", &self.wave.to_string());
        for (at, (path, objects)) in self.files.iter().enumerate() {
            let name = if at == 0 { "writes" } else { "" };
            line(name, &format!("{path}: {}", in_words(&objects.kinds)));
        }
        if self.files.is_empty() {
            line("writes", "nothing: its settings ask for no object");
        }
        if !self.figures.is_empty() {
            text.push_str("\nWhat rules compute:\n\n");
            text.push_str(&page::draw(&self.figures));
        }
        text
    }

    fn json(&self) -> Value {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|(path, objects)| json!({"file": path, "kinds": objects.kinds}))
            .collect();
        json!({
            "target": self.target,
            "summary": self.summary,
            "variant": self.variant,
            "namespace": self.namespace,
            "wave": self.wave,
            "objects": files,
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
        })
    }
}
