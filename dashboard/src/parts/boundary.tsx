// Around a view: what fails while it is drawn leaves the rest of the page as it is, and is told.

import { Component, type ComponentChildren } from "preact";
import { DEFAULT_WINDOW } from "../address.ts";
import { Link } from "./link.tsx";

interface BoundaryProps {
  /** What is looked at: something else may be drawn. */
  of: string;
  children: ComponentChildren;
}

interface State {
  hasFailed: boolean;
}

export class Boundary extends Component<BoundaryProps, State> {
  override state: State = { hasFailed: false };

  static override getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (this.state.hasFailed && before.of !== this.props.of) this.setState({ hasFailed: false });
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div class="card state" role="alert">
        <h2 class="is-fault">This view cannot be shown.</h2>
        <p>The dashboard failed at what it was answered; the browser’s console says where.</p>
        <button type="button" onClick={() => this.setState({ hasFailed: false })}>
          Try again
        </button>
        <p>
          <Link to={{ view: "overview", span: { window: DEFAULT_WINDOW }, route: null }}>
            Overview of the last hour
          </Link>
        </p>
      </div>
    );
  }
}
