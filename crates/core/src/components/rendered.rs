//! What configurations in manifests say of what is sent, where they say it in a language that is read here.

use std::collections::HashSet;

use super::alloy;
use super::described::Described;
use super::release::Release;
use crate::manifest::{Body, Manifests};
use crate::source::{Location, Span};

/// Returns what rules may know of releases once they are rendered: of Alloy what its configuration in the stream says, of
/// all others what was described before.
///
/// What belongs to no release comes behind those of the releases.
pub fn rendered(
    manifests: &Manifests,
    releases: &[Release],
    mut described: Vec<Described>,
) -> Vec<Described> {
    let mut read = Described::default();
    // A stream may hold one release many times, each with the same configuration.
    let mut seen = HashSet::new();
    for object in &manifests.objects {
        let Body::Config(texts) = &object.body else {
            continue;
        };
        for text in texts.iter().filter(|text| text.key.ends_with(".alloy")) {
            if !seen.insert(&*text.text) {
                continue;
            }
            let source = text.source(&manifests.name, object);
            let whole = Location::new(&source, Span::new(0, source.text().len()));
            alloy::by_text(source.text(), &whole, &mut read);
        }
    }
    if read.texts.is_empty() {
        return described;
    }
    let own = releases
        .iter()
        .position(|release| release.component == alloy::COMPONENT.id)
        .and_then(|at| described.get_mut(at));
    match own {
        Some(own) => {
            // That a destination lies elsewhere on purpose is only said in the environment.
            for flow in &mut read.flows {
                flow.cross_env = own
                    .flows
                    .iter()
                    .any(|said| said.cross_env && said.address == flow.address);
                if let Some(said) = own.flows.iter().find(|said| {
                    said.signal == flow.signal
                        && said.address == flow.address
                        && said.name == flow.name
                }) {
                    flow.setting.clone_from(&said.setting);
                    flow.place = said.place.clone();
                }
            }
            own.flows = read.flows;
            own.texts = read.texts;
            own.logs = read.logs;
        }
        None => described.push(read),
    }
    described
}
