//! Skipping what was already done: a fingerprint of a step's inputs, kept in `target/stamps`.

use crate::site::target_folder;
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// One step: its name, what it reads and what it leaves behind.
pub(crate) struct Stamp {
    file: PathBuf,
    fingerprint: String,
    outputs: Vec<PathBuf>,
}

impl Stamp {
    /// The state of a step's inputs: the files (or folders) and anything else that changes what
    /// comes out, such as the options of a tool.
    pub(crate) fn of(name: &str, options: &str, inputs: &[&Path]) -> Result<Self> {
        Self::kept_in(target_folder().join("stamps").join(name), options, inputs)
    }

    fn kept_in(file: PathBuf, options: &str, inputs: &[&Path]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        options.hash(&mut hasher);
        for input in inputs {
            add(input, &mut hasher)?;
        }
        Ok(Self { file, fingerprint: format!("{:016x}", hasher.finish()), outputs: Vec::new() })
    }

    /// What has to exist for the step to count as done.
    pub(crate) fn leaving(mut self, outputs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.outputs.extend(outputs);
        self
    }

    /// Does the step unless its inputs are as they were and its outputs are still there.
    pub(crate) fn unless_done(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let same = fs::read_to_string(&self.file).is_ok_and(|was| was == self.fingerprint);
        if same && self.outputs.iter().all(|output| output.exists()) {
            return Ok(());
        }
        work()?;
        let folder = self.file.parent().expect("a stamp lies in a folder");
        fs::create_dir_all(folder)?;
        fs::write(&self.file, &self.fingerprint)
            .with_context(|| format!("writing {}", self.file.display()))
    }
}

/// Adds a file's path, size and time of change, or those of everything in a folder.
fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    let Ok(metadata) = fs::metadata(path) else {
        return Ok(());
    };
    if metadata.is_dir() {
        let mut entries = fs::read_dir(path)
            .with_context(|| format!("reading {}", path.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| add(entry, hasher));
    }
    metadata.len().hash(hasher);
    metadata.modified()?.hash(hasher);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Stamp;
    use std::fs;

    #[test]
    fn a_step_is_done_again_when_an_input_changes_or_an_output_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        let kept = folder.path().join("stamps/step");
        let mut done = 0;
        let mut step = |text: Option<&str>| {
            if let Some(text) = text {
                fs::write(&input, text).expect("written");
            }
            let stamp = Stamp::kept_in(kept.clone(), "", &[&input])
                .expect("a stamp")
                .leaving([output.clone()]);
            stamp
                .unless_done(|| {
                    done += 1;
                    Ok(fs::write(&output, "made")?)
                })
                .expect("done");
            done
        };
        assert_eq!(step(Some("one")), 1);
        assert_eq!(step(None), 1, "nothing changed");
        assert_eq!(step(Some("another")), 2, "the input changed");
        fs::remove_file(&output).expect("removed");
        assert_eq!(step(None), 3, "the output is gone");
    }
}
