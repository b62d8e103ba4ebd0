// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

/**
 * A failure, as clients are told of it.
 */
export type Problem = { 
/**
 * `urn:forebay:problem:` and a stable word.
 */
type: string, title: string, status: number, detail?: string, 
/**
 * That of the log line.
 */
request_id: string, 
/**
 * What is wrong with which part of the request.
 */
parameters?: Array<ProblemParameter>, };

export type ProblemParameter = { name: string, reason: string, };
