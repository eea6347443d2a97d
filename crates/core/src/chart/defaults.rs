//! A chart's own defaults, whole.

use super::Chart;
use crate::yaml::{self, Entry, Node, Value};

impl Chart {
    /// Returns its default values with those of its subcharts under their keys, as Helm lays them.
    ///
    /// # Examples
    ///
    /// ```
    /// use helmwright::chart::Chart;
    ///
    /// let chart = Chart::from_files([
    ///     ("Chart.yaml", "name: demo\nversion: 1.0.0\ndependencies: [{name: sub, version: 0.1.0}]\n"),
    ///     ("values.yaml", "sub: {a: 2}\n"),
    ///     ("charts/sub/Chart.yaml", "name: sub\nversion: 0.1.0\n"),
    ///     ("charts/sub/values.yaml", "a: 1\nb: 1\n"),
    /// ])
    /// .map_err(|_| "a broken chart")?;
    /// assert_eq!(chart.defaults().to_json().to_string(), r#"{"sub":{"a":2,"b":1}}"#);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn defaults(&self) -> Node {
        let mut values = self.values.clone();
        for dependency in &self.dependencies {
            let Some(subchart) = self.subchart(dependency) else {
                continue;
            };
            let own = subchart.defaults();
            let Value::Map(map) = &mut values.value else {
                continue;
            };
            let entry = match map.get(dependency.key()) {
                Some(entry) => Entry {
                    key: entry.key.clone(),
                    value: yaml::coalesce(&own, &entry.value),
                },
                None => Entry {
                    key: own.location.clone(),
                    value: own,
                },
            };
            map.insert(dependency.key().to_owned(), entry);
        }
        values
    }
}
