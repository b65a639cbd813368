/**
 * The address behind an envelope sender that a server on the way has dressed up, so that one person is one person
 * to the blocklist and to away replies (rule 13). Tokens are not verified here: the answer is only ever compared.
 */

/** `prvs=tag=local` (BATV draft) and Barracuda's `btv1==tag==local`. */
const BATV = /^(?:prvs=[0-9a-z]{6,16}=|btv1==[^=@]+==)(.+)$/i;
/** `SRS0=hash=time=domain=local`; the separator after SRS0 may also be + or -. */
const SRS0 = /^SRS0[=+-][^=@]+=[^=@]+=([^=@]+)=(.+)$/i;
/** `SRS1=hash=forwarder=` and then what SRS0 had, its first letters dropped. */
const SRS1 = /^SRS1[=+-][^=@]+=[^=@]+=[=+-][^=@]+=[^=@]+=([^=@]+)=(.+)$/i;

/** Layers undone: real mail has two at most, and what is longer is nobody's mail. */
const LAYERS_MAX = 4;

/** Lower-cased, with BATV and SRS undone. The null sender stays empty. */
export function canonicalSender(address: string): string {
  let plain = address.toLowerCase();
  for (let layer = 0; layer < LAYERS_MAX; layer++) plain = undressed(plain);
  return plain;
}

function undressed(address: string): string {
  const at = Math.max(address.lastIndexOf('@'), 0);
  const local = address.slice(0, at);
  const srs = SRS1.exec(local) ?? SRS0.exec(local);
  if (srs !== null) return `${srs[2]}@${srs[1]}`;
  const batv = BATV.exec(local);
  return batv === null ? address : `${batv[1]}${address.slice(at)}`;
}
