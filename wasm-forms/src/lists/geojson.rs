//! GeoJSON as a list.
//!
//! Source: ODK XForms, "Secondary Instances - External" and RFC 7946. Positions are written as geopoint, geotrace and
//! geoshape are: latitude first.

use serde_json::{Map, Value};

use super::Table;

/// Reads a feature collection; nothing where the text is none.
pub(super) fn read(text: &str) -> Option<Table> {
    let collection: Value = serde_json::from_str(text).ok()?;
    if collection.get("type")?.as_str()? != "FeatureCollection" {
        return None;
    }
    let mut table = Table::with_columns(vec!["geometry".to_owned()]);
    for feature in collection.get("features")?.as_array()? {
        let cells = cells_of(feature)?;
        for (name, _) in &cells {
            if table.column(name).is_none() {
                table.push_column(name);
            }
        }
        let names = table.columns().to_vec();
        table.push_row(|at| cells.iter().find(|(name, _)| *name == names[at]).map(|(_, text)| text.as_str()));
    }
    Some(table)
}

fn cells_of(feature: &Value) -> Option<Vec<(String, String)>> {
    let mut cells = vec![("geometry".to_owned(), geometry(feature.get("geometry")?).unwrap_or_default())];
    let none = Map::new();
    let properties = feature.get("properties").and_then(Value::as_object).unwrap_or(&none);
    // The feature's own id is meant, where it has one.
    let own_id = feature.get("id").map(text_of);
    let others = properties.iter().filter(|(name, _)| own_id.is_none() || *name != "id");
    cells.extend(own_id.clone().map(|it| ("id".to_owned(), it)));
    cells.extend(others.map(|(name, value)| (name.clone(), text_of(value))));
    Some(cells)
}

fn geometry(geometry: &Value) -> Option<String> {
    let coordinates = geometry.get("coordinates")?;
    let points = |it: &Value| -> Option<String> {
        let points: Option<Vec<String>> = it.as_array()?.iter().map(point).collect();
        Some(points?.join("; "))
    };
    match geometry.get("type")?.as_str()? {
        "Point" => point(coordinates),
        "LineString" => points(coordinates),
        "Polygon" => points(coordinates.as_array()?.first()?),
        _ => None,
    }
}

fn point(position: &Value) -> Option<String> {
    let position = position.as_array()?;
    let (longitude, latitude) = (position.first()?, position.get(1)?);
    let altitude = position.get(2).map_or_else(|| "0".to_owned(), text_of);
    Some(format!("{} {} {altitude} 0", text_of(latitude), text_of(longitude)))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Table;

    #[test]
    fn features_are_rows() {
        let table = Table::from_geojson(
            r#"{"type":"FeatureCollection","features":[
                {"type":"Feature","id":"f","geometry":{"type":"Point","coordinates":[102.5,0.5]},
                 "properties":{"name":"A","id":"p"}},
                {"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4,5]]},
                 "properties":{"n":7}}]}"#,
        )
        .expect("a feature collection");
        let row = |row| (0..4).map(|it| table.cell(row, it)).collect::<Vec<&str>>();
        assert_eq!(table.columns(), ["geometry", "id", "name", "n"]);
        assert_eq!(row(0), ["0.5 102.5 0 0", "f", "A", ""]);
        assert_eq!(row(1), ["2 1 0 0; 4 3 5 0", "", "", "7"]);
        assert!(Table::from_geojson("{}").is_err());
    }
}
