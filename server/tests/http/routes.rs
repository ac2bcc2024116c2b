//! Every route for every role.

use doorstep::api::auth::Access;
use doorstep::api::routes;
use doorstep::domain::account::{self, NewAccount, Role};

use crate::community::{Community, PASSWORD};

/// Who may, told a second time and in other words than the router's own table: a mistake there shows here.
fn may(role: Role, method: &str, path: &str) -> bool {
    let is_desk = path.starts_with("/api/v1/desk/");
    let works_at_the_desk = matches!(role, Role::Supervisor | Role::Admin);
    let looks_at_the_desk = works_at_the_desk || role == Role::Street;
    // One's own session, and the text of a form, which names nobody.
    if path == "/api/v1/session" || path == "/api/v1/forms/{form_id}/{version}/xform" {
        return true;
    }
    // Files as they arrived tell more than they show.
    if path.ends_with("/original") || path.ends_with("/evidence.zip") {
        return works_at_the_desk;
    }
    // A form is tried with rows of the register only by whoever may publish it.
    if path.starts_with("/api/v1/desk/lists") {
        return works_at_the_desk;
    }
    match (is_desk, method) {
        (true, "GET") => looks_at_the_desk,
        (true, _) => works_at_the_desk,
        (false, _) => matches!(role, Role::Volunteer | Role::GridWorker | Role::Adviser),
    }
}

#[tokio::test]
async fn no_role_is_let_in_where_it_does_not_belong() {
    for route in routes() {
        let Access::Roles(roles) = route.access else {
            let open = ["/healthz", "/openapi.json", "/api/v1/session"];
            assert!(open.contains(&route.path), "{} {} is open to everybody", route.method, route.path);
            continue;
        };
        for role in Role::ALL.into_iter().filter(|it| roles.contains(it)) {
            let asked = format!("{} {} as {}", route.method, route.path, role.as_str());
            assert!(may(role, route.method.as_str(), route.path), "{asked}");
        }
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_names() {
    let community = Community::new().await;
    let account = |role: Role| NewAccount {
        username: format!("test-{}", role.as_str()),
        password: PASSWORD.to_owned(),
        name: "测试".to_owned(),
        role,
        grids: vec!["G01".to_owned()],
    };
    account::add(&community.app, Role::ALL.map(account).to_vec()).await.expect("accounts");
    let stranger = community.stranger();
    for role in Role::ALL {
        let person = community.person(&format!("test-{}", role.as_str())).await;
        for route in routes().into_iter().filter(|it| it.path != "/api/v1/session") {
            let path = route
                .path
                .replace("{id}", "none")
                .replace("{name}", "none")
                .replace("{file_name}", "none.csv");
            let path = path.replace("{form_id}", "none").replace("{version}", "1");
            let request = |who: &crate::community::Person| {
                who.request(route.method.as_str(), &path).body(axum::body::Body::empty()).expect("a request")
            };
            let answer = person.send(request(&person)).await;
            let asked = format!("{} {} as {}: {}", route.method, route.path, role.as_str(), answer.status);
            match route.access {
                Access::Open => assert!(answer.status.is_success(), "{asked}"),
                Access::Roles(roles) => {
                    assert_eq!(answer.status != 403, roles.contains(&role), "{asked}");
                    assert!(answer.status.as_u16() < 500, "{asked}");
                    assert_eq!(stranger.send(request(&stranger)).await.status, 401, "{asked}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let community = Community::new().await;
    let person = community.person("supervisor").await;
    assert_eq!(person.get("/api/v1/nothing").await.problem(), (404, "not_found".to_owned()));
    assert_eq!(person.get("/api/v1/desk/submissions/none").await.problem(), (404, "not_found".to_owned()));
    assert_eq!(person.delete("/api/v1/tasks").await.problem(), (405, "request.method".to_owned()));
    // A path that is no text, wherever something is named in it.
    let phone = community.person("v01").await;
    for route in routes().into_iter().filter(|it| it.path.contains('{')) {
        let Access::Roles(roles) = route.access else { continue };
        let parts: Vec<&str> =
            route.path.split('/').map(|it| if it.starts_with('{') { "%FF" } else { it }).collect();
        let who = if roles.contains(&Role::Supervisor) { &person } else { &phone };
        let request = who.request(route.method.as_str(), &parts.join("/"));
        let answer = who.send(request.body(axum::body::Body::empty()).expect("a request")).await;
        let asked = format!("{} {}", route.method, route.path);
        assert_eq!(answer.status, 400, "{asked}");
        // An answer to a question for the head alone has nothing more to tell.
        if route.method != "HEAD" {
            assert_eq!(answer.problem().1, "request.malformed", "{asked}");
        }
    }
    assert_eq!(community.stranger().get("/healthz").await.json()["status"], "ok");
}
