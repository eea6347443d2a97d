//! Where files go below the output folder.

/// Where values files go, unless the project says otherwise.
pub const DEFAULT_LAYOUT: &str = "{env}/{component}/values.yaml";

/// What follows the name of a file that is an example: a team copies it under the name without this ending, and fills the
/// copy, which is the team's.
pub const EXAMPLE: &str = ".example";

/// The places of all files of an environment, by the place of its values files.
///
/// Everything else of a component lies beside its values file, under a name made from that file's.
///
/// # Examples
///
/// ```
/// use helmwright::layout::Layout;
///
/// let usual = Layout::default();
/// assert_eq!(usual.values("prod", "tempo"), "prod/tempo/values.yaml");
/// assert_eq!(usual.release("prod", "tempo"), "prod/tempo/release.json");
/// assert_eq!(usual.object("prod", "buckets", "job"), "prod/buckets/job.yaml");
/// let other = Layout::new("{component}/values-{env}.yaml");
/// assert_eq!(other.release("prod", "tempo"), "tempo/release-prod.json");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a>(&'a str);

impl Default for Layout<'_> {
    fn default() -> Self {
        Self(DEFAULT_LAYOUT)
    }
}

impl<'a> Layout<'a> {
    /// Makes a layout of a path with `{env}` and `{component}`.
    pub const fn new(path: &'a str) -> Self {
        Self(path)
    }

    /// Returns the path itself, with its placeholders.
    pub const fn pattern(self) -> &'a str {
        self.0
    }

    /// Returns where a component's values file goes.
    pub fn values(self, environment: &str, component: &str) -> String {
        self.0
            .replace("{env}", environment)
            .replace("{component}", component)
    }

    /// Returns where the facts of a release go, as data for other tools.
    pub fn release(self, environment: &str, component: &str) -> String {
        let yaml = self.object(environment, component, "release");
        let stem = yaml.rsplit_once('.').map_or(&*yaml, |(stem, _)| stem);
        format!("{stem}.json")
    }

    /// Returns where an environment's runbook goes. No release's file can lie there: each has its component's name in its
    /// path, and no component is called `docs` or `runbook-...`.
    pub fn runbook(self, environment: &str) -> String {
        format!("docs/runbook-{environment}.md")
    }

    /// Returns where a file of Kubernetes objects goes, by its name without ending.
    pub fn object(self, environment: &str, component: &str, name: &str) -> String {
        // The name is put in before the placeholders are filled: an environment may be called `values`.
        let (folder, file) = match self.0.rsplit_once('/') {
            Some((folder, file)) => (Some(folder), file),
            None => (None, self.0),
        };
        let file = if file.contains("values") {
            file.replacen("values", name, 1)
        } else {
            format!("{name}-{file}")
        };
        let path = match folder {
            Some(folder) => format!("{folder}/{file}"),
            None => file,
        };
        Layout(&path).values(environment, component)
    }

    /// Returns the folder of a component's files, empty for the output folder itself.
    pub fn folder(self, environment: &str, component: &str) -> String {
        let values = self.values(environment, component);
        values
            .rsplit_once('/')
            .map_or_else(String::new, |(folder, _)| folder.to_owned())
    }
}
