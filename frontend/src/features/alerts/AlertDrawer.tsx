// All that is known of one alert, beside the list.
import { Drawer, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiProblem, ask } from "../../lib/api/client";
import type { Alert } from "../../lib/api/types";
import { wordsOf } from "../../lib/api/words";
import { useAlertsStore } from "../../stores/alerts";
import { AlertFacts } from "./AlertFacts";
import { withAcknowledgement } from "./merge";

interface AlertDrawerProps {
  id: string;
  /** Those that the list has; what is not among them is asked for. */
  alerts: readonly Alert[];
  canAcknowledge: boolean;
  onClose: () => void;
}

export default function AlertDrawer({ id, alerts, canAcknowledge, onClose }: AlertDrawerProps) {
  const recent = useAlertsStore((state) => state.recent);
  const acknowledgements = useAlertsStore((state) => state.acknowledgements);
  const known = alerts.find((one) => one.id === id) ?? recent.find((one) => one.id === id);
  const { data, error } = useQuery({
    queryKey: ["alerts", "one", id],
    queryFn: ({ signal }) => ask<Alert>(`api/alerts/${encodeURIComponent(id)}`, { signal }),
    enabled: known === undefined,
  });
  const alert = known ?? data;

  // What opens with the page's route closes with it, and gives the focus back itself.
  const [opener] = useState(() => document.activeElement);
  useEffect(() => () => void (opener instanceof HTMLElement && opener.focus({ preventScroll: true })), [opener]);

  return (
    <Drawer opened onClose={onClose} position="right" title="Alert" closeButtonProps={{ "aria-label": "Close" }}>
      {alert ? (
        <AlertFacts alert={withAcknowledgement(alert, acknowledgements)} canAcknowledge={canAcknowledge} />
      ) : error ? (
        <Text role="alert">{refused(error)}</Text>
      ) : (
        <Loader size="sm" aria-label="Reading the alert" />
      )}
    </Drawer>
  );
}

const refused = (error: Error) =>
  error instanceof ApiProblem && error.status === 404
    ? "There is no such alert: it was too old to be kept any longer, or the link is wrong."
    : `The alert could not be read. ${wordsOf(error)}`;
