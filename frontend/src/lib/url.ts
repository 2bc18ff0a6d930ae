// Addresses relative to the page, so that it works under any sub-path (a proxy, Home Assistant's ingress).

export type Query = Record<string, string | number | boolean | null | undefined>;

/** Write the address of `path` ("api/devices"), beside the page, with what is set of `query`. */
export function address(path: string, query: Query = {}): URL {
  const url = new URL(path, document.baseURI);
  url.hash = "";
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}

/** The same for a WebSocket. */
export function socketAddress(path: string, query: Query = {}): string {
  const url = address(path, query);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
