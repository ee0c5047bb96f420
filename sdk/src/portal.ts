import type { PorticoError } from './errors';
import { cover } from './overlay';
import type { ConnectOptions, ConnectOutcome, ConnectResult, DropdownPage } from './types';

const PATIENCE = 20_000;
const MOST_RENEWALS = 3;
const OUTCOMES: readonly unknown[] = [
  'connected',
  'denied',
  'closed',
  'blocked',
  'timed_out',
  'failed',
] satisfies ConnectOutcome[];

/** What the portal's page says. */
interface Message extends Partial<ConnectResult> {
  portico: 1;
  type: 'ready' | 'resize' | 'outcome' | 'expired' | 'close' | 'changed' | 'options';
  height?: number;
  /** Of a question for options: a dropdown, or an object of the host app's. */
  dropdown?: string;
  object?: string;
  /** Of an object: its lists beside the app's own fields. */
  list?: 'objectTypes' | 'integrationFields';
  objectType?: string;
  cursor?: string;
  search?: string;
}

/** What there may be under a name in `dropdowns` and `mapObjectFields`. */
interface Offered extends Partial<Record<'objectTypes' | 'integrationFields', { get: Load }>> {
  loadOptions?: Load;
}

type Load = (...asked: unknown[]) => DropdownPage | Promise<DropdownPage>;

/** What one portal needs of the SDK. */
export interface Hooks {
  label: string;
  options: ConnectOptions;
  /** Makes a portal session and returns its address. */
  mint: () => Promise<string>;
  /** The first session was granted. */
  opened: () => void;
  connected: (credentialId: string | undefined) => void;
  changed: () => void;
  /** Nothing is on the page any more. */
  ended: () => void;
}

/** One portal, from `connect()` until it is closed. */
export interface Portal {
  /** Rejects only when the first session was refused because of misuse. */
  result: Promise<ConnectResult>;
  focus: () => void;
  close: () => void;
}

/** What the host app offers, as the portal reads it: a page of what it loads, or all that can be sent. */
async function offer(options: ConnectOptions, { dropdown, object, list, objectType, cursor, search }: Message): Promise<object> {
  const own = (object ? options.mapObjectFields?.[object] : options.dropdowns?.[dropdown!]) as Offered | undefined;
  try {
    const page = objectType
      ? own![list!]!.get({ objectType }, cursor, search)
      : list
        ? own![list]!.get(cursor, search)
        : own?.loadOptions?.(cursor, search);
    return page ? { ...(await page), searches: true } : { options: own && JSON.parse(JSON.stringify(own)) };
  } catch (error) {
    return { problem: `${error}` };
  }
}

export function openPortal(hooks: Hooks): Portal {
  let resolve!: (result: ConnectResult) => void;
  let reject!: (error: unknown) => void;
  const result = new Promise<ConnectResult>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  let origin = '';
  let frame: HTMLIFrameElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewals = 0;
  let remembered: ConnectResult | undefined;
  let over = false;

  const isConnected = () => remembered?.outcome === 'connected';

  const end = (last: ConnectResult) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    removeEventListener('message', receive);
    frame?.contentWindow?.postMessage({ portico: 1, type: 'close' }, origin);
    overlay.remove();
    hooks.ended();
    resolve(isConnected() ? remembered! : last);
  };
  const fail = (outcome: ConnectOutcome, code: string, message: string) => end({ outcome, code, message });
  const close = () => end(remembered ?? { outcome: 'closed' });

  const load = async () => {
    try {
      const url = await hooks.mint();
      if (over) return;
      origin = new URL(url).origin;
      frame = overlay.show(url);
    } catch (caught) {
      const error = caught as PorticoError;
      // Rejected first: the second settling of a promise does nothing.
      if (!over && !renewals && [401, 404, 409].includes(error.status!)) reject(error);
      fail('failed', error.code ?? 'portal_failed', error.message);
      return;
    }
    timer = setTimeout(() => {
      fail('timed_out', 'portal_timed_out', `The portal did not load. Does a CSP forbid ${origin}?`);
    }, PATIENCE);
    if (!renewals) hooks.opened();
  };

  /** The page's session has ended, and only this side has the user's token to begin another. */
  const renew = () => {
    clearTimeout(timer);
    frame = undefined;
    overlay.clear();
    if (renewals++ < MOST_RENEWALS) void load();
    else fail('failed', 'portal_expired', 'It keeps expiring.');
  };

  const remember = ({ outcome, credentialId, code, message }: Message) => {
    if (!OUTCOMES.includes(outcome!)) return;
    if (outcome === 'connected') hooks.connected(credentialId ?? undefined);
    else if (isConnected()) return;
    // What the page leaves out it may write as null.
    remembered = {
      outcome: outcome!,
      credentialId: credentialId ?? undefined,
      code: code ?? undefined,
      message: message ?? undefined,
    };
  };

  const receive = ({ data, origin: from, source }: MessageEvent<Message | null>) => {
    const page = frame?.contentWindow;
    if (!page || source !== page || from !== origin || data?.portico !== 1) return;
    switch (data.type) {
      case 'ready':
        clearTimeout(timer);
        return overlay.reveal();
      case 'resize':
        return overlay.resize(data.height!);
      case 'outcome':
        return remember(data);
      case 'changed':
        return hooks.changed();
      case 'options':
        // The answer is the question with what is offered. Only the page's one origin hears it.
        void offer(hooks.options, data).then((own) => page.postMessage({ ...data, ...own }, origin));
        return;
      case 'expired':
        return renew();
      case 'close':
        return close();
    }
  };

  const overlay = cover(hooks.label, hooks.options.theme, close);
  addEventListener('message', receive);
  void load();
  return { result, focus: overlay.focus, close };
}
