//! Findings for people: the place drawn with its line, then why and what now.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet,
};
use clap::builder::styling::{AnsiColor, Style};
use helmwright::diagnostic::{Diagnostic, Fix, Label, Severity};
use helmwright::source::Span;

use super::escape::visible;
use super::window::{are_near, cut};
use crate::paths::Names;

/// The word for errors and its style.
pub(crate) const ERROR: (&str, Style) = ("error", AnsiColor::BrightRed.on_default().bold());

/// Stands after a path until its column is put right; no text has it, and from user text it is taken out.
const MARK: char = '\u{fdd0}';

/// The word for warnings and its style.
pub(crate) const WARNING: (&str, Style) = ("warning", AnsiColor::Yellow.on_default().bold());

/// Draws the findings with colours; the stream takes the colours away where they are not wanted.
pub(crate) fn render(diagnostics: &[Diagnostic], names: &Names) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&draw(&renderer, diagnostic, names));
        text.push_str("\n\n");
    }
    text
}

/// Writes one line a finding: `envs/prod.yaml:41:5: error: what is wrong [its/name]`.
pub(crate) fn lines(diagnostics: &[Diagnostic], names: &Names) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        if let Some(location) = diagnostic.location() {
            let start = location.start();
            text.push_str(&format!(
                "{}:{}:{}: ",
                visible(&names.shown(location.source.name())),
                start.line,
                start.column
            ));
        }
        let (word, style) = match diagnostic.severity {
            Severity::Error => ERROR,
            Severity::Warning => WARNING,
            Severity::Info => ("info", Style::new()),
        };
        text.push_str(&format!(
            "{style}{word}{style:#}: {} [{}]\n",
            visible(&diagnostic.message),
            diagnostic.id
        ));
    }
    text
}

fn draw(renderer: &Renderer, diagnostic: &Diagnostic, names: &Names) -> String {
    let level = match diagnostic.severity {
        Severity::Info => Level::INFO,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = level
        .primary_title(visible(&diagnostic.message))
        .id(diagnostic.id.as_ref());
    let mut columns = Vec::new();
    let mut group =
        Group::with_title(title).elements(places(&diagnostic.labels, names, &mut columns));
    if let Some(why) = &diagnostic.why {
        group = group.element(Level::NOTE.with_name("why").message(visible(why)));
    }
    let mut groups = vec![group];
    if let Some(help) = &diagnostic.help {
        let fix = diagnostic
            .fix
            .as_ref()
            .and_then(|fix| patch(diagnostic, fix));
        match fix {
            // The help says what the edit does, so it stands over it.
            Some(snippet) => groups.push(
                Group::with_title(Level::HELP.secondary_title(visible(help))).element(snippet),
            ),
            None => {
                let note = Level::HELP.with_name("help").message(visible(help));
                groups = groups
                    .into_iter()
                    .map(|group| group.element(note.clone()))
                    .collect();
            }
        }
    }
    place_columns(&renderer.render(&groups), &columns)
}

/// Returns a fix as a small difference: one edit, on one line, of the file that the finding is about.
fn patch<'d>(diagnostic: &'d Diagnostic, fix: &'d Fix) -> Option<Snippet<'d, Patch<'d>>> {
    let [edit] = fix.edits.as_slice() else {
        return None;
    };
    let (place, source) = (&edit.location, &edit.location.source);
    let here = diagnostic.location()?.source.is_same_part(source);
    if !here || place.start().line != place.end().line || edit.replacement.contains('\n') {
        return None;
    }
    let window = cut(source, &[place.span]);
    let mark = window.marks.first()?.clone();
    let patch = Patch::new(mark, visible(&edit.replacement));
    Some(
        Snippet::source(window.text)
            .line_start(window.line)
            .patch(patch),
    )
}

/// Puts the columns of the user's file where those of the drawn piece stand.
///
/// The renderer counts in the text that it draws, in which long lines are cut and hidden characters written out.
fn place_columns(drawn: &str, columns: &[usize]) -> String {
    let mut parts = drawn.split(MARK);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (part, column) in parts.zip(columns) {
        let line = part.bytes().skip(1).take_while(u8::is_ascii_digit).count() + 1;
        let counted = part
            .bytes()
            .skip(line + 1)
            .take_while(u8::is_ascii_digit)
            .count();
        text.push_str(&part[..line]);
        text.push_str(&format!(":{column}"));
        text.push_str(&part[line + 1 + counted..]);
    }
    text
}

/// Returns the drawn places; marks that lie near each other in one file are drawn together.
fn places<'d>(labels: &'d [Label], names: &Names, columns: &mut Vec<usize>) -> Vec<Element<'d>> {
    let mut left: Vec<(usize, &Label)> = labels.iter().enumerate().collect();
    let mut elements = Vec::new();
    while let Some((_, first)) = left.first().copied() {
        let is_near = |label: &Label| {
            label.location.source.is_same_part(&first.location.source)
                && are_near(label.location.span, first.location.span)
        };
        let (together, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, label)| is_near(label));
        left = others;
        elements.extend(draw_together(&together, names, columns));
    }
    elements
}

fn draw_together<'d>(
    labels: &[(usize, &'d Label)],
    names: &Names,
    columns: &mut Vec<usize>,
) -> Vec<Element<'d>> {
    let Some((_, first)) = labels.first() else {
        return Vec::new();
    };
    let source = &first.location.source;
    let path = visible(&names.shown(source.name())).into_owned();
    if source.text().is_empty() {
        return vec![Origin::path(path).into()];
    }
    let start = first.location.start();
    if labels
        .iter()
        .all(|(_, label)| label.location.span == Span::default())
    {
        let origin = Origin::path(path)
            .line(start.line)
            .char_column(start.column);
        return vec![origin.into()];
    }
    let spans: Vec<Span> = labels
        .iter()
        .map(|(_, label)| label.location.span)
        .collect();
    let window = cut(source, &spans);
    let marks: Vec<Annotation<'d>> = labels
        .iter()
        .zip(window.marks)
        .map(|((index, label), mark)| {
            let kind = if *index == 0 {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let mark = kind.span(mark);
            if label.message.is_empty() {
                mark
            } else {
                mark.label(visible(&label.message))
            }
        })
        .collect();
    columns.push(start.column);
    let snippet = Snippet::source(window.text)
        .path(format!("{path}{MARK}"))
        .line_start(window.line);
    vec![snippet.annotations(marks).into()]
}

#[cfg(test)]
mod tests {
    use helmwright::source::{Location, Source};
    use snapbox::IntoData;

    use super::*;

    fn plain(diagnostic: &Diagnostic) -> String {
        draw(&Renderer::plain(), diagnostic, &Names::default())
    }

    #[test]
    fn draws_place_reason_and_help() {
        let source = Source::new("envs/prod.yaml", "a:\n  replicationFactor: 2\n");
        let found = Diagnostic::error(
            "replication/no-write-tolerance",
            "losing one Mimir ingester fails writes",
        )
        .at(&Location::new(&source, Span::new(24, 25)))
        .why("write quorum = 2/2 + 1 = 2 of 2 replicas, tolerance 0")
        .help("set `replicationFactor: 3`");
        snapbox::assert_data_eq!(
            plain(&found),
            snapbox::str![[r#"
error[replication/no-write-tolerance]: losing one Mimir ingester fails writes
 --> envs/prod.yaml:2:22
  |
2 |   replicationFactor: 2
  |                      ^
  |
  = why: write quorum = 2/2 + 1 = 2 of 2 replicas, tolerance 0
  = help: set `replicationFactor: 3`
"#]]
            .raw()
        );
    }

    #[test]
    fn a_file_without_text_has_only_its_name() {
        let found = Diagnostic::warning("output/missing", "a planned file is missing")
            .at(&Location::of_file(&Source::new(
                "gitops/a\u{1b}[31m.yaml",
                "",
            )))
            .help("run it");
        snapbox::assert_data_eq!(
            plain(&found),
            snapbox::str![[r#"
warning[output/missing]: a planned file is missing
--> gitops/a\u{1b}[31m.yaml
 = help: run it
"#]]
            .raw()
        );
    }

    #[test]
    fn two_files_are_drawn_apart() {
        let one = Source::new("envs/dev.yaml", "bucket: a\n");
        let other = Source::new("envs/test.yaml", "x: 1\nbucket: a\n");
        let found = Diagnostic::error("storage/bucket-shared", "two environments share a bucket")
            .label(&Location::new(&one, Span::new(8, 9)), "first here")
            .label(&Location::new(&other, Span::new(13, 14)), "and here")
            .why("w")
            .help("h");
        snapbox::assert_data_eq!(
            plain(&found),
            snapbox::str![[r#"
error[storage/bucket-shared]: two environments share a bucket
 --> envs/dev.yaml:1:9
  |
1 | bucket: a
  |         ^ first here
  |
 ::: envs/test.yaml:2:9
  |
2 | bucket: a
  |         - and here
  |
  = why: w
  = help: h
"#]]
            .raw()
        );
    }

    #[test]
    fn hostile_text_comes_out_tame() {
        let source = Source::new(
            "a\u{1b}.yaml",
            "k: \u{1b}[31m\u{9b}\u{202e}x\n".to_owned() + &"y".repeat(1_000_000),
        );
        for span in [(3, 5), (0, 0), (5, 1_000_000), (1_000_010, 9_000_000)] {
            let text = plain(
                &Diagnostic::error("x/y", "m\u{1b}[31m")
                    .label(&Location::new(&source, Span::new(span.0, span.1)), "l\u{7}")
                    .why("w\u{1b}")
                    .help("h\u{1b}"),
            );
            assert!(!text.contains(super::super::escape::is_hidden), "{text:?}");
            assert!(text.len() < 2000, "{}", text.len());
        }
        let far =
            Diagnostic::error("x/y", "m").at(&Location::new(&source, Span::new(500_019, 500_020)));
        assert!(
            plain(&far).contains(" a\\u{1b}.yaml:2:500005\n"),
            "{}",
            plain(&far)
        );
        let styled = draw(&Renderer::styled(), &far, &Names::default());
        assert!(styled.contains(".yaml:2:500005\n"), "{styled}");
    }

    #[test]
    fn no_text_and_no_span_is_too_odd_to_draw() {
        const PIECES: [&str; 12] = [
            "a: 1",
            "\n",
            "\r\n",
            "\t",
            "é漢",
            "\u{1f600}",
            "\u{1b}",
            "\u{200d}",
            "\u{fdd0}:9:9",
            "\0",
            "  ",
            "x\u{301}",
        ];
        let mut state: u64 = 1;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..3000 {
            let length = next(40);
            let text: String = (0..length).map(|_| PIECES[next(PIECES.len())]).collect();
            let source = Source::new("x.yaml", text.as_str());
            let mut found = Diagnostic::error("x/y", text.as_str()).why(text.as_str());
            for _ in 0..next(4) {
                let span = Span::new(next(text.len() + 3), next(text.len() + 3));
                found = found.label(&Location::new(&source, span), text.as_str());
            }
            let drawn = plain(&found);
            assert!(
                !drawn.contains(super::super::escape::is_hidden),
                "{drawn:?}"
            );
        }
    }
}
