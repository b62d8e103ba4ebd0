// What statements cost, as Forebay saw them and as the databases know them, and what follows from it.

import type {
  Database as Known,
  DatabaseReport,
  Scan,
  Statement,
  StatementSeen,
  UnusedIndex,
} from "../api/database.ts";
import { api } from "../api/client.ts";
import { isLive, windowSeconds } from "../address.ts";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { columnsOf } from "../parts/columns.tsx";
import { Empty, Showing } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";

/** The server is asked for more than our own numbers: not with every change of those. */
const EVERY_VERSIONS = 3;

const measured = columnsOf<Statement>();
const counted = columnsOf<StatementSeen>();
const scanned = columnsOf<Scan>();
const unused = columnsOf<UnusedIndex>();

export function DatabaseView({ version }: ViewProps) {
  const { address } = useNavigation();
  const { span } = address;
  const seconds = "window" in span ? windowSeconds(span.window) : span.to - span.from;
  const fetched = useFetched(
    JSON.stringify(span),
    isLive(span) ? Math.floor(version / EVERY_VERSIONS) : 0,
    (signal) => api.database(span, signal),
  );
  return (
    <Showing fetched={fetched}>{(report) => <Shown report={report} seconds={seconds} />}</Showing>
  );
}

function Shown({ report, seconds }: { report: DatabaseReport; seconds: number }) {
  const suggested = report.statements.filter(({ suggestions }) => suggestions.length > 0);
  return (
    <>
      {suggested.length > 0 && (
        <section class="card findings" aria-labelledby="suggestions-title">
          <h2 id="suggestions-title">What follows</h2>
          <ul>
            {suggested.map(({ database, query, suggestions }) => (
              <li key={`${database} ${query}`} class="finding is-warning">
                <span class="badge">{query}</span>
                <div>
                  {suggestions.map((text) => (
                    <p key={text}>{text}</p>
                  ))}
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Statements report={report} seconds={seconds} />
      {report.databases.length === 0 ? (
        <Empty title="No database">
          <p>The site has no [database]: see docs/configuration.md.</p>
        </Empty>
      ) : (
        report.databases.map((database) => <Database key={database.name} database={database} />)
      )}
    </>
  );
}

function Statements({ report, seconds }: { report: DatabaseReport; seconds: number }) {
  const { by } = useNavigation().address;
  const whole = report.statements.reduce((sum, { total_ms }) => sum + total_ms, 0);
  return (
    <section class="card" aria-labelledby="statements-title">
      <h2 id="statements-title">Statements, as Forebay measured them</h2>
      {report.statements_error !== null ? (
        <p class="is-fault">{report.statements_error}</p>
      ) : report.statements.length === 0 ? (
        <p>No statement was sent in this span. Try a longer one.</p>
      ) : (
        <Table
          key={by}
          name="Statements"
          rows={report.statements}
          id={({ database, query }) => `${database} ${query}`}
          first={{ column: by ?? "In all", down: true }}
          columns={[
            measured.code("Query", ({ query }) => query),
            {
              name: "Database",
              wide: true,
              cell: ({ database }) => database,
              sort: ({ database }) => database,
            },
            measured.count("Calls", ({ calls }) => calls),
            measured.failed((row) => row, {
              title: "Calls that gave no answer; the log lines say why",
            }),
            measured.ms("Mean", ({ mean_ms }) => mean_ms, { wide: true }),
            measured.ms("p95", ({ p95_ms }) => p95_ms),
            measured.count("Rows", ({ rows }) => rows, { wide: true }),
            {
              name: "In all",
              numeric: true,
              title: "The time of all calls together",
              cell: ({ total_ms }) => (
                <>
                  <meter min={0} max={Math.max(whole, 1)} value={total_ms} aria-hidden="true" />
                  <span class="beside">{format.ms(total_ms)}</span>
                </>
              ),
              sort: ({ total_ms }) => total_ms,
            },
          ]}
        />
      )}
      {whole > 0 && (
        <p class="note">
          Together they kept {(whole / 1000 / seconds).toFixed(2)} connections busy on average.
        </p>
      )}
    </section>
  );
}

function Database({ database }: { database: Known }) {
  const { name, error, notes } = database;
  return (
    <section class="card" aria-labelledby={`database-${name}`}>
      <h2 id={`database-${name}`}>
        What <code>{name}</code> knows
      </h2>
      {error !== null && (
        <p class="is-fault" role="status">
          It could not be asked: {error}
        </p>
      )}
      {database.sequential_scans.length > 0 && (
        <Scans name={name} scans={database.sequential_scans} />
      )}
      {database.pg_stat_statements !== null && (
        <Counted name={name} statements={database.pg_stat_statements} />
      )}
      {database.unused_indexes.length > 0 && (
        <Unused name={name} indexes={database.unused_indexes} />
      )}
      {notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
    </section>
  );
}

function Counted({ name, statements }: { name: string; statements: StatementSeen[] }) {
  return (
    <>
      <h3>Statements by their whole time, of all who use it</h3>
      <Table
        name={`Statements that ${name} counted`}
        rows={statements.map((row, index) => ({ ...row, index }))}
        id={({ index }) => String(index)}
        columns={[
          {
            name: "Statement",
            cell: ({ query }) => (
              <code class="sql" title={query}>
                {query}
              </code>
            ),
          },
          counted.count("Calls", ({ calls }) => calls),
          counted.ms("Mean", ({ mean_ms }) => mean_ms),
          counted.ms("In all", ({ total_ms }) => total_ms),
        ]}
      />
    </>
  );
}

function Scans({ name, scans }: { name: string; scans: Scan[] }) {
  return (
    <>
      <h3>Large tables that are read from end to end</h3>
      <Table
        name={`Sequential scans in ${name}`}
        rows={scans}
        id={({ table }) => table}
        columns={[
          scanned.code("Table", ({ table }) => table),
          scanned.count("Scans", ({ scans }) => scans),
          scanned.count("Rows read", ({ rows_read }) => rows_read),
          { name: "What follows", cell: ({ suggestion }) => suggestion },
        ]}
      />
    </>
  );
}

function Unused({ name, indexes }: { name: string; indexes: UnusedIndex[] }) {
  return (
    <>
      <h3>Indexes that nobody uses</h3>
      <Table
        name={`Unused indexes of ${name}`}
        rows={indexes}
        id={({ index }) => index}
        columns={[
          unused.code("Index", ({ index }) => index),
          unused.code("Table", ({ table }) => table),
          {
            name: "Size",
            numeric: true,
            cell: ({ bytes }) => format.bytes(bytes),
            sort: ({ bytes }) => bytes,
          },
        ]}
      />
    </>
  );
}
