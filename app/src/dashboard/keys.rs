//! RSA keys in the browser (WebCrypto): made, exported and used there. The server never sees a private
//! key. WebCrypto needs https, or this machine.

/// A pair, as PEM.
pub(super) struct Pair {
    pub(super) private_pem: String,
    pub(super) public_pem: String,
}

/// Whom a token speaks for.
pub(super) struct Claims {
    pub(super) project: String,
    pub(super) user: String,
}

#[cfg(feature = "browser")]
mod browser {
    use super::{Claims, Pair};
    use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
    use leptos::prelude::window;
    use serde_json::json;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    const ALGORITHM: &str = "RSASSA-PKCS1-v1_5";

    fn failed(_: JsValue) -> String {
        "This browser made no key. Use https, or this machine, and a current browser.".to_owned()
    }

    fn algorithm() -> Result<Object, JsValue> {
        let wanted = Object::new();
        Reflect::set(&wanted, &"name".into(), &ALGORITHM.into())?;
        Reflect::set(&wanted, &"hash".into(), &"SHA-256".into())?;
        Reflect::set(&wanted, &"modulusLength".into(), &2048.into())?;
        let exponent = Uint8Array::from([1_u8, 0, 1].as_slice());
        Reflect::set(&wanted, &"publicExponent".into(), &exponent)?;
        Ok(wanted)
    }

    /// Base64 of bytes, as the browser does it.
    fn base64(bytes: &Uint8Array) -> Result<String, JsValue> {
        let binary: String = bytes.to_vec().into_iter().map(char::from).collect();
        window().btoa(&binary)
    }

    fn pem(label: &str, bytes: &Uint8Array) -> Result<String, JsValue> {
        let text = base64(bytes)?;
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Ok(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")))
    }

    fn subtle() -> Result<web_sys::SubtleCrypto, JsValue> {
        Ok(window().crypto()?.subtle())
    }

    pub(crate) async fn generate() -> Result<Pair, String> {
        let made = async {
            let usages = Array::of2(&"sign".into(), &"verify".into());
            let pair = subtle()?.generate_key_with_object(&algorithm()?, true, &usages)?;
            let pair = JsFuture::from(pair).await?;
            let export = async |part: &str, format: &str| -> Result<Uint8Array, JsValue> {
                let key: web_sys::CryptoKey = Reflect::get(&pair, &part.into())?.unchecked_into();
                let bytes = JsFuture::from(subtle()?.export_key(format, &key)?).await?;
                Ok(Uint8Array::new(&bytes.unchecked_into::<ArrayBuffer>()))
            };
            let private_pem = pem("PRIVATE KEY", &export("privateKey", "pkcs8").await?)?;
            let public_pem = pem("PUBLIC KEY", &export("publicKey", "spki").await?)?;
            Ok(Pair { private_pem, public_pem })
        };
        made.await.map_err(failed)
    }

    pub(crate) async fn sign(private_pem: &str, claims: &Claims) -> Result<String, String> {
        let wrong = |_: JsValue| {
            "This is no private key as PEM (BEGIN PRIVATE KEY), or this browser cannot sign."
                .to_owned()
        };
        let signed = async {
            let body: String = private_pem
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .map(str::trim)
                .collect();
            let der: Vec<u8> = window().atob(&body)?.chars().map(|c| c as u32 as u8).collect();
            let der = Uint8Array::from(der.as_slice());
            let usages = Array::of1(&"sign".into());
            let key =
                subtle()?.import_key_with_object("pkcs8", &der, &algorithm()?, false, &usages)?;
            let key: web_sys::CryptoKey = JsFuture::from(key).await?.unchecked_into();
            let now = (js_sys::Date::now() / 1000.0).floor();
            let url = |text: String| -> Result<String, JsValue> {
                let bytes = Uint8Array::from(text.as_bytes());
                Ok(base64(&bytes)?.replace('+', "-").replace('/', "_").replace('=', ""))
            };
            let header = url(json!({ "alg": "RS256", "typ": "JWT" }).to_string())?;
            let claims = url(json!({
                "sub": claims.user, "aud": format!("useparagon.com/{}", claims.project),
                "iat": now, "exp": now + 3600.0,
            })
            .to_string())?;
            let text = format!("{header}.{claims}");
            let signature =
                subtle()?.sign_with_object_and_u8_array(&algorithm()?, &key, text.as_bytes())?;
            let signature = JsFuture::from(signature).await?;
            let signature = Uint8Array::new(&signature.unchecked_into::<ArrayBuffer>());
            let signature =
                base64(&signature)?.replace('+', "-").replace('/', "_").replace('=', "");
            Ok(format!("{text}.{signature}"))
        };
        signed.await.map_err(wrong)
    }
}

#[cfg(feature = "browser")]
pub(super) use browser::{generate, sign};

/// On the server nothing is pressed.
#[cfg(not(feature = "browser"))]
pub(super) async fn generate() -> Result<Pair, String> {
    Err("Keys are made in the browser.".to_owned())
}

/// On the server nothing is pressed.
#[cfg(not(feature = "browser"))]
pub(super) async fn sign(_: &str, claims: &Claims) -> Result<String, String> {
    Err(format!("Tokens for {} of {} are signed in the browser.", claims.user, claims.project))
}
