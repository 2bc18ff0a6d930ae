// The keys that work on every page, and the way to the list of all.
import { UnstyledButton } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { useOnDemand } from "../components/onDemand";
import { useKey } from "../lib/keys";
import classes from "./Shell.module.css";
import { usePlaces } from "./usePlaces";

export function PageKeys() {
  const [KeyHelp, load] = useOnDemand(() => import("./KeyHelp"));
  const [isOpen, setOpen] = useState(false);
  const places = usePlaces();
  const open = () => {
    load();
    setOpen(true);
  };
  useKey("?", "Show the keys", open);
  return (
    <>
      {places.map(({ path, label, key }) => (
        <PageKey key={path} keys={key} label={label} path={path} />
      ))}
      <UnstyledButton className={classes.help} onClick={open}>
        <IconKeyboard size={18} aria-hidden /> Keyboard
      </UnstyledButton>
      {KeyHelp && isOpen && <KeyHelp onClose={() => setOpen(false)} />}
    </>
  );
}

function PageKey({ keys, label, path }: { keys: string; label: string; path: string }) {
  const [, navigate] = useLocation();
  useKey(keys, `Go to ${label}`, () => navigate(path));
  return null;
}
