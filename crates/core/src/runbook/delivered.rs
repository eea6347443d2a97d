//! What Argo CD and Flux install by themselves: what they need first, how it begins, and how one sees it.

use super::Runbook;
use super::text::{code, codes, commands, word};
use crate::components::Release;
use crate::delivery::{first_file, is_automated, object_name};
use crate::environment::{ArgoCd, ArgoCdOrder, ArgoCdStyle, DeliveryMethod, Flux};

impl Runbook<'_> {
    /// Returns what the tool must be able to do before it is given anything.
    pub(super) fn tool(&self) -> Option<(String, String)> {
        match self.environment.model.delivery.method {
            DeliveryMethod::Helm => None,
            DeliveryMethod::Argocd => {
                let text = argocd_needs(&self.environment.model.delivery.argocd);
                text.map(|text| ("Argo CD".to_owned(), text))
            }
            DeliveryMethod::Flux => {
                let flux = &self.environment.model.delivery.flux;
                Some(("Flux".to_owned(), flux_needs(flux)))
            }
        }
    }

    /// Returns whether what delivers makes the namespaces too.
    pub(super) fn makes_namespaces(&self) -> bool {
        let delivery = &self.environment.model.delivery;
        match delivery.method {
            DeliveryMethod::Helm => false,
            DeliveryMethod::Argocd => delivery.argocd.sync_policy.create_namespace,
            DeliveryMethod::Flux => delivery.flux.create_namespace,
        }
    }

    /// Returns what begins a delivery: commit the files, and apply once what points there.
    pub(super) fn handed_over(&self) -> String {
        let Some(file) = first_file(self.environment) else {
            return String::new();
        };
        let delivery = &self.environment.model.delivery;
        let mut text =
            "Commit the folder, and push: what is not committed is not installed. ".to_owned();
        match delivery.method {
            DeliveryMethod::Helm => {}
            DeliveryMethod::Argocd => {
                let argocd = &delivery.argocd;
                text.push_str(&format!(
                    "Argo CD reads folder {} at {} of {}. ",
                    code(&argocd.path),
                    code(&argocd.target_revision),
                    code(argocd.repo_url.as_deref().unwrap_or_default())
                ));
            }
            DeliveryMethod::Flux => {
                text.push_str(&format!(
                    "Flux reads folder {} of the {} {}. ",
                    code(&delivery.flux.path),
                    match delivery.flux.source.kind {
                        crate::environment::FluxSourceKind::GitRepository => "GitRepository",
                        crate::environment::FluxSourceKind::OciRepository => "OCIRepository",
                        crate::environment::FluxSourceKind::Bucket => "Bucket",
                    },
                    code(&delivery.flux.source.name)
                ));
            }
        }
        text.push_str("Once, with the cluster that it runs in:\n\n");
        let mut lines = vec![format!("kubectl apply -f {}", word(&file))];
        lines.extend(self.first_sync());
        text.push_str(&commands(&lines));
        text
    }

    /// Returns the command that has the Application of the environment make the others, where nobody else does.
    fn first_sync(&self) -> Option<String> {
        let environment = self.environment;
        let delivery = &environment.model.delivery;
        let by_hand = delivery.method == DeliveryMethod::Argocd
            && delivery.argocd.style == ArgoCdStyle::Applications
            && !is_automated(&delivery.argocd, environment.tier);
        // It waits for each wave to be healthy, and the waves wait for whoever syncs them next.
        by_hand.then(|| format!("argocd app sync {} --async", word(&environment.name)))
    }

    /// Returns the command that ends a sync of the environment's Application that still waits for a wave.
    pub(super) fn parent_stopped(&self) -> Option<String> {
        self.first_sync()?;
        let parent = word(&self.environment.name);
        Some(format!("argocd app terminate-op {parent} || true"))
    }

    /// Returns the command that gives a release's Application the chart version of the files.
    ///
    /// The version stands in that Application, which the Application of the environment writes. Only the one is synced: a
    /// sync of all would wait for earlier waves, whatever is broken in them.
    pub(super) fn parent_synced(&self, release: &Release) -> Option<String> {
        self.first_sync()?;
        let environment = &self.environment.name;
        let child = object_name(environment, &release.name);
        Some(format!(
            "argocd app sync {} --resource {}",
            word(environment),
            word(&format!("argoproj.io:Application:{child}"))
        ))
    }

    /// Returns the commands that install a release, or show that it was.
    pub(super) fn delivered(&self, release: &Release) -> Vec<String> {
        let environment = self.environment;
        let delivery = &environment.model.delivery;
        let name = object_name(&environment.name, &release.name);
        let name = word(&name);
        let minutes = self.minutes(release);
        match delivery.method {
            DeliveryMethod::Helm => Vec::new(),
            DeliveryMethod::Argocd => {
                let wait = format!(
                    "argocd app wait {name} --health --timeout {}",
                    minutes.saturating_mul(60)
                );
                let appears = self.synced(release).map(|sync| {
                    let there =
                        format!("until argocd app get {name} >/dev/null 2>&1; do sleep 2; done");
                    [there, sync]
                });
                appears.into_iter().flatten().chain([wait]).collect()
            }
            DeliveryMethod::Flux => vec![format!(
                "kubectl {} wait kustomizations.kustomize.toolkit.fluxcd.io/{name} --for=condition=Ready --timeout={minutes}m",
                Self::in_namespace(&delivery.flux.namespace)
            )],
        }
    }

    /// Returns the command that has Argo CD install a release, where it does not do so by itself.
    pub(super) fn synced(&self, release: &Release) -> Option<String> {
        let environment = self.environment;
        let delivery = &environment.model.delivery;
        let by_hand = delivery.method == DeliveryMethod::Argocd
            && !is_automated(&delivery.argocd, environment.tier);
        let name = object_name(&environment.name, &release.name);
        by_hand.then(|| format!("argocd app sync {}", word(&name)))
    }

    /// Returns the Secret that Flux decrypts files by.
    pub(super) fn decryption(&self) -> Option<(&str, &str)> {
        let delivery = &self.environment.model.delivery;
        let flux = &delivery.flux;
        let secret = flux.decryption_secret.as_deref()?;
        (delivery.method == DeliveryMethod::Flux).then_some((flux.namespace.as_str(), secret))
    }
}

/// Returns what Argo CD must be set up for; none for nothing beyond itself.
///
/// Source: Argo CD documentation, "Resource Health" and "Progressive Syncs".
fn argocd_needs(argocd: &ArgoCd) -> Option<String> {
    let (needed, map, key) = match argocd.ordered_by() {
        ArgoCdOrder::AppOfApps => (
            "Waves wait for an Application only if Argo CD can tell that it is healthy",
            "argocd-cm",
            "resource.customizations.health.argoproj.io_Application",
        ),
        ArgoCdOrder::RollingSync => (
            "Waves need the controller of ApplicationSets to sync step by step",
            "argocd-cmd-params-cm",
            "applicationsetcontroller.enable.progressive.syncs",
        ),
        ArgoCdOrder::None => return None,
    };
    let line = format!(
        "kubectl {} get configmap {map} -o yaml | grep {key}",
        Runbook::in_namespace(&argocd.namespace)
    );
    Some(format!(
        "{needed}. The command must find the key.\n\n{}",
        commands(&[line])
    ))
}

fn flux_needs(flux: &Flux) -> String {
    let groups = [
        "helm.toolkit.fluxcd.io",
        "kustomize.toolkit.fluxcd.io",
        "source.toolkit.fluxcd.io",
    ];
    let lines = [
        format!(
            "kubectl {} get deployment helm-controller kustomize-controller source-controller",
            Runbook::in_namespace(&flux.namespace)
        ),
        format!(
            "kubectl get crd helmreleases.{} kustomizations.{} helmrepositories.{}",
            groups[0], groups[1], groups[2]
        ),
    ];
    format!("It serves {}.\n\n{}", codes(groups), commands(&lines))
}
