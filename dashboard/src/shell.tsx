// What is around every view: where one is, what span is looked at, whether the numbers are live.

import { useEffect, useRef } from "preact/hooks";
import { VIEWS, type ViewName } from "./address.ts";
import { api } from "./api/client.ts";
import type { Alerts } from "./api/alerts.ts";
import { type Fetched, useFetched } from "./fetched.ts";
import { useLive } from "./live.ts";
import { type Navigation, NavigationContext, useHistory } from "./navigation.ts";
import { Boundary } from "./parts/boundary.tsx";
import { Link } from "./parts/link.tsx";
import { SpanChoice } from "./shell/span.tsx";
import { Top } from "./shell/top.tsx";
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
  /** As they stand now, whatever span is looked at. */
  alerts: Fetched<Alerts>;
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

const HAS_SPAN: ReadonlySet<ViewName> = new Set([
  "overview",
  "routes",
  "places",
  "shield",
  "database",
]);
const HAS_ROUTE: ReadonlySet<ViewName> = new Set(["overview", "routes", "places"]);

export function Shell({ onSignOut }: { onSignOut: (isTold: boolean) => void }) {
  const navigation = useHistory();
  const { view, span, route } = navigation.address;
  const live = useLive();
  const alerts = useFetched("alerts", live.version, api.alerts);
  const heading = useRef<HTMLHeadingElement>(null);
  const View = COMPONENTS[view];
  useTitle(view);
  useArrival(navigation, heading);

  // The cookie is out of reach here: only Forebay can have the browser forget it.
  const signOut = () =>
    api.signOut().then(
      () => onSignOut(true),
      () => onSignOut(false),
    );

  return (
    <NavigationContext.Provider value={navigation}>
      <a class="skip" href="#view" onClick={() => heading.current?.focus()}>
        Skip to {VIEWS[view]}
      </a>
      <Top view={view} connection={live.connection} alerts={alerts} signOut={signOut} />
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
        <Boundary of={navigation.href({})}>
          <View version={live.version} alerts={alerts} />
        </Boundary>
      </main>
    </NavigationContext.Provider>
  );
}

function useTitle(view: ViewName) {
  useEffect(() => {
    document.title = `${VIEWS[view]} · Forebay`;
    // On a phone the views' names are wider than the window.
    const current = document.querySelector('nav [aria-current="page"]');
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [view]);
}

/** A link within a view goes with what it was in, and the focus with it: one goes on from the heading. */
function useArrival(
  { followed, address: { view } }: Navigation,
  heading: { current: HTMLElement | null },
) {
  useEffect(() => {
    if (followed === null) return;
    // A link of the header is still there, and keeps it.
    if (document.activeElement === document.body) heading.current?.focus();
    if (followed.in !== view) scrollTo(0, 0);
  }, [followed]);
}
