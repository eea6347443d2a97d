//! What an environment must say so that it can be delivered.

use super::place;
use crate::diagnostic::Diagnostic;
use crate::environment::{ArgoCdOrder, ArgoCdStyle, DeliveryMethod, Environment};
use crate::layout::Layout;

/// Adds what is wrong with an environment's delivery to `found`.
pub(crate) fn check(environment: &Environment, layout: Layout<'_>, found: &mut Vec<Diagnostic>) {
    let mut own = Vec::new();
    match environment.model.delivery.method {
        DeliveryMethod::Helm => {}
        DeliveryMethod::Argocd => argocd(environment, layout, &mut own),
        DeliveryMethod::Flux => flux(environment, layout, &mut own),
    }
    let name = &environment.name;
    found.extend(own.into_iter().map(|one| one.in_environment(name)));
}

fn argocd(environment: &Environment, layout: Layout<'_>, found: &mut Vec<Diagnostic>) {
    let settings = &environment.model.delivery.argocd;
    if settings.repo_url.as_deref().is_none_or(str::is_empty) {
        found.push(
            Diagnostic::error(
                "environment/missing-key",
                "`delivery.argocd` has no `repoURL`",
            )
            .at(&environment.location("delivery.method"))
            .why(
                "Argo CD reads the values files from the Git repository that they are committed to",
            )
            .help("add `repoURL:` to `delivery.argocd` with that repository's address"),
        );
    }
    path(environment, "argocd", &settings.path, found);
    if settings.destination.name.is_some() && settings.destination.server.is_some() {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                "`delivery.argocd.destination` has both `name` and `server`",
            )
            .at(&environment.key_location("delivery.argocd.destination.server"))
            .why("Argo CD refuses a destination that is named twice")
            .help("leave one of them out"),
        );
    }
    let fits = match settings.ordered_by() {
        ArgoCdOrder::AppOfApps => settings.style == ArgoCdStyle::Applications,
        ArgoCdOrder::RollingSync => settings.style == ArgoCdStyle::Applicationset,
        ArgoCdOrder::None => true,
    };
    if !fits {
        found.push(
            Diagnostic::error(
                "delivery/order-of-another-style",
                format!(
                    "`order: {}` is nothing that `style: {}` can keep",
                    settings.ordered_by().name(),
                    settings.style.name()
                ),
            )
            .at(&environment.location("delivery.argocd.order"))
            .why("sync waves belong to the Application that holds the others, and a rolling sync to an ApplicationSet")
            .help("leave `order` out: `app-of-apps` goes with `applications`, `rolling-sync` with `applicationset`"),
        );
    }
    folder(environment, "argocd", layout, found);
}

fn flux(environment: &Environment, layout: Layout<'_>, found: &mut Vec<Diagnostic>) {
    path(
        environment,
        "flux",
        &environment.model.delivery.flux.path,
        found,
    );
    if !place::has_own_folders(layout) {
        found.push(
            Diagnostic::error(
                "delivery/layout",
                format!("Flux cannot deliver files in the layout `{}`", layout.pattern()),
            )
            .at(&environment.location("delivery.method"))
            .why("each release has a `kustomization.yaml` beside its values, and two of them would meet in one folder")
            .help("take a layout whose folders hold both names, such as `{env}/{component}/values.yaml`"),
        );
    }
    folder(environment, "flux", layout, found);
}

/// Checks the folder of the output in its repository.
fn path(environment: &Environment, tool: &str, path: &str, found: &mut Vec<Diagnostic>) {
    if !place::is_within_repository(path) {
        found.push(
            Diagnostic::error(
                "environment/bad-value",
                format!("`{path}` is no folder of a repository"),
            )
            .at(&environment.location(&format!("delivery.{tool}.path")))
            .why("it is where the output folder lies below the repository's root")
            .help("write it without `/` before it and without `..`, such as `gitops`; `.` is the root"),
        );
    }
}

/// Reports a component whose files would lie among the tool's own.
fn folder(environment: &Environment, tool: &str, layout: Layout<'_>, found: &mut Vec<Diagnostic>) {
    let taken = |component: &str| {
        layout
            .values(&environment.name, component)
            .strip_prefix(tool)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let place = if environment.name == tool {
        environment.location("environment")
    } else {
        environment.location("delivery.method")
    };
    if environment.model.components.keys().any(|id| taken(id)) {
        found.push(
            Diagnostic::error(
                "delivery/folder-taken",
                format!("the folder `{tool}` holds what delivers all environments"),
            )
            .at(&place)
            .why(format!(
                "the layout `{}` puts this environment's own files there too",
                layout.pattern()
            ))
            .help("give the environment another name, or take another layout"),
        );
    }
}
