// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

/**
 * A database, by what its server knows.
 */
export type Database = { name: string, 
/**
 * `null`: the server does not count statements.
 */
pg_stat_statements: Array<StatementSeen> | null, unused_indexes: Array<UnusedIndex>, sequential_scans: Array<Scan>, 
/**
 * What one must know to read the rest.
 */
notes: Array<string>, 
/**
 * Why its server could not be asked; then the rest is empty.
 */
error: string | null, };

export type DatabaseReport = { statements: Array<Statement>, 
/**
 * Set where nothing is known of the statements: an empty list would look like peace.
 */
statements_error: string | null, databases: Array<Database>, };

export type Scan = { suggestion: string, 
/**
 * As SQL has it.
 */
table: string, scans: number, 
/**
 * By all scans together.
 */
rows_read: number, rows_live: number, };

/**
 * A query of the site, by what Forebay itself has measured.
 */
export type Statement = { database: string, query: string, calls: number, 
/**
 * Of `calls`.
 */
failures: number, 
/**
 * `null`, as in `p95_ms`: nothing was measured.
 */
mean_ms: number | null, p95_ms: number | null, rows: number, total_ms: number, suggestions: Array<string>, };

/**
 * A statement as the server counts it: with whoever sends it, also past Forebay.
 */
export type StatementSeen = { 
/**
 * The first 500 characters.
 */
query: string, calls: number, mean_ms: number, rows: number, total_ms: number, };

export type UnusedIndex = { 
/**
 * As SQL has it.
 */
table: string, index: string, bytes: number, };
