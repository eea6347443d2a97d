//! Names of charts and schemas, as they are written on the command line.

/// A chart at one version, written `tempo@2.2.4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChartName {
    pub(crate) name: String,
    pub(crate) version: String,
}

impl std::str::FromStr for ChartName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('@') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() => Ok(Self {
                name: name.to_owned(),
                version: version.to_owned(),
            }),
            _ => Err("a chart is written NAME@VERSION, such as tempo@2.2.4".to_owned()),
        }
    }
}

impl std::fmt::Display for ChartName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}@{}", self.name, self.version)
    }
}

/// What `schema` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SchemaName {
    Environment,
    Component,
    Cluster,
    Chart(ChartName),
}

impl std::str::FromStr for SchemaName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "environment" {
            return Ok(Self::Environment);
        }
        if text == "component" {
            return Ok(Self::Component);
        }
        if text == "cluster" {
            return Ok(Self::Cluster);
        }
        text.parse().map(Self::Chart).map_err(|_| {
            "write `environment`, `component`, `cluster`, or a chart as NAME@VERSION, such as tempo@2.2.4"
                .to_owned()
        })
    }
}
