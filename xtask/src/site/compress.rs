//! `.br` and `.gz` beside each text and wasm file, made once so that no request waits for them.

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::Path;

const COMPRESSIBLE: [&str; 8] = ["wasm", "js", "mjs", "css", "svg", "ts", "txt", "json"];
const ENDINGS: [&str; 2] = ["br", "gz"];

/// Compresses what changed in a folder and the folders in it, and removes what lost its original.
pub(super) fn beside(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            beside(&path)?;
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if ENDINGS.contains(&ending) && !path.with_extension("").is_file() {
            fs::remove_file(&path)?;
        } else if COMPRESSIBLE.contains(&ending) {
            file(&path)?;
        }
    }
    Ok(())
}

fn file(path: &Path) -> Result<()> {
    let changed = fs::metadata(path)?.modified()?;
    let made = ENDINGS.map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        std::path::PathBuf::from(name)
    });
    let fresh = |file: &std::path::PathBuf| {
        fs::metadata(file).and_then(|made| made.modified()).is_ok_and(|made| made >= changed)
    };
    if made.iter().all(fresh) {
        return Ok(());
    }
    let content = fs::read(path)?;
    let [br, gz] = made;
    fs::write(br, brotli(&content)?)?;
    fs::write(gz, gzip(&content)?)?;
    Ok(())
}

/// The size of a file when sent with brotli.
pub(crate) fn brotli_size(path: &Path) -> Result<u64> {
    size(path, brotli)
}

/// The size of a file when sent with gzip.
pub(crate) fn gzip_size(path: &Path) -> Result<u64> {
    size(path, gzip)
}

fn size(path: &Path, compress: fn(&[u8]) -> Result<Vec<u8>>) -> Result<u64> {
    let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(compress(&content)?.len() as u64)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*content, &mut compressed, &params)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::beside;
    use std::fs;
    use std::io::Read;

    #[test]
    fn what_is_beside_a_file_unpacks_to_it_and_goes_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let text = "body { color: black }\n".repeat(100);
        fs::write(at("a.css"), &text).expect("written");
        fs::write(at("a.png"), &text).expect("written");
        beside(folder.path()).expect("compressed");

        let mut gunzipped = String::new();
        flate2::read::GzDecoder::new(fs::File::open(at("a.css.gz")).expect("a file"))
            .read_to_string(&mut gunzipped)
            .expect("gzip");
        let mut unbrotlied = Vec::new();
        let br = fs::read(at("a.css.br")).expect("a file");
        brotli::BrotliDecompress(&mut &*br, &mut unbrotlied).expect("brotli");
        assert_eq!(gunzipped, text);
        assert_eq!(unbrotlied, text.as_bytes());
        assert!(!at("a.png.br").exists(), "pictures are compressed already");

        fs::remove_file(at("a.css")).expect("removed");
        beside(folder.path()).expect("compressed");
        assert!(!at("a.css.br").exists() && !at("a.css.gz").exists());
    }
}
