//! The other validator of JSON Schema, with our formats as our walk judges them.

use helmwright::units;
use serde_json::Value;

/// Makes the validator of a schema.
///
/// # Errors
///
/// Returns what is wrong with the schema.
pub fn validator(schema: &Value) -> Result<jsonschema::Validator, String> {
    let mut options = jsonschema::draft7::options();
    for format in [
        "cpu-quantity",
        "memory-quantity",
        "storage-quantity",
        "prometheus-duration",
    ] {
        options = options.with_format(format, move |text: &str| {
            units::check_format(format, text).is_ok()
        });
    }
    options
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| error.to_string())
}
