// How the scripted origin heeds conditions and ranges: what it was told to answer, made shorter.
//
// It is no more than tests need: a list of ranges is ignored, as RFC 9110 §14.2 allows.

/** The answer to this request: status, fields and body. */
export function abridge(answer, contact) {
  const { status = 200, fields = [], body = "", heeds } = answer;
  const whole = { status, fields, body };
  if (status !== 200) return whole;
  if (heeds !== "ranges" && heeds !== undefined && isKnown(fields, contact)) {
    return { status: 304, fields: fields.filter(([name]) => !/^content-/i.test(name)), body: "" };
  }
  const isRanged = heeds === "ranges" || heeds === "both";
  return isRanged ? ranged(whole, contact) : whole;
}

const valueOf = (fields, name) => fields.find(([own]) => own.toLowerCase() === name)?.[1];
const opaque = (tag) => tag.trim().replace(/^W\//, "");

function isKnown(fields, contact) {
  const [etag, modified] = [valueOf(fields, "etag"), valueOf(fields, "last-modified")];
  const none = contact.field("if-none-match");
  if (none !== undefined) {
    return none === "*" || (etag && none.split(",").some((tag) => opaque(tag) === opaque(etag)));
  }
  const since = Date.parse(contact.field("if-modified-since"));
  return modified !== undefined && Date.parse(modified) <= since;
}

function ranged(whole, contact) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(contact.field("range") ?? "") ?? [];
  if (contact.method !== "GET" || !(first || last) || !holds(whole, contact.field("if-range"))) {
    return whole;
  }
  const body = Buffer.from(whole.body);
  const from = first ? Number(first) : Math.max(0, body.length - Number(last));
  const to = first && last ? Math.min(Number(last), body.length - 1) : body.length - 1;
  const of = (range) => [...whole.fields, ["Content-Range", `bytes ${range}/${body.length}`]];
  if (from > to) return { status: 416, fields: of("*"), body: "" };
  return { status: 206, fields: of(`${from}-${to}`), body: body.subarray(from, to + 1) };
}

/** RFC 9110 §13.1.5: compared strongly. */
function holds({ fields }, ifRange) {
  if (ifRange === undefined) return true;
  if (ifRange === valueOf(fields, "last-modified")) return true;
  return !ifRange.startsWith("W/") && ifRange === valueOf(fields, "etag");
}
