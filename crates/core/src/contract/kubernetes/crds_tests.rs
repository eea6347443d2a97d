use super::super::schema::{Additional, Literal, Schema, Types};
use super::*;

const DEMO: &str = "\
# Ours.
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: demos.example.org
{{- with .Values.annotations }}
  annotations: {}
{{- end }}
spec:
  group: example.org
  names: {kind: Demo, plural: demos}
  versions:
    - name: v1alpha1
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {old: {type: string}}}}
    - name: v1
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            apiVersion: {type: string}
            kind: {type: string}
            metadata: {type: object}
            spec:
              type: object
              required: [port]
              properties:
                port: {anyOf: [{type: integer}, {type: string}], x-kubernetes-int-or-string: true}
                size: {pattern: '^[0-9]+([KMGTPE]i)?$', x-kubernetes-int-or-string: true}
                mode: {type: string, enum: [fast, safe], nullable: true}
                ratio: {type: number}
                on: {type: boolean}
                raw: {type: object, x-kubernetes-preserve-unknown-fields: true}
                anything: {x-kubernetes-preserve-unknown-fields: true}
                names: {type: object, additionalProperties: {type: string}}
                selector:
                  type: object
                  properties:
                    matchLabels: {type: object, additionalProperties: {type: string}}
                    matchExpressions:
                      type: array
                      items:
                        type: object
                        properties:
                          key: {type: string}
                          operator: {type: string}
                          values: {type: array, items: {type: string}}
                tolerations:
                  type: array
                  items: &toleration
                    type: object
                    properties:
                      effect: {type: string}
                      key: {type: string}
                      operator: {type: string}
                      tolerationSeconds: {type: integer, format: int64}
                      value: {type: string}
                first: &server
                  type: object
                  properties:
                    address: {type: string, description: where it is}
                    retries: {type: integer, minimum: 0}
                    headers: {type: object, additionalProperties: {type: string}}
                second: *server
            status: {type: object, properties: {ready: {type: boolean}}}
";

fn path(text: &str) -> Vec<Box<str>> {
    text.split('.')
        .filter(|step| !step.is_empty())
        .map(Box::from)
        .collect()
}

/// Returns the schema of a place of `Demo`, without the definitions that it needs.
fn demo(place: &str) -> Option<Schema> {
    let crds = from_crds(&[("demo.yaml", DEMO)]);
    let found = crds.at("Demo", Some("example.org/v1"), &path(place));
    found.map(|(schema, _)| schema)
}

fn types(place: &str) -> String {
    demo(place).map_or_else(|| "-".to_owned(), |schema| schema.types.words())
}

fn reference(place: &str) -> String {
    let schema = demo(place).unwrap();
    let reference = schema.rare().and_then(|rare| rare.reference.as_deref());
    reference.unwrap_or_default().to_owned()
}

#[test]
fn places_have_their_types() {
    assert_eq!(types("spec.port"), "text or a whole number");
    assert_eq!(types("spec.size"), "text or a number");
    assert_eq!(types("spec.ratio"), "a number");
    assert_eq!(types("spec.on"), "`true` or `false`");
    assert_eq!(types("spec.names.any"), "text");
    assert_eq!(
        types("spec.tolerations.[].tolerationSeconds"),
        "a whole number"
    );
    assert_eq!(types("spec.anything"), "anything");
    assert_eq!(types("spec.nothing"), "-");
    assert_eq!(types("metadata.name"), "text");
    assert_eq!(reference("metadata.labels"), "#/definitions/strings");
    assert!(demo("spec.port").unwrap().types.holds(Types::NULL));
    let mode = demo("spec.mode").unwrap();
    let allowed = mode.rare().and_then(|rare| rare.allowed.as_deref());
    assert_eq!(allowed.map(<[Literal]>::len), Some(3));
    let raw = demo("spec.raw").unwrap();
    assert!(raw.open().is_some() && raw.additional == Additional::Any);
}

#[test]
fn what_kubernetes_has_is_referred_to() {
    assert_eq!(reference("spec.selector"), "#/definitions/label-selector");
    assert_eq!(reference("spec.tolerations"), "#/definitions/tolerations");
    assert_eq!(reference("spec.tolerations.[]"), "#/definitions/toleration");
}

#[test]
fn one_shape_has_one_definition() {
    let crds = from_crds(&[("demo.yaml", DEMO)]);
    let (whole, definitions) = crds.at("Demo", None, &[]).unwrap();
    let (first, own) = crds.at("Demo", None, &path("spec.first")).unwrap();
    let (second, _) = crds.at("Demo", None, &path("spec.second")).unwrap();
    assert_eq!(first, second);
    assert_eq!(own.len(), 1);
    assert!(whole.rare().unwrap().reference.is_some());
    // The object, its spec and the shape that is there twice.
    assert_eq!(definitions.len(), 3);
    // The same every time.
    let again = from_crds(&[("demo.yaml", DEMO)])
        .at("Demo", None, &[])
        .unwrap();
    assert_eq!(again, (whole, definitions));
}

#[test]
fn only_the_kind_that_is_asked_for_counts() {
    let broken = "kind: CustomResourceDefinition\nspec: [\n";
    let stream =
        format!("---\nkind: ConfigMap\ndata: {{kind: Demo}}\n--- # second\n{DEMO}\n---\n{broken}");
    let crds = from_crds(&[("all.yaml", &*stream), ("no.yaml", "no YAML: [")]);
    assert!(crds.at("Demo", None, &path("spec")).is_some());
    assert!(crds.at("Dem", None, &path("spec")).is_none());
    assert!(crds.at("Demos", None, &path("spec")).is_none());
    assert!(
        crds.at("Demo", Some("other.org/v1"), &path("spec"))
            .is_none()
    );
    assert!(
        crds.at("Demo", Some("example.org/v2"), &path("spec"))
            .is_none()
    );
    assert!(
        crds.at("Demo", Some("example.org/v1alpha1"), &path("spec.old"))
            .is_some()
    );
    assert!(crds.at("Demo", None, &path("spec.old")).is_none());
}

#[test]
fn the_form_of_old_is_read() {
    let old = "kind: CustomResourceDefinition\nspec:\n  group: example.org\n  version: v1\n  names: {kind: Old}\n  \
               validation: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: integer}}}}}}\n";
    let crds = from_crds(&[("old.yaml", old)]);
    let (schema, _) = crds
        .at("Old", Some("example.org/v1"), &path("spec.a"))
        .unwrap();
    assert_eq!(schema.types.words(), "a whole number");
}

#[test]
fn a_huge_resource_is_cut() {
    let mut text = String::from(
        "kind: CustomResourceDefinition\nspec:\n  group: example.org\n  names: {kind: Huge}\n  versions:\n  - name: v1\n    \
         storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          spec:\n            \
         type: object\n            properties:\n",
    );
    for number in 0..2000 {
        text += &format!(
            "              a{number}: {{type: object, properties: {{b{number}: {{type: string}}, c: {{type: array, \
             items: {{type: object, properties: {{d{number}: {{type: string}}, e: {{type: string}}}}}}}}}}}}\n"
        );
    }
    let crds = from_crds(&[("huge.yaml", &text)]);
    let (_, definitions) = crds.at("Huge", None, &[]).unwrap();
    let bytes: usize = definitions
        .iter()
        .map(|(_, schema)| super::super::write::to_json(schema).len())
        .sum();
    assert!((200_000..400_000).contains(&bytes), "{bytes}");
}
