//! The scans of a plan: which tables it reads or writes, and on what conditions.

use serde_json::Value;
use std::collections::BTreeSet;

/// A schema and a table in it.
pub type Table = (String, String);

/// One place of a plan that reads or writes a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub table: Table,
    /// What the plan calls it here: `p`, and `p_1` where `p` is taken.
    pub alias: String,
    /// Each holds for every row that the scan gives.
    pub conditions: Vec<String>,
}

/// Every relation that a plan of `explain (format json, verbose)` names; materialized views are
/// relations, and views are gone by then. The system's own catalogs are left out.
pub fn scans(plan: &Value) -> Vec<Scan> {
    let mut found = Vec::new();
    walk(plan, &mut |value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if let (Some(schema), Some(table)) = (text("Schema"), text("Relation Name"))
            && !matches!(schema, "pg_catalog" | "information_schema")
        {
            found.push(Scan {
                table: (schema.to_owned(), table.to_owned()),
                alias: text("Alias").unwrap_or_default().to_owned(),
                conditions: conditions(value),
            });
        }
    });
    found
}

pub fn tables(scans: &[Scan]) -> BTreeSet<Table> {
    scans.iter().map(|scan| scan.table.clone()).collect()
}

/// Whether a part of the plan runs apart from the rest, and gives it a value.
pub fn has_subplans(plan: &Value) -> bool {
    let mut found = false;
    walk(plan, &mut |value| {
        found |= value.get("Subplan Name").is_some();
    });
    found
}

/// Everything that the plan says in words, expressions among it.
pub fn texts(plan: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    walk(plan, &mut |value| found.extend(value.as_str()));
    found
}

/// Of a node that gives only what meets all of them. Others, such as those that write, have none.
fn conditions(node: &Value) -> Vec<String> {
    let text = |name: &str| node.get(name).and_then(Value::as_str);
    match text("Node Type") {
        Some("Seq Scan" | "Index Scan" | "Index Only Scan" | "Bitmap Heap Scan") => {
            let fields = ["Index Cond", "Recheck Cond", "Filter"];
            fields
                .into_iter()
                .filter_map(text)
                .map(str::to_owned)
                .collect()
        }
        Some(_) | None => Vec::new(),
    }
}

/// Every value inside `plan`, itself first.
fn walk<'a>(plan: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    let mut open = vec![plan];
    while let Some(value) = open.pop() {
        visit(value);
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> Value {
        json!([{"Plan": {
            "Node Type": "Nested Loop",
            "Plans": [
                {"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "users",
                 "Alias": "u", "Filter": "(u.id = $1)"},
                {"Node Type": "Seq Scan", "Schema": "pg_catalog", "Relation Name": "pg_class"},
                {"Node Type": "Function Scan", "Schema": "public", "Function Name": "f"},
                {"Node Type": "Limit", "Plans": [
                    {"Node Type": "Index Scan", "Schema": "app", "Relation Name": "pitches",
                     "Alias": "p", "Index Cond": "(p.id = $1)", "Filter": "p.active"},
                    {"Node Type": "Index Scan", "Schema": "public", "Relation Name": "users"},
                ]},
            ],
        }}])
    }

    #[test]
    fn relations_are_found_at_any_depth_once_and_without_catalogs() {
        let expected = [("app", "pitches"), ("public", "users")];
        let expected = expected.map(|(schema, table)| (schema.to_owned(), table.to_owned()));
        assert_eq!(tables(&scans(&plan())), BTreeSet::from(expected));
    }

    #[test]
    fn a_scan_has_the_conditions_of_its_node_and_a_write_has_none() {
        let found = scans(&plan());
        let pitches = found.iter().find(|scan| scan.alias == "p").unwrap();
        assert_eq!(pitches.conditions, ["(p.id = $1)", "p.active"]);
        let write = json!({"Node Type": "ModifyTable", "Operation": "Update", "Schema": "public",
                           "Relation Name": "t", "Alias": "t", "Filter": "(t.id = $1)"});
        assert_eq!(scans(&write)[0].conditions, Vec::<String>::new());
    }

    #[test]
    fn subplans_and_texts_are_seen_at_any_depth() {
        assert!(!has_subplans(&plan()));
        let below = json!({"Plans": [{"Plans": [{"Subplan Name": "InitPlan 1"}]}]});
        assert!(has_subplans(&below));
        assert!(texts(&plan()).contains(&"p.active"));
    }
}
