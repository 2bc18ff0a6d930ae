// The page as a whole: who is signed in decides what is shown.
import { Center, Loader, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { Router } from "wouter";
import { Toasts } from "../components/Toasts";
import { AlertToasts } from "../features/alerts/AlertToasts";
import { SignIn } from "../features/auth/SignIn";
import { hashRouting } from "../lib/hash";
import { useAuthStore } from "../stores/auth";
import { Pages } from "./Pages";
import { queryClient } from "./query";
import { Shell } from "./Shell";
import { cssVariables, theme } from "./theme";

const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
setNonce(nonce); // for the style element that keeps the page from scrolling under a dialog; Mantine's are given it below

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queryClient}>
        <Router {...hashRouting}>
          <Doors />
          <AlertToasts />
          <Toasts />
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Doors() {
  const status = useAuthStore((state) => state.status);
  if (status === "starting") {
    return (
      <Center mih="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (status === "signed-out") return <SignIn />;
  return (
    <Shell>
      <Pages />
    </Shell>
  );
}
