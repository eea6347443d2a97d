//! A proof as it lies in the cache.

use helmwright::effect::{Evidence, Judged, Report, Verdict};
use serde_json::{Value, json};

/// The form, and the way of proving: raised when either changes, so that old entries are not found any more.
pub(super) const FORM: &str = "helmwright verify, form 1";

/// Every verdict with its word.
const WORDS: [(Verdict, &str); 8] = [
    (Verdict::Proven(Evidence::Mark), "mark"),
    (Verdict::Proven(Evidence::Pattern), "pattern"),
    (Verdict::Proven(Evidence::Alone), "alone"),
    (Verdict::Proven(Evidence::Refused), "refused"),
    (Verdict::Default { read: true }, "default"),
    (Verdict::Default { read: false }, "default-unread"),
    (Verdict::Dead, "dead"),
    (Verdict::Undecided, "undecided"),
];

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let leaves: Vec<Value> = report
        .leaves
        .iter()
        .map(|leaf| {
            let word = WORDS.iter().find(|(verdict, _)| *verdict == leaf.verdict);
            json!([leaf.path.to_string(), word.map(|(_, word)| *word)])
        })
        .collect();
    json!({"renders": report.renders, "objects": report.objects, "leaves": leaves}).to_string()
}

/// Reads a report; none if it is not one of ours.
pub(super) fn read(text: &str) -> Option<Report> {
    let stored: Value = serde_json::from_str(text).ok()?;
    let number = |key: &str| usize::try_from(stored.get(key)?.as_u64()?).ok();
    let leaves = stored
        .get("leaves")?
        .as_array()?
        .iter()
        .map(|leaf| {
            let word = leaf.get(1)?.as_str()?;
            Some(Judged {
                path: leaf.get(0)?.as_str()?.parse().ok()?,
                verdict: WORDS.iter().find(|(_, known)| *known == word)?.0,
            })
        })
        .collect::<Option<_>>()?;
    Some(Report {
        leaves,
        renders: number("renders")?,
        objects: number("objects")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_back() {
        let leaves = WORDS
            .iter()
            .map(|(verdict, word)| Judged {
                path: format!("a.\"b.c\"[2].{word}").parse().unwrap(),
                verdict: *verdict,
            })
            .collect();
        let report = Report {
            leaves,
            renders: 12,
            objects: 3,
        };
        assert_eq!(read(&write(&report)), Some(report));
        for text in [
            "",
            "{}",
            "[]",
            r#"{"renders":1,"objects":1,"leaves":[["a","x"]]}"#,
        ] {
            assert_eq!(read(text), None);
        }
    }
}
