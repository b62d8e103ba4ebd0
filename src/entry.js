// The Worker's entry until the platform room is in place: it answers, so the scripts can be run.

import { DurableObject } from "cloudflare:workers";
import site from "../build/site.bin";

export class Shield extends DurableObject {}

export default {
  fetch(request, env) {
    return Response.json({ site: site.byteLength, database: env.DB.connectionString !== "" });
  },
};
