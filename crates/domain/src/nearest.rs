//! What a person most likely meant: for messages that say what to write instead.

/// The candidate that a person most likely meant, if one is near enough.
pub fn nearest<'c>(wrong: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let lower = wrong.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| is_near(*distance, candidate.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` Did you mean "…"?`, with the space before it, or nothing.
pub fn did_you_mean<'c>(wrong: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(wrong, candidates).map(|near| format!(" Did you mean {near:?}?")).unwrap_or_default()
}

/// A third of the word may be wrong; in a short word two letters, but never all of it.
fn is_near(distance: usize, length: usize) -> bool {
    distance <= (length / 3).max(2) && distance < length
}

/// Edits between two texts (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let kept = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = kept.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_does_not() {
        let words = ["Lead Created", "Lead Updated", "Task Created"];
        assert_eq!(nearest("lead crated", words), Some("Lead Created"));
        assert_eq!(nearest("titel", ["id", "title", "kind"]), Some("title"));
        assert_eq!(nearest("Invoice Paid", words), None);
    }
}
