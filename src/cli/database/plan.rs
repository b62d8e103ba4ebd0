//! The tables that a plan reads or writes.

use serde_json::Value;
use std::collections::BTreeSet;

/// A schema and a table in it.
pub type Table = (String, String);

/// Every relation that a plan of `explain (format json, verbose)` names; materialized views are
/// relations, and views are gone by then. The system's own catalogs are left out.
pub fn tables(plan: &Value) -> BTreeSet<Table> {
    let mut found = BTreeSet::new();
    let mut open = vec![plan];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                if let (Some(schema), Some(table)) = (text("Schema"), text("Relation Name"))
                    && !matches!(schema, "pg_catalog" | "information_schema")
                {
                    found.insert((schema.to_owned(), table.to_owned()));
                }
                open.extend(fields.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn relations_are_found_at_any_depth_once_and_without_catalogs() {
        let plan = json!([{"Plan": {
            "Node Type": "Nested Loop",
            "Plans": [
                {"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "users"},
                {"Node Type": "Seq Scan", "Schema": "pg_catalog", "Relation Name": "pg_class"},
                {"Node Type": "Function Scan", "Schema": "public", "Function Name": "f"},
                {"Node Type": "Limit", "Plans": [
                    {"Node Type": "Index Scan", "Schema": "app", "Relation Name": "pitches"},
                    {"Node Type": "Index Scan", "Schema": "public", "Relation Name": "users"},
                ]},
            ],
        }}]);
        let expected = [("app", "pitches"), ("public", "users")];
        let expected = expected.map(|(schema, table)| (schema.to_owned(), table.to_owned()));
        assert_eq!(tables(&plan), BTreeSet::from(expected));
    }
}
