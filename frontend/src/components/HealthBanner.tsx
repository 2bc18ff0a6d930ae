// Says above every page what does not work, why, and what that means; nothing where all is well.
import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Health } from "../lib/api/types";
import { useLiveStore, whyStopped } from "../stores/live";
import classes from "./HealthBanner.module.css";

export function HealthBanner() {
  const health = useLiveStore((state) => state.health);
  const stopped = useLiveStore(whyStopped);
  const troubles = [...(health ? troublesOf(health) : []), ...(stopped === null ? [] : [stoppedWords(stopped)])];
  return (
    <output className={classes.banner}>
      {troubles.map((words) => (
        <Alert key={words} role="none" color="orange" p="xs" icon={<IconAlertTriangle aria-hidden />}>
          {words}
        </Alert>
      ))}
    </output>
  );
}

/** What is wrong, each with what follows from it; the reason belongs to the first. */
function troublesOf({ bridge, broker, storage, reason }: Health): string[] {
  const troubles: { what: string; so: string }[] = [];
  const waits = "Nothing is lost; what comes waits at the broker.";
  if (storage === "offline") troubles.push({ what: "Storage is away", so: waits });
  if (broker === "offline") troubles.push({ what: "The broker is away", so: "Nothing new can come before it is back." });
  else if (bridge === "offline") troubles.push({ what: "The bridge is away", so: waits });
  return troubles.map(({ what, so }, index) =>
    index === 0 && reason !== null ? `${what}: ${withoutStop(reason)}. ${so}` : `${what}. ${so}`,
  );
}

const stoppedWords = (why: string) =>
  `The server does not want a live connection: ${withoutStop(why)}. The page asks every 5 seconds instead; reload it to try again.`;

const withoutStop = (text: string) => text.replace(/[.\s]+$/, "");
