//! The description of the API: committed, and complete.

use doorstep::api::{open, routes};

#[test]
fn the_committed_description_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = open::description_json() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &now).expect("written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == now,
        "server/openapi.json is out of date: run the test with UPDATE=1 and review the change"
    );
}

#[test]
fn every_route_is_described() {
    let description: serde_json::Value = serde_json::from_str(&open::description_json()).expect("JSON");
    for route in routes().iter().filter(|it| it.path != "/openapi.json") {
        let method = route.method.as_str().to_lowercase();
        assert!(
            description["paths"][route.path][&method].is_object(),
            "{method} {} is not described",
            route.path
        );
    }
}
