// Columns that show one thing of a row and are sorted by it.

import * as format from "../format.ts";
import type { Column } from "./table.tsx";

type Rest<Row> = Pick<Column<Row>, "wide" | "title">;

/** The columns of a table whose rows are of this type. */
export function columnsOf<Row>() {
  const numeric =
    <T extends number | null>(shown: (value: T) => string) =>
    (name: string, value: (row: Row) => T, rest: Rest<Row> = {}): Column<Row> => ({
      name,
      numeric: true,
      cell: (row) => shown(value(row)),
      sort: value,
      ...rest,
    });
  return {
    /** How many. */
    count: numeric(format.count),
    /** How long, in milliseconds. */
    ms: numeric(format.ms),
    /** Which part of the whole. */
    share: numeric(format.share),
    /** How many of how many failed. */
    failed: (
      of: (row: Row) => { failures: number; calls: number },
      rest: Rest<Row> = {},
    ): Column<Row> => ({
      name: "Failed",
      numeric: true,
      cell: (row) => {
        const { failures, calls } = of(row);
        if (failures === 0) return "0";
        return (
          <span class="is-fault">
            {format.count(failures)} ({format.share(failures / calls)})
          </span>
        );
      },
      sort: (row) => of(row).failures,
      ...rest,
    }),
    /** A name, or a number that is one. */
    name: (
      name: string,
      value: (row: Row) => string | number,
      rest: Rest<Row> & { numeric?: boolean } = {},
    ): Column<Row> => ({ name, cell: value, sort: value, ...rest }),
    /** A name, as it is written in code. */
    code: (name: string, value: (row: Row) => string): Column<Row> => ({
      name,
      cell: (row) => <code>{value(row)}</code>,
      sort: value,
    }),
  };
}
