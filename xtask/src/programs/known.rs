//! Types that read themselves from YAML in a way of their own: what they take.

use super::shape::Shape;

/// What is known of a type.
pub(super) enum Known {
    /// It has this form.
    As(Shape),
    /// It is a map from names to its type argument.
    MapOfArgument,
    /// It is what its type argument is.
    Argument,
}

/// Returns what is known of a type, by its package and name; a package of the program itself counts from its root.
pub(super) fn known(name: &str) -> Option<Known> {
    Some(Known::As(match name {
        "time.Duration" => Shape::GoDuration,
        "github.com/prometheus/common/model.Duration" => Shape::Duration,
        "time.Time"
        | "time.Location"
        | "net/url.URL"
        | "regexp.Regexp"
        | "github.com/grafana/regexp.Regexp"
        | "github.com/prometheus/common/model.LabelName"
        | "github.com/prometheus/common/model.ValidationScheme"
        | "github.com/prometheus/prometheus/model/relabel.Action"
        | "github.com/prometheus/prometheus/model/relabel.Regexp"
        | "github.com/prometheus/common/config.Secret"
        | "github.com/prometheus/common/config.URL"
        | "github.com/prometheus/common/config.TLSVersion"
        | "pkg/frontend/readpath.QueryBackendFrom" => Shape::Text,
        "github.com/grafana/dskit/flagext.Bytes" | "pkg/util/flagext.ByteSize" => Shape::Bytes,
        "github.com/grafana/dskit/flagext.LimitsMap" => return Some(Known::MapOfArgument),
        "go.opentelemetry.io/collector/config/configoptional.Optional" => {
            return Some(Known::Argument);
        }
        "go.opentelemetry.io/collector/config/configopaque.MapList" => {
            Shape::Open("headers as a map, or as a list of names and values")
        }
        "github.com/prometheus/prometheus/model/labels.Labels" => Shape::Map(Box::new(Shape::Text)),
        "pkg/ingester/activeseries/model.CustomTrackersConfig"
        | "pkg/storage/config.Tags"
        | "pkg/validation.OverwriteMarshalingStringMap"
        | "pkg/validation.UsageGroupConfig" => Shape::Map(Box::new(Shape::Text)),
        "pkg/util/listtomap.ListToMap" => Shape::List(Box::new(Shape::Text)),
        // Read as JSON into a message whose fields have no names in YAML.
        "pkg/validation.RecordingRules" => Shape::List(Box::new(Shape::Open("a recording rule"))),
        _ => return None,
    }))
}

/// Returns the types of the same package in whose form a type may be written too.
pub(super) fn more_forms(name: &str) -> &'static [&'static str] {
    match name {
        // Tempo takes the flat names of old beside the nested ones.
        "modules/overrides.Config" => &["LegacyOverrides"],
        "modules/overrides.perTenantOverrides" => &["perTenantLegacyOverrides"],
        _ => &[],
    }
}

/// Returns whether a type with its own way of reading reads its fields all the same.
pub(super) fn is_plain(name: &str) -> bool {
    matches!(
        name,
        "pkg/storage/config.IndexPeriodicTableConfig"
            | "pkg/storage/config.PeriodicTableConfig"
            | "pkg/util/validation.Limits"
    )
}

/// Returns whether a struct's map of all other keys is none of the user's: it holds what a program built upon this one
/// adds, and the program itself refuses any key there.
pub(super) fn is_closed_rest(name: &str) -> bool {
    matches!(
        name,
        "overrides.LegacyOverrides.Extensions" | "overrides.Overrides.Extensions"
    )
}

/// Returns the form of a field that its type reads otherwise than its Go type tells.
pub(super) fn field(name: &str, key: &str) -> Option<Shape> {
    match (name, key) {
        ("config.IndexPeriodicTableConfig" | "config.PeriodicTableConfig", "period") => {
            Some(Shape::Duration)
        }
        _ => None,
    }
}
