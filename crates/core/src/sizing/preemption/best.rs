//! The best of many values that change one at a time.

/// A tournament: the smallest value wins, of equal ones the one with the lowest index.
pub(super) struct Best<T> {
    values: Vec<Option<T>>,
    /// Winners of a complete binary tree: `winners[1]` of all, the leaves in the second half.
    winners: Vec<usize>,
}

impl<T: Ord> Best<T> {
    /// Starts with these values.
    pub(super) fn new(values: Vec<Option<T>>) -> Self {
        let leaves = values.len().next_power_of_two();
        let mut best = Self {
            values,
            winners: vec![usize::MAX; leaves * 2],
        };
        for index in 0..best.values.len() {
            best.winners[leaves + index] = index;
        }
        for at in (1..leaves).rev() {
            best.winners[at] = best.winner(at);
        }
        best
    }

    /// Changes one value.
    pub(super) fn set(&mut self, index: usize, value: Option<T>) {
        self.values[index] = value;
        let mut at = (self.winners.len() / 2 + index) / 2;
        while at > 0 {
            self.winners[at] = self.winner(at);
            at /= 2;
        }
    }

    /// Takes one value out.
    pub(super) fn take(&mut self, index: usize) -> Option<T> {
        let value = self.values[index].take();
        self.set(index, None);
        value
    }

    /// Returns the smallest value and its index.
    pub(super) fn best(&self) -> Option<(usize, &T)> {
        let index = *self.winners.get(1)?;
        Some((index, self.values.get(index)?.as_ref()?))
    }

    fn winner(&self, at: usize) -> usize {
        let (left, right) = (self.winners[at * 2], self.winners[at * 2 + 1]);
        let value = |index: usize| self.values.get(index).and_then(Option::as_ref);
        match (value(left), value(right)) {
            (Some(one), Some(other)) if other < one => right,
            (None, Some(_)) => right,
            _ => left,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_smallest_and_first_wins(
            values in prop::collection::vec(prop::option::of(0..9_u8), 1..40),
            changes in prop::collection::vec((0..40_usize, prop::option::of(0..9_u8)), 0..40),
        ) {
            let mut plain = values.clone();
            let mut best = Best::new(values);
            for (index, value) in changes {
                let index = index % plain.len();
                plain[index] = value;
                best.set(index, value);
                let wanted = plain
                    .iter()
                    .enumerate()
                    .filter_map(|(index, value)| value.as_ref().map(|value| (value, index)))
                    .min()
                    .map(|(value, index)| (index, value));
                prop_assert_eq!(best.best(), wanted);
            }
        }
    }
}
