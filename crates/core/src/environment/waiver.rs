//! A rule that is knowingly not kept.

use schemars::JsonSchema;
use serde::Deserialize;

/// A rule that is knowingly not kept, for one component and until a day. Past that day it is an error.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiver {
    /// The rule's name, such as `resources/cpu-limit`.
    pub rule: String,
    /// The component that does not keep it. Default: the environment as a whole, for rules about no component alone.
    #[serde(default)]
    pub component: Option<String>,
    /// The role, where only one does not keep it.
    #[serde(default)]
    pub role: Option<String>,
    /// Why it is not kept.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Who answers for it.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The last day on which it holds, as `2027-01-31`.
    #[schemars(extend("format" = "date"))]
    pub expires: String,
}
