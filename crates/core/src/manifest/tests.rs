use super::*;

fn read(text: &str) -> Manifests {
    let mut reader = Reader::new("stream");
    reader.feed(text);
    reader.finish()
}

fn ids(manifests: &Manifests) -> Vec<String> {
    let place = |found: &crate::diagnostic::Diagnostic| found.location().map(|at| at.start().line);
    let lines = manifests.diagnostics.iter();
    lines
        .map(|found| format!("{} {}", found.id, place(found).unwrap_or_default()))
        .collect()
}

#[test]
fn documents_are_objects() {
    let manifests = read(
        "---\n# Source: a/templates/x.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels: {app: x}\n---\n# nothing\n---\n\
         kind: Namespace\napiVersion: v1\nmetadata:\n  name: b\n...\n{\"kind\": \"ConfigMap\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"c\"}}\n",
    );
    assert_eq!(ids(&manifests), [""; 0]);
    let names: Vec<_> = manifests
        .objects
        .iter()
        .map(|object| (&*object.name, object.place.line()))
        .collect();
    assert_eq!(names, [("a", 6), ("b", 14), ("c", 16)]);
    assert_eq!(
        manifests.objects[0].template.as_deref(),
        Some("a/templates/x.yaml")
    );
    assert_eq!(manifests.objects[0].labels.get("app"), Some("x"));
}
