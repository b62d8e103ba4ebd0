// The top of every view: whose dashboard it is, whether the numbers are live, and the way to the views.

import { VIEWS, type ViewName } from "../address.ts";
import type { Alerts } from "../api/alerts.ts";
import type { Fetched } from "../fetched.ts";
import { exactly } from "../format.ts";
import type { Connection } from "../live.ts";
import mark from "../mark.svg";
import { Link } from "../parts/link.tsx";
import { type Choice, choose, useTheme } from "../theme.ts";

interface TopProps {
  view: ViewName;
  connection: Connection;
  alerts: Fetched<Alerts>;
  signOut: () => void;
}

export function Top({ view, connection, alerts, signOut }: TopProps) {
  return (
    <header class="top">
      <div class="brand">
        <img src={mark} alt="" />
        <strong>Forebay</strong>
        <span class="host">{location.host}</span>
      </div>
      <div class="tools">
        <Connected connection={connection} />
        <ThemeChoice />
        <button type="button" class="quiet" onClick={signOut}>
          Sign out
        </button>
      </div>
      <nav aria-label="Views">
        <ul>
          {Object.entries(VIEWS).map(([name, title]) => (
            <li key={name}>
              <Link to={{ view: name as ViewName }} current={view === name}>
                {title} {name === "alerts" && <Firing alerts={alerts} />}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}

/** How many alerts fire; with a question mark where that cannot be had now. */
function Firing({ alerts: { data, at, failure } }: { alerts: Fetched<Alerts> }) {
  const firing = data?.alerts.filter(({ state }) => state === "firing").length;
  if (failure !== null)
    return (
      <span class="count is-old">
        {firing ?? ""}?
        <span class="unseen">
          {firing === undefined || at === null
            ? " firing, cannot be had"
            : ` firing as of ${exactly(at / 1000)}, cannot be had now`}
        </span>
      </span>
    );
  return firing === undefined || firing === 0 ? null : (
    <span class="count">
      {firing}
      <span class="unseen"> firing</span>
    </span>
  );
}

const CONNECTIONS: Record<Connection, { says: string; className: string; more: string }> = {
  connecting: { says: "Connecting", className: "is-stale", more: "Waiting for live numbers." },
  live: { says: "Live", className: "is-hit", more: "New numbers come by themselves." },
  silent: {
    says: "No new numbers",
    className: "is-fault",
    more: "The metrics objects do not answer Forebay: what is shown may be old.",
  },
  lost: {
    says: "Connection lost",
    className: "is-fault",
    more: "Trying again; until then numbers are asked for every ten seconds.",
  },
};

function Connected({ connection }: { connection: Connection }) {
  const { says, className, more } = CONNECTIONS[connection];
  return (
    <span class={`connection ${className}`} role="status" title={more}>
      <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
        <circle cx="5" cy="5" r="4" />
      </svg>
      {says}
    </span>
  );
}

const NEXT: Record<Choice, Choice> = { system: "light", light: "dark", dark: "system" };
const CHOICES: Record<Choice, string> = {
  system: "Colours: system",
  light: "Colours: light",
  dark: "Colours: dark",
};

function ThemeChoice() {
  const { choice } = useTheme();
  return (
    <button type="button" class="quiet" onClick={() => choose(NEXT[choice])}>
      {CHOICES[choice]}
    </button>
  );
}
