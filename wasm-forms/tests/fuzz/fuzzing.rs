//! One test a target, each in a process of its own.

use crate::harness::alone_for_long;
use crate::{pictures, targets};

#[test]
fn xforms() {
    alone_for_long(|| targets::XFORM.fuzz());
}

#[test]
fn expressions() {
    alone_for_long(|| targets::EXPRESSION.fuzz());
}

#[test]
fn lists() {
    alone_for_long(|| targets::LIST.fuzz());
}

#[test]
fn instances() {
    alone_for_long(|| targets::INSTANCE.fuzz());
}

#[test]
fn workbooks() {
    alone_for_long(|| targets::WORKBOOK.fuzz());
}

#[test]
fn pictures() {
    alone_for_long(|| pictures::PICTURE.fuzz());
}

#[test]
fn pixels() {
    alone_for_long(|| pictures::PIXELS.fuzz());
}

#[test]
fn strokes() {
    alone_for_long(|| targets::STROKES.fuzz());
}
