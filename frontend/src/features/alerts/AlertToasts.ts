// Makes new alerts pop up; what comes while the page is hidden is told as a number when somebody is back.
import { useEffect } from "react";
import { type AlertsState, useAlertsStore } from "../../stores/alerts";
import { toast, useToastsStore } from "../../stores/toasts";
import { addAway, type Away, newsOf, toastOfAway, toastsOf } from "./toasting";

export function AlertToasts() {
  useEffect(() => {
    let away: Away | null = null;

    const take = (now: AlertsState, before: AlertsState) => {
      if (now.arrived === 0) away = null; // another session, or another journal
      if (now.arrived <= before.arrived) return; // what history tells is no news
      const news = newsOf(now.recent, before.recent[0]?.seq ?? 0, Date.now());
      if (document.hidden) away = addAway(away, news);
      else useToastsStore.getState().push(toastsOf(news));
    };

    const look = () => {
      if (document.hidden || away === null) return;
      toast(toastOfAway(away));
      away = null;
    };

    const unsubscribe = useAlertsStore.subscribe(take);
    document.addEventListener("visibilitychange", look);
    return () => {
      unsubscribe();
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return null;
}
