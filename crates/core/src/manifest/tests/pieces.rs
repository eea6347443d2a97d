//! Streams that are cut anywhere, are long, or are anything.

use proptest::prelude::*;

use super::*;

/// Documents of all forms, to be cut anywhere.
fn mixed() -> String {
    let json = "{\"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"j\"}}, 7]}";
    format!("{json}\n{STATEFUL_SET}---\n- é\n...\n--- |\n text\n---\na: \"\n")
}

fn shown(manifests: &Manifests) -> String {
    format!("{:?} {:?}", names(&manifests.objects), findings(manifests)) + &format!("{manifests:?}")
}

proptest! {
    #[test]
    fn pieces_do_not_matter(cuts in prop::collection::vec(0_usize..4000, 0..12)) {
        let text = mixed();
        let mut reader = Reader::new("stream");
        let mut cuts: Vec<usize> = cuts.into_iter().map(|at| text.floor_char_boundary(at.min(text.len()))).collect();
        cuts.sort_unstable();
        let mut from = 0;
        for cut in cuts {
            reader.feed(&text[from..cut]);
            from = cut;
        }
        reader.feed(&text[from..]);
        prop_assert_eq!(shown(&reader.finish()), shown(&read(&text)));
    }

    #[test]
    fn any_text_gives_an_answer(text in "(?s).{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn any_yaml_gives_an_answer(lines in prop::collection::vec("(---|\\.\\.\\.|items:|- |apiVersion: v1|kind: (List|Pod|ConfigMap)|metadata: \\{name: a\\}|data:|spec:|  containers:|  - [a-z\"'{\\[&*!|>]{0,6}| {0,6}[a-z]{1,3}: ?[a-z0-9\"'{}\\[\\]&*|>é-]{0,6})", 0..24)) {
        let _ = read(&lines.join("\n"));
    }

    #[test]
    fn any_half_gives_an_answer(at in 0_usize..4000) {
        let text = mixed();
        let _ = read(&text[..text.floor_char_boundary(at.min(text.len()))]);
    }
}

/// Returns a stream of a list with texts of so many bytes in its items.
fn list(json: bool, sizes: &[usize]) -> String {
    let items = sizes.iter().enumerate().map(|(index, size)| {
        let text = "x ".repeat(size / 2);
        if json {
            format!("{{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"x\": \"{text}\", \"metadata\": {{\"name\": \"s{index}\"}}}}")
        } else {
            format!("- apiVersion: v1\n  kind: Service\n  x: |\n    {text}\n  metadata:\n    name: s{index}\n")
        }
    });
    let items: Vec<String> = items.collect();
    if json {
        format!(
            "{{\"items\": [{}], \"kind\": \"List\"}}\n",
            items.join(",\n")
        )
    } else {
        format!("apiVersion: v1\nitems:\n{}kind: List\n", items.concat())
    }
}

#[test]
fn items_of_long_lists_are_read_one_by_one() {
    for json in [false, true] {
        let text = list(json, &[3 << 20, 17 << 20, 10]);
        let manifests = read(&format!(
            "{text}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n}}\n"
        ));
        let names = names(&manifests.objects);
        assert_eq!(names, ["Service/s0", "Service/s2", "Namespace/n"], "{json}");
        let line = if json { 2 } else { 9 };
        assert_eq!(findings(&manifests), [format!("manifest/too-large {line}")]);
        // The last item may be half.
        let half = text.len() - 40;
        let manifests = read(&text[..half]);
        assert_eq!(manifests.objects[0].name.as_ref(), "s0");
        assert!(!manifests.diagnostics.is_empty());
    }
}
