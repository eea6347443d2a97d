//! Ids that every language of drawings takes as they are.

use std::collections::BTreeMap;

/// Ids that were given, by what they stand for.
#[derive(Debug, Default)]
pub(super) struct Ids {
    given: BTreeMap<Vec<String>, String>,
    taken: BTreeMap<String, u32>,
}

impl Ids {
    /// Returns the id of something, the same one each time: its names in letters, digits and `_`.
    ///
    /// What differs in its key and looks alike once its names are spelled so is told apart by a number behind them.
    pub(super) fn of(&mut self, key: &[&str], names: &[&str]) -> String {
        let key: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
        if let Some(id) = self.given.get(&key) {
            return id.clone();
        }
        let plain = names
            .iter()
            .map(|name| plain(name))
            .collect::<Vec<_>>()
            .join("_");
        let mut id = plain.clone();
        let count = self.taken.entry(plain.clone()).or_default();
        *count += 1;
        let mut number = *count;
        while number > 1 {
            id = format!("{plain}_{number}");
            if !self.taken.contains_key(&id) {
                break;
            }
            number += 1;
        }
        if number > 1 {
            self.taken.insert(id.clone(), 1);
        }
        self.given.insert(key, id.clone());
        id
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_look_alike_are_told_apart() {
        let mut ids = Ids::default();
        let mut id = |names: &[&str]| ids.of(names, names);
        assert_eq!(id(&["a", "b-c"]), "a_b_c");
        assert_eq!(id(&["a-b", "c"]), "a_b_c_2");
        assert_eq!(id(&["a", "b-c"]), "a_b_c");
        assert_eq!(id(&["a_b_c_2"]), "a_b_c_2_2");
        assert_eq!(id(&["a.b.c"]), "a_b_c_3");
        assert_eq!(ids.of(&["other"], &["a", "b"]), "a_b");
    }

    proptest! {
        #[test]
        fn each_has_one_and_no_other_has_it(names in prop::collection::btree_set(prop::collection::vec("[a-b_2-]{1,4}", 1..3), 1..20)) {
            let mut ids = Ids::default();
            let mut seen = BTreeSet::new();
            for names in &names {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let id = ids.of(&names, &names);
                prop_assert_eq!(&id, &ids.of(&names, &names));
                prop_assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
                prop_assert!(seen.insert(id));
            }
        }
    }
}
