//! What a form says of its submissions: where they go, and the key they are to be encrypted with.

use wasm_forms::{Form, Method, Submission};

fn form(submission: &str) -> Form {
    let xform = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>t</h:title><model>
            <instance><data id="f"><a/><meta><instanceID/></meta></data></instance>{submission}
            </model></h:head><h:body><input ref="/data/a"><label>a</label></input></h:body></h:html>"#
    );
    Form::compile(&xform).expect("a form")
}

#[test]
fn all_of_it_is_read() {
    let form = form(
        r#"<submission action="https://example.org/s" method="form-data-post" base64RsaPublicKey=" QUJD "
            orx:auto-send="true" orx:auto-delete="false"/>"#,
    );
    let expected = Submission {
        action: Some("https://example.org/s".to_owned()),
        method: Method::Post,
        public_key: Some("QUJD".to_owned()),
        auto_send: Some(true),
        auto_delete: Some(false),
    };
    assert_eq!(form.submission(), &expected);
    assert_eq!(form.public_key(), Some("QUJD"));
}

#[test]
fn what_is_not_said_is_absent() {
    assert_eq!(form("").submission(), &Submission::default());
    assert_eq!(
        form(r#"<submission base64RsaPublicKey="" orx:auto-send="perhaps"/>"#).submission(),
        &Submission::default()
    );
}

#[cfg(feature = "encryption")]
#[test]
fn a_key_that_cannot_encrypt_is_told() {
    let form = form(r#"<submission base64RsaPublicKey="QUJD"/>"#);
    let codes: Vec<_> = form.warnings().iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["form.public_key"]);
}
