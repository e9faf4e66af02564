const SCHEMES = ["http:", "https:", "mailto:"];

/** A link as it may be shown: where it leads, said in full; undefined for what is no link to the web or to mail. */
export interface SafeLink {
  address: string;
  /** The host that it leads to, or the recipient. */
  host: string;
}

/** Takes addresses of the web and of mail, whole ones only: nothing that runs, and nothing of this server's own. */
export function safeLink(written: string): SafeLink | undefined {
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (!SCHEMES.includes(url.protocol)) return undefined;
  return { address: url.href, host: url.protocol === "mailto:" ? url.pathname : url.host };
}
