//! Writes, as one JSON array, a story for every form of the pack and how each ends natively. The browser test
//! tells the same stories and compares.

use doorstep_tests::pack::stories;
use serde_json::json;

fn main() {
    let told: Vec<_> =
        stories().iter().map(|story| json!({ "story": story, "ending": story.tell() })).collect();
    println!("{}", serde_json::Value::from(told));
}
