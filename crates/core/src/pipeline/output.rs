//! The files of one environment: values, objects, and the facts of each release.

use std::sync::Arc;

use serde_json::{Value, json};

use super::derived::{Derived, Inputs};
use super::outside::{gather, refused_object};
use super::runbook::Noted;
use crate::catalog::Catalog;
use crate::components::Release;
use crate::contract;
use crate::delivery::{self, Delivered};
use crate::diagnostic::has_errors;
use crate::error::Error;
use crate::layout::{EXAMPLE, Layout};
use crate::plan::PlannedFile;
use crate::render::{self, context};
use crate::source::Source;
use crate::yaml::{self, Node};

impl Derived {
    /// Renders and checks every file of the environment; none if anything was wrong before.
    pub(super) fn produce(
        &self,
        inputs: &Inputs,
        layout: Layout<'_>,
        catalog: &Catalog,
    ) -> Result<Vec<PlannedFile>, Error> {
        let mut noted = Noted::default();
        let values = self.produce_read(
            layout,
            catalog,
            |_| true,
            |release, values| noted.values(release, values),
        );
        if !self.sound {
            return values;
        }
        let objects = self
            .releases
            .iter()
            .zip(&self.contexts)
            .map(|(release, data)| {
                self.objects_read(release, data, layout, catalog, &mut |path, objects| {
                    noted.file(release, path, objects);
                })
            });
        let mut written = gather(std::iter::once(values).chain(objects))?.into_iter();
        let mut files = written.next().unwrap_or_default();
        let mut delivered = Vec::new();
        for (release, objects) in self.releases.iter().zip(written) {
            let paths = |examples: bool| -> Vec<String> {
                objects
                    .iter()
                    .filter(|file| is_example(file) == examples)
                    .map(|file| file.path.clone())
                    .collect()
            };
            let one = Delivered {
                release,
                objects: paths(false),
                examples: paths(true),
            };
            // What found nothing to write is nothing to install.
            if one.is_installed() {
                files.push(self.facts_of(release, &objects, layout));
            }
            delivered.push(one);
            files.extend(objects);
        }
        files.extend(delivery::files(
            &self.environment,
            &delivered,
            layout,
            catalog,
        )?);
        files.push(self.runbook(&noted, inputs, layout, catalog));
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
        files.retain(|file| !is_example(file));
        Ok(files)
    }

    /// Returns the files of objects of one component; none if it is not run, or anything was wrong.
    ///
    /// # Errors
    ///
    /// As [`build`](super::build).
    pub fn objects_for(
        &self,
        component: &str,
        layout: &str,
        catalog: &Catalog,
    ) -> Result<Vec<PlannedFile>, Error> {
        let found = self.releases.iter().zip(&self.contexts);
        let found = found.filter(|(release, _)| self.sound && release.component == component);
        let mut files = Vec::new();
        for (release, data) in found {
            files.extend(self.objects_of(release, data, Layout::new(layout), catalog)?);
        }
        files.retain(|file| !is_example(file));
        Ok(files)
    }

    /// Returns one file for each object of a template that writes examples: what a team copies, fills and keeps.
    ///
    /// Nothing delivers them, for their names do not end as those of manifests do, and nothing that is filled in is
    /// ever overwritten.
    fn examples(
        &self,
        release: &Release,
        template: &str,
        objects: &[Node],
        text: &str,
        layout: Layout<'_>,
    ) -> Vec<PlannedFile> {
        let texts = text.split("---\n");
        let named = objects.iter().map(|object| {
            let text = |key: &str| object.get("metadata")?.get(key)?.as_str();
            let name = text("name").unwrap_or(template);
            file_stem(
                &match text("namespace").filter(|namespace| *namespace != release.namespace) {
                    Some(namespace) => format!("{namespace}-{name}"),
                    None => name.to_owned(),
                },
            )
        });
        named
            .zip(texts)
            .map(|(name, text)| {
                let path = layout.object(&self.environment.name, &release.component, &name);
                PlannedFile {
                    path: path + EXAMPLE,
                    text: Arc::from(self.objects_header(release) + text),
                    environment: Some(self.environment.name.clone()),
                }
            })
            .collect()
    }

    /// Renders and checks one release's files of objects; a template that writes none gives no file.
    fn objects_of(
        &self,
        release: &Release,
        data: &Value,
        layout: Layout<'_>,
        catalog: &Catalog,
    ) -> Result<Vec<PlannedFile>, Error> {
        self.objects_read(release, data, layout, catalog, &mut |_, _| {})
    }

    /// Does what [`objects_of`](Self::objects_of) does, and shows the objects of each file as they are read again.
    fn objects_read(
        &self,
        release: &Release,
        data: &Value,
        layout: Layout<'_>,
        catalog: &Catalog,
        show: &mut dyn FnMut(&str, &[Node]),
    ) -> Result<Vec<PlannedFile>, Error> {
        let folder = format!("{}/{}/objects", release.component, release.variant);
        let late = self.late(release, catalog)?;
        let data = late.as_ref().unwrap_or(data);
        let mut files = Vec::new();
        if catalog.is_broken(&release.component) {
            return Ok(files);
        }
        for template in catalog.templates_in(&folder) {
            let name = template.trim_end_matches(".j2").replacen(".yaml", "", 1);
            let name = name.as_str();
            let template = format!("{folder}/{template}");
            let engine = catalog.engine_of(&release.component);
            let text = render::without_empty(&engine.render(&template, &context(data))?);
            let source = Source::new(format!("templates/{template}"), text.clone());
            let refused =
                |findings| refused_object(self, &template, data, &source, findings, catalog);
            let objects = yaml::read_all(&source).map_err(refused)?;
            if objects.is_empty() {
                continue;
            }
            let wrong: Vec<_> = objects.iter().flat_map(contract::check_object).collect();
            if has_errors(&wrong) {
                return Err(refused(wrong));
            }
            let header = self.objects_header(release);
            if let Some(name) = name.strip_suffix(EXAMPLE) {
                let examples = self.examples(release, name, &objects, &text, layout);
                for (file, object) in examples.iter().zip(&objects) {
                    show(&file.path, std::slice::from_ref(object));
                }
                files.extend(examples);
                continue;
            }
            let path = layout.object(&self.environment.name, &release.component, name);
            show(&path, &objects);
            files.push(PlannedFile {
                path,
                text: Arc::from(header + &text),
                environment: Some(self.environment.name.clone()),
            });
        }
        Ok(files)
    }

    /// Returns the facts of a release, for tools that install it: an ApplicationSet reads them.
    fn facts_of(
        &self,
        release: &Release,
        objects: &[PlannedFile],
        layout: Layout<'_>,
    ) -> PlannedFile {
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
        let (examples, objects): (Vec<_>, Vec<_>) =
            objects.iter().partition(|file| is_example(file));
        let paths = |files: Vec<&PlannedFile>| -> Vec<String> {
            files.into_iter().map(|file| file.path.clone()).collect()
        };
        facts["objects"] = json!(paths(objects));
        if !examples.is_empty() {
            facts["examples"] = json!(paths(examples));
        }
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

fn is_example(file: &PlannedFile) -> bool {
    file.path.ends_with(EXAMPLE)
}

/// Returns an object's name as part of a file's: what Kubernetes would refuse in it could lead out of the folder.
fn file_stem(name: &str) -> String {
    let fits = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '.';
    let stem: String = name
        .chars()
        .map(|char| if fits(char) { char } else { '-' })
        .collect();
    // A hidden file is nobody's to find.
    format!("{}{}", if stem.starts_with('.') { "-" } else { "" }, stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_objects_stay_in_their_folder() {
        assert_eq!(
            file_stem("team-traces.object-store"),
            "team-traces.object-store"
        );
        assert_eq!(file_stem("../../evil"), "-..-..-evil");
        assert_eq!(file_stem("a/b\\c:d\n"), "a-b-c-d-");
    }
}
