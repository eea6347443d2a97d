//! The files of one environment: values, objects, and the facts of each release.

use std::sync::Arc;

use serde_json::{Value, json};

use super::derived::Derived;
use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract::{self, broken};
use crate::delivery::{self, Delivered};
use crate::diagnostic::has_errors;
use crate::error::Error;
use crate::layout::Layout;
use crate::plan::PlannedFile;
use crate::render::{self, context};
use crate::source::Source;
use crate::yaml;

impl Derived {
    /// Renders and checks every file of the environment; none if anything was wrong before.
    pub(super) fn produce(
        &self,
        layout: Layout<'_>,
        catalog: &Catalog,
    ) -> Result<Vec<PlannedFile>, Error> {
        let mut files = self.produce_values(layout, catalog, |_| true)?;
        if !self.sound {
            return Ok(files);
        }
        let mut delivered = Vec::new();
        for (release, data) in self.releases.iter().zip(&self.contexts) {
            let objects = self.objects_of(release, data, layout, catalog)?;
            let paths: Vec<String> = objects.iter().map(|file| file.path.clone()).collect();
            // A component that found nothing to write is nothing to install.
            if release.chart.is_some() || !paths.is_empty() {
                files.push(self.facts_of(release, &paths, layout));
            }
            files.extend(objects);
            delivered.push(Delivered {
                release,
                objects: paths,
            });
        }
        files.extend(delivery::files(
            &self.environment,
            &delivered,
            layout,
            catalog,
        )?);
        Ok(files)
    }

    /// Returns the files of Kubernetes objects that stand beside the values, or in their place; none if anything was
    /// wrong.
    ///
    /// # Errors
    ///
    /// As [`build`](super::build).
    pub fn objects(&self, layout: &str, catalog: &Catalog) -> Result<Vec<PlannedFile>, Error> {
        let mut files = Vec::new();
        if self.sound {
            for (release, data) in self.releases.iter().zip(&self.contexts) {
                files.extend(self.objects_of(release, data, Layout::new(layout), catalog)?);
            }
        }
        Ok(files)
    }

    /// Renders and checks one release's files of objects; a template that writes none gives no file.
    fn objects_of(
        &self,
        release: &Release,
        data: &Value,
        layout: Layout<'_>,
        catalog: &Catalog,
    ) -> Result<Vec<PlannedFile>, Error> {
        let folder = format!("{}/{}/objects", release.component, release.variant);
        let mut files = Vec::new();
        for template in catalog.templates_in(&folder) {
            let name = template.trim_end_matches(".yaml.j2");
            let template = format!("{folder}/{template}");
            let text = render::without_empty(&catalog.engine().render(&template, &context(data))?);
            let template = format!("templates/{template}");
            let objects = yaml::read_all(&Source::new(template.clone(), text.clone()))
                .map_err(|findings| broken(&template, &findings))?;
            if objects.is_empty() {
                continue;
            }
            let wrong: Vec<_> = objects.iter().flat_map(contract::check_object).collect();
            if has_errors(&wrong) {
                return Err(broken(&template, &wrong));
            }
            files.push(PlannedFile {
                path: layout.object(&self.environment.name, &release.component, name),
                text: Arc::from(self.objects_header(release) + &text),
                environment: Some(self.environment.name.clone()),
            });
        }
        Ok(files)
    }

    /// Returns the facts of a release, for tools that install it: an ApplicationSet reads them.
    fn facts_of(&self, release: &Release, objects: &[String], layout: Layout<'_>) -> PlannedFile {
        let environment = &self.environment.name;
        let mut facts = json!({
            "environment": environment,
            "component": release.component,
            "release": release.name,
            "namespace": release.namespace,
            "wave": release.wave,
        });
        if let Some(chart) = &release.chart {
            facts["chart"] = json!(chart.name);
            facts["version"] = json!(chart.version);
            facts["repository"] = json!(chart.repository);
            // Not `values`: an ApplicationSet has a meaning of its own for that name.
            facts["valuesFile"] = json!(layout.values(environment, &release.component));
        }
        facts["objects"] = json!(objects);
        PlannedFile {
            path: layout.release(environment, &release.component),
            text: Arc::from(format!("{facts:#}\n")),
            environment: Some(environment.clone()),
        }
    }

    /// Returns the lines above a file of objects: where it comes from.
    fn objects_header(&self, release: &Release) -> String {
        format!(
            "# {component} of environment {environment}, in namespace {namespace}.\n\
             # Made by helmwright from {files}.\n\
             # Do not edit: change those files, then run `helmwright generate`.\n\n",
            component = release.component,
            environment = self.environment.name,
            namespace = release.namespace,
            files = self.environment.files.join(", "),
        )
    }
}
