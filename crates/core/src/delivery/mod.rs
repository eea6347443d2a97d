//! What brings the files to the cluster: the objects of Argo CD and of Flux.
//!
//! They carry all that differs between the tools, so that values files are the same bytes whatever delivers them. This
//! module sees an environment, its releases and where files go; it never sees values.

mod applications;
mod applicationset;
mod check;
mod flux;
mod place;
mod project;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract;
use crate::diagnostic::has_errors;
use crate::environment::{ArgoCdStyle, DeliveryMethod, Environment};
use crate::error::Error;
use crate::layout::Layout;
use crate::plan::PlannedFile;
use crate::render::{self, context};
use crate::source::Source;
use crate::yaml;

pub(crate) use applications::is_automated;
pub(crate) use check::check;
pub(crate) use project::{Project, project_files};

/// The health check that Argo CD needs for `order: app-of-apps`, as the value of
/// `resource.customizations.health.argoproj.io_Application` in the ConfigMap `argocd-cm`.
///
/// Argo CD looks at the health of Applications only if it is told how: without this a sync wave of Applications waits for
/// nothing. Source: Argo CD documentation, "Resource Health", section "Argo CD App".
pub const APPLICATION_HEALTH: &str = "\
hs = {}
hs.status = \"Progressing\"
hs.message = \"\"
if obj.status ~= nil then
  if obj.status.health ~= nil then
    hs.status = obj.status.health.status
    if obj.status.health.message ~= nil then
      hs.message = obj.status.health.message
    end
  end
end
return hs
";

/// What one release brings to the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Delivered<'a> {
    pub(crate) release: &'a Release,
    /// The paths of its files of objects, below the output folder.
    pub(crate) objects: Vec<String>,
    /// The paths of its examples: what a team copies without the ending, fills and encrypts.
    pub(crate) examples: Vec<String>,
}

impl Delivered<'_> {
    /// Returns whether there is anything to install as it is written.
    pub(crate) fn is_installed(&self) -> bool {
        self.release.chart.is_some() || !self.objects.is_empty()
    }
}

/// Returns the objects that deliver one environment.
///
/// # Errors
///
/// A template of ours that writes what its kind does not take is our mistake.
pub(crate) fn files(
    environment: &Environment,
    delivered: &[Delivered<'_>],
    layout: Layout<'_>,
    catalog: &Catalog,
) -> Result<Vec<PlannedFile>, Error> {
    let writer = Writer {
        catalog,
        environment: Some(environment),
    };
    match environment.model.delivery.method {
        DeliveryMethod::Helm => Ok(Vec::new()),
        DeliveryMethod::Argocd => applications::files(environment, delivered, layout, &writer),
        DeliveryMethod::Flux => flux::files(environment, delivered, layout, &writer),
    }
}

/// Returns the file by which the delivery of an environment begins, and that somebody applies once; none where Helm is run by
/// hand.
pub(crate) fn first_file(environment: &Environment) -> Option<String> {
    let delivery = &environment.model.delivery;
    let name = &environment.name;
    match (delivery.method, delivery.argocd.style) {
        (DeliveryMethod::Helm, _) => None,
        (DeliveryMethod::Argocd, ArgoCdStyle::Applications) => {
            Some(format!("{}/{name}.yaml", applications::FOLDER))
        }
        (DeliveryMethod::Argocd, ArgoCdStyle::Applicationset) => {
            Some(format!("{}/applicationset.yaml", applications::FOLDER))
        }
        (DeliveryMethod::Flux, _) => Some(format!("{}/{name}.yaml", flux::FOLDER)),
    }
}

/// Returns the name of what delivers a release: no two of a project are the same.
pub(crate) fn object_name(environment: &str, release: &str) -> String {
    format!("{environment}-{release}")
}

/// Returns the labels by which what delivers a release is chosen.
fn labels(environment: &str, release: &Release) -> Value {
    json!({
        "environment": environment,
        "component": release.component,
        "wave": release.wave.to_string(),
    })
}

/// Writes files by the templates of `templates/delivery`.
struct Writer<'a> {
    catalog: &'a Catalog,
    /// Whose files they are; none for those of the project.
    environment: Option<&'a Environment>,
}

impl Writer<'_> {
    /// Writes one file, and checks each object in it by its kind.
    fn write(
        &self,
        tool: &str,
        template: &str,
        path: String,
        data: &Value,
    ) -> Result<PlannedFile, Error> {
        let template = format!("delivery/{tool}/{template}.yaml.j2");
        let text = self.catalog.engine().render(&template, &context(data))?;
        let text = render::without_empty(&text);
        let template = format!("templates/{template}");
        let source = Source::new(template.clone(), text.clone());
        let wrong = match yaml::read_all(&source) {
            // What configures kustomize is no object.
            Ok(objects) => objects
                .iter()
                .filter(|object| object.get("nameReference").is_none())
                .flat_map(contract::check_object)
                .collect(),
            Err(findings) => findings,
        };
        if has_errors(&wrong) {
            return Err(contract::broken(&template, &wrong));
        }
        Ok(PlannedFile {
            path,
            text: Arc::from(self.header() + &text),
            environment: self.environment.map(|environment| environment.name.clone()),
        })
    }

    /// Returns the lines above a file: where it comes from.
    fn header(&self) -> String {
        let (what, from) = match self.environment {
            Some(environment) => (
                format!("environment {}", environment.name),
                environment.files.join(", "),
            ),
            None => (
                "all environments".to_owned(),
                "the environment files".to_owned(),
            ),
        };
        format!(
            "# Delivery of {what}.\n\
             # Made by helmwright from {from}.\n\
             # Do not edit: change those files, then run `helmwright generate`.\n\n"
        )
    }
}

/// Returns the same data with more of it.
fn with(mut data: Value, more: Value) -> Value {
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    data
}

/// Returns a map of texts.
fn texts<const N: usize>(pairs: [(&str, String); N]) -> Value {
    let pairs = pairs.map(|(key, text)| (key.to_owned(), Value::String(text)));
    Value::Object(Map::from_iter(pairs))
}
