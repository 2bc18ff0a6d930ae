// Starts the page.
import "@mantine/core/styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { followHistory } from "./app/arrival";
import "./app/page.css";
import { startLive } from "./services/live";
import { resumeSession } from "./services/session";

startLive();
resumeSession();
followHistory();

const root = document.querySelector("#root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
