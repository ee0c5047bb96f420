//! Ids of 15 characters, whose case matters, and of 18, whose last three tell the case.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUMS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id with a number among those of its object. Later ones sort behind.
pub(super) fn numbered(prefix: &str, mut number: u64) -> String {
    let mut digits = [b'0'; 10];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    whole(&format!("{prefix}S0{}", String::from_utf8_lossy(&digits)))
}

/// 18 characters of 15.
pub(super) fn whole(short: &str) -> String {
    let sums = short.as_bytes().chunks(5).map(|chunk| {
        let bits = chunk.iter().enumerate().filter(|(_, own)| own.is_ascii_uppercase());
        char::from(SUMS[bits.map(|(index, _)| 1 << index).sum::<usize>()])
    });
    short.chars().chain(sums).collect()
}

/// The 18 characters that an id of 15 or of 18 stands for. `None`: it is no id.
pub(super) fn normal(id: &str) -> Option<String> {
    if !id.bytes().all(|own| own.is_ascii_alphanumeric()) {
        return None;
    }
    match id.len() {
        15 => Some(whole(id)),
        18 => {
            let (short, sums) = id.split_at(15);
            let mut right = String::with_capacity(18);
            for (chunk, sum) in short.as_bytes().chunks(5).zip(sums.to_ascii_uppercase().bytes()) {
                let bits = SUMS.iter().position(|own| *own == sum)?;
                for (index, own) in chunk.iter().enumerate() {
                    let upper = bits & (1 << index) != 0;
                    let own =
                        if upper { own.to_ascii_uppercase() } else { own.to_ascii_lowercase() };
                    right.push(char::from(own));
                }
            }
            let whole = whole(&right);
            whole.eq_ignore_ascii_case(id).then_some(whole)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{normal, numbered};

    #[test]
    fn the_last_three_characters_tell_the_case_of_the_others() {
        for whole in ["a00D0000008pQRAIA2", "003q000000KvQ1tAAF", "701E0000000JuFHIA0"] {
            assert_eq!(normal(&whole[..15]).as_deref(), Some(whole));
            assert_eq!(normal(&whole.to_lowercase()).as_deref(), Some(whole));
        }
        assert_eq!(normal("003q000000KvQ1tBAF"), None, "a digit has no case");
        assert_eq!(normal("003q"), None);
        assert!(numbered("00Q", 61) < numbered("00Q", 62), "in the order in which they are made");
    }
}
