//! Finding a variable by what a person types.

use super::{Variable, VariableGroup};

/// The variables that fit, the best of each group first. Every word must stand somewhere: in the path, in the
/// title or in the group's title.
pub fn search(groups: &[VariableGroup], query: &str) -> Vec<VariableGroup> {
    let query = query.trim().to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    if words.is_empty() {
        return groups.to_vec();
    }
    let mut found: Vec<(usize, VariableGroup)> = groups
        .iter()
        .filter_map(|group| {
            let title = group.title.to_lowercase();
            let mut fitting: Vec<(usize, &Variable)> = group
                .variables
                .iter()
                .filter_map(|own| Some((fit(own, &title, &words)?, own)))
                .collect();
            fitting.sort_by_key(|(fit, _)| *fit);
            let best = fitting.first()?.0;
            let variables = fitting.into_iter().map(|(_, own)| own.clone()).collect();
            Some((best, VariableGroup { variables, ..group.clone() }))
        })
        .collect();
    // Groups stay in their order, unless one fits by its variables and another by its title alone.
    found.sort_by_key(|(best, _)| *best / BY_GROUP);
    found.into_iter().map(|(_, group)| group).collect()
}

/// How badly one fits whose group's title alone does.
const BY_GROUP: usize = 100;

/// How badly a variable fits; nothing if it does not.
fn fit(own: &Variable, group: &str, words: &[&str]) -> Option<usize> {
    let path = own.path.to_lowercase();
    let title = own.title.to_lowercase();
    let last = path.rsplit(['.', '"', '[']).find(|part| !part.trim_matches(']').is_empty());
    let last = last.unwrap_or(&path);
    words
        .iter()
        .map(|word| {
            if last == *word {
                Some(0)
            } else if last.starts_with(word) || title.starts_with(word) {
                Some(1)
            } else if path.starts_with(word) {
                Some(2)
            } else if path.contains(word) || title.contains(word) {
                Some(3)
            } else if group.contains(word) {
                Some(BY_GROUP)
            } else {
                None
            }
        })
        .sum()
}
