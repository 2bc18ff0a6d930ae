// The shield of public/icon.svg, drawn in place: there before anything is loaded.
import classes from "./Shell.module.css";

export function Brand() {
  return (
    <svg viewBox="0 0 32 32" className={classes.brand} aria-hidden>
      <path className={classes.shield} d="M16 1 4 5.5v9C4 22 9 28 16 31c7-3 12-9 12-16.5v-9z" />
      <path className={classes.tick} d="m10 16 4.5 4.5L22.5 11.5" />
    </svg>
  );
}
