// A table that is sorted by its columns' heads, with the state told to screen readers.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface Column<Row> {
  name: string;
  cell: (row: Row) => ComponentChildren;
  /** By which it is sorted; without, it is not. */
  sort?: (row: Row) => number | string | null;
  numeric?: boolean;
  /** Left out where there is little room. */
  wide?: boolean;
  /** What the numbers mean, for who points at the head. */
  title?: string;
}

interface TableProps<Row> {
  name: string;
  columns: Column<Row>[];
  rows: Row[];
  id: (row: Row) => string;
  /** The column, and its direction, that it is sorted by at first; else as given. */
  first?: { column: string; down: boolean };
}

export function Table<Row>({ name, columns, rows, id, first }: TableProps<Row>) {
  const isKnown = columns.some(({ name: each }) => each === first?.column);
  const [by, setBy] = useState(isKnown ? (first ?? null) : null);
  const column = columns.find(({ name: each }) => each === by?.column);
  const sorted = column?.sort && by ? sortedBy(rows, column.sort, by.down) : rows;
  const turn = ({ name: each, numeric }: Column<Row>) =>
    setBy({ column: each, down: by?.column === each ? !by.down : numeric === true });
  return (
    <div class="scroll" role="region" tabIndex={0} aria-label={name}>
      <table>
        <caption class="unseen">{name}</caption>
        <thead>
          <tr>
            {columns.map((each) => {
              const state =
                by?.column === each.name ? (by.down ? "descending" : "ascending") : "none";
              return (
                <th
                  key={each.name}
                  scope="col"
                  class={classes(each)}
                  {...(each.sort ? { "aria-sort": state } : {})}
                  {...(each.title ? { title: each.title } : {})}
                >
                  {each.sort ? (
                    <button type="button" class="head" onClick={() => turn(each)}>
                      {each.name}
                      <span class="arrow" aria-hidden="true">
                        {state === "none" ? "" : state === "descending" ? " ↓" : " ↑"}
                      </span>
                    </button>
                  ) : (
                    each.name
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={id(row)}>
              {columns.map((each, index) =>
                index === 0 ? (
                  <th key={each.name} scope="row" class={classes(each)}>
                    {each.cell(row)}
                  </th>
                ) : (
                  <td key={each.name} class={classes(each)}>
                    {each.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const classes = ({ numeric, wide }: { numeric?: boolean; wide?: boolean }) =>
  [numeric ? "number" : "", wide ? "wide" : ""].join(" ").trim();

/** What has no value comes last either way. */
function sortedBy<Row>(
  rows: Row[],
  value: (row: Row) => number | string | null,
  down: boolean,
): Row[] {
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
    const order = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
    return down ? -order : order;
  });
}
