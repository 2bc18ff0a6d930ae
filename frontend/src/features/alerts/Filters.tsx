// Which alerts are shown: by words, severity, state and device. The route has them, so they can be sent to somebody.
import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { SEVERITIES } from "../../lib/api/types";
import { useKey } from "../../lib/keys";
import { useDevicesStore } from "../../stores/devices";
import classes from "./Filters.module.css";
import { type AlertFilters, MAX_SEARCH, STATES } from "./filters";

const TYPING_MS = 300; // after the last letter, before the server is asked

interface FiltersProps {
  filters: AlertFilters;
  onChange: (change: Partial<AlertFilters>) => void;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const severities = [{ value: "", label: "Any severity" }, ...SEVERITIES.map((value) => ({ value, label: capital(value) }))];
const states = [{ value: "", label: "Any state" }, ...STATES.map((value) => ({ value, label: capital(value) }))];

export function Filters({ filters, onChange }: FiltersProps) {
  return (
    <div className={classes.bar}>
      <Search q={filters.q} onChange={(q) => onChange({ q })} />
      <NativeSelect
        aria-label="Severity"
        data={severities}
        value={filters.severity ?? ""}
        onChange={({ currentTarget: { value } }) => onChange({ severity: SEVERITIES.find((one) => one === value) ?? null })}
      />
      <NativeSelect
        aria-label="State"
        data={states}
        value={filters.state ?? ""}
        onChange={({ currentTarget: { value } }) => onChange({ state: STATES.find((one) => one === value) ?? null })}
      />
      <DeviceSelect device={filters.device} onChange={(device) => onChange({ device })} />
    </div>
  );
}

function Search({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  const [before, setBefore] = useState(q);
  const input = useRef<HTMLInputElement>(null);
  const ask = useDebouncedCallback((wanted: string) => onChange(wanted.trim()), TYPING_MS);
  if (q !== before) {
    // The route has changed: by what was typed here, or by "Clear filters", the back button, a link.
    setBefore(q);
    if (q !== text.trim()) setText(q);
  }
  useKey("/", "Search the alerts", () => input.current?.focus());

  function write(wanted: string) {
    setText(wanted);
    ask(wanted);
  }

  return (
    <TextInput
      ref={input}
      type="search"
      aria-label="Search the alerts"
      placeholder="Reason, category or device"
      maxLength={MAX_SEARCH}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text !== "" && <CloseButton size="sm" aria-label="Clear the search" onClick={() => write("")} />}
      value={text}
      onChange={(event) => write(event.currentTarget.value)}
    />
  );
}

function DeviceSelect({ device, onChange }: { device: string | null; onChange: (device: string | null) => void }) {
  // One text for all of them: it only changes when a device comes, goes or is renamed, not with each update.
  const known = useDevicesStore(({ byId }) => Object.values(byId).map(({ id, name }) => `${id} ${name ?? ""}`).toSorted().join("\n"));
  const data = useMemo(() => {
    const devices = known.split("\n").filter(Boolean).map(toOption);
    if (device !== null && !devices.some((one) => one.value === device)) devices.unshift({ value: device, label: device });
    return [{ value: "", label: "Any device" }, ...devices];
  }, [known, device]);
  return (
    <NativeSelect
      aria-label="Device"
      data={data}
      value={device ?? ""}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    />
  );
}

function toOption(line: string) {
  const [id = "", ...name] = line.split(" "); // no id has a space
  return { value: id, label: name.join(" ") === "" ? id : `${name.join(" ")} (${id})` };
}
