//! Every form of the pack can be filled in to the end, and what comes out passes the server's check.

use doorstep_tests::pack::{stories, workbooks};

#[test]
fn every_form_of_the_pack_is_filled_in_to_the_end_and_found_good() {
    let stories = stories();
    assert_eq!(stories.len(), 2 * workbooks().len());
    assert_eq!(workbooks().len(), 25);
    for story in stories {
        let ending = story.tell();
        assert_eq!(ending.checked.findings, [], "{}\n{}", story.form_id, ending.xml);
        assert_eq!(ending.checked.meta.form_id, story.form_id);
    }
}

#[test]
fn tampering_with_an_answer_is_found() {
    let stories = stories();
    let found = stories.iter().filter(|it| !it.tell().tampered.findings.is_empty()).count();
    assert!(found >= 40, "only {found} of {} stories", stories.len());
}
