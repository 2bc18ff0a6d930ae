// Hostile text made legible: what would not be seen, or would turn the line around, is written out.

// Control characters but tab and line feed; marks that change the direction of text; what has no width at all.
// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Write every character that cannot be seen as `\u202e`; the rest stays as it is. */
export const legible = (text: string) =>
  text.replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
