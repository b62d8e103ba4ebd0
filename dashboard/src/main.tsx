// The dashboard's entrance.

import { render } from "preact";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/overview.css";
import "./styles/views.css";
import "./styles/narrow.css";
import { App } from "./app.tsx";

const place = document.getElementById("app");
if (place !== null) render(<App />, place);
