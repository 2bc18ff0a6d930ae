// A device's kind and presence, each as a shape and a word.
import {
  IconBulb, IconCircle, IconCircleFilled, IconCircleHalf2, IconDeviceCctv, IconDeviceDesktop, IconDeviceMobile, IconDeviceSpeaker, IconDevices, IconDeviceTv, IconHelpCircle,
  IconLock, IconPlug, IconPrinter, IconRouter, IconRun, IconTemperature, type TablerIcon,
} from "@tabler/icons-react";
import type { Device } from "../../lib/api/types";
import { useTimed } from "../../lib/time";
import classes from "./Marks.module.css";
import { offlineNow } from "./presencewords";

const KINDS: Record<string, TablerIcon> = {
  camera: IconDeviceCctv, lock: IconLock, motion: IconRun, thermostat: IconTemperature, tv: IconDeviceTv, phone: IconDeviceMobile,
  light: IconBulb, lamp: IconBulb, plug: IconPlug, speaker: IconDeviceSpeaker, router: IconRouter, printer: IconPrinter,
  computer: IconDeviceDesktop, laptop: IconDeviceDesktop,
};

export function KindMark({ kind }: { kind: string | null }) {
  if (kind === null) return <Mark Icon={IconHelpCircle} words="Unknown" isDim />;
  return <Mark Icon={Object.hasOwn(KINDS, kind) ? (KINDS[kind] ?? IconDevices) : IconDevices} words={kind} />;
}

/** `why` says why and for how long a device is offline, where there is room for it. */
export function StatusMark({ status, why }: Pick<Device, "status"> & { why?: Pick<Device, "status_reason" | "last_seen_at"> }) {
  if (status === "online") return <Mark Icon={IconCircleFilled} words="Online" className={classes.online} size={10} />;
  if (status === "flapping") return <Mark Icon={IconCircleHalf2} words={why ? "Comes and goes" : "Flapping"} size={12} />;
  if (status === "offline" && why) return <OfflineMark why={why} />;
  if (status === "offline") return <Mark Icon={IconCircle} words="Offline" size={10} />;
  return <Mark Icon={IconHelpCircle} words="Unknown" isDim />;
}

function OfflineMark({ why }: { why: Pick<Device, "status_reason" | "last_seen_at"> }) {
  const words = useTimed((now) => offlineNow(why, now));
  return <Mark Icon={IconCircle} words={words} size={10} />;
}

interface MarkProps {
  Icon: TablerIcon;
  words: string;
  size?: number;
  className?: string | undefined;
  isDim?: boolean;
}

function Mark({ Icon, words, size = 18, className, isDim = false }: MarkProps) {
  return (
    <span className={isDim ? `${classes.mark} ${classes.dim}` : classes.mark}>
      <Icon size={size} className={className} aria-hidden />
      <span className={classes.words}>{words}</span>
    </span>
  );
}
