// One line of the list: an alert, or several that say the same. Drawn again only when it changes.
import { Badge, Checkbox, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { memo } from "react";
import { Link } from "wouter";
import { RelativeTime } from "../../components/RelativeTime";
import { SeverityBadge } from "../../components/SeverityBadge";
import { AcknowledgeButton } from "./AcknowledgeButton";
import classes from "./AlertRow.module.css";
import { DeviceLink } from "./DeviceLink";
import { type Row, openIds } from "./fold";
import { Seen } from "./Seen";
import { Sender } from "./Sender";
import { alertCount, spanOf } from "./words";

export type Picked = "none" | "some" | "all";

export interface AlertRowProps extends Omit<Row, "key"> {
  isOpen: boolean;
  picked: Picked;
  canAcknowledge: boolean;
  /** The route that opens the details; asked when it is drawn. */
  routeTo: (id: string) => string;
  onFold: (key: string) => void;
  onPick: (ids: readonly string[], isPicked: boolean) => void;
}

export const AlertRow = memo(function AlertRow(props: AlertRowProps) {
  const { fold, alert, isOpen, canAcknowledge, routeTo, onFold } = props;
  const shown = alert ?? fold.newest;
  const { data, acknowledged } = shown;
  const alerts = alert ? [alert] : fold.alerts;
  const ids = openIds(alerts);
  const span = alert ? null : spanOf(fold);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.row} data-of-fold={alert !== null || undefined} data-seen={acknowledged !== null || undefined}>
      <div className={classes.pick}>{canAcknowledge && ids.length > 0 && <Pick {...props} ids={ids} reason={data.reason} />}</div>
      <div className={classes.severity}>
        <SeverityBadge severity={data.severity} />
      </div>
      <div className={classes.what}>
        <Link href={routeTo(shown.id)} className={classes.reason} data-alert={shown.id}>
          <bdi>{data.reason}</bdi>
        </Link>
        {alerts.length > 1 && (
          <UnstyledButton
            className={classes.count}
            aria-expanded={isOpen}
            aria-label={`${isOpen ? "Fold" : "Unfold"} ${alertCount(alerts.length)} of the same`}
            onClick={() => onFold(fold.key)}
          >
            <Chevron size={14} aria-hidden />×{alerts.length}
          </UnstyledButton>
        )}
        {data.category !== undefined && (
          <Badge className={classes.category} tt="none" fw={500}>
            {data.category}
          </Badge>
        )}
        <Sender data={data} />
      </div>
      <div className={classes.where}>
        <DeviceLink id={data.device_id} className={classes.device} />
        <Text component="span" size="sm" c="dimmed">
          <RelativeTime at={shown.at} />
          {span && `, ${span}`}
        </Text>
      </div>
      <div className={classes.state}>
        {acknowledged ? (
          <Seen {...acknowledged} />
        ) : (
          canAcknowledge && <AcknowledgeButton ids={ids} label={`Acknowledge ${nameOf(ids.length, data.reason)}`} />
        )}
      </div>
    </div>
  );
});

const nameOf = (count: number, reason: string) => (count === 1 ? reason : `${alertCount(count)}: ${reason}`);

function Pick({ ids, reason, picked, onPick }: AlertRowProps & { ids: readonly string[]; reason: string }) {
  return (
    <Checkbox
      size="md"
      aria-label={`Select ${nameOf(ids.length, reason)}`}
      checked={picked === "all"}
      indeterminate={picked === "some"}
      onChange={(event) => onPick(ids, event.currentTarget.checked)}
    />
  );
}
