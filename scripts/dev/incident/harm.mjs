// What goes wrong in the drill, and how it is made good again: somebody drops an index that a query lives
// by, and the origin dies. Both are real; nothing in the product knows of it.

import pg from "pg";

/** The search for patients by their family name needs it. As its migration makes it. */
const INDEX = "fhir_resources_family";
const MAKE_INDEX = `create index if not exists ${INDEX} on fhir_resources
    (resource_type, lower(resource #>> '{name,0,family}') text_pattern_ops)`;

/** @param {{ databaseUrl: string, origin: { die(): Promise<void>, revive(): Promise<void> } }} of */
export function harmOf({ databaseUrl, origin }) {
  return {
    what: `the index ${INDEX} is dropped, and the origin dies`,
    async begin() {
      await inDatabase(databaseUrl, (client) => client.query(`drop index if exists ${INDEX}`));
      await origin.die();
    },
    /** Also what an earlier drill left that was killed. */
    async mend() {
      await inDatabase(databaseUrl, (client) => client.query(MAKE_INDEX));
      await origin.revive();
    },
  };
}

/** The family names of the patients, for the load to search for. */
export const familiesOf = (databaseUrl) =>
  inDatabase(databaseUrl, async (client) => {
    const { rows } = await client.query(
      "select distinct resource #>> '{name,0,family}' as family from fhir_resources order by 1",
    );
    return rows.map(({ family }) => family);
  });

async function inDatabase(connectionString, work) {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
