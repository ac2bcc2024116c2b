//! GeoJSON as a list.
//!
//! Source: ODK XForms, "Secondary Instances - External" and RFC 7946. Positions are written as geopoint, geotrace and
//! geoshape are: latitude first.

use super::Table;
use crate::json::Json;
use crate::xpath::value::number_text;

/// Reads a feature collection; nothing where the text is none.
pub(super) fn read(text: &str) -> Option<Table> {
    let collection = Json::parse(text)?;
    if collection.get("type")?.text()? != "FeatureCollection" {
        return None;
    }
    let mut table = Table::with_columns(vec!["geometry".to_owned()]);
    for feature in collection.get("features")?.list()? {
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

fn cells_of(feature: &Json) -> Option<Vec<(String, String)>> {
    let mut cells = vec![("geometry".to_owned(), geometry(feature.get("geometry")?).unwrap_or_default())];
    let properties = match feature.get("properties") {
        Some(Json::Map(fields)) => fields.as_slice(),
        _ => &[],
    };
    // The feature's own id is meant, where it has one.
    let own_id = feature.get("id").map(text_of);
    let others = properties.iter().filter(|(name, _)| own_id.is_none() || name != "id");
    cells.extend(own_id.clone().map(|it| ("id".to_owned(), it)));
    cells.extend(others.map(|(name, value)| (name.clone(), text_of(value))));
    Some(cells)
}

fn geometry(geometry: &Json) -> Option<String> {
    let coordinates = geometry.get("coordinates")?;
    let points = |it: &Json| -> Option<String> {
        let points: Option<Vec<String>> = it.list()?.iter().map(point).collect();
        Some(points?.join("; "))
    };
    match geometry.get("type")?.text()? {
        "Point" => point(coordinates),
        "LineString" => points(coordinates),
        "Polygon" => points(coordinates.list()?.first()?),
        _ => None,
    }
}

fn point(position: &Json) -> Option<String> {
    let position = position.list()?;
    let (longitude, latitude) = (position.first()?, position.get(1)?);
    let altitude = position.get(2).map_or_else(|| "0".to_owned(), text_of);
    Some(format!("{} {} {altitude} 0", text_of(latitude), text_of(longitude)))
}

/// Returns a property as a cell holds it; what has parts of its own is no cell.
fn text_of(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        Json::Number(number) => number_text(*number),
        Json::Word(word) if *word != "null" => (*word).to_owned(),
        Json::Word(_) | Json::List(_) | Json::Map(_) => String::new(),
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
