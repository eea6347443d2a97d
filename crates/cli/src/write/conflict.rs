//! A file in which git left the sides of a merge.

/// Returns the line of the first marker, counted from 1, and the text of each side: ours, theirs, and the base where
/// git wrote it down. Nothing if there is no conflict.
pub(crate) fn sides(text: &str) -> Option<(usize, Vec<String>)> {
    #[derive(Clone, Copy, PartialEq)]
    enum In {
        All,
        Ours,
        Base,
        Theirs,
    }
    let mut first = None;
    let mut has_base = false;
    let mut place = In::All;
    let (mut ours, mut theirs, mut base) = (String::new(), String::new(), String::new());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let next = match line.get(..7) {
            Some("<<<<<<<") => In::Ours,
            Some("|||||||") => In::Base,
            Some("=======") => In::Theirs,
            Some(">>>>>>>") => In::All,
            _ => {
                for (side, text) in [
                    (In::Ours, &mut ours),
                    (In::Theirs, &mut theirs),
                    (In::Base, &mut base),
                ] {
                    if place == In::All || place == side {
                        text.push_str(line);
                    }
                }
                continue;
            }
        };
        place = next;
        has_base |= place == In::Base;
        first.get_or_insert(number + 1);
    }
    let mut sides = vec![ours, theirs];
    if has_base {
        sides.push(base);
    }
    first.map(|line| (line, sides))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_whole() {
        assert_eq!(sides("a\nb\n"), None);
        let text = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nd\n";
        let two = vec!["a\nb\nd\n".to_owned(), "a\nc\nd\n".to_owned()];
        assert_eq!(sides(text), Some((2, two)));
        let text = "<<<<<<< HEAD\nb\n||||||| base\n=======\nc\n>>>>>>> other";
        let three = vec!["b\n".to_owned(), "c\n".to_owned(), String::new()];
        assert_eq!(sides(text), Some((1, three)));
    }
}
