// What is around every view: where one is, what span is looked at, whether the numbers are live.

import { useEffect, useRef } from "preact/hooks";
import { VIEWS, type ViewName, WINDOWS, isLive } from "./address.ts";
import { type Span, api } from "./api/client.ts";
import { useFetched } from "./fetched.ts";
import { dateAndTime } from "./format.ts";
import { type Connection, useLive } from "./live.ts";
import mark from "./mark.svg";
import { NavigationContext, useHistory, useNavigation } from "./navigation.ts";
import { Link } from "./parts/link.tsx";
import { type Choice, choose, useTheme } from "./theme.ts";
import { AlertsView } from "./views/alerts.tsx";
import { CacheView } from "./views/cache.tsx";
import { DatabaseView } from "./views/database.tsx";
import { OverviewView } from "./views/overview.tsx";
import { PlacesView } from "./views/places.tsx";
import { RoutesView } from "./views/routes.tsx";
import { ShieldView } from "./views/shield.tsx";

export interface ViewProps {
  /** Changes when something new was measured. */
  version: number;
}

const COMPONENTS: Record<ViewName, (props: ViewProps) => preact.JSX.Element> = {
  overview: OverviewView,
  routes: RoutesView,
  places: PlacesView,
  shield: ShieldView,
  database: DatabaseView,
  cache: CacheView,
  alerts: AlertsView,
};

export function Shell({ onSignOut }: { onSignOut: (isTold: boolean) => void }) {
  const navigation = useHistory();
  const { view, span, route } = navigation.address;
  const live = useLive(isLive(span));
  const firing = useFetched("alerts", live.version, countFiring);
  const heading = useRef<HTMLHeadingElement>(null);
  const View = COMPONENTS[view];

  useEffect(() => {
    document.title = `${VIEWS[view]} · Forebay`;
    // On a phone the views' names are wider than the window.
    const current = document.querySelector('nav [aria-current="page"]');
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [view]);

  const signOut = async () => {
    // The cookie is out of reach here: only Forebay can have the browser forget it.
    onSignOut(
      await api.signOut().then(
        () => true,
        () => false,
      ),
    );
  };

  return (
    <NavigationContext.Provider value={navigation}>
      <a class="skip" href="#view" onClick={() => heading.current?.focus()}>
        Skip to {VIEWS[view]}
      </a>
      <header class="top">
        <div class="brand">
          <img src={mark} alt="" />
          <strong>Forebay</strong>
          <span class="host">{location.host}</span>
        </div>
        <div class="tools">
          <Connected connection={live.connection} />
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
                  {title}
                  {name === "alerts" && firing.data ? (
                    <span class="count">
                      {firing.data}
                      <span class="unseen"> firing</span>
                    </span>
                  ) : null}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="view">
        <div class="heading">
          <h1 ref={heading} tabIndex={-1}>
            {VIEWS[view]}
          </h1>
          {HAS_SPAN.has(view) && <SpanChoice span={span} />}
          {route !== null && HAS_ROUTE.has(view) && (
            <p class="chosen">
              Only <code>{route}</code> <Link to={{ route: null }}>Show all routes</Link>
            </p>
          )}
        </div>
        <View version={live.version} />
      </main>
    </NavigationContext.Provider>
  );
}

const HAS_SPAN: ReadonlySet<ViewName> = new Set([
  "overview",
  "routes",
  "places",
  "shield",
  "database",
]);
const HAS_ROUTE: ReadonlySet<ViewName> = new Set(["overview", "routes", "places"]);

const countFiring = async (signal: AbortSignal) => {
  const { alerts } = await api.alerts(signal);
  return alerts.filter(({ state }) => state === "firing").length;
};

function SpanChoice({ span }: { span: Span }) {
  const { go } = useNavigation();
  return (
    <div class="span">
      <ul class="windows" aria-label="Span">
        {WINDOWS.map((window) => (
          <li key={window}>
            <button
              type="button"
              aria-pressed={"window" in span && span.window === window}
              onClick={() => go({ span: { window } })}
            >
              {window}
            </button>
          </li>
        ))}
      </ul>
      {"from" in span && (
        <p class="chosen">
          {dateAndTime(span.from)} to {dateAndTime(span.to)}{" "}
          <Link to={{ span: { window: "1h" } }}>Back to now</Link>
        </p>
      )}
    </div>
  );
}

const CONNECTIONS: Record<Connection, { says: string; className: string; more: string }> = {
  off: { says: "A fixed span", className: "", more: "It does not change any more." },
  connecting: { says: "Connecting", className: "is-stale", more: "Waiting for live numbers." },
  live: { says: "Live", className: "is-hit", more: "New numbers come by themselves." },
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
