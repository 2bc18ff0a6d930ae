// The way to each page: a list at the side, a bar at the bottom of a phone.
import { Link, useLocation } from "wouter";
import { isAt } from "./places";
import { preload } from "./Pages";
import classes from "./Shell.module.css";
import { usePlaces } from "./usePlaces";

const MAX_SHOWN = 99; // three digits do not fit a phone's bar

export function Places({ waiting }: { waiting: number }) {
  const [location] = useLocation();
  const places = usePlaces();
  return (
    <ul className={classes.list}>
      {places.map(({ path, label, Icon }) => (
        <li key={path}>
          <Link
            href={path}
            className={classes.place}
            aria-current={isAt(path, location) ? "page" : undefined}
            onPointerEnter={() => preload(path)}
            onFocus={() => preload(path)}
          >
            <Icon size={20} stroke={1.75} aria-hidden />
            <span>{label}</span>
            {path === "/alerts" && waiting > 0 && <Waiting count={waiting} />}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Waiting({ count }: { count: number }) {
  return (
    <>
      <span className={classes.waiting} title="Not acknowledged, of the last 24 hours" aria-hidden>
        {count > MAX_SHOWN ? `${MAX_SHOWN}+` : count}
      </span>
      <span className={classes.unseen}>{`, ${count} not acknowledged`}</span>
    </>
  );
}
