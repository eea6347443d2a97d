//! Where the search for a model starts: the least that renders.

use serde_json::{Value as Json, json};

use super::compare::Wanted;
use super::defaults::Defaults;
use super::draft::{Draft, Unrendered, Workshop, leaves};
use super::fit::{self, Shape};
use super::input::Old;
use super::search::{Search, seen};
use super::{Outcome, findings, finish, secrets};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::yaml::Node;

/// One shape that is tried.
pub(super) struct Start<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    pub(super) shape: &'a Shape<'a>,
    pub(super) old: &'a Old,
    /// The old values without what the chart never read.
    pub(super) values: &'a Node,
    pub(super) version: &'a str,
    /// Whether no other shape serves the chart.
    pub(super) alone: bool,
}

/// What stands where the old files say nothing.
const STORE: &str = "object-store:8333";
const SECRET: &str = "object-store";
const KAFKA: &str = "kafka:9092";

impl Start<'_> {
    /// Searches the best model of the shape, and proves it.
    pub(super) fn run(&self, defaults: &Defaults) -> Result<Result<Outcome, Unrendered>, Error> {
        let mut found = Vec::new();
        let bases = match self.bases()? {
            Ok(bases) => bases,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let Some((_, first)) = bases.first() else {
            return Ok(Err(Unrendered::Wrong(Vec::new())));
        };
        let wanted: Wanted = secrets::take(self.values.clone(), Some(first), &mut found);
        let seen = seen(&wanted, defaults);
        // The tier decides a few values of its own; the one that needs least overrides was meant.
        let mut best: Option<Search<'_>> = None;
        for (draft, _) in &bases {
            let variant = self.shape.variant;
            let search = Search::start(
                self.workshop,
                &wanted,
                defaults,
                variant,
                &seen,
                draft.clone(),
            )?;
            if let Ok(search) = search
                && best
                    .as_ref()
                    .is_none_or(|best| search.gap.cost < best.gap.cost)
            {
                best = Some(search);
            }
        }
        let Some(mut search) = best else {
            return Ok(Err(Unrendered::Wrong(Vec::new())));
        };
        let fixed = search.draft.leaves();
        search.guessed_namespace =
            self.old.namespace.is_none() && fit::namespace(self.values).is_none();
        search.run()?;
        self.guesses(&search.draft, &mut found);
        finish(search, self.shape.variant_id, &wanted.values, found, fixed).map(Ok)
    }

    /// Returns the drafts to start from with their values, one a tier where the tier is open.
    fn bases(&self) -> Result<Result<Vec<(Draft, Node)>, Unrendered>, Error> {
        let name = self.workshop.environment;
        let is_new = self.workshop.existing.is_none();
        let tiers: &[Option<&str>] = if is_new && !["dev", "test", "prod"].contains(&name) {
            &[Some("prod"), Some("test"), Some("dev")]
        } else {
            &[None]
        };
        let mut bases = Vec::new();
        let mut wrong = None;
        for tier in tiers {
            match self.base(*tier)? {
                Ok(base) => bases.push(base),
                Err(reason) => wrong = wrong.or(Some(reason)),
            }
        }
        Ok(match wrong {
            Some(wrong) if bases.is_empty() => Err(wrong),
            _ => Ok(bases),
        })
    }

    fn base(&self, tier: Option<&str>) -> Result<Result<(Draft, Node), Unrendered>, Error> {
        let component = self.shape.component;
        let section = |key: &str| format!("components.{component}.{key}");
        let mut draft = Draft::default();
        if self.workshop.existing.is_none() {
            draft.set("environment", json!(self.workshop.environment));
            if let Some(tier) = tier {
                draft.set("tier", json!(tier));
            }
            draft.set("namespace", json!(self.namespace()));
        }
        draft.set(&section("variant"), json!(self.shape.variant_id));
        draft.set(&section("version"), json!(self.version));
        if let Some(release) = self.old.release.as_ref().filter(|name| *name != component) {
            draft.set(&section("release"), json!(release));
        }
        let store = json!({
            "provider": "s3",
            "instance": "object-store",
            "endpoint": STORE,
            "credentials": {"secretName": SECRET},
        });
        let mut stores = vec![Vec::new()];
        if self.shape.has_buckets {
            stores.push(vec![("objectStore".to_owned(), store)]);
        }
        let mut extras: Vec<Vec<(String, Json)>> = vec![Vec::new()];
        if component == "tempo" {
            let off = (section("settings.metricsGenerator.enabled"), json!(false));
            extras.push(vec![off]);
        }
        if component == "alloy" {
            let nowhere = (section("settings.remoteWrite"), json!([]));
            extras.push(vec![nowhere]);
        }
        let address = kafka(self.values).or_else(|| self.alone.then(|| KAFKA.to_owned()));
        if let Some(address) = address.filter(|_| matches!(component, "tempo" | "mimir")) {
            let kafka = (section("settings.kafka.address"), json!(address));
            for mut extra in extras.clone() {
                extra.push(kafka.clone());
                extras.push(extra);
            }
        }
        let mut wrong = None;
        for store in &stores {
            for extra in &extras {
                let draft = draft.with_all(store).with_all(extra);
                match self.workshop.values(&draft)? {
                    Ok(values) => return Ok(Ok((draft, values))),
                    Err(reason) => wrong = wrong.or(Some(reason)),
                }
            }
        }
        Ok(Err(wrong.unwrap_or(Unrendered::Wrong(Vec::new()))))
    }

    fn namespace(&self) -> String {
        self.old
            .namespace
            .clone()
            .or_else(|| fit::namespace(self.values))
            .unwrap_or_else(|| self.workshop.environment.to_owned())
    }

    /// Says what stands in the environment that nobody said.
    fn guesses(&self, draft: &Draft, found: &mut Vec<Diagnostic>) {
        let place = &self.old.values.location;
        let mut guess = |path: &str, value: &str, help: &str| {
            if draft.get(path).and_then(Json::as_str) == Some(value) {
                found.push(findings::guessed(path, value, help, place));
            }
        };
        let unsure = self.old.namespace.is_none() && fit::namespace(self.values).is_none();
        if unsure {
            guess(
                "namespace",
                self.workshop.environment,
                "write the namespace that the release is in",
            );
        }
        guess(
            "objectStore.endpoint",
            STORE,
            "write the `host:port` of the object store",
        );
        guess(
            "objectStore.credentials.secretName",
            SECRET,
            "write the name of the Secret that holds the object store's key",
        );
        let kafka = format!("components.{}.settings.kafka.address", self.shape.component);
        guess(
            &kafka,
            KAFKA,
            "write the `host:port` of the Kafka that is written through",
        );
    }
}

/// Returns the Kafka address that values name.
fn kafka(values: &Node) -> Option<String> {
    leaves(values).into_iter().find_map(|(path, leaf)| {
        let [.., parent, key] = path.as_slice() else {
            return None;
        };
        let text = leaf.as_str().filter(|text| text.contains(':'))?;
        (parent == "kafka" && key == "address").then(|| text.to_owned())
    })
}
