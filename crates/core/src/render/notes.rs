//! Which line of a template wrote a line of its text: found by rendering the template with notes in comments.

/// What begins a note in the rendered text.
const NOTE: &str = " #@templates/";

/// Notes name and number behind each line of a YAML template that writes something.
pub(crate) fn noted(name: &str, text: &str) -> String {
    if !name.ends_with(".yaml.j2") {
        return text.to_owned();
    }
    let mut noted = String::with_capacity(text.len() * 2);
    for (index, line) in text.lines().enumerate() {
        noted.push_str(line);
        // A line of a statement alone writes nothing, and a note would make it write; a separator must stand alone.
        let writes = !line.contains("{%") && !line.contains("{#") && !line.trim().is_empty();
        if writes && line != "---" {
            noted.push_str(&format!("{NOTE}{name}:{}", index + 1));
        }
        noted.push('\n');
    }
    noted
}

/// Returns the template and its line that wrote a line of the rendered text, both from 1.
pub(crate) fn written_by(rendered: &str, line: usize) -> Option<(&str, usize)> {
    // What an expression writes over several lines has its note behind the last of them.
    let note = rendered
        .lines()
        .skip(line.checked_sub(1)?)
        .find_map(|line| line.rsplit_once(NOTE))?
        .1;
    let (file, line) = note.trim_end().rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_lead_back() {
        let noted = noted(
            "a/b/values.yaml.j2",
            "{% if x %}\na: 1\n{% endif %}\n---\n\nb: {{ c }}\n",
        );
        assert_eq!(written_by(&noted, 1), Some(("a/b/values.yaml.j2", 2)));
        assert_eq!(written_by(&noted, 4), Some(("a/b/values.yaml.j2", 6)));
        assert_eq!(written_by(&noted, 7), None);
        assert!(noted.contains("\n---\n"));
    }
}
