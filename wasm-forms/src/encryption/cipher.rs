//! AES-256 in CFB mode over padded bytes: Java's `AES/CFB/PKCS5Padding`, which for AES is PKCS #7.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

const BLOCK: usize = 16;

/// Encrypts in place; one to sixteen bytes of padding are added.
pub(super) fn encrypt(key: &[u8; 32], vector: [u8; BLOCK], bytes: &mut Vec<u8>) {
    let n_padding = BLOCK - bytes.len() % BLOCK;
    bytes.resize(bytes.len() + n_padding, n_padding as u8);
    let aes = Aes256Enc::new(key.into());
    let mut mask = vector.into();
    for block in bytes.chunks_exact_mut(BLOCK) {
        aes.encrypt_block(&mut mask);
        for (byte, mask) in block.iter_mut().zip(mask.iter_mut()) {
            *byte ^= *mask;
            *mask = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::hex;

    /// The first block of CFB128-AES256 in NIST SP 800-38A, F.3.17.
    #[test]
    fn encrypts_as_the_standard_says() {
        let key = std::array::from_fn(|it| {
            let text = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
            u8::from_str_radix(&text[2 * it..2 * it + 2], 16).expect("hex")
        });
        let vector = std::array::from_fn(|it| it as u8);
        let plain =
            [0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a];
        let mut bytes = plain.to_vec();
        encrypt(&key, vector, &mut bytes);
        assert_eq!(hex(&bytes[..16]), "dc7e84bfda79164b7ecd8486985d3860");
        assert_eq!(bytes.len(), 32, "a full block is padded with another");
    }
}
